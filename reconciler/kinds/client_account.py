"""A client's accounts: one balance for each provider and currency.

Doubt: which words the status column uses for a suspended account.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

from pydantic import Field, field_validator

from reconciler.kinds.fields import Mode, PanelField, ValueType
from reconciler.kinds.kind import ResourceKind
from reconciler.kinds.money_fields import AccountFields
from reconciler.kinds.spec import Amount, ClientRef, Flag, OneChoice, Spec, Whole
from reconciler.wire.codec import FLAG, MONEY, WHOLE

if TYPE_CHECKING:
    from pydantic import ValidationInfo

    from reconciler.model.value import Ref


class ClientAccountSpec(Spec):
    """One account of a client."""

    client: Annotated[ClientRef, PanelField(mode=Mode.LOCAL, shape=ValueType.REF, ref="Client")] = (
        Field(description="owner of the account")
    )
    provider: Annotated[
        OneChoice,
        PanelField(
            param="subaccount_project",
            mode=Mode.CREATE_ONLY,
            shape=ValueType.CHOICE,
            options="subaccount_project",
            columns=("project",),
        ),
    ] = Field(description="provider the account is held with (set once)")
    currency: Annotated[
        OneChoice,
        PanelField(
            param="subaccount_currency",
            mode=Mode.CREATE_ONLY,
            shape=ValueType.CHOICE,
            options="subaccount_currency",
            iso="currency",
            columns=("currency",),
        ),
    ] = Field(description="currency of the balance (set once)")
    credit_limit: Annotated[Amount, PanelField(param="creditlimit", codec=MONEY)] = Field(
        default=Decimal(0), description="how far below zero the balance may go", ge=0
    )
    allow_postpaid: Annotated[Flag, PanelField(param="allowpostpaid", codec=FLAG)] = Field(
        default=False, description="allow services that are paid afterwards"
    )
    active: Annotated[Flag, PanelField(param="active", codec=FLAG)] = Field(
        default=True, description="the account in use with its provider"
    )
    referred_by: Annotated[
        ClientRef | None, PanelField(param="referer", shape=ValueType.REF, ref="Client")
    ] = Field(default=None, description="the client who referred this one")
    incident_limit: Annotated[Whole, PanelField(param="incident_limit", codec=WHOLE)] = Field(
        default=0, description="support tickets that the client may open in total", ge=0
    )
    suspended: Annotated[
        Flag,
        PanelField(
            mode=Mode.SWITCH,
            suspend="subaccount.suspend",
            resume="subaccount.resume",
        ),
    ] = Field(default=False, description="whether the account is switched off")

    @field_validator("referred_by")
    @classmethod
    def _by_another(cls, who: Ref | None, info: ValidationInfo) -> Ref | None:
        if who is not None and who == info.data.get("client"):
            raise ValueError(
                "a client cannot refer itself: name another client, or remove the field"
            )
        return who


_EXAMPLE = """\
apiVersion: reconciler/v1
kind: ClientAccount
metadata: {name: acme-eur}
spec:
  client: acme
  provider: Main provider
  currency: EUR
  creditLimit: 100
  allowPostpaid: true
"""
KINDS = (
    ResourceKind(
        name="ClientAccount",
        doc="An account of a client: a balance with one provider, in one currency.",
        spec=ClientAccountSpec,
        list="subaccount",
        form="subaccount.edit",
        create="subaccount.edit",
        update="subaccount.edit",
        parent="client",
        inline="accounts",
        scope="elid",
        identity=("provider", "currency"),
        removals=frozenset({"keep", "suspend"}),
        status=("status",),
        money=AccountFields(
            seller="provider",
            currency="currency",
            credit="creditLimit",
            active="active",
            balance=("balance",),
            limit=("creditlimit",),
        ),
        example=_EXAMPLE,
    ),
)
