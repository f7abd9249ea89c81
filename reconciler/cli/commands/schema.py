"""``schema``: the JSON Schemas of manifests, the project file and the reports."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from reconciler.cli.console import Console
    from reconciler.cli.exit_codes import Succeeded


def declare(parser: ArgumentParser) -> None:
    """Declare ``schema``."""
    parser.usage = "reconciler schema [--write DIR]"
    parser.description = (
        "Print the JSON Schemas of manifests, project file, policies and reports as one "
        "document, by file name, or write them to a folder for editors and checks."
    )
    parser.epilog = (
        "Examples:\n"
        "  reconciler schema\n"
        "  reconciler schema --write schemas\n"
        "  reconciler schema | jq '.\"plan.schema.json\"'"
    )
    parser.add_argument("--write", metavar="DIR", help="write one file for each schema")


def run(args: Namespace, console: Console) -> Succeeded:
    """Print every schema by its file name, or write them."""
    from pathlib import Path

    from reconciler.cli.exit_codes import Succeeded
    from reconciler.cli.paths import absolute
    from reconciler.kinds.catalogue import discover
    from reconciler.project.schemas import json_schemas, schema_texts
    from reconciler.report.escape import escape
    from reconciler.report.layout import counted
    from reconciler.store.atomic_file import write_output

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
