"""``schema``: the JSON Schemas of manifests, the project file and the reports."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Mapping

    from reconciler.cli.console import Console
    from reconciler.cli.exit_codes import Succeeded
    from reconciler.documents.schemas import Schema

_SUFFIX = ".schema.json"


def declare(parser: ArgumentParser) -> None:
    """Declare ``schema``."""
    parser.usage = "reconciler schema [NAME] [--write DIR]"
    parser.description = (
        "Print the JSON Schemas of manifests, project file, policies and reports as one "
        "document, by file name; or one of them, such as discount or plan. --write writes them "
        "to a folder for editors and checks, with a reference of all kinds and fields "
        "(README.md)."
    )
    parser.epilog = (
        "Examples:\n"
        "  reconciler schema\n"
        "  reconciler schema discount\n"
        "  reconciler schema --write schemas\n"
        "  reconciler schema | jq '.\"plan.schema.json\"'"
    )
    parser.add_argument("name", metavar="NAME", nargs="?", help="print this schema alone")
    parser.add_argument("--write", metavar="DIR", help="write one file for each schema")


def run(args: Namespace, console: Console) -> Succeeded:
    """Print every schema by its file name, or write them."""
    from pathlib import Path

    from reconciler.cli.exit_codes import Succeeded
    from reconciler.cli.paths import absolute
    from reconciler.errors import UsageError
    from reconciler.kinds.catalogue import discover
    from reconciler.project.schemas import json_schemas, schema_texts
    from reconciler.report.escape import escape
    from reconciler.report.layout import counted
    from reconciler.report.reference import reference_page
    from reconciler.store.atomic_file import write_output

    catalogue = discover()
    if args.write is None:
        console.document(_chosen(args.name, json_schemas(catalogue)))
        return Succeeded()
    if args.name is not None:
        raise UsageError(
            f"{args.name!r} and --write do not go together: --write writes all schemas"
        )
    folder = Path(absolute(args.write))
    schemas = json_schemas(catalogue)
    texts = {**schema_texts(catalogue), "README.md": reference_page(catalogue, schemas)}
    for name, text in texts.items():
        write_output(folder / name, text.encode(), mode=0o644)
    written = f"{counted(len(schemas), 'schema')} and the reference, README.md"
    console.report(f"{written}, written to {escape(args.write)}.\n")
    return Succeeded()


def _chosen(name: str | None, schemas: Mapping[str, Schema]) -> Mapping[str, object]:
    """Return one schema by its name, the kind's or the file's; without a name all of them."""
    from reconciler.errors import UsageError
    from reconciler.manifest.quote import did_you_mean, quote

    if name is None:
        return schemas
    names = {file.removesuffix(_SUFFIX): schema for file, schema in schemas.items()}
    folded = {key.replace("-", ""): schema for key, schema in names.items()}
    word = name.lower().removesuffix(_SUFFIX).replace("-", "")
    if word not in folded:
        near = did_you_mean(name.lower(), names) or f"; there are {', '.join(sorted(names))}"
        raise UsageError(f"there is no schema {quote(name)}{near}")
    return folded[word]
