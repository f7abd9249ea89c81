"""The law of the kill: dead at any request, run again, and nothing is charged or made twice."""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import pytest

from reconciler.sandbox import Sandbox, audit, ledger, seed
from tests.support.killing import KillableInventory, KillableJournal, KillablePanel, KilledError
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


class _KillableRun:
    """One run of the project on a copy of the prepared panel, that may die and begin again."""

    def __init__(self, prepared: Path, folder: Path) -> None:
        shutil.copytree(prepared, folder, dirs_exist_ok=True)
        self.sandbox = Sandbox(folder / "panel.sqlite3", lag=timedelta(0))
        self.killable = KillablePanel(self.sandbox)
        self.project = Project(folder, self.killable)
        self.project.inventory = KillableInventory(self.project.inventory, self.killable)
        self.project.journal = KillableJournal(self.project.journal, self.killable)
        self.project.target = replace(self.project.target, resend_after_settle=True)
        self.project.write(AFTER)

    def run(self) -> bool:
        """Settle and apply, as the command does; tell whether the run lived to its end."""
        try:
            self.project.settle()
            self.project.apply()
        except KilledError:
            return False
        return True

    def reborn(self) -> None:
        """Begin a new process on what the dead one left."""
        self.killable.arm(0, "before")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Prepare a panel with strangers, and the project as it was before the change."""
    folder = tmp_path_factory.mktemp("prepared")
    seed(folder / "panel.sqlite3", clients=2, seed=3)
    with Sandbox(folder / "panel.sqlite3", lag=timedelta(0)) as sandbox:
        project = Project(folder, sandbox)
        project.write(BEFORE)
        assert set(project.apply().values()) == {"verified"}
    return folder


def _boundaries(prepared: Path) -> int:
    with TemporaryDirectory() as folder:
        life = _KillableRun(prepared, Path(folder))
        assert life.run()
        assert life.project.plan().empty
        return life.killable.count


@pytest.mark.parametrize("when", ["before", "after"])
def test_dead_at_any_request_it_converges_and_charges_once(
    prepared: Path, when: Literal["before", "after"]
) -> None:
    """At every request boundary: two further runs at most, each service charged once."""
    for at in range(1, _boundaries(prepared) + 1):
        with TemporaryDirectory() as folder:
            life = _KillableRun(prepared, Path(folder))
            strangers = _strangers(life.sandbox)
            life.killable.arm(at, when)
            life.run()
            life.reborn()
            life.run()
            if not life.project.plan().empty:
                life.run()
            left = [f"{c.action} {c.address} {c.reason}" for c in life.project.plan().changes]
            assert not left, (at, when)
            assert _twice(life.sandbox) == {}, (at, when)
            assert _strangers(life.sandbox) == strangers, (at, when)
            life.sandbox.close()


def _twice(sandbox: Sandbox) -> dict[str, int]:
    """Count what was ordered or charged more often than declared, by the ledger alone."""
    charges = ledger(sandbox)
    orders = Counter(c.remoteid for c in charges if c.what == "order" and c.remoteid)
    renewals = Counter(c.service for c in charges if c.what == "prolong")
    found = {mark: count for mark, count in orders.items() if count > 1}
    return found | {f"renewal of {key}": n for key, n in renewals.items() if n > 1}


def _strangers(sandbox: Sandbox) -> list[str]:
    """Return the writes of anybody on the seeded clients, who are nobody's business here."""
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
