from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, get_args

import pytest

from reconciler.documents.drift import drift_document
from reconciler.documents.findings import finding_document
from reconciler.documents.outcome import outcome_document
from reconciler.documents.plan import plan_digest, plan_document
from reconciler.documents.values import canonical, digest, shown
from reconciler.model.address import Address, parse_element_id
from reconciler.model.drift import DriftEdit, DriftItem, DriftReport
from reconciler.model.finding import Finding, Source
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Action, Change, Edit, Money, Plan
from reconciler.model.value import Choice, Ref, Secret
from tests.support.planning import TARGET, declare, live

if TYPE_CHECKING:
    from reconciler.documents.values import Json
    from reconciler.model.value import Value

MAIN = Choice("1", "Main")
VAT = declare("TaxRule", "vat", {"client": "acme", "provider": MAIN, "rate": 20})
UPDATE = Change(
    VAT.address,
    "update",
    (Edit("rate", Decimal("19.00"), Decimal(20)),),
    VAT,
    live("TaxRule", 41, {}, client=7),
    depends_on=(Address("Client", "acme"),),
    source=Source("manifests/acme.yaml", 31, 5),
    precondition="sha256:was",
)
DELETE = Change(
    Address("TaxRule", "old"),
    "delete",
    observed=live("TaxRule", 42, {}, client=7),
    reason="managed, removed from the manifests",
    classes=frozenset({"delete", "history"}),
)
ORDER = Change(
    Address("Service", "web"),
    "create",
    (Edit("password", None, Secret("env", ("PASSPHRASE",))),),
    classes=frozenset({"charge"}),
    money=Money(Decimal("37.20"), "EUR", "acme"),
)
PLAN = Plan(
    TARGET,
    (UPDATE, DELETE, ORDER),
    211,
    (Finding("note", "renamed", "a note", Source("a.yaml", 3, 9)),),
    "sha256:manifests",
    {},
)


@pytest.mark.parametrize(
    ("value", "json_"),
    [
        (Decimal("20.00"), "20"),
        (Decimal("1E+2"), "100"),
        (Decimal("0.10"), "0.1"),
        (7, "7"),
        (True, True),
        (None, None),
        ("text", "text"),
        (date(2026, 3, 1), "2026-03-01"),
        (Choice("182", "Germany"), "Germany"),
        (Choice("182"), "{id: 182}"),
        (Ref("Client", "name", "acme"), "Client/acme"),
        (Secret("env", ("PASSPHRASE",)), "(secret from env)"),
        (frozenset({Choice("2", "B"), Choice("1", "A")}), ["A", "B"]),
        ({"11": "512", "7": "5"}, {"11": "512", "7": "5"}),
    ],
)
def test_value_has_one_shape_in_every_document(value: Value, json_: Json) -> None:
    """Decimals, ids and numbers are texts, so that no reader rounds them; sets are sorted."""
    assert shown(value) == json_


def test_change_says_all_that_was_decided() -> None:
    """The keys of the manual, and nothing that is not digested."""
    document = plan_document(PLAN, "2026-11-21T08:00:00Z")
    changes = document["changes"]
    assert isinstance(changes, list)
    update, delete, _ = changes
    assert isinstance(delete, dict)

    assert update == {
        "address": "TaxRule/vat",
        "action": "update",
        "id": "41",
        "parent": "Client/acme",
        "edits": [{"field": "rate", "before": "19", "after": "20"}],
        "reason": "",
        "reasonCode": None,
        "classes": [],
        "dependsOn": ["Client/acme"],
        "source": {"file": "manifests/acme.yaml", "line": 31},
        "set": None,
        "precondition": "sha256:was",
    }
    assert delete["parent"] == "7"
    assert delete["classes"] == ["delete", "history"]
    assert delete["source"] is None


def test_plan_says_all_that_it_rests_on() -> None:
    """Target, manifests, counts, findings and money stand beside the changes."""
    document = plan_document(PLAN, "2026-11-21T08:00:00Z")

    assert set(document) == {
        *("formatVersion", "target", "digest", "createdAt", "manifestDigest", "summary"),
        *("changes", "findings", "impact"),
    }
    assert document["formatVersion"] == "1"
    assert document["target"] == {"name": TARGET.name, "url": TARGET.url}
    assert document["createdAt"] == "2026-11-21T08:00:00Z"
    assert document["summary"] == {
        "create": 1,
        "update": 1,
        "delete": 1,
        "adopt": 0,
        "renew": 0,
        "suspend": 0,
        "resume": 0,
        "blocked": 0,
        "keep": 211,
    }
    assert document["impact"]["charges"] == [
        {"address": "Service/web", "amount": "37.20", "currency": "EUR", "source": "quoted"}
    ]


@pytest.mark.parametrize("action", get_args(Action))
def test_change_of_every_action_is_counted(action: Action) -> None:
    """A plan of renewals alone is no plan of nothing, before it is applied nor after."""
    plan = replace(PLAN, changes=(replace(UPDATE, action=action),) * 3)
    outcomes = [Outcome(change, "verified") for change in plan.changes]
    counted = {name: 3 if name == action else 0 for name in get_args(Action)}

    assert plan_document(plan, "")["summary"] == {**counted, "keep": 211}
    assert outcome_document(plan, outcomes)["actions"] == counted


def test_blocked_charge_is_no_impact() -> None:
    """It takes nothing."""
    plan = replace(PLAN, changes=(replace(ORDER, action="blocked"),))

    assert plan_document(plan, "")["impact"]["charges"] == []


def test_digest_is_that_of_the_canonical_body() -> None:
    """Anybody can check it: sorted keys, no blanks, UTF-8, all but the digest and the time."""
    document = plan_document(PLAN, "2026-11-21T08:00:00Z")
    body = {key: value for key, value in document.items() if key not in {"digest", "createdAt"}}
    text = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))

    assert document["digest"] == f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
    assert document["digest"] == plan_digest(PLAN) == digest(body)


def test_canonical_form_has_one_spelling() -> None:
    """Letters of every script stand as they are."""
    assert canonical({"b": ["é", None, True], "a": "1"}) == '{"a":"1","b":["é",null,true]}'


def test_no_secret_is_in_a_plan() -> None:
    """Neither the text, which nobody has read, nor the name it is read by."""
    assert "PASSPHRASE" not in canonical(plan_document(PLAN, ""))


def test_outcomes_are_counted_and_named() -> None:
    """Five ends, each change with one of them, and what was charged."""
    outcomes = [
        Outcome(UPDATE, "verified", id=parse_element_id("41"), requests=1),
        Outcome(DELETE, "skipped", "left alone"),
        Outcome(ORDER, "in-doubt", "the answer was lost", requests=1, charged=ORDER.money),
    ]
    document = outcome_document(PLAN, outcomes)

    assert document["formatVersion"] == "1"
    assert document["planDigest"] == plan_digest(PLAN)
    assert document["summary"] == {
        "verified": 1,
        "diverged": 0,
        "failed": 0,
        "in-doubt": 1,
        "skipped": 1,
    }
    outcome_documents = document["outcomes"]
    assert isinstance(outcome_documents, list)
    assert outcome_documents[0] == {
        "address": "TaxRule/vat",
        "action": "update",
        "result": "verified",
        "id": "41",
        "message": "",
        "reasonCode": None,
        "requests": 1,
    }
    assert document["charges"] == [
        {
            "address": "Service/web",
            "amount": "37.20",
            "currency": "EUR",
            "source": "quoted",
            "certain": False,
        }
    ]


def test_drift_says_three_sides_of_each_field() -> None:
    """As applied, as it lives, as it is wanted."""
    edit = DriftEdit("rate", Decimal(19), Decimal(20), Decimal("19.00"))
    item = DriftItem(VAT.address, parse_element_id("41"), (edit,), "drift")
    document = drift_document(DriftReport(TARGET, (item,), 5))

    assert document["formatVersion"] == "1"
    assert document["target"] == {"name": TARGET.name, "url": TARGET.url}
    assert document["drifted"] == [
        {
            "address": "TaxRule/vat",
            "id": "41",
            "edits": [{"field": "rate", "applied": "19", "live": "20", "wanted": "19"}],
            "class": "drift",
            "by": {},
        }
    ]
    summary = document["summary"]
    assert isinstance(summary, dict)
    assert summary.items() >= {"drift": 1, "pending": 0, "conflict": 0, "missing": 0}.items()


def test_finding_has_its_whole_place() -> None:
    """With the column, for editors; without a place it has none."""
    assert finding_document(PLAN.findings[0]) == {
        "severity": "note",
        "code": "renamed",
        "message": "a note",
        "source": {"file": "a.yaml", "line": 3, "column": 9},
    }
    assert finding_document(Finding("error", "kind", "m"))["source"] is None
