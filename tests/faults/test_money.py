"""Money: what a charge comes to when the line or the panel fail it, alone and among others."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from reconciler.report.outcome import outcome_line, outcome_summary
from reconciler.sandbox.faults import ConcurrentCall, ErrorFault, Expire, Fault, Hang, Status
from reconciler.sandbox.faults.side_effects import PanelCall as Act
from tests.faults.base import base, line_of, plan_of
from tests.faults.matrix import BY_NAME
from tests.faults.project import DEEDS
from tests.faults.snap import Snap
from tests.faults.witness import asked, is_done_in_two, new_charges, person_says, state, state_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faults.trial import Trial

# In the order in which they are carried out.
CHARGING = ("paid", "order", "renewal")
ALL = (*CHARGING, "discount")


def _charged(trial: Trial) -> list[str]:
    return sorted(charge.what for charge in new_charges(trial))


def _names(*deeds: str) -> list[str]:
    return sorted(DEEDS[deed].charge for deed in deeds)


def _unsent(way: str, deed: str) -> tuple[Fault, ...]:
    """Make the faults that keep a charge from leaving, or from being carried out."""
    func = DEEDS[deed].func
    match way:
        case "tls":
            return (Snap(how="tls", func=func, request="write"),)
        case "panel away":
            write = next(i for i, sent in enumerate(line_of(deed), 1) if sent.writes)
            return (Snap(how="unreachable", call=write, count="always"),)
        case _:
            refusal = ErrorFault(
                type="auth", object="badpassword", func="auth", call=2, count="always"
            )
            return Expire(func=func, request="write"), refusal


@pytest.mark.parametrize("way", ["tls", "panel away", "new password"])
@pytest.mark.parametrize("deed", CHARGING)
def test_charge_that_did_not_leave_is_in_no_doubt(deed: str, way: str, tmp_path: Path) -> None:
    """What provably was not carried out waits for nobody: the next run simply does it."""
    trial = base().begin(tmp_path, deed)

    results = trial.apply(plan_of(deed), *_unsent(way, deed))

    assert results == {DEEDS[deed].address: "failed"}
    assert all(item.refused for item in trial.journal.open_intents())
    assert new_charges(trial) == []
    assert trial.apply(None) == {DEEDS[deed].address: "verified"}
    assert len(new_charges(trial)) == 1


@pytest.mark.parametrize("row", ["F03-hang-before", "F05-later", "F13-idle", "F25-redirect-after"])
@pytest.mark.parametrize("place", range(len(CHARGING)))
def test_first_doubt_stops_all_further_charging(row: str, place: int, tmp_path: Path) -> None:
    """What comes after is skipped and says why; later runs do it, once the doubt has ended."""
    trial = base().begin(tmp_path, *ALL)
    struck = DEEDS[CHARGING[place]]

    results = trial.apply(plan_of(*ALL), BY_NAME[row].at(struck))

    assert trial.code == 7
    words = ["verified"] * place + ["in-doubt"] + ["skipped"] * (len(CHARGING) - place - 1)
    assert [results[DEEDS[deed].address] for deed in CHARGING] == words
    for outcome in trial.outcomes:
        if outcome.result == "skipped" and "charge" in outcome.change.classes:
            assert f"while {struck.address} is in doubt" in outcome.message
    done = {"before": False, "idle": False}.get(row.rpartition("-")[2], True)
    assert _charged(trial) == _names(*CHARGING[: place + done])
    sent = len(trial.writes())
    if not done:
        for _ in range(2):
            assert trial.resume() == ["in-doubt"]
            trial.apply(None)
            assert trial.code == 7
        assert len(trial.writes()) == sent
        person_says(trial, "absent")
    assert is_done_in_two(trial), trial.error
    assert _charged(trial) == _names(*CHARGING)
    assert state(trial) == state_of(*ALL)


@pytest.mark.parametrize("deed", CHARGING)
@pytest.mark.parametrize("word", ["verified", "absent"])
def test_charge_that_comes_after_a_person_said_is_not_made_again(
    deed: str, word: str, tmp_path: Path
) -> None:
    """F05, later than everybody looked: whatever a person said meanwhile, the next plan sees it."""
    trial = base().begin(tmp_path, deed)
    trial.apply(plan_of(deed), Hang(func=DEEDS[deed].func, request="write"))
    assert trial.code == 7

    person_says(trial, word)
    _carry_out(trial, deed)

    assert is_done_in_two(trial), trial.error
    assert _charged(trial) == _names(deed)
    assert len(trial.writes(DEEDS[deed].func)) == 1


@pytest.mark.parametrize("deed", CHARGING)
@pytest.mark.parametrize("resend", [False, True])
@pytest.mark.parametrize("read", range(1, 9))
def test_charge_that_comes_while_we_look_is_made_once(
    deed: str, read: int, *, resend: bool, tmp_path: Path
) -> None:
    """F05, between any two questions of ``resume``, and even where it may be sent again."""
    trial = base().begin(tmp_path, deed)
    trial.target = replace(trial.target, resend_after_settle=resend)
    trial.apply(plan_of(deed), Hang(func=DEEDS[deed].func, request="write"))
    comes = ConcurrentCall(request="read", call=read, run=_act(deed))

    results = trial.resume(comes)

    assert results in (["verified"], ["in-doubt"], ["absent"] if resend else ["verified"])
    if not trial.fired:
        _carry_out(trial, deed)
    assert is_done_in_two(trial), trial.error
    assert _charged(trial) == _names(deed)


@pytest.mark.parametrize("answer", ["last", "first"])
@pytest.mark.parametrize("deed", ["order", "renewal"])
def test_charge_that_was_delivered_twice_is_told_with_its_amount(
    deed: str, answer: str, tmp_path: Path
) -> None:
    """F15: a person must say, however often we look; the text names all that they need."""
    trial = base().begin(tmp_path, deed)
    row = BY_NAME["F15-twice" if answer == "last" else "F15-twice-first"]
    newest = asked(trial, "SELECT max(id) FROM item")[0][0]

    trial.apply(plan_of(deed), row.at(DEEDS[deed]))

    line = outcome_line(trial.outcomes[0])
    ids = asked(trial, "SELECT id FROM item WHERE id > ?", newest)
    assert len(ids) == (2 if deed == "order" else 0)
    assert all(str(number) in line for (number,) in ids)
    taken = sum(charge.amount for charge in new_charges(trial))
    assert f"harged {taken:.2f} EUR" in outcome_summary(trial.outcomes)
    for _ in range(2):
        assert trial.resume() == ["in-doubt"]
        trial.apply(None)
        assert trial.code == 7
    assert len(trial.writes()) == 1
    for (number,) in ids[1:]:
        trial.panel.call("vhost.delete", elid=str(number))
        trial.time.seconds += 60
    person_says(trial, "verified")
    assert is_done_in_two(trial), trial.error
    assert _charged(trial) == 2 * _names(deed)


# Asked for, and waited at most.
WAITS = [("30", 30), (str(10**9), 60), ("9" * 400, 60), ("Fri, 31 Dec 9999 23:59:59 GMT", 60)]
NO_WAITS = [
    "-5",
    "1e9",
    "0x10",
    "soon",
    "",
    "Sun, 06 Nov 1994 08:49:37 GMT",
    "Thu, 99 Foo 20 99:99",
]


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(("text", "wait"), [*WAITS, *((text, 0) for text in NO_WAITS)])
@pytest.mark.parametrize("deed", ["order", "terms"])
def test_what_is_asked_to_wait_waits_in_bounds(
    deed: str, text: str, wait: float, status: int, tmp_path: Path
) -> None:
    """F24: as long as it was asked to, a minute at most; an edit goes again then, no charge."""
    trial = base().begin(tmp_path, deed)
    limits = replace(trial.target.limits, settle=1.0)
    trial.target = replace(trial.target, limits=limits)
    turned = Status(status=status, retry_after=text, func=DEEDS[deed].func, request="write")
    began = trial.time.now()

    trial.apply(plan_of(deed), turned)

    assert wait <= trial.time.now() - began < wait + 30
    is_charge = bool(DEEDS[deed].charge)
    assert trial.code == (7 if is_charge else 0)
    assert len(trial.writes()) == (1 if is_charge else 2)


def _act(deed: str) -> Act:
    """Return a deed's own write, as the panel's own command line takes it."""
    params = next(sent.params for sent in line_of(deed) if sent.writes)
    return Act(func=DEEDS[deed].func, params={k: t for k, t in params.items() if k != "auth"})


def _carry_out(trial: Trial, deed: str) -> None:
    act = _act(deed)
    assert b"<error" not in trial.panel.call(act.func, **act.params)
