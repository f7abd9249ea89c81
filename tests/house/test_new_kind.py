"""Adding a kind touches one file: this one adds its own, and runs the round with it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from reconciler.kinds.catalogue import discover
from reconciler.kinds.fields import Mode, PanelField, ValueType
from reconciler.kinds.kind import Marker, ResourceKind
from reconciler.kinds.spec import ClientRef, Number, OneChoice, Spec, Text
from reconciler.sandbox import Sandbox
from reconciler.wire.codec import MONEY
from tests.support.project import Project

if TYPE_CHECKING:
    from pathlib import Path


class PaymentSpec(Spec):
    """A payment of a client, as a kind that the project does not ship."""

    client: Annotated[ClientRef, PanelField(mode=Mode.LOCAL, shape=ValueType.REF, ref="Client")]
    amount: Annotated[Number, PanelField(param="subaccountamount", codec=MONEY)]
    method: Annotated[
        OneChoice, PanelField(param="paymethod", shape=ValueType.CHOICE, options="paymethod")
    ]
    note: Annotated[Text, PanelField(param="note")] = Field(default="")


PAYMENT = ResourceKind(
    name="Payment",
    doc="A payment that waits to be paid.",
    spec=PaymentSpec,
    list="account.payment",
    form="payment.edit",
    create="payment.edit",
    update="payment.edit",
    delete="payment.delete",
    parent="client",
    inline="payments",
    scope="elid",
    identity=(),
    marker=Marker("note", "suffix"),
    on_remove="delete",
)

MANIFEST = """
apiVersion: reconciler/v1
kind: Client
metadata: {name: acme}
spec:
  email: billing@acme.example
  provider: Main provider
  accounts:
    - {name: acme-eur, provider: Main provider, currency: EUR}
  payments: [%s]
"""
DEPOSIT = "{name: acme-deposit, amount: %s, method: Bank transfer, note: deposit}"


def test_a_kind_of_one_module_goes_through_the_whole_round(tmp_path: Path) -> None:
    """Create, keep, update, drift and delete work for a kind that only this module knows."""
    with Sandbox(lag=timedelta(0)) as sandbox:
        project = Project(tmp_path, sandbox, discover().with_kinds([PAYMENT]))
        project.write(MANIFEST % (DEPOSIT % "100"))
        assert project.apply() == {
            "Client/acme": "verified",
            "ClientAccount/acme-eur": "verified",
            "Payment/acme-deposit": "verified",
        }
        assert project.plan().empty
        project.write(MANIFEST % (DEPOSIT % "120"))
        assert [(c.action, c.edits[0].field) for c in project.plan().changes] == [
            ("update", "amount")
        ]
        assert project.drift().found is False
        assert project.apply() == {"Payment/acme-deposit": "verified"}
        project.write(MANIFEST % "")
        assert [c.action for c in project.plan().changes] == ["delete"]
        assert project.apply() == {"Payment/acme-deposit": "verified"}
        assert project.plan().empty
