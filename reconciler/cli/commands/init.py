"""``init``: write a working project."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Coroutine, Iterable
    from pathlib import Path

    from reconciler.cli.console import Console
    from reconciler.cli.exit_codes import End


def declare(parser: ArgumentParser) -> None:
    """Declare ``init``."""
    parser.usage = "reconciler init [DIR] [--ci SERVER] [--from-live [--url URL]]"
    parser.description = (
        "Write a working project: reconciler.yaml with a target on the embedded panel, an "
        "example manifest, the draft of a policy, schemas for editors, and a pipeline: it "
        "validates each push, plans and comments pull requests, applies on merge exactly the "
        "plan that was reviewed, and looks for drift each night. In "
        "an existing repository, files that exist are kept and named, and a .gitignore gets "
        "the lines that it lacks. --from-live examines the panel with doctor, writes manifests "
        "for what it holds with export, and plans them."
    )
    parser.epilog = (
        "Examples:\n"
        "  reconciler init\n"
        "  reconciler init billing\n"
        "  reconciler init billing && cd billing && reconciler plan\n"
        "  reconciler init --ci gitlab\n"
        "  reconciler init live --from-live"
    )
    parser.add_argument("folder", metavar="DIR", nargs="?", default=".", help="default: here")
    parser.add_argument(
        "--ci",
        choices=("github", "gitlab", "gitea"),
        default="github",
        help="the server whose pipeline is written (default: github)",
    )
    parser.add_argument(
        "--from-live", action="store_true", help="write manifests for what the panel holds"
    )
    parser.add_argument(
        "--url", metavar="URL", help="the panel of --from-live (default: as the project says)"
    )


def run(args: Namespace, console: Console) -> End | Coroutine[object, object, End]:
    """Write the files of a new project and list them."""
    if args.url and not args.from_live:
        from reconciler.errors import UsageError

        raise UsageError("--url goes with --from-live; see: reconciler init --help")
    if args.from_live:
        from reconciler.cli import init

        return init.run(args, console)
    return _write(args, console)


def _write(args: Namespace, console: Console) -> End:
    from pathlib import Path
    from shlex import quote

    from reconciler.cli.exit_codes import Succeeded
    from reconciler.cli.help import PROGRAM
    from reconciler.cli.paths import absolute
    from reconciler.kinds.catalogue import discover
    from reconciler.project.init_files import write_project
    from reconciler.report.escape import escape

    folder = Path(absolute(args.folder))
    made = write_project(folder, discover(), ci=args.ci)
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
    lines += _pipeline_notes(folder, kept=[path.relative_to(folder) for path in made.kept])
    there = "" if folder == Path.cwd() else f"cd {quote(args.folder)} && "
    console.report("\n".join([*lines, "", f"Try it: {there}{PROGRAM} plan", ""]))
    return Succeeded()


def _pipeline_notes(folder: Path, *, kept: Iterable[Path]) -> list[str]:
    """Return what a person has to do before the pipeline runs, if anything."""
    from reconciler.report.escape import escape

    found = (each for each in folder.parents if (each / ".git").exists())
    root = None if (folder / ".git").exists() else next(found, None)
    notes = []
    if root is not None:
        notes = [
            "",
            "The pipeline does not run from here: a server reads it at the root of a repository",
            f"alone, which is {escape(str(root))}. Give the project a repository of its own.",
        ]
    elif any(path.as_posix() == ".gitlab-ci.yml" for path in kept):
        notes = [
            "",
            ".gitlab-ci.yml is yours. Add what starts the pipeline, with a package for pip, and",
            "the stages test and deploy, if it names any:",
            "  include:",
            "    - local: .gitlab/reconciler.yml",
            "      inputs: {target: prod, requirement: reconciler==VERSION}",
        ]
    return notes


def _names(folder: Path, files: Iterable[Path]) -> list[str]:
    from reconciler.report.escape import escape

    return [f"  {escape(path.relative_to(folder).as_posix())}" for path in files]
