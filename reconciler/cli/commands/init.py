"""``init``: a working project, from nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.cli.exit_codes import Succeeded
from reconciler.cli.help import PROGRAM
from reconciler.cli.paths import absolute
from reconciler.kinds.catalogue import discover
from reconciler.project.init_files import write_project
from reconciler.report.escape import escape

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterable

    from reconciler.cli.console import Console


def run(args: Namespace, console: Console) -> Succeeded:
    """Write the files of a new project and say what they are."""
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
    console.report("\n".join([*lines, "", f"Try it there: {PROGRAM} plan", ""]))
    return Succeeded()


def _names(folder: Path, files: Iterable[Path]) -> list[str]:
    return [f"  {escape(path.relative_to(folder).as_posix())}" for path in files]
