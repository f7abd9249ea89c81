"""The journal: durable before the request, chained, and forgiving of nothing but a torn tail."""

from __future__ import annotations

import json
import logging
import stat
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from reconciler.errors import LockedError, StoreError
from reconciler.model.address import Address, ElementId
from reconciler.model.inventory import InventoryEntry
from reconciler.model.journal import Charged, Intent
from reconciler.model.plan import Money
from reconciler.model.resource import Lifecycle, Scope
from reconciler.store.journal import FileJournal
from reconciler.store.receipts import charging_runs, read_receipts

if TYPE_CHECKING:
    from pathlib import Path

INTENT = Intent(
    address="Service/acme-vm",
    action="create",
    func="vds.order.param",
    effect="charge",
    params=(("domain", "vm.acme.example"), ("sok", "ok")),
    scope=Scope("Service", "vds", ElementId("7")),
    login="billing@acme.example",
    marker="git:acme/acme-vm/1",
    expects={"paidThrough": "2027-01-01"},
    known=("100", "101"),
    values={"domain": (None, "vm.acme.example")},
)


def _filled(path: Path) -> FileJournal:
    journal = FileJournal(path, now=lambda: 1000.0)
    journal.begin("sha256:1", "2026-11-21T10:00:00+00:00")
    journal.intend(INTENT)
    return journal


def test_open_intent_is_read_by_the_next_run(tmp_path: Path) -> None:
    """What a killed run meant to do is there whole, with its age, for the one that comes after."""
    _filled(tmp_path / "journal")
    (found,) = FileJournal(tmp_path / "journal", now=lambda: 1030.0).open_intents()
    assert found.intent == INTENT
    assert found.age == 30.0
    assert found.charges


def test_lifecycle_is_taken_from_the_last_intent(tmp_path: Path) -> None:
    """A later operation on the resource may say it again; one that says nothing removes nothing."""
    journal = _filled(tmp_path / "journal")
    address = Address("Service", "acme-vm")
    assert journal.endings() == {}
    for lifecycle in (Lifecycle("delete", protect=True), Lifecycle("suspend"), None):
        journal.intend(replace(INTENT, lifecycle=lifecycle))
    again = FileJournal(tmp_path / "journal")
    assert again.endings() == {address: Lifecycle("suspend")}
    assert [item.intent.lifecycle for item in again.open_intents()][1] == Lifecycle(
        "delete", protect=True
    )


def test_only_a_settled_end_closes_an_intent(tmp_path: Path) -> None:
    """An outcome in doubt leaves the intent open; a verified one ends it."""
    journal = _filled(tmp_path / "journal")
    journal.conclude([2], "in-doubt", "lost", "")
    assert [item.number for item in journal.open_intents()] == [2]
    journal.conclude([2], "verified", "", "958")
    assert journal.open_intents() == ()


def test_word_that_older_versions_wrote_for_in_doubt_leaves_an_intent_open(tmp_path: Path) -> None:
    """A journal outlives the version that wrote it: `unsettled` is what `in-doubt` was called."""
    journal = _filled(tmp_path / "journal")
    journal.conclude([2], "unsettled", "lost", "")
    assert [item.number for item in journal.open_intents()] == [2]


@pytest.mark.parametrize("refused", [True, False])
def test_charge_that_was_refused_has_not_been_sent_before(tmp_path: Path, *, refused: bool) -> None:
    """Only one that was lost, and called absent, is once more already what comes after it."""
    journal = _filled(tmp_path / "journal")
    if refused:
        journal.conclude([2], "refused", "too little money", "")
    journal.conclude([2], "absent", "no such order", "")
    journal.intend(replace(INTENT, params=(("domain", "vm.acme.example"), ("autoprolong", "3"))))
    assert [item.resent for item in journal.open_intents()] == [not refused]


@pytest.mark.parametrize(
    ("result", "known"),
    [("verified", True), ("diverged", True), ("failed", False), ("unsent", False)],
)
def test_verified_order_is_remembered(tmp_path: Path, result: str, *, known: bool) -> None:
    """Whatever becomes of the object, its marker is not ordered a second time by itself."""
    journal = _filled(tmp_path / "journal")
    journal.conclude([2], "in-doubt", "lost", "")
    assert journal.ordered() == {}
    journal.conclude([2], result, "", "958")
    assert journal.ordered() == ({INTENT.marker: "958"} if known else {})


def test_torn_last_line_is_ignored_and_removed_by_the_next_writer(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a line at the end is what a kill leaves; a reader skips it, a writer says it is cut."""
    monkeypatch.setattr(logging.getLogger("reconciler"), "propagate", True)
    path = tmp_path / "journal"
    _filled(path)
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"n": 3, "ty')
    journal = FileJournal(path)
    assert len(journal.lines()) == 2
    assert journal.torn
    assert path.read_bytes() != whole, "a reader leaves the file alone"
    assert not caplog.messages
    journal.conclude([2], "failed", "", "")
    assert caplog.messages == ["an incomplete last line was removed"]
    assert path.read_bytes().startswith(whole + b'{"')
    assert len(FileJournal(path).lines()) == 3


@pytest.mark.parametrize("line", [0, 1])
def test_damage_anywhere_else_stops_the_work(tmp_path: Path, line: int) -> None:
    """A changed, missing or reordered line breaks the chain and is named by its place."""
    path = tmp_path / "journal"
    _filled(path).conclude([2], "verified", "", "1")
    lines = path.read_text(encoding="utf-8").splitlines()
    changed = json.loads(lines[line]) | {"at": 999}
    for damaged in (
        [*lines[:line], json.dumps(changed), *lines[line + 1 :]],
        [*lines[:line], *lines[line + 1 :]],
        [*lines[:line], "no json", *lines[line + 1 :]],
    ):
        path.write_text("\n".join(damaged) + "\n", encoding="utf-8")
        with pytest.raises(StoreError, match=f":{line + 1}: the journal is damaged"):
            FileJournal(path).lines()


def test_journal_file_is_private(tmp_path: Path) -> None:
    """Nobody else may read what was done to whose account."""
    _filled(tmp_path / "journal")
    assert stat.S_IMODE((tmp_path / "journal").stat().st_mode) == 0o600


def test_unwritable_journal_is_an_error_before_the_first_write(
    tmp_path: Path,
) -> None:
    """A folder in the journal's place, or a link, raises instead of going on without a record."""
    (tmp_path / "journal").mkdir()
    with pytest.raises(StoreError):
        FileJournal(tmp_path / "journal").intend(INTENT)
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreError):
        FileJournal(tmp_path / "link").intend(INTENT)


def test_applied_plan_is_recognised_by_digest_and_time(tmp_path: Path) -> None:
    """The same content planned at another time is another plan."""
    journal = _filled(tmp_path / "journal")
    assert journal.runs_of("sha256:1", "2026-11-21T10:00:00+00:00") == (frozenset(),)
    assert journal.runs_of("sha256:1", "2026-11-21T11:00:00+00:00") == ()


def test_run_records_its_user_and_excluded_classes(tmp_path: Path) -> None:
    """A run that left nothing out, like those of an older journal, has no such key."""
    journal = FileJournal(tmp_path / "journal")
    journal.begin("sha256:1", "then", without=["delete", "charge"], user="ann")
    journal.begin("sha256:1", "then")

    assert journal.runs_of("sha256:1", "then") == (frozenset({"charge", "delete"}), frozenset())
    first, second = journal.lines()
    assert first["type"] == "run"
    assert first["user"] == "ann"
    assert "without" not in second


def test_lost_lock_prevents_further_writes(tmp_path: Path) -> None:
    """A run that lost its lock adds no line, and leaves the file as the next one needs it."""
    path = tmp_path / "prod.journal"
    up = False

    def fence() -> None:
        if up:
            raise LockedError("broken")

    journal = FileJournal(path, fence=fence)
    journal.begin("sha256:1")
    before = path.read_bytes()
    up = True

    with pytest.raises(LockedError):
        journal.conclude([1], "verified", "", "")
    assert path.read_bytes() == before


def _managed(row: str) -> InventoryEntry:
    scope = Scope("Discount", "", ElementId("7"))
    return InventoryEntry(scope, ElementId(row), {"percentage": Decimal(15)}, Lifecycle())


def test_proved_objects_are_managed_until_the_inventory_is_saved(tmp_path: Path) -> None:
    """A run that dies has saved no inventory: the next process has its proofs from the journal."""
    journal = _filled(tmp_path / "journal")
    june, july = Address("Discount", "june"), Address("Discount", "july")
    journal.conclude([2], "verified", "", "3", managed={june: _managed("3")})
    journal.conclude([2], "verified", "", "4", managed={july: None})

    again = FileJournal(tmp_path / "journal")
    assert again.with_proved({july: _managed("4")}) == {june: _managed("3")}
    again.mark_saved()

    assert FileJournal(tmp_path / "journal").with_proved({}) == {}
    assert len(again.lines()) == 5
    again.mark_saved()
    assert len(again.lines()) == 5, "what was saved is not written down twice"


def test_object_under_a_new_name_is_managed_under_it_alone(tmp_path: Path) -> None:
    """A rename moves the entry: the former address does not keep the object beside the new one."""
    journal = _filled(tmp_path / "journal")
    june, summer = Address("Discount", "june"), Address("Discount", "summer")
    journal.conclude([2], "verified", "", "3", managed={summer: _managed("3")})

    assert journal.with_proved({june: _managed("3")}) == {summer: _managed("3")}


def test_damaged_entry_in_the_journal_stops_the_work(tmp_path: Path) -> None:
    """Its chain may be whole: what is in it cannot be read by this version."""
    journal = _filled(tmp_path / "journal")
    journal.write(
        [
            {
                "type": "outcome",
                "intents": [2],
                "result": "verified",
                "managed": {"Discount/june": {}},
            }
        ]
    )

    with pytest.raises(StoreError, match="damaged"):
        journal.with_proved({})


def test_receipt_holds_forecast_and_charge_of_one_run(tmp_path: Path) -> None:
    """The steps of an order are one charge; what is open is in doubt and not known."""
    journal = FileJournal(tmp_path / "journal", now=lambda: 1000.0)
    run = journal.begin("sha256:1")
    forecast = Money(Decimal("37.20"), "EUR", computed=True)
    numbers = [journal.intend(replace(INTENT, forecast=forecast)) for _ in range(2)]
    taken = Charged(Money(Decimal("36.10"), "EUR"), from_expenses=True)
    journal.conclude(numbers, "verified", "", "12", charged=taken)
    later = journal.begin("sha256:2")
    journal.intend(replace(INTENT, address="Service/other"))

    again = FileJournal(tmp_path / "journal")

    (receipt,) = read_receipts(again, run)
    assert (receipt.forecast, receipt.charged, receipt.known) == (forecast, taken, True)
    assert not receipt.as_forecast
    (open_one,) = read_receipts(again, later)
    assert (open_one.result, open_one.charged, open_one.known) == ("in-doubt", None, False)
    assert charging_runs(again) == (later, run)
