"""When an object is gone: whatever words a panel has for it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from reconciler.sandbox import Sandbox
from tests.support.project import Project
from tests.support.rewording import DENIALS, RewordedPanel, denying

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

CLIENT = """
apiVersion: reconciler/v1
kind: Client
metadata: {name: acme}
spec:
  email: billing@acme.example
  accounts: [{name: acme-eur, provider: Main provider, currency: EUR, creditLimit: 500}]
"""
DISCOUNT = """
---
apiVersion: reconciler/v1
kind: Discount
metadata: {name: NAME}
spec: {client: acme, percentage: 10, appliesTo: Order, note: NAME}
"""
SERVICE = """
---
apiVersion: reconciler/v1
kind: Service
metadata: {name: vm}
lifecycle: {onRemove: delete}
spec:
  client: acme
  type: vds
  tariff: Cloud S
  periodMonths: 1
  domain: vm.acme.example
  payFrom: balance
"""


def _discount(name: str) -> str:
    return DISCOUNT.replace("NAME", name)


def _trip(root: Path, sandbox: Sandbox, how: str, manifests: str) -> Project:
    project = Project(root, RewordedPanel(sandbox, denying(how)))
    project.write(manifests)
    assert set(project.apply().values()) == {"verified"}
    return project


@pytest.mark.parametrize("how", DENIALS)
def test_delete_is_verified_whatever_the_panel_answers_for_a_missing_object(
    tmp_path: Path, how: str
) -> None:
    """Its form is denied, and two complete readings lack its row."""
    with Sandbox(lag=timedelta(0)) as sandbox:
        project = _trip(tmp_path, sandbox, how, CLIENT + _discount("a") + _discount("b") + SERVICE)
        project.write(CLIENT + _discount("b"))

        assert project.apply() == {"Discount/a": "verified", "Service/vm": "verified"}
        assert project.plan().empty


@pytest.mark.parametrize("how", DENIALS)
def test_object_deleted_by_hand_stops_no_plan(tmp_path: Path, how: str) -> None:
    """It is gone, and all else is planned."""
    with Sandbox(lag=timedelta(0)) as sandbox:
        project = _trip(tmp_path, sandbox, how, CLIENT + _discount("a") + _discount("b"))
        row = _rows(project, "Discount/a")
        sandbox.call("account.discount.delete", **row, sok="ok")

        project.write(CLIENT + _discount("b").replace("10", "20"))
        assert project.apply() == {"Discount/b": "verified"}
        assert project.plan().empty


@pytest.mark.parametrize("how", DENIALS)
def test_object_missing_before_its_delete_is_already_deleted(tmp_path: Path, how: str) -> None:
    """The precondition asks its form, which is denied."""
    with Sandbox(lag=timedelta(0)) as sandbox:
        project = _trip(tmp_path, sandbox, how, CLIENT + _discount("a"))
        project.write(CLIENT)
        plan = project.plan()
        sandbox.call("account.discount.delete", **_rows(project, "Discount/a"), sok="ok")

        assert project.apply(plan) == {"Discount/a": "verified"}
        assert "already deleted" in project.outcomes[0].message


@pytest.mark.parametrize("how", DENIALS)
def test_listed_object_whose_form_is_denied_is_not_treated_as_deleted(
    tmp_path: Path, how: str
) -> None:
    """Only its own resource is held up, with the panel's words."""
    with Sandbox(lag=timedelta(0)) as sandbox:
        project = _trip(tmp_path, sandbox, how, CLIENT + _discount("a") + _discount("b"))
        wanted = _rows(project, "Discount/a")["elid"]

        def words(asked: Mapping[str, str], said: bytes) -> bytes:
            opened = asked.get("func", "") == "account.discount.edit"
            return DENIALS[how] if opened and asked.get("elid") == wanted else said

        project.app = RewordedPanel(sandbox, words)
        project.write(CLIENT + _discount("a").replace("10", "30") + _discount("b"))
        changes = {str(c.address): (c.action, c.reason) for c in project.plan().changes}
        assert changes["Discount/a"][0] == "blocked"
        assert "does not open" in changes["Discount/a"][1]
        assert "Discount/b" not in changes


def _rows(project: Project, address: str) -> dict[str, str]:
    found = {str(key): entry for key, entry in project.inventory.load().items()}[address]
    return {"plid": str(found.scope.parent), "elid": found.row_id}
