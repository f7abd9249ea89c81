"""Report the end of an apply: print it, write the report file, or print what no file holds.

Invariant: outcomes that could not be written to a file are printed in full to standard output,
without secrets.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.cli.exit_codes import error_code
from reconciler.cli.remedies import command_line
from reconciler.documents.findings import error_document
from reconciler.documents.outcome import outcome_document
from reconciler.errors import OutputError, StoreError
from reconciler.model.reason import ReasonCode
from reconciler.report.outcome import is_plain_adoption, outcome_line
from reconciler.report.reports import OutcomeReport
from reconciler.store.json_file import write_document

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence

    from reconciler.cli.console import Console
    from reconciler.documents.outcome import ApplyBody, ApplyDocument
    from reconciler.errors import LockedError
    from reconciler.model.outcome import Outcome
    from reconciler.model.plan import Plan


class OutcomeLines:
    """The outcomes of an apply, printed as they come.

    Invariant: an error of the output stops no request; it is kept in ``lost``, and ends the run
    as an interrupt does. Changes not begun because the panel cannot be reached are printed once,
    at the end, and so are adoptions that change nothing.
    """

    def __init__(self, console: Console) -> None:
        """Begin without outcomes."""
        self._console = console
        self.ended: list[Outcome] = []
        self.lost: BrokenPipeError | OutputError | None = None

    def __call__(self, outcome: Outcome) -> None:
        """Store an outcome and print its line."""
        self.ended.append(outcome)
        if not self._console.text or self.lost or outcome.cause is ReasonCode.UNREACHED:
            return
        if is_plain_adoption(outcome):
            return  # an adopted installation would be thousands of lines that say the same
        try:
            self._console.report(f"{outcome_line(outcome, self._console.palette)}\n")
        except (BrokenPipeError, OutputError) as error:
            self.lost = error

    @property
    def unrecorded(self) -> OutputError | None:
        """The error that lost the lines; None if their reader closed the pipe itself."""
        return self.lost if isinstance(self.lost, OutputError) else None


def report_end(
    args: Namespace,
    console: Console,
    plan: Plan,
    ended: Sequence[Outcome],
    *,
    unrecorded: StoreError | LockedError | None,
) -> StoreError | LockedError | None:
    """Report an apply; return the error if the report is in no file, else None."""
    document = outcome_document(plan, ended)
    unrecorded = _file(args, document) or unrecorded
    report = OutcomeReport(plan, ended, document, command_line(args, "resume"))
    if ended and console.text:
        console.show(report)
    if unrecorded is not None:
        _salvage(console, document, unrecorded)
    elif not console.text:
        console.show(report)
    return unrecorded


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
