"""``schema``: the JSON Schemas of manifests, the project file and the reports."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.cli.exit_codes import Succeeded
from reconciler.cli.paths import absolute
from reconciler.kinds.catalogue import discover
from reconciler.project.schemas import json_schemas, schema_texts
from reconciler.report.escape import escape
from reconciler.report.layout import counted
from reconciler.store.atomic_file import write_output

if TYPE_CHECKING:
    from argparse import Namespace

    from reconciler.cli.console import Console


def run(args: Namespace, console: Console) -> Succeeded:
    """Print every schema by its file name, or write them."""
    catalogue = discover()
    if args.write is None:
        console.document(dict(json_schemas(catalogue)))
        return Succeeded()
    folder = Path(absolute(args.write))
    texts = schema_texts(catalogue)
    for name, text in texts.items():
        write_output(folder / name, text.encode(), mode=0o644)
    console.report(f"{counted(len(texts), 'schema')} written to {escape(args.write)}.\n")
    return Succeeded()
