"""``init``: a working project, from nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.cli.exit import Done
from reconciler.cli.place import absolute
from reconciler.cli.syntax.overview import PROGRAM
from reconciler.kinds.catalogue import discover
from reconciler.manifest.template import write_project
from reconciler.report.inert import inert

if TYPE_CHECKING:
    from argparse import Namespace

    from reconciler.cli.console import Console


def run(args: Namespace, console: Console) -> Done:
    """Write the files of a new project and say what they are."""
    folder = Path(absolute(args.folder))
    files = write_project(folder, discover())
    names = "".join(f"  {inert(path.relative_to(folder).as_posix())}\n" for path in files)
    console.report(f"Written to {inert(str(folder))}:\n{names}\nTry it there: {PROGRAM} plan\n")
    return Done()
