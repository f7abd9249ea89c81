"""Drift is shown three ways, told apart from what Git changed."""

from __future__ import annotations

from decimal import Decimal
from textwrap import dedent

from reconciler.model.address import Address, ElementId
from reconciler.model.drift import DriftEdit, DriftItem, DriftReport
from reconciler.model.finding import Source
from reconciler.model.value import Choice
from reconciler.report.accept_drift import accept_lines, patch_lines
from reconciler.report.drift import drift_text
from tests.unit.report.samples import PROD

APPLY = "reconciler apply --target prod"
ACCEPT = "reconciler drift --accept --target prod"
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
    assert drift_text(report, apply=APPLY, accept=ACCEPT) == dedent(f"""\
        Drift on prod (https://billing.example.com/billmgr), 9 resources checked

          ~ TaxRule/c  (id 4)                        drift: changed in the panel
              rate: applied 19, live 25, wanted 19
          - Discount/b                               of a, missing: deleted in the panel
          · Client/a                                 pending: {pending}

        Drift: 1 drift, 0 conflict, 1 missing, 0 added, 1 pending.

        To restore what the manifests declare: reconciler apply --target prod
        That also applies pending changes; `--only KIND/NAME` selects.

        To accept the values of the panel: reconciler drift --accept --target prod
        """)


def test_what_is_pending_alone_is_applied_and_not_accepted() -> None:
    """Nothing in the panel moved: there is nothing to put back and nothing to accept."""
    report = DriftReport(PROD, (DriftItem(Address("Client", "a"), None, (), "pending"),), checked=1)

    text = drift_text(report, apply=APPLY, accept=ACCEPT)

    assert text.endswith(f"\n\nTo apply the changes of the manifests: {APPLY}\n")


def test_what_was_added_is_shown_with_its_values_alone() -> None:
    """Nobody applied it and nobody wants it: one value a field."""
    edits = (
        DriftEdit("percentage", None, Decimal("7.50"), None),
        DriftEdit("type", None, Choice("5", "Percentage discount"), None),
    )
    found = DriftItem(Address("Discount", "a.id-7"), ElementId("7"), edits, "added", SOURCE)

    text = drift_text(DriftReport(PROD, (found,), checked=1), apply=APPLY, accept=ACCEPT)

    assert f"To restore what the manifests declare: {APPLY} --allow prune\n" in text
    assert "      percentage: 7.5\n      type: Percentage discount\n" in text
    assert text.endswith(f"To accept the values of the panel: {ACCEPT}\n")


def test_lost_mark_is_no_field_to_write() -> None:
    """Our mark stands in no manifest: applying puts it back, and nothing accepts its loss."""
    edit = DriftEdit("marker", "git:a/b", None, "git:a/b")
    found = DriftItem(Address("Discount", "b"), ElementId("4"), (edit,), "drift", SOURCE)

    assert accept_lines(DriftReport(PROD, (found,), checked=1), ACCEPT) == []


def test_patch_is_shown_so_that_nobody_obeys_it() -> None:
    """Lines go in and out of a file; what is in them is inert."""
    lines = patch_lines({"m/a.yaml": ("a: 1\nb: 2\n", "a: 1\nb: ::x::\x1b[0m\n")})

    assert lines == [
        "--- a/m/a.yaml",
        "+++ b/m/a.yaml",
        "@@ -1,2 +1,2 @@",
        " a: 1",
        "-b: 2",
        "+b: :\\:x::\\x1b[0m",
    ]


def test_no_drift_is_one_line() -> None:
    """Nothing found is said with the number that was looked at."""
    assert (
        drift_text(DriftReport(PROD, (), checked=1), apply=APPLY, accept=ACCEPT)
        == "No drift. 1 resource checked.\n"
    )


def test_drift_that_reads_alike_is_one_line() -> None:
    """A thousand objects that one hand changed do not hide the one that differs."""
    items = [
        DriftItem(
            Address("Discount", f"d{number}"),
            ElementId(str(number + 1)),
            (DriftEdit("percentage", Decimal(10), Decimal(25 if number else 90), Decimal(10)),),
            "drift",
            client=f"Client/c{number}",
        )
        for number in range(1000)
    ]
    report = DriftReport(PROD, tuple(items), checked=1000)

    text = drift_text(report, apply=APPLY, accept=ACCEPT)

    row = (
        "  ~ 999 × Discount                           of 999 clients, drift: changed in the panel\n"
    )
    assert row in text
    assert "      Discount/d1, Discount/d2, Discount/d3 and 996 more\n" in text
    assert "  ~ Discount/d0  (id 1)  " in text
    assert "      percentage: applied 10, live 90, wanted 10\n" in text
    whole = drift_text(report, apply=APPLY, accept=ACCEPT, full=True)
    assert whole.count("  ~ Discount/d") == 1000
