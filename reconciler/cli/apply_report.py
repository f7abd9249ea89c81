"""The end of an apply: told, filed where that was asked for, salvaged where no file holds it.

Invariant: what was done and could not be written down goes to standard output whole, scrubbed like
everything there.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.cli.exit_codes import error_code
from reconciler.documents.findings import error_document
from reconciler.documents.outcome import outcome_document
from reconciler.errors import OutputError, StoreError
from reconciler.model.reason import ReasonCode
from reconciler.report.escape import escape
from reconciler.report.layout import counted
from reconciler.report.outcome import outcome_line, outcome_summary
from reconciler.store.json_file import write_document

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence

    from reconciler.cli.console import Console
    from reconciler.documents.outcome import ApplyBody, ApplyDocument
    from reconciler.errors import LockedError
    from reconciler.model.outcome import Outcome
    from reconciler.model.plan import Plan

_SHOWN = 5


class OutcomeLines:
    """The outcomes of an apply, printed as they come.

    Invariant: output that fails stops nothing that is in flight; it is kept in ``lost``, and asks
    the run to end as an interrupt does. What was not begun since the panel cannot be reached is
    printed once, at the end.
    """

    def __init__(self, console: Console) -> None:
        """Have heard of nothing yet."""
        self._console = console
        self.ended: list[Outcome] = []
        self.lost: BrokenPipeError | OutputError | None = None

    def __call__(self, outcome: Outcome) -> None:
        """Keep an outcome and print its line."""
        self.ended.append(outcome)
        if self._console.json or self.lost or outcome.cause is ReasonCode.UNREACHED:
            return
        try:
            self._console.report(f"{outcome_line(outcome, self._console.palette)}\n")
        except (BrokenPipeError, OutputError) as error:
            self.lost = error

    @property
    def unrecorded(self) -> OutputError | None:
        """Why the lines are nowhere; a reader that went away did not want them."""
        return self.lost if isinstance(self.lost, OutputError) else None


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
        console.report(f"\n{outcome_summary(ended)}{_unbegun_text(plan, ended)}")
    if unrecorded is not None:
        _salvage(console, document, unrecorded)
    elif console.json:
        console.document(document)
    return unrecorded


def _unbegun_text(plan: Plan, ended: Sequence[Outcome]) -> str:
    """Say once what is left to do on a panel that went away, and how to go on."""
    addresses = [
        str(outcome.change.address) for outcome in ended if outcome.cause is ReasonCode.UNREACHED
    ]
    if not addresses:
        return ""
    more = len(addresses) - _SHOWN
    names = ", ".join(addresses[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
    target = escape(plan.target.name)
    return (
        f"\n{escape(plan.target.url)} cannot be reached any more. Not begun: "
        f"{counted(len(addresses), 'change')} ({escape(names)}).\n"
        f"Look closer: reconciler doctor --target {target}\n"
        f"Then go on:  reconciler apply --target {target}\n"
    )


def _file(args: Namespace, document: ApplyBody) -> StoreError | None:
    try:
        if args.report:
            write_document(Path(args.report), document)
    except StoreError as error:
        return error
    return None


def _salvage(console: Console, document: ApplyBody, error: StoreError | LockedError) -> None:
    if not console.json:
        console.fail(error)
        if not document["outcomes"]:
            return
        console.report("\nthe report could not be saved; copy this output:\n\n")
    failure = error_document(error_code(error), str(error))
    ended: ApplyDocument = {**document, "error": failure["error"]}
    console.document(ended)
