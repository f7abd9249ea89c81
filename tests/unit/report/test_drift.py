"""Drift is shown three ways, told apart from what Git changed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest
from ruamel.yaml import YAML

from reconciler.model.address import Address, ElementId
from reconciler.model.drift import DriftEdit, DriftItem, DriftReport
from reconciler.model.finding import Source
from reconciler.model.value import Choice
from reconciler.report.accept_drift import accept_lines
from reconciler.report.drift import drift_text
from tests.unit.report.samples import PROD

if TYPE_CHECKING:
    from reconciler.model.value import Value

APPLY = "reconciler apply --target prod"
SOURCE = Source("m/a.yaml", 31)


def test_drift_is_shown_before_what_is_pending() -> None:
    """The panel's own changes come first; each field has its three values."""
    rate = DriftEdit("rate", Decimal(19), Decimal(25), Decimal(19))
    report = DriftReport(
        PROD,
        (
            DriftItem(Address("Client", "a"), None, (), "pending"),
            DriftItem(
                Address("Discount", "b"), None, (), "missing", Source("m/a.yaml", 14, 1), "Client/a"
            ),
            DriftItem(
                Address("TaxRule", "c"), ElementId("4"), (rate,), "drift", Source("m/a.yaml", 31)
            ),
        ),
        checked=9,
    )

    pending = "changed in the manifests, not applied yet"
    assert drift_text(report, apply=APPLY) == dedent(f"""\
        Drift on prod (https://billing.example.com/billmgr), 9 resources checked

          ~ TaxRule/c  (id 4)                        drift: changed in the panel
              rate: applied 19, live 25, wanted 19
          - Discount/b                               of a, missing: deleted in the panel
          · Client/a                                 pending: {pending}

        Drift: 1 drift, 0 conflict, 1 missing, 0 added, 1 pending.

        To restore what the manifests declare: reconciler apply --target prod
        That also applies pending changes; `--only KIND/NAME` selects.

        To accept the values of the panel, change the manifests:
          Discount/b: remove it from m/a.yaml:14
          TaxRule/c: write in m/a.yaml:31
              rate: 25
        """)


def test_what_is_pending_alone_is_applied_and_not_accepted() -> None:
    """Nothing in the panel moved: there is nothing to put back and nothing to accept."""
    report = DriftReport(PROD, (DriftItem(Address("Client", "a"), None, (), "pending"),), checked=1)

    text = drift_text(report, apply=APPLY)

    assert text.endswith(f"\n\nTo apply the changes of the manifests: {APPLY}\n")


def test_what_was_added_is_shown_with_its_values_alone() -> None:
    """Nobody applied it and nobody wants it: one value a field, and the item to list it by."""
    edits = (
        DriftEdit("percentage", None, Decimal("7.50"), None),
        DriftEdit("type", None, Choice("5", "Percentage discount"), None),
    )
    found = DriftItem(Address("Discount", "a.id-7"), ElementId("7"), edits, "added", SOURCE)

    text = drift_text(DriftReport(PROD, (found,), checked=1), apply=APPLY)

    assert f"To restore what the manifests declare: {APPLY} --allow prune\n" in text
    assert "      percentage: 7.5\n      type: Percentage discount\n" in text
    assert text.endswith(
        "  Discount/a.id-7: list it with the client in m/a.yaml:31\n"
        "      - name: a.id-7\n"
        "        percentage: 7.5\n"
        "        type: Percentage discount\n"
    )


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("yes", '"yes"'),
        ("two\nlines", '"two\\nlines"'),
        ("", '""'),
        (None, "null"),
        (True, "true"),
        (12, "12"),
        (Decimal("92.5010"), "92.501"),
        (date(2026, 2, 1), '"2026-02-01"'),
        (Choice("5"), "{id: '5'}"),
        (frozenset({Choice("5", "B"), Choice("4", "A")}), "[A, B]"),
        ({"7": "2"}, "{'7': '2'}"),
    ],
)
def test_what_is_to_be_written_loads_as_what_the_panel_holds(value: Value, written: str) -> None:
    """The lines to paste are YAML of their own, whatever the value is."""
    edit = DriftEdit("field", None, value, None)
    found = DriftItem(Address("Client", "a"), None, (edit,), "drift", SOURCE)

    lines = accept_lines(DriftReport(PROD, (found,), checked=1))[2:]

    assert YAML(typ="safe").load("\n".join(lines)) == YAML(typ="safe").load(f"field: {written}")


def test_lost_mark_is_no_field_to_write() -> None:
    """Our mark stands in no manifest: applying puts it back, and nothing accepts its loss."""
    edit = DriftEdit("marker", "git:a/b", None, "git:a/b")
    found = DriftItem(Address("Discount", "b"), ElementId("4"), (edit,), "drift", SOURCE)

    assert accept_lines(DriftReport(PROD, (found,), checked=1)) == []


def test_deleted_and_undeclared_object_leaves_the_inventory_at_the_next_apply() -> None:
    """It was accepted already; until then it is still told as missing."""
    gone = DriftItem(Address("Discount", "b"), ElementId("4"), (), "missing")

    lines = accept_lines(DriftReport(PROD, (gone,), checked=1))

    assert lines[1:] == [
        "  Discount/b: removed from the manifests; leaves the inventory at the next apply"
    ]


def test_no_drift_is_one_line() -> None:
    """Nothing found is said with the number that was looked at."""
    assert (
        drift_text(DriftReport(PROD, (), checked=1), apply=APPLY)
        == "No drift. 1 resource checked.\n"
    )
