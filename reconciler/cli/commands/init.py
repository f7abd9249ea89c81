"""``init``: write a working project."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Iterable
    from pathlib import Path

    from reconciler.cli.console import Console
    from reconciler.cli.exit_codes import Succeeded


def declare(parser: ArgumentParser) -> None:
    """Declare ``init``."""
    parser.usage = "reconciler init [DIR]"
    parser.description = (
        "Write a working project: reconciler.yaml with a target on the embedded panel, an "
        "example manifest, the draft of a policy, schemas for editors, and a CI workflow. In "
        "an existing repository, files that exist are kept and named, and a .gitignore gets "
        "the lines that it lacks."
    )
    parser.epilog = (
        "Examples:\n"
        "  reconciler init\n"
        "  reconciler init billing\n"
        "  reconciler init billing && cd billing && reconciler plan"
    )
    parser.add_argument("folder", metavar="DIR", nargs="?", default=".", help="default: here")


def run(args: Namespace, console: Console) -> Succeeded:
    """Write the files of a new project and list them."""
    from pathlib import Path
    from shlex import quote

    from reconciler.cli.exit_codes import Succeeded
    from reconciler.cli.help import PROGRAM
    from reconciler.cli.paths import absolute
    from reconciler.kinds.catalogue import discover
    from reconciler.project.init_files import write_project
    from reconciler.report.escape import escape

    folder = Path(absolute(args.folder))
    made = write_project(folder, discover())
    there = f"{escape(str(folder))}"
    lines = [f"Written to {there}:", *_names(folder, made.written)] if made.written else []
    if made.kept:
        kept = [path for path in made.kept if not (made.ignored and path.name == ".gitignore")]
        lines += [f"Kept as they are in {there}:", *_names(folder, kept)] if kept else []
    if made.ignored:
        lines += ["Added to .gitignore:", *(f"  {line}" for line in made.ignored)]
    if made.missing:
        lines += [
            "",
            "Add these lines to .gitignore, or Git keeps saved plans and the state:",
            *(f"  {line}" for line in made.missing),
        ]
    there = "" if folder == Path.cwd() else f"cd {quote(args.folder)} && "
    console.report("\n".join([*lines, "", f"Try it: {there}{PROGRAM} plan", ""]))
    return Succeeded()


def _names(folder: Path, files: Iterable[Path]) -> list[str]:
    from reconciler.report.escape import escape

    return [f"  {escape(path.relative_to(folder).as_posix())}" for path in files]
