"""Drift is shown three ways, told apart from what Git changed."""

from __future__ import annotations

from decimal import Decimal
from textwrap import dedent

from reconciler.model.address import Address, ElementId
from reconciler.model.drift import Drifted, DriftEdit, DriftReport
from reconciler.report.drift import drift_text
from tests.unit.report.samples import PROD


def test_drift_is_shown_before_what_is_pending() -> None:
    """The panel's own changes come first; each field has its three values."""
    rate = DriftEdit("rate", Decimal(19), Decimal(25), Decimal(19))
    report = DriftReport(
        PROD,
        (
            Drifted(Address("Client", "a"), None, (), "pending"),
            Drifted(Address("Discount", "b"), None, (), "missing"),
            Drifted(Address("TaxRule", "c"), ElementId("4"), (rate,), "drift"),
        ),
        checked=9,
    )

    pending = "changed in the manifests, not applied yet"
    assert drift_text(report) == dedent(f"""\
        Drift on prod (https://billing.example.com/billmgr), 9 resources checked

          ~ TaxRule/c  (id 4)                        drift: changed in the panel
              rate: applied 19, live 25, wanted 19
          - Discount/b                               missing: gone from the panel
          · Client/a                                 pending: {pending}

        Drift: 1 drift, 0 conflict, 1 missing, 0 added, 1 pending.
        """)


def test_no_drift_is_one_line() -> None:
    """Nothing found is said with the number that was looked at."""
    assert drift_text(DriftReport(PROD, (), checked=1)) == "No drift. 1 resource checked.\n"
