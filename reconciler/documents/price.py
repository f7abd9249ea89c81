"""How the prices of one resource come about, as a JSON document.

Invariant: amounts are texts, null where they are not known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import TypedDict

from reconciler.documents.types import (
    FORMAT_VERSION,
    AddressText,
    Count,
    FormatVersion,
    TargetDocument,
    target_document,
)
from reconciler.documents.values import money_text
from reconciler.model.impact import PriceSource
from reconciler.model.price import Purchased, StepEffect, StepKind

if TYPE_CHECKING:
    from decimal import Decimal

    from reconciler.model.price import ExplainedPrice, PriceExplanation


class PriceStepDocument(TypedDict):
    """One line of a sum: what it adds, takes off, or holds of tax; null where that is unknown."""

    kind: StepKind
    name: str
    amount: str | None
    currency: str
    effect: StepEffect
    why: str


class ExplainedPriceDocument(TypedDict):
    """What one purchase costs; `planned` where the plan makes it, else it is the next renewal."""

    purchased: Purchased
    months: Count
    amount: str | None
    currency: str
    source: PriceSource
    planned: bool
    why: str
    steps: list[PriceStepDocument]


class PriceDocument(TypedDict):
    """How the prices of one resource come about."""

    formatVersion: FormatVersion
    target: TargetDocument
    address: AddressText
    prices: list[ExplainedPriceDocument]


def price_document(explained: PriceExplanation) -> PriceDocument:
    """Return how prices come about as JSON."""
    return {
        "formatVersion": FORMAT_VERSION,
        "target": target_document(explained.target),
        "address": str(explained.address),
        "prices": [_price(each) for each in explained.prices],
    }


def _price(each: ExplainedPrice) -> ExplainedPriceDocument:
    return {
        "purchased": each.purchased,
        "months": each.months,
        "amount": _amount(each.amount),
        "currency": each.currency,
        "source": each.source,
        "planned": each.planned,
        "why": each.why,
        "steps": [
            {
                "kind": step.kind,
                "name": step.name,
                "amount": _amount(step.amount),
                "currency": step.currency,
                "effect": step.effect,
                "why": step.why,
            }
            for step in each.steps
        ],
    }


def _amount(amount: Decimal | None) -> str | None:
    return None if amount is None else money_text(amount)
