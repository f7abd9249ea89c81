"""What the doctor found is shown line by line, and as the document that its schema describes."""

from __future__ import annotations

import json

import jsonschema

from reconciler.documents.canonical import canonical_json
from reconciler.documents.diagnostics import health_document
from reconciler.documents.schemas import report_schemas
from reconciler.model.diagnostics import Check, DoctorReport, FunctionCheck, KindCheck
from reconciler.report.doctor import health_text
from tests.unit.report.samples import PROD

SICK = DoctorReport(
    PROD,
    (
        Check("reach", "ok", "the panel's address answers", "never shown"),
        Check("clock", "unknown", "the panel's answers carry no date"),
        Check("filter on account", "problem", "filtered by \x1b[31m", "clear it"),
    ),
    (
        KindCheck("Client", "ok", (FunctionCheck("account", "list", "ok"),)),
        KindCheck(
            "Service",
            "warning",
            (
                FunctionCheck("vds", "list", "warning", "the panel says missed"),
                FunctionCheck("vds.delete", "delete", "unknown", "not asked"),
            ),
            ("ip",),
            ("autoRenewMonths",),
            ("Service: cannot be planned", "Service.ip cannot be set"),
        ),
        KindCheck("Discount", "unknown", (FunctionCheck("x", "list", "unknown", "no client"),)),
    ),
)


def test_each_check_is_a_line_with_its_remedy_below() -> None:
    """A check that is well needs no remedy, and foreign text is inert."""
    assert health_text(SICK).splitlines() == [
        "Doctor for prod (https://billing.example.com/billmgr)",
        "",
        "  ok        reach: the panel's address answers",
        "  unknown   clock: the panel's answers carry no date",
        "  problem   filter on account: filtered by \\x1b[31m",
        "            what to do: clear it",
        "",
        "  ok        Client: 1 of 1 function open",
        "  warning   Service: 0 of 1 function open",
        "            vds: the panel says missed",
        "            so Service: cannot be planned",
        "            so Service.ip cannot be set",
        "  unknown   Discount: no client",
        "",
        "2 ok, 1 warning, 1 problem, 2 unknown: not ready for use.",
    ]


def test_document_is_as_published() -> None:
    """With every function, field and column that is lacking."""
    document = json.loads(canonical_json(health_document(SICK)))

    jsonschema.validate(document, report_schemas()["doctor.schema.json"])
    assert document["summary"] == {"ok": 2, "warning": 1, "problem": 1, "unknown": 2}
    assert document["kinds"][1]["missingFields"] == ["ip"]


def test_unknown_and_warnings_are_sound() -> None:
    """A problem alone stops the work."""
    assert not SICK.ok
    assert DoctorReport(PROD, SICK.checks[:2], SICK.kinds).ok
