"""What the builders return is what the schemas describe, and nothing else is."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from reconciler.documents.diagnostics import health_document
from reconciler.documents.drift import drift_document
from reconciler.documents.findings import error_document, validation_document
from reconciler.documents.inventory import inventory_document
from reconciler.documents.journal import journal_document, undo_document
from reconciler.documents.outcome import outcome_document, resolution_document
from reconciler.documents.plan import plan_document
from reconciler.documents.rehearsal import rehearsal_document
from reconciler.documents.schemas import report_schemas
from reconciler.model.address import Address, parse_element_id
from reconciler.model.diagnostics import Check, DoctorReport, FunctionCheck, KindCheck
from reconciler.model.drift import DriftEdit, DriftItem, DriftReport
from reconciler.model.finding import Finding, Source
from reconciler.model.inventory import InventoryEntry
from reconciler.model.journal import Intent, OpenIntent, Resolution
from reconciler.model.outcome import MovedField, Outcome
from reconciler.model.plan import Money
from reconciler.model.refusal import Refusal
from reconciler.model.resource import Lifecycle, Scope
from reconciler.model.undo import InverseChange
from reconciler.store.journal import FileJournal
from tests.support.large_example import large_example
from tests.support.planning import TARGET

if TYPE_CHECKING:
    from pathlib import Path

NOW = "2026-11-29T08:00:00+00:00"
PLAN = replace(large_example().plan(), manifest_digest=f"sha256:{'0' * 64}")
WHY = Refusal("policy", "why")
FINDINGS = [
    Finding("error", "unknown-code", "a line", Source("a.yaml", 3, 9)),
    Finding("note", "unknown-code", "a file", Source("a.yaml")),
    Finding("warning", "unknown-code", "nowhere"),
]
OUTCOMES = [
    Outcome(
        change,
        "verified",
        id=parse_element_id("7"),
        charged=Money(Decimal("1.50"), "EUR", at_most=(("EUR", Decimal(2)),)),
        moved=(MovedField("period", "1", "12"),),
    )
    for change in PLAN.changes
]
VM = Address("Service", "vm")
SERVICE = Scope("Service", "vds", parse_element_id("7"))
INTENT = Intent(
    str(VM),
    "create",
    "vds.order.param",
    "charge",
    (("domain", "vm.example"),),
    SERVICE,
    lifecycle=Lifecycle("suspend"),
    before={"domain": ""},
    values={"domain": (None, "vm.example")},
)
BACK = InverseChange(VM, "create", "compensating")
ENTRY = InventoryEntry(SERVICE, parse_element_id("41"), {"price": Decimal(7)}, Lifecycle("suspend"))
HEALTH = DoctorReport(
    TARGET,
    (Check("reach", "ok", "it answers"),),
    (KindCheck("Service", "warning", (FunctionCheck("vds", "to list", "ok"),), ("field",)),),
)
DRIFT = DriftReport(
    TARGET, (DriftItem(VM, None, (DriftEdit("auto", "yes", "no", None),), "conflict"),), 5
)


def _journal(folder: Path) -> FileJournal:
    journal = FileJournal(folder / "journal")
    journal.begin("sha256:1", NOW, without=["delete"], user="ann")
    journal.conclude([journal.intend(INTENT)], "in-doubt", "lost", "")
    return journal


def _documents(folder: Path) -> dict[str, list[Any]]:
    settled = Resolution(OpenIntent(2, "run", INTENT, 9.0), "waiting", "it waits")
    return {
        "plan": [plan_document(PLAN, NOW)],
        "apply": [outcome_document(PLAN, OUTCOMES), resolution_document([settled])],
        "rehearse": [rehearsal_document(PLAN, OUTCOMES, PLAN, {"EUR": Decimal("7.50")})],
        "drift": [drift_document(DRIFT)],
        "validate": [validation_document(3, FINDINGS)],
        "doctor": [health_document(HEALTH)],
        "inventory": [inventory_document("prod", {VM: ENTRY})],
        "journal": [journal_document("prod", _journal(folder).lines(), torn=False)],
        "undo": [undo_document({"20261129T061002Z-c4bc94": [BACK]})],
        "error": [error_document("refused", "no", reasons=[WHY], findings=FINDINGS)],
    }


def test_every_document_is_as_its_schema_says(tmp_path: Path) -> None:
    """The type of a builder emits the schema, and what the builder returns passes it."""
    for name, documents in _documents(tmp_path).items():
        schema = report_schemas()[f"{name}.schema.json"]
        for document in documents:
            jsonschema.validate(document, schema)


def test_schema_refuses_a_key_that_it_does_not_know(tmp_path: Path) -> None:
    """Maps are closed, so that a key that is added without its type is found."""
    for name, documents in _documents(tmp_path).items():
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(
                {**documents[0], "surplus": 1}, report_schemas()[f"{name}.schema.json"]
            )


def test_counts_of_a_closed_set_name_every_word() -> None:
    """A plan of two paid renewals is not nothing, and a program need not guess at absent keys."""
    schema = report_schemas()["plan.schema.json"]["properties"]["summary"]

    assert {"renew", "suspend", "resume", "keep"} < set(schema["required"])
    assert set(schema["required"]) == set(schema["properties"])
