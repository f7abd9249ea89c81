"""Every fault at every sort of question that a plan asks; a plan sends no write, whatever comes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest

from reconciler.errors import PanelError, SecurityStopError
from tests.faults.initial_state import initial_state, plan_of
from tests.faults.operations import OPERATIONS
from tests.faults.read_faults import READ_FAULTS, ReadFault
from tests.faults.selection import EVERYTHING, crossed

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.model.plan import Plan
    from reconciler.sandbox.faults import Fault

LONGEST = 15 * 60
# A question of each sort: how it is known, and whether it signs in or opens an order's form.
QUESTIONS: dict[str, tuple[str, dict[str, str]]] = {
    "auth": ("auth", {}),
    "whoami": ("whoami", {}),
    "list": ("account", {}),
    "child-list": ("account.discount", {}),
    "services": ("vhost", {"su": "*"}),
    "members": ("account.group", {}),
    "form": ("account.discount.edit", {"elid": "[1-9]*"}),
    "order-form": ("vhost.order.param", {}),
}
# Asking who we are answers itself, before signing in with a refusal; a sign-in has no session that
# could end.
NO_FAULTS = {("F28-other", "whoami"), ("F28-other", "auth"), ("F11-expired", "auth")}
MANY = tuple(QUESTIONS) if EVERYTHING else ("auth", "list", "services", "form", "order-form")
FEW = ("whoami", "child-list", "members")
CELLS = [
    (read, place)
    for read, place in crossed(((read.name, read) for read in READ_FAULTS), MANY, FEW)
    if (read.name, place) not in NO_FAULTS
]


def _fault(read: ReadFault, place: str, count: int | Literal["always"]) -> Fault:
    func, given = QUESTIONS[place]
    return read.make(func=func, given=given, count=count)


def _brief(plan: Plan) -> list[object]:
    return [
        (c.address, c.action, c.edits, c.classes, c.precondition, c.money) for c in plan.changes
    ]


def _outcome(read: ReadFault, place: str) -> str:
    """Say what a question makes of a fault that strikes it once."""
    match read.passing:
        case "session":
            # Where a session is made, a page is no reason to make another.
            return "error" if place == "auth" and read.name.startswith("F10") else "plan"
        case "said":
            # A client's order form that is refused stands in the way of the client's orders alone.
            return "blocked" if place == "order-form" and read.name == "F12-value" else "error"
        case "human":
            return "error"
        case "stop":
            return "stop"
        case "again" | "never":
            return "plan"


@pytest.mark.parametrize(("read", "place"), CELLS, ids=[f"{r.name}-{p}" for r, p in CELLS])
def test_plan_succeeds_when_a_fault_passes(read: ReadFault, place: str, tmp_path: Path) -> None:
    """Struck once, a plan is the plan that it would have been, or an error; never another plan."""
    trial = initial_state().begin(tmp_path, *OPERATIONS)

    plan = trial.plan(_fault(read, place, 1))

    assert trial.fired == 1
    assert trial.writes() == []
    match _outcome(read, place):
        case "plan":
            assert plan is not None, trial.error
            assert _brief(plan) == _brief(plan_of(*OPERATIONS))
        case "blocked":
            assert plan is not None, trial.error
            lost = {c.address for c in plan.changes if c.action == "blocked"}
            assert {address.kind for address in lost} == {"Service"}
            assert {c.address for c in plan.changes} == {
                c.address for c in plan_of(*OPERATIONS).changes
            }
        case "stop":
            assert isinstance(trial.error, SecurityStopError)
            func, given = QUESTIONS[place]
            struck = next(
                s for s in trial.requests if s.func == func and given.keys() <= s.params.keys()
            )
            assert [s.func for s in trial.requests if s.begun > struck.ended] == []
        case _:
            assert isinstance(trial.error, PanelError), plan


@pytest.mark.parametrize(("read", "place"), CELLS, ids=[f"{r.name}-{p}" for r, p in CELLS])
def test_plan_ends_with_an_error_when_it_stays(read: ReadFault, place: str, tmp_path: Path) -> None:
    """A fault that stays ends the plan in bounded time, and nothing is taken for absent or done."""
    trial = initial_state().begin(tmp_path, *OPERATIONS)
    began = trial.clock.now()

    plan = trial.plan(_fault(read, place, "always"))

    assert trial.writes() == []
    assert trial.clock.now() - began < LONGEST
    if read.passing == "never":
        assert plan is not None, trial.error
        assert _brief(plan) == _brief(plan_of(*OPERATIONS))
    elif _outcome(read, place) == "blocked":
        assert plan is not None, trial.error
    else:
        assert plan is None
        assert isinstance(trial.error, PanelError)
