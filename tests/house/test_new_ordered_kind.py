"""A kind that is ordered and renewed is one file, too: this one sells licences by names of its own.

None of its fields is called as one of a service is, and it has no variants and no place.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Literal

import pytest
from pydantic import Field

from reconciler import kinds
from reconciler.errors import ManifestsError
from reconciler.kinds.catalogue import discover
from reconciler.kinds.fields import Mode, PanelField, ValueType
from reconciler.kinds.kind import Marker, OrderFields, OrderProtocol, ResourceKind, State
from reconciler.kinds.spec import (
    Addons,
    ClientRef,
    Day,
    Flag,
    Line,
    Months,
    OneChoice,
    Prices,
    Spec,
    Whole,
)
from reconciler.mapping.import_call import import_calls
from reconciler.mapping.renewals import add_months
from reconciler.model.address import parse_address
from reconciler.sandbox import Install, Sandbox, ledger
from reconciler.sandbox.faults import Drop, FaultMiddleware
from reconciler.wire.codec import DATE, MONTHS
from reconciler.wire.request_log import LoggedCall
from tests.support.clock import TODAY, skip_waits
from tests.support.command_line import new_project
from tests.support.project import Project

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from reconciler.model.plan import Plan
    from tests.support.command_line import CommandLineProject


class LicenceSpec(Spec):
    """A licence of a program, for a client."""

    holder: Annotated[ClientRef, PanelField(mode=Mode.LOCAL, shape=ValueType.REF, ref="Client")]
    edition: Annotated[
        OneChoice,
        PanelField(
            param="pricelist",
            mode=Mode.CREATE_ONLY,
            shape=ValueType.CHOICE,
            options="pricelist",
            columns=("pricelist_id", "pricelist"),
        ),
    ]
    term: Annotated[
        Whole,
        PanelField(
            param="period",
            mode=Mode.CREATE_ONLY,
            codec=MONTHS,
            columns=("period",),
            options="period",
            months=True,
        ),
    ] = Field(default=1)
    machine: Annotated[Line, PanelField(param="licname", columns=("licname",))]
    continued: Annotated[
        Months | None,
        PanelField(
            param="autoprolong", codec=MONTHS, none=True, columns=("autoprolong",), months=True
        ),
    ] = Field(default=None)
    extras: Annotated[Addons, PanelField(param="addon_", mode=Mode.PAID)] = Field(default={})
    paid: Annotated[Literal["later", "now"], PanelField(mode=Mode.LOCAL)] = Field(default="later")
    ceiling: Annotated[Prices | None, PanelField(mode=Mode.LOCAL)] = Field(default=None)
    valid_until: Annotated[
        Day | None, PanelField(mode=Mode.RENEW, codec=DATE, columns=("real_expiredate",))
    ] = Field(default=None)
    locked: Annotated[
        Flag, PanelField(mode=Mode.SWITCH, suspend="soft.suspend", resume="soft.resume")
    ] = Field(default=False)
    issue: Annotated[Whole, PanelField(mode=Mode.LOCAL)] = Field(default=1, ge=1)


def _state(code: str) -> State:
    if code == "4":
        return "gone"
    return "closing" if code.startswith("5_close") else "busy" if code[:1] == "5" else "live"


def _locked(code: str) -> bool | None:
    return {"2": False, "3": True}.get(code[:1])


LICENCE = ResourceKind(
    name="Licence",
    doc="A licence that a client pays for.",
    spec=LicenceSpec,
    list="soft",
    form="soft.edit",
    order="soft.order.param",
    orders=(
        OrderProtocol("soft.order.param", ("soft.order", "soft.order.pricelist")),
        OrderProtocol(
            "v2.soft.order.param",
            ("v2.soft.order", "v2.soft.order.pricelist", "soft.order"),
            period=("order_period", "period"),
            renewal="autoprolong",
        ),
    ),
    terms=OrderFields(
        product="edition",
        period="term",
        auto_renewal="continued",
        payment="paid",
        at_once="now",
        max_price="ceiling",
        generation="issue",
    ),
    update="soft.edit",
    delete="soft.delete",
    renew="service.prolong",
    parent="holder",
    inline="licences",
    scope="su",
    identity=("machine",),
    marker=Marker("remoteid", "whole"),
    removals=frozenset({"delete", "keep", "suspend"}),
    terminates=True,
    status=("item_status_orig", "status"),
    state=_state,
    switched_off=_locked,
    price=("item_cost", "cost"),
    expenses="subaccount.expense",
    tariffs="pricelist",
    moving=("real_expiredate", "expiredate", "item_status", "currency_str"),
)

MANIFEST = """
apiVersion: reconciler/v1
kind: Client
metadata: {name: acme}
spec:
  email: billing@acme.example
  provider: Main provider
  accounts:
    - {name: acme-eur, provider: Main provider, currency: EUR, creditLimit: 1000}
"""
LICENCE_OF_ACME = """
---
apiVersion: reconciler/v1
kind: Licence
metadata: {name: acme-panel}
lifecycle: {onRemove: delete}
spec:
  holder: acme
  edition: Panel Host
  term: 3
  machine: panel.acme.example
  paid: now
"""
ADDRESS = "Licence/acme-panel"


class _Trip(Project):
    """A round with licences whose panel keeps a ledger."""

    def __init__(self, root: Path, sandbox: Sandbox) -> None:
        super().__init__(root, sandbox, discover().with_kinds([LICENCE]))
        self.sandbox = sandbox

    def charges(self) -> list[str]:
        """Return what was charged so far, in order."""
        return [charge.what for charge in ledger(self.sandbox)]


def _noon() -> datetime:
    return datetime.combine(TODAY, time(12), UTC)


def _begun(folder: Path, sandbox: Sandbox) -> _Trip:
    """Return a round in which the client is made."""
    trip = _Trip(folder, sandbox)
    trip.write(MANIFEST)
    assert set(trip.apply().values()) == {"verified"}
    return trip


@pytest.fixture(params=["bare", "wizard", "v2"])
def trip(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[_Trip]:
    """Yield a client on a panel that takes orders in one of the three ways."""
    with Sandbox(clock=_noon, lag=timedelta(0), install=Install(orders=request.param)) as sandbox:
        yield _begun(tmp_path, sandbox)


def _actions(plan: Plan) -> list[tuple[str, list[str]]]:
    return [(c.action, [edit.field for edit in c.edits]) for c in plan.changes]


def test_licence_goes_through_the_whole_round(trip: _Trip) -> None:
    """Order, keep, edit, extend, renew, lock, find drift, unlock and delete."""
    trip.write(MANIFEST + LICENCE_OF_ACME)
    (order,) = trip.plan().changes
    assert (order.action, sorted(order.classes)) == ("create", ["charge"])
    assert order.money is not None
    assert (order.money.amount, order.money.currency) == (Decimal("38.7"), "EUR")
    assert trip.apply() == {ADDRESS: "verified"}
    assert trip.plan().empty

    trip.write(f"{MANIFEST}{LICENCE_OF_ACME}  continued: 3\n")
    assert _actions(trip.plan()) == [("update", ["continued"])]
    assert trip.apply() == {ADDRESS: "verified"}

    more = "  continued: 3\n  extras: {Nodes in the cluster: 3}\n"
    trip.write(f"{MANIFEST}{LICENCE_OF_ACME}{more}")
    (extended,) = trip.plan().changes
    assert (extended.action, sorted(extended.classes)) == ("update", ["charge"])
    assert trip.apply() == {ADDRESS: "verified"}

    until = add_months(TODAY, 5)
    more += f"  validUntil: {until}\n"
    trip.write(f"{MANIFEST}{LICENCE_OF_ACME}{more}")
    assert _actions(trip.plan()) == [("renew", ["validUntil"])]
    assert trip.apply() == {ADDRESS: "verified"}
    assert trip.charges() == ["order", "addon", "prolong"]

    trip.write(f"{MANIFEST}{LICENCE_OF_ACME}{more}  locked: true\n")
    assert _actions(trip.plan()) == [("suspend", ["locked"])]
    assert trip.apply() == {ADDRESS: "verified"}
    assert trip.drift().found is False
    entry = trip.inventory.load()[parse_address(ADDRESS)]
    trip.sandbox.call("soft.resume", elid=str(entry.row_id))
    (moved,) = trip.drift().drifted
    assert [edit.field for edit in moved.edits] == ["locked"]

    trip.write(MANIFEST)
    (ended,) = trip.plan().changes
    assert (ended.action, sorted(ended.classes)) == ("delete", ["delete", "terminate"])
    assert trip.apply() == {ADDRESS: "verified"}
    assert trip.plan().empty
    assert trip.charges() == ["order", "addon", "prolong"]


def test_lost_answer_to_an_order_makes_no_second_licence(tmp_path: Path) -> None:
    """The order is found by its marker, though no field of a service is named anywhere."""
    lost = Drop(func="soft.order.param", request="submit", when="after")
    through: Callable[[Sandbox], FaultMiddleware] = lambda panel: FaultMiddleware(panel, [lost])  # noqa: E731
    with Sandbox(clock=_noon, lag=timedelta(0), through=through) as sandbox:
        trip = _begun(tmp_path, sandbox)
        trip.write(MANIFEST + LICENCE_OF_ACME)
        assert trip.apply() == {ADDRESS: "verified"}
        assert trip.charges() == ["order"]


def test_lost_answer_to_a_renewal_renews_no_licence_twice(tmp_path: Path) -> None:
    """The end of what is paid shows that it took effect."""
    lost = Drop(func="service.prolong", request="submit", when="after")
    through: Callable[[Sandbox], FaultMiddleware] = lambda panel: FaultMiddleware(panel, [lost])  # noqa: E731
    with Sandbox(clock=_noon, lag=timedelta(0), through=through) as sandbox:
        trip = _begun(tmp_path, sandbox)
        trip.write(f"{MANIFEST}{LICENCE_OF_ACME}  validUntil: {add_months(TODAY, 6)}\n")
        assert trip.apply() == {ADDRESS: "verified"}
        assert trip.charges() == ["order", "prolong"]
        assert trip.plan().empty


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ("  ceiling: {EUR: 10}\n", "the price is 38.70 EUR, more than ceiling (10.00 EUR)"),
        ("  ceiling: {USD: 10}\n", "but ceiling limits only USD"),
        ("  validUntil: 2046-01-01\n", "validUntil: more than 24 renewals of 3 months"),
        ("  term: 6\n", "the edition is not offered for 6 months"),
    ],
)
def test_reasons_name_the_fields_of_the_kind(tmp_path: Path, fields: str, words: str) -> None:
    """An author of a licence gets messages about its own fields."""
    name = fields.split(":", maxsplit=1)[0]
    kept = [line for line in LICENCE_OF_ACME.splitlines() if not line.startswith(f"{name}:")]
    with Sandbox(clock=_noon, lag=timedelta(0)) as sandbox:
        trip = _begun(tmp_path, sandbox)
        trip.write("\n".join([MANIFEST, *kept, fields]))
        plan = trip.plan()
    (blocked,) = (change for change in plan.changes if change.action == "blocked")
    assert words in blocked.reason


def test_option_that_is_not_offered_is_named_by_its_field(tmp_path: Path) -> None:
    """With what there is instead."""
    with Sandbox(clock=_noon, lag=timedelta(0)) as sandbox:
        trip = _begun(tmp_path, sandbox)
        trip.write(MANIFEST + LICENCE_OF_ACME.replace("Panel Host", "Panel Huge"))
        with pytest.raises(ManifestsError, match=r"edition: the panel offers no 'Panel Huge'"):
            trip.plan()


@pytest.fixture
def shop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[CommandLineProject]:
    """Yield a project whose kinds have a module more, the one file that a new kind is."""
    added = tmp_path / "added"
    added.mkdir()
    (added / "licence.py").write_text(f"from {__name__} import LICENCE\nKINDS = (LICENCE,)\n")
    monkeypatch.setattr(kinds, "__path__", [*kinds.__path__, str(added)])
    skip_waits(monkeypatch)
    shop = new_project(tmp_path / "billing", capsys)
    monkeypatch.chdir(shop.root)
    email = shop.seeded_client()
    licence = LICENCE_OF_ACME.replace("holder: acme", f"holder: {{email: {email}}}")
    shop.write("manifests/licence.yaml", licence)
    yield shop
    sys.modules.pop("reconciler.kinds.licence", None)


def test_every_command_knows_the_kind(shop: CommandLineProject) -> None:
    """No module but the kind's own says what a licence is, in a rehearsal's copy neither."""
    assert "validUntil" in shop.run("explain", "Licence").out
    reported = {each["kind"]: each for each in shop.run("doctor", "--json").document["kinds"]}
    assert reported["Licence"]["status"] == "ok"
    assert {each["name"] for each in reported["Licence"]["functions"]} >= {
        "soft",
        "soft.order.param",
    }
    shop.edit("reconciler.yaml", "{EUR: 500}", "{EUR: 500, USD: 500, GBP: 500, RUB: 50000}")
    shop.run("plan", "--allow", "charge", "--out", "plan.json")
    rehearsed = shop.run("rehearse", "plan.json").out
    assert "The second plan is empty." in rehearsed
    applied = shop.run("apply", "plan.json", "--allow", "charge").out
    charged = [line for line in applied.splitlines() if line.startswith("Charged")]
    assert charged == [line for line in rehearsed.splitlines() if line.startswith("Charged")]
    run = shop.run("journal", "--json").document["lines"][0]["run"]
    undone = shop.run("undo", run, "--allow", "delete").out
    assert f"undo-impossible]: {ADDRESS}: its create cannot be undone" in undone
    assert shop.run("drift", "--json").document["drifted"] == []


def test_logged_order_becomes_a_manifest_of_the_kind() -> None:
    """By the parameters that its fields name, for the user who was acted as."""
    given = (("sok", "ok"), ("pricelist", "117"), ("period", "3"), ("licname", "a.example"))
    logged = LoggedCall("soft.order.param", given, "admin", "ann@acme.example")
    made = import_calls(discover().with_kinds([LICENCE]), logged, "7")

    assert made is not None
    assert made.document["spec"] == {
        "holder": {"email": "ann@acme.example"},
        "edition": {"id": "117"},
        "term": 3,
        "machine": "a.example",
    }
