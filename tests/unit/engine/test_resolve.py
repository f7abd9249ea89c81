"""A charge in doubt: never sent again, found when it comes, ended by a person where it must be."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

import pytest

from reconciler.model.reason import ReasonCode
from reconciler.sandbox import Sandbox, ledger
from reconciler.sandbox.faults import Drop, ErrorFault, FaultMiddleware, Late
from tests.support import sample_manifests
from tests.support.clock import TODAY
from tests.support.killing import kill_after
from tests.support.project import Project

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from reconciler.model.journal import Resolution
    from reconciler.sandbox.faults import Fault

CLIENT = sample_manifests.CLIENT % "billing@acme.example"
ORDER = sample_manifests.ORDER % "balance"


class _Trip(Project):
    """A round whose panel keeps a ledger."""

    def __init__(self, root: Path, sandbox: Sandbox) -> None:
        super().__init__(root, sandbox)
        self.sandbox = sandbox


def _round(folder: Path, *faults: Fault) -> _Trip:
    through: Callable[[Sandbox], FaultMiddleware] = lambda panel: FaultMiddleware(panel, faults)  # noqa: E731
    project = _Trip(folder, Sandbox(lag=timedelta(0), through=through))
    project.target = replace(project.target, limits=replace(project.target.limits, settle=60.0))
    project.write(CLIENT)
    assert set(project.apply().values()) == {"verified"}
    project.write(CLIENT + ORDER)
    return project


def _settle(project: _Trip, *, resend: bool = False) -> tuple[Resolution, ...]:
    project.target = replace(project.target, resend_after_settle=resend)
    return project.resume()


def _charges(project: _Trip) -> int:
    return sum(charge.what == "order" for charge in ledger(project.sandbox))


def test_lost_order_that_was_done_is_found_and_charged_once(tmp_path: Path) -> None:
    """The answer is lost after the commit: looking finds the order by its mark."""
    project = _round(tmp_path, Drop(func="vds.order.param", request="submit", when="after"))
    assert project.apply()["Service/acme-vm"] == "verified"
    assert _charges(project) == 1
    assert project.plan().empty


def test_existing_order_is_resolved_without_waiting(tmp_path: Path) -> None:
    """A run that was killed right after it ordered: the next one looks before it waits."""
    project = _round(tmp_path)
    kill_after(project, lambda: _charges(project) > 0)

    (found,) = _settle(project)
    assert (found.result, project.waited) == ("verified", 0.0)
    assert _charges(project) == 1


def test_renewal_is_waited_for_even_when_the_expiry_moved(tmp_path: Path) -> None:
    """A second delivery of it moves the same date, and nothing else would show it."""
    project = _round(tmp_path)
    assert project.apply()["Service/acme-vm"] == "verified"
    project.target = replace(project.target, limits=replace(project.target.limits, settle=3600.0))
    day = TODAY + timedelta(days=40)
    project.write(f"{CLIENT}{ORDER}  paidThrough: {day}\n")
    before = len(ledger(project.sandbox))
    kill_after(project, lambda: len(ledger(project.sandbox)) > before)

    (found,) = _settle(project)
    assert found.result == "verified"
    assert project.waited > 3000
    assert len(ledger(project.sandbox)) == before + 1


def test_order_not_found_yet_is_waited_for(tmp_path: Path) -> None:
    """What is not seen may still come: it is not called absent before the settle time."""
    project = _round(tmp_path, Drop(func="vds.order.param", request="submit", when="before"))
    assert project.apply()["Service/acme-vm"] == "in-doubt"
    project.target = replace(project.target, limits=replace(project.target.limits, settle=3600.0))

    (found,) = _settle(project)
    assert found.result == "in-doubt"
    assert project.waited > 3000


def test_lost_order_that_is_not_found_stays_in_doubt(tmp_path: Path) -> None:
    """Without proof it is neither done nor absent: nothing is ordered again, by any run."""
    project = _round(tmp_path, Drop(func="vds.order.param", request="submit", when="before"))
    assert project.apply()["Service/acme-vm"] == "in-doubt"
    (found,) = _settle(project)
    assert found.result == "in-doubt"
    assert [item.intent.address for item in project.journal.open_intents()] == ["Service/acme-vm"]
    assert _charges(project) == 0


def test_order_that_is_done_late_is_found_by_resume(tmp_path: Path) -> None:
    """The order takes effect only after everybody looked: the next look finds it."""
    late = Late(func="vds.order.param", request="submit", requests=60)
    project = _round(tmp_path, late)
    assert project.apply()["Service/acme-vm"] == "in-doubt"
    looks = [_settle(project) for _ in range(20)]
    assert "verified" in [found.result for look in looks for found in look]
    assert project.plan().empty
    assert _charges(project) == 1


def test_proved_absence_lets_an_order_be_sent_again_with_resend_after_settle(
    tmp_path: Path,
) -> None:
    """Two complete readings without it, and the target's consent: the doubt ends as absent."""
    project = _round(tmp_path, Drop(func="vds.order.param", request="submit", when="before"))
    assert project.apply()["Service/acme-vm"] == "in-doubt"
    (found,) = _settle(project, resend=True)
    assert found.result == "absent"
    assert project.journal.open_intents() == ()
    assert project.apply()["Service/acme-vm"] == "verified"
    assert _charges(project) == 1


HIDDEN = ErrorFault(type="access", func="subaccount.expense", count="always")


def test_lost_charge_is_sent_once_more_and_not_again_where_no_expenses_are_shown(
    tmp_path: Path,
) -> None:
    """A panel that loses it twice, or hides it from list and expenses, needs a person."""
    lost = Drop(func="vds.order.param", request="submit", count="always")
    project = _round(tmp_path, lost, HIDDEN)
    results = []
    for _ in range(3):
        project.apply()
        results += [(found.result, found.message) for found in _settle(project, resend=True)]
    assert [result for result, _ in results] == ["absent", "in-doubt", "in-doubt"]
    assert "it was sent twice" in results[-1][1]
    lines = project.journal.lines()
    assert [line.get("func") for line in lines].count("vds.order.param") == 2


def test_charge_that_is_lost_twice_is_sent_a_third_time_where_the_expenses_show_nothing(
    tmp_path: Path,
) -> None:
    """The evidence is the same each time: complete lists without it, and nothing was taken."""
    project = _round(tmp_path, Drop(func="vds.order.param", request="submit", count=2))
    for _ in range(2):
        assert project.apply()["Service/acme-vm"] == "in-doubt"
        assert [found.result for found in _settle(project, resend=True)] == ["absent"]
    assert project.apply()["Service/acme-vm"] == "verified"
    assert _charges(project) == 1
    assert project.plan().empty


def test_expense_that_came_since_the_second_sending_keeps_a_charge_in_doubt(
    tmp_path: Path,
) -> None:
    """It may be this one: the third sending would be a second charge."""
    project = _round(tmp_path, Drop(func="vds.order.param", request="submit", count=2))
    assert project.apply()["Service/acme-vm"] == "in-doubt"
    assert [found.result for found in _settle(project, resend=True)] == ["absent"]
    assert project.apply()["Service/acme-vm"] == "in-doubt"
    (open_,) = project.journal.open_intents()
    terms = {k: v for k, v in open_.intent.params if k != "remoteid"}
    whose = {"su": "billing@acme.example", "domain": "host-7.example", "sok": "ok"}
    project.sandbox.call("vds.order.param", **terms | whose)
    assert [found.result for found in _settle(project, resend=True)] == ["in-doubt"]


def test_charge_whose_expenses_cannot_be_read_any_more_stays_in_doubt(tmp_path: Path) -> None:
    """They were shown before it: what they would show now may be the charge itself."""
    lost = Drop(func="vds.order.param", request="submit")
    hidden = ErrorFault(type="access", func="subaccount.expense", call=3, count="always")
    project = _round(tmp_path, lost, hidden)
    assert project.apply()["Service/acme-vm"] == "in-doubt"

    (found,) = _settle(project, resend=True)

    assert (found.result, found.code) == ("in-doubt", ReasonCode.EXPENSES_UNREAD)
    project.apply()
    assert [line.get("func") for line in project.journal.lines()].count("vds.order.param") == 1


def test_lost_order_is_recognised_after_its_manifest_changed(tmp_path: Path) -> None:
    """Its mark stands for one charge: another renewal period does not make it another order."""
    lost = Drop(func="vds.order.param", request="submit", count="always")
    project = _round(tmp_path, lost, HIDDEN)
    results = []
    for months in ("1", "3", "12"):
        project.write(f"{CLIENT}{ORDER}  autoRenewMonths: {months}\n")
        project.apply()
        results += [found.result for found in _settle(project, resend=True)]
    assert results == ["absent", "in-doubt", "in-doubt"]


@pytest.mark.parametrize("shown", [True, False])
def test_new_objects_prevent_proof_of_absence_when_expenses_are_hidden(
    tmp_path: Path, *, shown: bool
) -> None:
    """A panel may keep neither marker nor domain as sent: the expenses would show it."""
    hidden = (
        () if shown else (ErrorFault(type="access", func="subaccount.expense", count="always"),)
    )
    lost = Drop(func="vds.order.param", request="submit", when="before")
    project = _round(tmp_path, lost, *hidden)
    assert project.apply()["Service/acme-vm"] == "in-doubt"
    (open_,) = project.journal.open_intents()
    terms = {
        name: text for name, text in open_.intent.params if name not in {"remoteid", "skipbasket"}
    }
    project.sandbox.call(
        "vds.order.param", **terms | {"su": "billing@acme.example", "domain": "host-7.example"}
    )
    (found,) = _settle(project, resend=True)
    assert found.result == ("absent" if shown else "in-doubt")
    assert ("--none-exists" in found.message) is not shown
    assert _charges(project) == 0


@pytest.mark.parametrize("when", ["before", "after"])
def test_lost_renewal_is_resolved_by_the_expiry_date(
    tmp_path: Path, when: Literal["before", "after"]
) -> None:
    """A renewal took effect when the expiry moved; when it did not, it is in doubt, not resent."""
    project = _round(tmp_path, Drop(func="service.prolong", request="submit", when=when))
    project.write(CLIENT + ORDER)
    assert project.apply()["Service/acme-vm"] == "verified"
    project.write(CLIENT + ORDER + "  paidThrough: '2027-01-15'\n")
    assert project.plan().changes[0].action == "renew"
    expected = {"before": "in-doubt", "after": "verified"}[when]
    assert project.apply()["Service/acme-vm"] == expected
    renewed = sum(charge.what == "prolong" for charge in ledger(project.sandbox))
    assert renewed == {"before": 0, "after": 1}[when]
