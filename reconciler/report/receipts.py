"""Show the charges of a run beside their forecast.

Invariant: what differs from the forecast, and what is not known, stands first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.documents.receipts import compared_sums
from reconciler.documents.values import shown_money
from reconciler.report.colors import PLAIN, Colors
from reconciler.report.escape import escape
from reconciler.report.layout import counted, joined, table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from reconciler.model.journal import Receipt
    from reconciler.model.plan import Money

_HEADER = ("Charge", "Forecast", "Charged", "")
_ENDS = {
    "absent": "not charged: the panel shows no effect",
    "failed": "not charged: it failed",
    "refused": "not charged: the panel refused it",
    "unsent": "not charged: it was not sent",
    "waiting": "not charged yet: it waits to be paid",
}


def receipts_text(run: str, receipts: Sequence[Receipt], palette: Colors = PLAIN) -> str:
    """Show each charge of a run with its forecast, and the sums by currency."""
    if not receipts:
        return f"Run {escape(run)} charged nothing.\n"
    ordered = sorted(receipts, key=lambda each: each.as_forecast)
    rows = [
        (escape(each.address), _amount(each.forecast), _charged(each), _remark(each))
        for each in ordered
    ]
    sums = compared_sums(receipts)
    lines = [
        f"{counted(count, 'charge')} in {escape(currency)}: forecast {shown_money(said)}, "
        f"charged {shown_money(taken)}{_difference(taken - said)}."
        for currency, (said, taken, count) in sums.items()
    ]
    unknown = len(receipts) - sum(count for _, _, count in sums.values())
    if unknown:
        words = f"{counted(unknown, 'charge')} cannot be compared: an amount is unknown."
        lines.append(f"{palette.paint('warning')}: {words}")
    return joined([[f"Charges of run {escape(run)}"], table(_HEADER, rows), lines])


def runs_text(runs: Mapping[str, Sequence[Receipt]]) -> str:
    """List the runs that charged, each with its number of charges and of differences."""
    lines = []
    for run, receipts in runs.items():
        others = sum(not each.as_forecast for each in receipts)
        words = f"{others} not as forecast" if others else "all as forecast"
        lines.append(f"{escape(run)}  {counted(len(receipts), 'charge')}, {words}")
    return "".join(f"{line}\n" for line in lines) or "No run charged anything.\n"


def _amount(money: Money | None) -> str:
    if money is None:
        return "not written"
    if money.amount is None:
        return "unknown"
    how = " (computed)" if money.computed else ""
    return f"{shown_money(money.amount)} {escape(money.currency)}{how}"


def _charged(each: Receipt) -> str:
    if each.charged is None:
        return "nothing" if each.known else "unknown"
    return _amount(each.charged.money)


def _remark(each: Receipt) -> str:
    if each.as_forecast:
        return "as forecast"
    if each.result == "in-doubt":
        return "in doubt: run `reconciler resume`"
    if each.charged is None:
        return _ENDS.get(each.result, "the client's expenses were not read: look at them")
    if not each.charged.from_expenses:
        return "as planned; the client's expenses do not show it"
    said, taken = each.forecast, each.charged.money
    if said is None or said.amount is None or taken.amount is None:
        return "no forecast to compare with"
    if said.currency != taken.currency:
        return "charged in another currency"
    return f"differs{_difference(taken.amount - said.amount)}"


def _difference(more: Decimal) -> str:
    return f", {more:+.2f}" if more else ""
