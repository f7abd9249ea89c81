"""The charges of one run beside their forecast, as a JSON document.

Invariant: no two currencies are added, and an amount that is not known is null and never zero.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from typing_extensions import TypedDict

from reconciler.documents.journal import ChargedDocument
from reconciler.documents.plan import MoneyDocument, money_document
from reconciler.documents.types import FORMAT_VERSION, AddressText, Count, FormatVersion, RunText
from reconciler.documents.values import money_text
from reconciler.model.plan import Action

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.model.journal import Receipt


class ReceiptDocument(TypedDict):
    """One charge: the plan's forecast, null where none was written, and what was taken.

    `charged` is null where nothing was charged, or where nobody knows: then `known` is false.
    """

    address: AddressText
    action: Action
    result: str
    forecast: MoneyDocument | None
    charged: ChargedDocument | None
    known: bool


class ComparedMoneyDocument(TypedDict):
    """What a run was to take and took in one currency, of the charges with both amounts."""

    forecast: str
    charged: str
    difference: str
    charges: Count


class ReceiptsDocument(TypedDict):
    """The charges of one run; `unknown` counts those of which an amount is missing."""

    formatVersion: FormatVersion
    target: str
    run: RunText
    receipts: list[ReceiptDocument]
    sums: dict[str, ComparedMoneyDocument]
    unknown: Count


class ChargingRunDocument(TypedDict):
    """A run that charged, and how many of its charges the expenses show as forecast."""

    run: RunText
    charges: Count
    asForecast: Count


class ChargingRunsDocument(TypedDict):
    """The runs that charged, the latest first."""

    formatVersion: FormatVersion
    target: str
    runs: list[ChargingRunDocument]


def charging_document(target: str, runs: Mapping[str, Sequence[Receipt]]) -> ChargingRunsDocument:
    """Return the runs that charged as JSON."""
    return {
        "formatVersion": FORMAT_VERSION,
        "target": target,
        "runs": [
            {
                "run": run,
                "charges": len(receipts),
                "asForecast": sum(each.as_forecast for each in receipts),
            }
            for run, receipts in runs.items()
        ],
    }


def receipts_document(target: str, run: str, receipts: Sequence[Receipt]) -> ReceiptsDocument:
    """Return the charges of a run as JSON."""
    sums = compared_sums(receipts)
    return {
        "formatVersion": FORMAT_VERSION,
        "target": target,
        "run": run,
        "receipts": [_receipt(each) for each in receipts],
        "sums": {
            currency: {
                "forecast": money_text(said),
                "charged": money_text(taken),
                "difference": money_text(taken - said),
                "charges": count,
            }
            for currency, (said, taken, count) in sums.items()
        },
        "unknown": len(receipts) - sum(count for _, _, count in sums.values()),
    }


def compared_sums(receipts: Sequence[Receipt]) -> dict[str, tuple[Decimal, Decimal, int]]:
    """Return the forecast, the charges and their number by currency.

    A charge counts where both amounts are known and of one currency; nothing taken is a known zero.
    """
    sums: dict[str, tuple[Decimal, Decimal, int]] = {}
    for each in receipts:
        said = each.forecast
        if said is None or said.amount is None or not each.known:
            continue
        taken = each.charged.money if each.charged else None
        if taken is not None and taken.currency != said.currency:
            continue
        before = sums.get(said.currency, (Decimal(0), Decimal(0), 0))
        amount = Decimal(0) if taken is None else (taken.amount or Decimal(0))
        sums[said.currency] = (before[0] + said.amount, before[1] + amount, before[2] + 1)
    return dict(sorted(sums.items()))


def _receipt(each: Receipt) -> ReceiptDocument:
    charged = each.charged
    return {
        "address": each.address,
        "action": each.action,
        "result": each.result,
        "forecast": None if each.forecast is None else money_document(each.forecast),
        "charged": None
        if charged is None
        else {
            "amount": money_document(charged.money)["amount"],
            "currency": charged.money.currency,
            "fromExpenses": charged.from_expenses,
        },
        "known": each.known,
    }
