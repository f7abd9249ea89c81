"""A saved plan is shown as the plan was."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.documents.plan import plan_document
from reconciler.documents.restore import read_plan, restore_plan
from reconciler.errors import CodecError
from reconciler.model.address import Address
from reconciler.model.finding import Finding, Source
from reconciler.model.plan import Change, Client, Edit, Money, Plan
from reconciler.model.value import Choice, Ref, Secret
from reconciler.report.plan import plan_text
from tests.support.planning import TARGET, live

if TYPE_CHECKING:
    from reconciler.model.value import Value

VALUES: dict[str, Value] = {
    "number": Decimal("7.50"),
    "none": None,
    "flag": True,
    "text": "none",
    "day": date(2026, 3, 1),
    "one": Choice("182", "Germany"),
    "some": frozenset({Choice("12", "12 months"), Choice("3", "3 months")}),
    "ref": Ref("Client", "email", "a@b.example"),
    "map": {"11": "512"},
    "secret": Secret("env", ("PASSPHRASE",)),
}
ACME = Client("acme", "pay@acme.example", "7")
PLAN = Plan(
    TARGET,
    (
        Change(
            Address("Discount", "spring"),
            "update",
            tuple(Edit(name, value, value) for name, value in VALUES.items()),
            observed=live("Discount", 41, {}, client=7),
            source=Source("manifests/acme.yaml", 31, 5),
            client=ACME,
            from_set="terms",
        ),
        Change(
            Address("TaxRule", "old"),
            "delete",
            observed=live("TaxRule", 42, {"rate": Decimal(19)}, client=7),
            reason="managed, removed from the manifests",
            classes=frozenset({"delete"}),
            client=ACME,
        ),
        Change(
            Address("Service", "web"),
            "create",
            classes=frozenset({"charge"}),
            money=Money(Decimal("37.20"), "EUR"),
            client=ACME,
        ),
    ),
    211,
    (Finding("note", "renamed", "a note", Source("a.yaml", 3, 9)),),
    "sha256:manifests",
    {},
)


def _saved() -> dict[str, Any]:
    saved: dict[str, Any] = json.loads(json.dumps(plan_document(PLAN, "2026-11-21T08:00:00Z")))
    return saved


def test_restored_plan_reads_as_the_plan_did() -> None:
    """Every sort of value, the losses, the clients, the money and the findings."""
    assert plan_text(restore_plan(_saved())) == plan_text(PLAN)
    assert "lost: rate 19" in plan_text(PLAN)
    assert "3 months, 12 months" in plan_text(PLAN)


def test_two_charges_of_one_service_keep_their_own_amounts() -> None:
    """Other add-ons and a renewal of one service: neither amount stands at both lines."""
    order = PLAN.changes[-1]
    changes = (
        replace(order, action="update", money=Money(Decimal(54), "EUR")),
        replace(order, action="blocked", money=Money(Decimal(9), "EUR")),
        replace(order, action="renew", money=Money(Decimal(27), "EUR")),
        replace(order, action="renew", money=Money(Decimal(28), "EUR")),
    )
    saved = plan_document(replace(PLAN, changes=changes), "2026-11-21T08:00:00Z")

    restored = [change.money for change in restore_plan(saved).changes]

    assert [each and each.amount for each in restored] == [54, None, 27, 28]


def test_plan_of_an_older_version_is_shown_without_what_it_did_not_save() -> None:
    """Whose a change is, and what a delete loses, was not written down then."""
    saved = _saved()
    for change in saved["changes"]:
        del change["client"]
        change.pop("lost", None)
        del change["reasonCode"], change["set"]
    plain = tuple(replace(change, client=None) for change in PLAN.changes)

    text = plan_text(restore_plan(saved))

    assert text == plan_text(replace(PLAN, changes=plain)).replace("      lost: rate 19\n", "")


def test_plan_of_an_older_version_counts_what_this_one_counts() -> None:
    """Fewer actions were counted then, and one that no change ever had."""
    saved = _saved()
    counts = {"create": 1, "update": 1, "delete": 1, "adopt": 0, "blocked": 0, "keep": 211}
    saved["summary"] = counts | {"forget": 0}

    summary = read_plan(saved)["summary"]

    assert summary == dict.fromkeys(summary, 0) | counts
    assert {"renew", "suspend", "resume"} < set(summary)


def test_code_of_another_version_is_read_as_it_is() -> None:
    """A code may have been dropped since, and a plan that bears it is shown all the same."""
    saved = _saved()
    saved["findings"][0]["code"] = saved["changes"][0]["reasonCode"] = "of-another-version"

    plan = restore_plan(saved)

    assert plan.findings[0].code == plan.changes[0].reason_code == "of-another-version"


@pytest.mark.parametrize("code", [None, True, 7, [], {"amount": "1"}])
def test_code_that_is_no_text_is_no_code_of_any_version(code: object) -> None:
    """A renderer may trust that each code is a text."""
    for place in ("findings", "changes", "refusals"):
        saved = _saved() | {"refusals": [{"code": "policy", "message": "no"}]}
        saved[place][0]["reasonCode" if place == "changes" else "code"] = code
        if place != "changes" or code is not None:
            with pytest.raises(CodecError, match="not a plan"):
                restore_plan(saved)


@pytest.mark.parametrize(
    "text", ["1" * 400, "1e999999999", "NaN", "Infinity", "1e-999999", "", "x"]
)
def test_amount_that_is_no_money_is_refused(text: str) -> None:
    """Nobody can print it, add it up or compare it with a limit."""
    amount = {"amount": text, "source": "quoted", "atLeast": False}
    largest = {"amount": text, "client": "acme"}
    for key, value in (
        ("chargesNow", {"EUR": amount}),
        ("medianChange", {"EUR": text}),
        ("largestChange", {"EUR": largest}),
        ("charges", [{"address": "Client/a", "amount": text, "currency": "EUR"}]),
    ):
        saved = _saved()
        saved["impact"] |= {key: value}
        with pytest.raises(CodecError, match="not a plan"):
            restore_plan(saved)


@pytest.mark.parametrize("key", ["target", "changes", "summary", "findings", "impact"])
@pytest.mark.parametrize("value", [None, "text", 7, [1], {"changes": 1}])
def test_document_that_is_not_a_plan_is_refused_as_such(key: str, value: object) -> None:
    """Whatever stands where a part of a plan should."""
    with pytest.raises(CodecError, match="not a plan"):
        restore_plan(_saved() | {key: value})
