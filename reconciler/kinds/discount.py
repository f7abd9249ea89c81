"""Personal discounts.

The key is ``idname``, which forms and deletes take; the list's own ``id`` may be no more than a
place in the list, and another row's tomorrow. The captions of ``type`` and ``actiontype`` are
swapped between list and form, so neither column is believed.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

from pydantic import Field, field_validator

from reconciler.kinds.fields import Mode, PanelField, ValueType
from reconciler.kinds.kind import Marker, ResourceKind
from reconciler.kinds.money_fields import DiscountFields, PaidAction
from reconciler.kinds.spec import ClientRef, Day, Number, OneChoice, Periods, Spec, Text, Whole
from reconciler.model.text import fold_text
from reconciler.wire.codec import DATE, PERCENT, WHOLE

if TYPE_CHECKING:
    from datetime import date

    from pydantic import ValidationInfo


class DiscountSpec(Spec):
    """A discount for one client."""

    client: Annotated[ClientRef, PanelField(mode=Mode.LOCAL, shape=ValueType.REF, ref="Client")] = (
        Field(description="client who gets the discount")
    )
    percentage: Annotated[Number, PanelField(param="percentage", codec=PERCENT, needed=True)] = (
        Field(default=Decimal(0), description="per cent off the price", gt=0, le=100)
    )
    type: Annotated[
        OneChoice | None, PanelField(param="type", shape=ValueType.CHOICE, options="type")
    ] = Field(default=None, description="type of discount, as the form offers it")
    applies_to: Annotated[
        OneChoice | None,
        PanelField(param="actiontype", shape=ValueType.CHOICE, options="actiontype"),
    ] = Field(default=None, description="what it applies to: orders, renewals, both")
    periods: Annotated[
        Periods,
        PanelField(
            param="period",
            shape=ValueType.CHOICES,
            options="period",
            free=True,
            months=True,
            every=True,
        ),
    ] = Field(
        default=frozenset(),
        description="order periods in whole months; none means every period",
    )
    priority: Annotated[Whole, PanelField(param="priority", codec=WHOLE)] = Field(
        default=0,
        description="which discount wins; a negative one applies only without a promotion",
    )
    from_: Annotated[Day | None, PanelField(param="fromdate", codec=DATE)] = Field(
        default=None, alias="from", description="first day"
    )
    to: Annotated[Day | None, PanelField(param="todate", codec=DATE, none=True)] = Field(
        default=None, description="last day; null for no end"
    )
    note: Annotated[Text, PanelField(param="note")] = Field(default="", description="comment")

    @field_validator("to")
    @classmethod
    def _not_before_it_begins(cls, last: date | None, info: ValidationInfo) -> date | None:
        first = info.data.get("from_")
        if last is not None and first is not None and last < first:
            raise ValueError(f"the last day is before the first day, {first}: change one of them")
        return last


_ORDERS = re.compile(r"order|purchas|заказ|покуп")
_RENEWALS = re.compile(r"renew|prolong|extension|продл")
_PROMOTION = re.compile(r"promo|акци|промо")


def _actions_of(label: str) -> frozenset[PaidAction] | None:
    """Read what a discount is for; None where its words name neither.

    Shape:  ``Order``, ``Renewal``, ``Order and renewal``, in English or Russian.
    Doubt:  the words of other languages, and whether there is a third action.
    """
    words = fold_text(label)
    found: set[PaidAction] = set()
    if _ORDERS.search(words):
        found.add("order")
    if _RENEWALS.search(words):
        found.add("renewal")
    return frozenset(found) or None


def _is_promotion(label: str) -> bool | None:
    """Return whether a discount is one of a promotion; None where its type is not known.

    Doubt: which types there are beside the plain one.
    """
    return _PROMOTION.search(fold_text(label)) is not None if label else None


_EXAMPLE = """\
apiVersion: reconciler/v1
kind: Discount
metadata: {name: acme-spring}
spec:
  client: {email: billing@acme.example}
  percentage: 15
  type: Percentage discount
  appliesTo: Order and renewal
  periods: [12, 24]
  from: 2027-03-01
  to: 2027-05-31
"""
KINDS = (
    ResourceKind(
        name="Discount",
        doc="A personal discount of a client.",
        spec=DiscountSpec,
        list="account.discount",
        form="account.discount.edit",
        create="account.discount.edit",
        create_add="account.discount.add",
        update="account.discount.edit",
        delete="account.discount.delete",
        parent="client",
        inline="discounts",
        scope="elid",
        row_key=("idname", "id", "elid"),
        identity=(),
        adopt_by=("type", "appliesTo"),
        adopt_also=("from",),
        marker=Marker("note", "suffix"),
        on_remove="delete",
        money=DiscountFields(
            share="percentage",
            action="appliesTo",
            periods="periods",
            priority="priority",
            first="from",
            last="to",
            sort="type",
            actions_of=_actions_of,
            is_promotion=_is_promotion,
        ),
        moves_prices=frozenset({"adopt", "update"}),
        example=_EXAMPLE,
    ),
)
