"""Special tax rules of a client.

Doubt: whether the list shows the general rules beside the special ones; a row that names a
company or a payer's country, or whose form does not open, is therefore not touched.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema

from reconciler.kinds.fields import Mode, PanelField, ValueType
from reconciler.kinds.kind import ResourceKind
from reconciler.kinds.money_fields import TaxFields
from reconciler.kinds.spec import ClientRef, Number, OneChoice, Spec, parse_choices
from reconciler.model.value import Choice
from reconciler.wire.codec import PERCENT


def _product_types(raw: object) -> frozenset[Choice]:
    return frozenset() if raw == "all" else parse_choices(raw)


ProductTypes = Annotated[
    frozenset[Choice],
    BeforeValidator(_product_types),
    WithJsonSchema(
        {"anyOf": [{"const": "all"}, {"type": "array", "items": {"type": ["string", "object"]}}]}
    ),
]


class TaxRuleSpec(Spec):
    """A tax rate that holds for one client and provider."""

    client: Annotated[ClientRef, PanelField(mode=Mode.LOCAL, shape=ValueType.REF, ref="Client")] = (
        Field(description="client whose purchases are taxed")
    )
    provider: Annotated[
        OneChoice,
        PanelField(
            param="project",
            mode=Mode.CREATE_ONLY,
            shape=ValueType.CHOICE,
            options="project",
            columns=("project",),
        ),
    ] = Field(description="provider who sells (set once)")
    rate: Annotated[
        Number, PanelField(param="taxrate", codec=PERCENT, columns=("taxrate",), needed=True)
    ] = Field(default=Decimal(0), description="per cent", ge=0, le=100)
    product_types: Annotated[
        ProductTypes,
        PanelField(
            param="itemtype",
            shape=ValueType.CHOICES,
            options="itemtype",
            gate="specialitemtype",
            every=True,
            columns=("itemtype",),
        ),
    ] = Field(default=frozenset(), description="taxed product types; all by default")


_EXAMPLE = """\
apiVersion: reconciler/v1
kind: TaxRule
metadata: {name: acme-vat}
spec:
  client: acme
  provider: Main provider
  rate: 19
  productTypes: all
"""
KINDS = (
    ResourceKind(
        name="TaxRule",
        doc="A special tax rate of a client.",
        spec=TaxRuleSpec,
        list="account.taxrule",
        form="account.taxrule.edit",
        create="account.taxrule.edit",
        update="account.taxrule.edit",
        delete="account.taxrule.delete",
        parent="client",
        inline="taxRules",
        scope="elid",
        identity=("provider", "productTypes"),
        foreign=("company", "country"),
        on_remove="delete",
        money=TaxFields(rate="rate", seller="provider", products="productTypes"),
        moves_prices=frozenset({"adopt", "create", "update"}),
        example=_EXAMPLE,
    ),
)
