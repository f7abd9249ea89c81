"""Currency rates of a client: dated rows, of which the latest counts.

Unit: ``rate`` units of the related currency for ``amount`` units of the base currency.
A row dated in the past is history; changing or deleting it needs a consent of its own.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

from pydantic import Field, field_validator

from reconciler.kinds.fields import Mode, PanelField, ValueType
from reconciler.kinds.kind import ResourceKind
from reconciler.kinds.money_fields import RateFields
from reconciler.kinds.spec import ClientRef, Day, Number, OneChoice, Spec
from reconciler.wire.codec import DATE, NUMBER

if TYPE_CHECKING:
    from pydantic import ValidationInfo

    from reconciler.model.value import Choice


class CurrencyRateSpec(Spec):
    """What one currency is worth in another, from a day on."""

    client: Annotated[ClientRef, PanelField(mode=Mode.LOCAL, shape=ValueType.REF, ref="Client")] = (
        Field(description="client whom the rate is for")
    )
    base: Annotated[
        OneChoice,
        PanelField(
            param="currency_base",
            mode=Mode.CREATE_ONLY,
            shape=ValueType.CHOICE,
            options="currency_base",
            iso="currency",
            columns=("currency_base",),
        ),
    ] = Field(description="currency to convert from (set once)")
    relate: Annotated[
        OneChoice,
        PanelField(
            param="currency_relate",
            mode=Mode.CREATE_ONLY,
            shape=ValueType.CHOICE,
            options="currency_relate",
            iso="currency",
            columns=("currency_relate",),
        ),
    ] = Field(description="currency to convert to (set once)")
    rate: Annotated[
        Number, PanelField(param="rate", codec=NUMBER, columns=("rate",), needed=True)
    ] = Field(default=Decimal(0), description="units of relate for amount units of base", gt=0)
    amount: Annotated[Number, PanelField(param="amount", codec=NUMBER)] = Field(
        default=Decimal(1), description="units of base that the rate is for", gt=0
    )
    date: Annotated[
        Day,
        PanelField(param="ratedate", codec=DATE, mode=Mode.CREATE_ONLY, columns=("ratedate",)),
    ] = Field(description="first day of the rate (set once)")

    @field_validator("relate")
    @classmethod
    def _two_currencies(cls, relate: Choice, info: ValidationInfo) -> Choice:
        base = info.data.get("base")
        if base is not None and relate.meaning == base.meaning:
            raise ValueError("it is the base currency: a rate needs two different currencies")
        return relate


_EXAMPLE = """\
apiVersion: reconciler/v1
kind: CurrencyRate
metadata: {name: acme-eur-usd-2027}
spec:
  client: acme
  base: EUR
  relate: USD
  rate: 1.08
  amount: 1
  date: 2027-01-01
"""
KINDS = (
    ResourceKind(
        name="CurrencyRate",
        doc="A dated currency rate of a client.",
        spec=CurrencyRateSpec,
        list="account.currencyrate",
        form="account.currencyrate.edit",
        create="account.currencyrate.edit",
        update="account.currencyrate.edit",
        delete="account.currencyrate.delete",
        parent="client",
        inline="currencyRates",
        scope="elid",
        identity=("base", "relate", "date"),
        history="date",
        bounded_move="rate",
        bounded_per="amount",
        money=RateFields(base="base", relate="relate", rate="rate", amount="amount", first="date"),
        moves_prices=frozenset({"adopt", "create", "update"}),
        example=_EXAMPLE,
    ),
)
