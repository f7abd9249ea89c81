"""Remove saved filters that an examination has found, after the user has agreed.

Invariants: the call that removes a filter names no row; only a second examination proves that a
filter is gone, never the answer.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.engine.doctor.hidden_filter import NAME
from reconciler.errors import AccessError, RejectedError
from reconciler.wire.call import clear_client_filter_call, clear_filter_call

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.model.diagnostics import DoctorReport
    from reconciler.ports import Panel

_LIST, _CLIENT = "the filter saved for the list {}", "the filter by client"


def filters_to_clear(report: DoctorReport) -> tuple[str, ...]:
    """Return the filters to remove; that by client unless it is known that there is none."""
    named = [
        _LIST.format(each.func) + (f" of {each.su}" if each.su else "") for each in report.filtered
    ]
    return (*named, *([_CLIENT] if _clears_client(report) else []))


async def clear_filters(
    panel: Panel, report: DoctorReport
) -> dict[str, RejectedError | AccessError]:
    """Remove the filters; return those that the panel refused to remove, with the error."""
    calls = [
        (_LIST.format(each.func), clear_filter_call(each.func, su=each.su or None))
        for each in report.filtered
    ]
    if _clears_client(report):
        calls.append((_CLIENT, clear_client_filter_call()))
    refused: dict[str, RejectedError | AccessError] = {}
    for name, call in calls:
        try:
            await panel.submit(call)
        except (RejectedError, AccessError) as error:
            refused[name] = error
    return refused


def with_explanation(
    report: DoctorReport, refused: Mapping[str, RejectedError | AccessError]
) -> DoctorReport:
    """Return a report that explains why the filter by client could not be removed.

    ``is_missed`` is about the function: the call names no object that could be absent.
    """
    error = refused.get(_CLIENT)
    if error is None:
        return report
    func = clear_client_filter_call().func
    if isinstance(error, RejectedError) and error.is_missed:
        why = f"this panel has no {func}, so it can neither save nor remove such a filter"
        remedy = "check in the panel what else limits its lists to one client"
    else:
        why = f"{func} was refused; the filter was not changed ({error})"
        remedy = "remove the filter in the panel, or sign in as a user with the right to it"
    return replace(
        report,
        checks=tuple(
            replace(each, message=f"{why}; {each.message}", remedy=remedy)
            if each.name == NAME and each.status != "ok"
            else each
            for each in report.checks
        ),
    )


def _clears_client(report: DoctorReport) -> bool:
    statuses = {check.status for check in report.checks if check.name == NAME}
    return bool(statuses & {"problem", "unknown"})
