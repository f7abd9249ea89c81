"""``show``: a saved plan, without the panel and without the manifests; offline."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.cli.exit_codes import Succeeded
from reconciler.cli.remedies import apply_line
from reconciler.documents.restore import restore_plan
from reconciler.errors import CodecError, RefusedError, StoreError
from reconciler.planning.guards import CONSENTED
from reconciler.planning.saved_plan import check_saved
from reconciler.report.plan import plan_text
from reconciler.store.json_file import read_document

if TYPE_CHECKING:
    from argparse import Namespace

    from reconciler.cli.console import Console


def run(args: Namespace, console: Console) -> Succeeded:
    """Show a saved plan. Raises: StoreError for one that is cut, was altered, or is too new."""
    saved = read_document(Path(args.plan))
    try:
        check_saved(saved)
        plan = restore_plan(saved)
    except (RefusedError, CodecError) as error:
        raise StoreError(f"{args.plan}: {error}") from error
    if console.json:
        console.document(saved)
        return Succeeded()
    console.report(plan_text(plan, palette=console.palette))
    if not plan.empty:
        needed = CONSENTED & {name for change in plan.changes for name in change.classes}
        command = apply_line(args, args.plan, allow=needed)
        console.tell(f"Made at {saved.get('createdAt')}. To apply all of it: {command}")
    return Succeeded()
