"""What a plan comes to, as JSON and as a value again.

Invariant: amounts are texts, null where they are not known; each is under its currency.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from typing_extensions import TypedDict

from reconciler.documents.types import OPEN_WORD, AddressText, Count
from reconciler.documents.values import money_text, read_amount
from reconciler.model.address import parse_address
from reconciler.model.impact import (
    Amount,
    ClientImpact,
    Impact,
    LargestChange,
    Message,
    MessageKind,
    MoneyImpact,
    PriceSource,
)

if TYPE_CHECKING:
    from reconciler.model.impact import Sums


class AmountDocument(TypedDict):
    """A sum in one currency, null where it is unknown; `atLeast` where a part of it is."""

    amount: str | None
    source: PriceSource
    atLeast: bool


SumsDocument = dict[str, AmountDocument]


class MoneyImpactDocument(TypedDict):
    """Amounts by currency; what recurs is per month."""

    chargesNow: SumsDocument
    intoCart: SumsDocument
    recurringBefore: SumsDocument
    recurringAfter: SumsDocument
    monthlyChange: SumsDocument
    yearlyChange: SumsDocument
    oneOff: SumsDocument
    taxPart: SumsDocument
    discountPart: SumsDocument
    creditLeft: SumsDocument


class ClientImpactDocument(MoneyImpactDocument):
    """What a plan comes to for one client, by the address of its manifest or its name."""

    client: str
    email: str


class MessageDocument(TypedDict):
    """Emails that a change makes the panel send."""

    address: AddressText
    client: str
    kind: Annotated[MessageKind, OPEN_WORD]
    count: Count


class LargestChangeDocument(TypedDict):
    """The largest monthly change of one client, in one currency."""

    amount: str
    client: str


class PlanImpactDocument(MoneyImpactDocument):
    """What a plan comes to, in all, for each client, and the messages that are sent."""

    clients: list[ClientImpactDocument]
    clientCount: Count
    medianChange: dict[str, str]
    largestChange: dict[str, LargestChangeDocument]
    messages: list[MessageDocument]


def impact_document(impact: Impact) -> PlanImpactDocument:
    """Return what a plan comes to as JSON."""
    return {
        **_money_document(impact.money),
        "clients": [
            {"client": each.client, "email": each.email, **_money_document(each.money)}
            for each in impact.clients
        ],
        "clientCount": impact.client_count,
        "medianChange": {
            currency: money_text(each) for currency, each in impact.median_change.items()
        },
        "largestChange": {
            currency: {"amount": money_text(each.amount), "client": each.client}
            for currency, each in impact.largest_change.items()
        },
        "messages": [
            {
                "address": str(each.address),
                "client": each.client,
                "kind": each.kind,
                "count": each.count,
            }
            for each in impact.messages
        ],
    }


def restore_impact(document: PlanImpactDocument) -> Impact:
    """Return the value that a document was made of.

    Raises: ValueError for texts that are no amounts or addresses.
    """
    return Impact(
        money=_money(document),
        clients=tuple(
            ClientImpact(each["client"], each["email"], _money(each))
            for each in document["clients"]
        ),
        client_count=document["clientCount"],
        median_change={
            currency: read_amount(each) for currency, each in document["medianChange"].items()
        },
        largest_change={
            currency: LargestChange(read_amount(each["amount"]), each["client"])
            for currency, each in document["largestChange"].items()
        },
        messages=tuple(
            Message(parse_address(each["address"]), each["client"], each["kind"], each["count"])
            for each in document["messages"]
        ),
    )


def _money_document(money: MoneyImpact) -> MoneyImpactDocument:
    return {
        "chargesNow": _sums_document(money.charges_now),
        "intoCart": _sums_document(money.into_cart),
        "recurringBefore": _sums_document(money.recurring_before),
        "recurringAfter": _sums_document(money.recurring_after),
        "monthlyChange": _sums_document(money.monthly_change),
        "yearlyChange": _sums_document(money.yearly_change),
        "oneOff": _sums_document(money.one_off),
        "taxPart": _sums_document(money.tax_part),
        "discountPart": _sums_document(money.discount_part),
        "creditLeft": _sums_document(money.credit_left),
    }


def _money(document: MoneyImpactDocument) -> MoneyImpact:
    return MoneyImpact(
        charges_now=_sums(document["chargesNow"]),
        into_cart=_sums(document["intoCart"]),
        recurring_before=_sums(document["recurringBefore"]),
        recurring_after=_sums(document["recurringAfter"]),
        monthly_change=_sums(document["monthlyChange"]),
        yearly_change=_sums(document["yearlyChange"]),
        one_off=_sums(document["oneOff"]),
        tax_part=_sums(document["taxPart"]),
        discount_part=_sums(document["discountPart"]),
        credit_left=_sums(document["creditLeft"]),
    )


def _sums_document(sums: Sums) -> SumsDocument:
    return {
        currency: {
            "amount": None if each.amount is None else money_text(each.amount),
            "source": each.source,
            "atLeast": each.at_least,
        }
        for currency, each in sums.items()
    }


def _sums(document: SumsDocument) -> Sums:
    return {
        currency: Amount(
            None if each["amount"] is None else read_amount(each["amount"]),
            each["source"],
            each["atLeast"],
        )
        for currency, each in document.items()
    }
