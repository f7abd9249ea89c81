"""The law of the kill: dead at any request, run again, and nothing is charged or made twice."""

from __future__ import annotations

import shutil
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import pytest

from reconciler.sandbox import Sandbox, audit, ledger, seed
from tests.support.killing import Kill, KillableProcess, KilledError
from tests.support.project import Project

BEFORE = """
apiVersion: reconciler/v1
kind: Client
metadata: {name: acme}
spec:
  email: billing@acme.example
  provider: Main provider
  accounts: [{name: acme-eur, provider: Main provider, currency: EUR, creditLimit: 500}]
  discounts:
    - {name: acme-old, percentage: 5, type: Percentage discount}
  services:
    - {name: acme-1, type: vds, tariff: Cloud S, domain: one.acme.example, payFrom: balance}
"""
AFTER = """
apiVersion: reconciler/v1
kind: Client
metadata: {name: acme}
spec:
  email: billing@acme.example
  name: Acme
  provider: Main provider
  groups: [Partners]
  accounts: [{name: acme-eur, provider: Main provider, currency: EUR, creditLimit: 600}]
  discounts:
    - {name: acme-new, percentage: 7, type: Percentage discount}
  taxRules:
    - {name: acme-vat, provider: Main provider, rate: 19}
  services:
    - {name: acme-1, type: vds, tariff: Cloud S, domain: one.acme.example, payFrom: balance,
       periodMonths: 1, paidThrough: '2027-01-10'}
    - {name: acme-2, type: vhost, tariff: Web Start, domain: two.acme.example, payFrom: balance}
    - {name: acme-3, type: vds, tariff: Cloud M, domain: three.acme.example}
"""


def _copy(prepared: Path, folder: Path) -> Project:
    """Return the project after its change, on a copy of the prepared panel."""
    shutil.copytree(prepared, folder, dirs_exist_ok=True)
    project = Project(folder, Sandbox(folder / "panel.sqlite3", lag=timedelta(0)))
    project.target = replace(project.target, resend_after_settle=True)
    project.write(AFTER)
    return project


def _run(project: Project) -> None:
    """Resolve what is open and apply, as the command does."""
    project.resume()
    project.apply()


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Prepare a panel with other clients, and the project as it was before the change."""
    folder = tmp_path_factory.mktemp("prepared")
    seed(folder / "panel.sqlite3", clients=2, seed=3)
    with Sandbox(folder / "panel.sqlite3", lag=timedelta(0)) as sandbox:
        project = Project(folder, sandbox)
        project.write(BEFORE)
        assert set(project.apply().values()) == {"verified"}
    return folder


def _count_requests(prepared: Path) -> int:
    with TemporaryDirectory() as folder:
        project = _copy(prepared, Path(folder))
        process = project.process = KillableProcess(project.app)
        _run(project)
        assert project.plan().empty
        project.app.close()
        return process.count


@pytest.mark.parametrize("how", ["before", "after"])
def test_apply_killed_at_any_request_converges_and_charges_once(
    prepared: Path, how: Literal["before", "after"]
) -> None:
    """At every request boundary: two further runs at most, each service charged once."""
    for at in range(1, _count_requests(prepared) + 1):
        with TemporaryDirectory() as folder:
            project = _copy(prepared, Path(folder))
            other_clients = _other_clients(project.app)
            project.process = KillableProcess(project.app, Kill(at, how))
            with suppress(KilledError):
                _run(project)
            project.process = None
            _run(project)
            plan = project.plan()
            if not plan.empty:
                _run(project)
                plan = project.plan()
            left = [f"{c.action} {c.address} {c.reason}" for c in plan.changes]
            assert not left, (at, how)
            assert _twice(project.app) == {}, (at, how)
            assert _other_clients(project.app) == other_clients, (at, how)
            project.app.close()


def _twice(sandbox: Sandbox) -> dict[str, int]:
    """Count what was ordered or charged more often than declared, by the ledger alone."""
    charges = ledger(sandbox)
    orders = Counter(c.remoteid for c in charges if c.what == "order" and c.remoteid)
    renewals = Counter(c.service for c in charges if c.what == "prolong")
    found = {mark: count for mark, count in orders.items() if count > 1}
    return found | {f"renewal of {key}": n for key, n in renewals.items() if n > 1}


def _other_clients(sandbox: Sandbox) -> list[str]:
    """Return the writes on the seeded clients, which no run here may touch."""
    seeded = {"3", "4"}
    own = {"account.edit", "account.delete"}
    return [
        f"{asked.func} {asked.params}"
        for asked in audit(sandbox)
        if asked.wrote
        and (
            asked.params.get("plid") in seeded
            or (asked.func in own and asked.params.get("elid") in seeded)
        )
    ]
