"""``schema``: the JSON Schemas of manifests, the project file and the reports."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.cli.exit import Done
from reconciler.cli.place import absolute
from reconciler.kinds.catalogue import discover
from reconciler.manifest.schema import json_schemas, write_schemas
from reconciler.report.inert import inert
from reconciler.report.layout import counted

if TYPE_CHECKING:
    from argparse import Namespace

    from reconciler.cli.console import Console


def run(args: Namespace, console: Console) -> Done:
    """Print every schema by its file name, or write them."""
    catalogue = discover()
    if args.write is None:
        console.document(dict(json_schemas(catalogue)))
        return Done()
    files = write_schemas(catalogue, Path(absolute(args.write)))
    console.report(f"{counted(len(files), 'schema')} written to {inert(args.write)}.\n")
    return Done()
