"""Money: what a charge comes to when the line or the panel fail it, alone and among others."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from reconciler.model.journal import IntentState
from reconciler.report.outcome import outcome_line, outcome_summary
from reconciler.sandbox.faults import ConcurrentCall, ErrorFault, Expire, Fault, Hang, Status
from reconciler.sandbox.faults.side_effects import PanelCall as Act
from tests.faults.initial_state import initial_state, plan_of, requests_of
from tests.faults.matrix import BY_NAME
from tests.faults.operations import OPERATIONS
from tests.faults.panel_state import (
    confirm_by_hand,
    converges_in_two_runs,
    new_charges,
    query_panel,
    state,
    state_of,
)
from tests.support.connection import ConnectionFault

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faults.trial import Trial

# In the order in which they are carried out.
CHARGING = ("paid", "order", "renewal")
ALL = (*CHARGING, "discount")


def _charged(trial: Trial) -> list[str]:
    return sorted(charge.what for charge in new_charges(trial))


def _names(*operations: str) -> list[str]:
    return sorted(OPERATIONS[operation].charge for operation in operations)


def _unsent(way: str, operation: str) -> tuple[Fault, ...]:
    """Make the faults that keep a charge from leaving, or from being carried out."""
    func = OPERATIONS[operation].func
    match way:
        case "tls":
            return (ConnectionFault(how="tls", func=func, request="write"),)
        case "panel away":
            write = next(i for i, sent in enumerate(requests_of(operation), 1) if sent.writes)
            return (ConnectionFault(how="unreachable", call=write, count="always"),)
        case _:
            refusal = ErrorFault(
                type="auth", object="badpassword", func="auth", call=2, count="always"
            )
            return Expire(func=func, request="write"), refusal


@pytest.mark.parametrize("way", ["tls", "panel away", "new password"])
@pytest.mark.parametrize("operation", CHARGING)
def test_charge_that_did_not_leave_is_in_no_doubt(operation: str, way: str, tmp_path: Path) -> None:
    """What provably was not carried out waits for nobody: the next run simply does it."""
    trial = initial_state().begin(tmp_path, operation)

    results = trial.apply(plan_of(operation), *_unsent(way, operation))

    assert results == {OPERATIONS[operation].address: "failed"}
    assert all(item.state is IntentState.REFUSED for item in trial.journal.open_intents())
    assert new_charges(trial) == []
    assert trial.apply(None) == {OPERATIONS[operation].address: "verified"}
    assert len(new_charges(trial)) == 1


@pytest.mark.parametrize("row", ["F03-hang-before", "F05-later", "F13-idle", "F25-redirect-after"])
@pytest.mark.parametrize("place", range(len(CHARGING)))
def test_first_doubt_stops_all_further_charging(row: str, place: int, tmp_path: Path) -> None:
    """What comes after is skipped and says why; later runs do it, once the doubt has ended."""
    trial = initial_state().begin(tmp_path, *ALL)
    struck = OPERATIONS[CHARGING[place]]

    results = trial.apply(plan_of(*ALL), BY_NAME[row].at(struck))

    assert trial.code == 7
    words = ["verified"] * place + ["in-doubt"] + ["skipped"] * (len(CHARGING) - place - 1)
    assert [results[OPERATIONS[operation].address] for operation in CHARGING] == words
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
        confirm_by_hand(trial, "absent")
    assert converges_in_two_runs(trial), trial.error
    assert _charged(trial) == _names(*CHARGING)
    assert state(trial) == state_of(*ALL)


@pytest.mark.parametrize("operation", CHARGING)
@pytest.mark.parametrize("word", ["verified", "absent"])
def test_late_charge_after_the_operators_confirmation_is_not_repeated(
    operation: str, word: str, tmp_path: Path
) -> None:
    """F05, later than everybody looked: whatever a person said meanwhile, the next plan sees it."""
    trial = initial_state().begin(tmp_path, operation)
    trial.apply(plan_of(operation), Hang(func=OPERATIONS[operation].func, request="write"))
    assert trial.code == 7

    confirm_by_hand(trial, word)
    _carry_out(trial, operation)

    assert converges_in_two_runs(trial), trial.error
    assert _charged(trial) == _names(operation)
    assert len(trial.writes(OPERATIONS[operation].func)) == 1


@pytest.mark.parametrize("operation", CHARGING)
@pytest.mark.parametrize("resend", [False, True])
@pytest.mark.parametrize("read", range(1, 9))
def test_late_charge_is_found_while_waiting_and_made_once(
    operation: str, read: int, *, resend: bool, tmp_path: Path
) -> None:
    """F05, between any two questions of ``resume``, and even where it may be sent again."""
    trial = initial_state().begin(tmp_path, operation)
    trial.target = replace(trial.target, resend_after_settle=resend)
    trial.apply(plan_of(operation), Hang(func=OPERATIONS[operation].func, request="write"))
    comes = ConcurrentCall(request="read", call=read, run=_act(operation))

    results = trial.resume(comes)

    assert results in (["verified"], ["in-doubt"], ["absent"] if resend else ["verified"])
    if not trial.fired:
        _carry_out(trial, operation)
    assert converges_in_two_runs(trial), trial.error
    assert _charged(trial) == _names(operation)


@pytest.mark.parametrize("answer", ["last", "first"])
@pytest.mark.parametrize("operation", ["order", "renewal"])
def test_duplicate_charge_is_reported_with_its_amount(
    operation: str, answer: str, tmp_path: Path
) -> None:
    """F15: a person must say, however often we look; the text names all that they need."""
    trial = initial_state().begin(tmp_path, operation)
    row = BY_NAME["F15-twice" if answer == "last" else "F15-twice-first"]
    newest = query_panel(trial, "SELECT max(id) FROM item")[0][0]

    trial.apply(plan_of(operation), row.at(OPERATIONS[operation]))

    line = outcome_line(trial.outcomes[0])
    ids = query_panel(trial, "SELECT id FROM item WHERE id > ?", newest)
    assert len(ids) == (2 if operation == "order" else 0)
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
        trial.clock.seconds += 60
    confirm_by_hand(trial, "verified")
    assert converges_in_two_runs(trial), trial.error
    assert _charged(trial) == 2 * _names(operation)


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
@pytest.mark.parametrize("operation", ["order", "terms"])
def test_retry_after_of_any_length_is_waited_for_within_a_limit(
    operation: str, text: str, wait: float, status: int, tmp_path: Path
) -> None:
    """F24: as long as it was asked to, a minute at most; an edit goes again then, no charge."""
    trial = initial_state().begin(tmp_path, operation)
    limits = replace(trial.target.limits, settle=1.0)
    trial.target = replace(trial.target, limits=limits)
    turned = Status(
        status=status, retry_after=text, func=OPERATIONS[operation].func, request="write"
    )
    began = trial.clock.now()

    trial.apply(plan_of(operation), turned)

    assert wait <= trial.clock.now() - began < wait + 30
    is_charge = bool(OPERATIONS[operation].charge)
    assert trial.code == (7 if is_charge else 0)
    assert len(trial.writes()) == (1 if is_charge else 2)


def _act(operation: str) -> Act:
    """Return an operation's own write, as the panel's own command line takes it."""
    params = next(sent.params for sent in requests_of(operation) if sent.writes)
    return Act(
        func=OPERATIONS[operation].func, params={k: t for k, t in params.items() if k != "auth"}
    )


def _carry_out(trial: Trial, operation: str) -> None:
    act = _act(operation)
    assert b"<error" not in trial.panel.call(act.func, **act.params)
