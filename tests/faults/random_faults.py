"""A few faults that a seed has drawn, for a whole apply and for the run after it.

Invariants: the same seed draws the same; nothing drawn doubles a charge by itself, for then no
client could keep its promise; one request is struck once.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from random import Random
from typing import TYPE_CHECKING

from reconciler.sandbox.faults import Expire
from tests.faults.initial_state import requests_of
from tests.faults.matrix import WRITE_FAULTS, Effect, promise
from tests.faults.operations import OPERATIONS
from tests.faults.read_faults import LIST_FAULTS, READ_FAULTS
from tests.faults.selection import EVERYTHING

if TYPE_CHECKING:
    from reconciler.sandbox.faults import Fault

_LEAST, _MOST = 2, 6
# Answers of many megabytes take their time.
_HEAVY = ("F22",) if not EVERYTHING else ()


@dataclass(frozen=True, slots=True)
class DrawnFault:
    """One fault where it strikes.

    ``human`` tells that a person may have to answer for it, ``later`` that what it strikes is done
    long after, and ``after`` that the run may have ended by then, for it does not wait.
    """

    name: str
    fault: Fault
    human: bool = False
    after: bool = False
    later: bool = False
    ends_session: bool = False


def draw_faults(seed: int) -> tuple[tuple[DrawnFault, ...], ...]:
    """Draw what strikes the apply, and what strikes the run after it.

    The first one strikes a charge: seeds in a row try everything that can come of one.
    """
    dice = Random(seed)
    reads = sum(not sent.writes for sent in requests_of(*OPERATIONS))
    count = dice.randint(_LEAST, _MOST)
    split = dice.randint(1, count)
    drawn = [dice.choice(_CHARGES[seed % len(_CHARGES)])]
    drawn += [_draw_fault(dice, reads) for _ in range(1, count)]
    if any(pick.ends_session for pick in drawn):
        # What comes later may come with a session that is over: it is refused, and never seen.
        drawn = [replace(pick, human=pick.human or pick.later) for pick in drawn]
    return _one_at_a_time(drawn[:split]), _one_at_a_time(drawn[split:])


def _one_at_a_time(picks: list[DrawnFault]) -> tuple[DrawnFault, ...]:
    """Let what strikes one and the same request strike it the next time that it is sent."""
    times: Counter[str] = Counter()
    apart = []
    for pick in picks:
        place = f"{pick.fault.request} {pick.fault.func} {pick.fault.given}"
        times[place] += pick.fault.request == "write"
        call = max(times[place], pick.fault.call)
        apart.append(replace(pick, fault=pick.fault.model_copy(update={"call": call})))
    return tuple(apart)


def _draw_fault(dice: Random, reads: int) -> DrawnFault:
    if dice.random() < 0.5:
        # What a fault comes to matters more than its bytes.
        return dice.choice(dice.choice(dice.choice((_CHARGES, _OTHERS))))
    name = dice.choice(tuple(_READS))
    place, count = dice.randint(1, reads), dice.choice((1, 1, 3))
    fault = _READS[name](request="read", call=place, count=count)
    reported = f"{name} at {count} from read {place} on"
    return DrawnFault(reported, fault, ends_session=isinstance(fault, Expire))


def _cells(*, pays: bool) -> list[list[DrawnFault]]:
    """Give the strikes at the writes that charge, or at the others, by operation and effect."""
    found: defaultdict[tuple[str, Effect], list[DrawnFault]] = defaultdict(list)
    for name, operation in OPERATIONS.items():
        for row in WRITE_FAULTS:
            promised = promise(row.effect, operation)
            if promised is None or promised.charges > 1 or row.name.startswith(_HEAVY):
                continue
            later = row.effect == "lost-done-too-late"
            reported, fault = f"{row.name} at {name}", row.at(operation)
            pick = DrawnFault(reported, fault, promised.human, later and not pays, later)
            if bool(operation.charge) is pays:
                found[name, row.effect].append(pick)
    return list(found.values())


_CHARGES, _OTHERS = _cells(pays=True), _cells(pays=False)
_READS = {
    name: make
    for name, make in [*((read.name, read.make) for read in READ_FAULTS), *LIST_FAULTS.items()]
    if not name.startswith(_HEAVY)
}
