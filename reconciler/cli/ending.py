"""The end of an apply: told, filed where that was asked for, salvaged where no file holds it.

Invariant: what was done and could not be written down goes to standard output whole, scrubbed like
everything there.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.cli.exit import error_code
from reconciler.errors import StoreError
from reconciler.planning.document import outcome_document
from reconciler.report.document import error_document
from reconciler.report.outcome import outcome_summary
from reconciler.store.planfile import write_document

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence

    from reconciler.cli.console import Console
    from reconciler.errors import LockedError
    from reconciler.model.outcome import Outcome
    from reconciler.model.plan import Plan
    from reconciler.planning.show import Json


def report_end(
    args: Namespace,
    console: Console,
    plan: Plan,
    ended: Sequence[Outcome],
    *,
    unrecorded: StoreError | LockedError | None,
) -> StoreError | LockedError | None:
    """Report what an apply did; return why that is in no file, None where all is written down."""
    document = outcome_document(plan, ended)
    unrecorded = _file(args, document) or unrecorded
    if ended and not console.json:
        console.report(f"\n{outcome_summary(ended)}")
    if unrecorded is not None:
        _salvage(console, document, unrecorded)
    elif console.json:
        console.document(document)
    return unrecorded


def _file(args: Namespace, document: dict[str, Json]) -> StoreError | None:
    try:
        if args.report:
            write_document(Path(args.report), document)
    except StoreError as error:
        return error
    return None


def _salvage(console: Console, document: dict[str, Json], error: StoreError | LockedError) -> None:
    if not console.json:
        console.fail(error)
        if not document["outcomes"]:
            return
        console.report("\nThis could not be written down; keep it:\n\n")
    failure = error_document(error_code(error), str(error))
    console.document(document | {"error": failure["error"]})
