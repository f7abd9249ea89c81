"""``export``: what the panel holds, as manifests; reads the panel only."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.cli.arguments import read_label
from reconciler.cli.context import open_context
from reconciler.cli.exit_codes import Exported
from reconciler.cli.paths import absolute
from reconciler.cli.progress import shown_progress
from reconciler.cli.wiring import read_exported, reading
from reconciler.documents.export import export_document
from reconciler.errors import UsageError
from reconciler.export.edits import ManifestEdits
from reconciler.export.files import ExportFiles
from reconciler.export.run import ExportOptions, export_clients
from reconciler.export.selection import ClientSelection
from reconciler.manifest.quote import did_you_mean, quote
from reconciler.report.export import export_text

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence

    from reconciler.cli.console import Console
    from reconciler.cli.context import ProjectContext
    from reconciler.model.export import FileAction


async def run(args: Namespace, console: Console) -> Exported:
    """Write what the panel holds, prove it, and show what was done."""
    context = open_context(args, console)
    choice = _options(args, context)
    root, folder, paths = _place(args, context)
    work = read_exported(context, root, paths)
    if args.stdout:  # everything is printed, whatever is declared
        work = replace(work, desired=())
    files = ExportFiles(folder)

    async def write(name: str, text: str) -> tuple[str, FileAction]:
        if args.stdout:
            console.raw(f"---\n{text}")
            return name, "printed"
        # A disk takes its time for each file: meanwhile the panel is asked.
        return await asyncio.to_thread(files.write, name, text)

    with shown_progress(wanted=not (console.json or args.no_progress)) as progress:
        async with reading(context) as reader:
            report = await export_clients(
                reader, work, choice, write=write, edits=ManifestEdits(root), progress=progress
            )
    if console.json and not args.stdout:
        console.document(export_document(report))
    elif args.stdout:
        for line in export_text(report, "standard output", console.palette).splitlines():
            console.tell(line)
    else:
        console.report(export_text(report, str(folder), console.palette))
    return Exported(proved=not report.failures)


def _place(args: Namespace, context: ProjectContext) -> tuple[Path, Path, Sequence[str]]:
    """Return the folder that manifests are relative to, where new ones go, and what is read.

    A folder outside of the project's manifests is an export of its own.
    """
    root, declared = context.root, context.project.manifests
    if not args.out:
        return root, root / declared[0], declared
    folder = Path(absolute(args.out))
    if any(folder.is_relative_to(root / path) for path in declared):
        return root, folder, declared
    return folder, folder, [str(folder)]


def _options(args: Namespace, context: ProjectContext) -> ExportOptions:
    known = context.catalogue.by_name
    for name in args.kinds:
        if name not in known:
            hint = did_you_mean(name, known) or f"; the kinds are {', '.join(known)}"
            raise UsageError(f"{quote(name)} is no kind that a manifest declares{hint}")
    return ExportOptions(
        kinds=tuple(args.kinds),
        selection=_selection(args, context),
        layout=args.layout,
        every=args.all_fields,
        verify=not args.no_verify,
        window=max(4, context.target.limits.reads),
    )


def _selection(args: Namespace, context: ProjectContext) -> ClientSelection:
    # The option of a side list is called as one of its rows.
    lists = [facet.name for facet in context.catalogue.client.members]
    asked = {name: getattr(args, name.removesuffix("s"), None) for name in lists}
    return ClientSelection(
        clients=tuple(args.client),
        labels=dict(read_label(text) for text in args.selector),
        members={name: str(word) for name, word in asked.items() if word},
    )
