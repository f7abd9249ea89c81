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
from tests.faults.base import line_of
from tests.faults.choice import EVERYTHING
from tests.faults.matrix import ROWS, Effect, promise
from tests.faults.project import DEEDS
from tests.faults.reads import READS, TABLES

if TYPE_CHECKING:
    from reconciler.sandbox.faults import Fault

_LEAST, _MOST = 2, 6
# Answers of many megabytes take their time.
_HEAVY = ("F22",) if not EVERYTHING else ()


@dataclass(frozen=True, slots=True)
class Strike:
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


def draw_strikes(seed: int) -> tuple[tuple[Strike, ...], ...]:
    """Draw what strikes the apply, and what strikes the run after it.

    The first one strikes a charge: seeds in a row try everything that can come of one.
    """
    dice = Random(seed)
    reads = sum(not sent.writes for sent in line_of(*DEEDS))
    count = dice.randint(_LEAST, _MOST)
    split = dice.randint(1, count)
    drawn = [dice.choice(_CHARGES[seed % len(_CHARGES)])]
    drawn += [_strike(dice, reads) for _ in range(1, count)]
    if any(strike.ends_session for strike in drawn):
        # What comes later may come with a session that is over: it is refused, and never seen.
        drawn = [replace(strike, human=strike.human or strike.later) for strike in drawn]
    return _in_turn(drawn[:split]), _in_turn(drawn[split:])


def _in_turn(strikes: list[Strike]) -> tuple[Strike, ...]:
    """Let what strikes one and the same request strike it the next time that it is sent."""
    times: Counter[str] = Counter()
    apart = []
    for strike in strikes:
        place = f"{strike.fault.request} {strike.fault.func} {strike.fault.given}"
        times[place] += strike.fault.request == "write"
        call = max(times[place], strike.fault.call)
        apart.append(replace(strike, fault=strike.fault.model_copy(update={"call": call})))
    return tuple(apart)


def _strike(dice: Random, reads: int) -> Strike:
    if dice.random() < 0.5:
        # What a fault comes to matters more than its bytes.
        return dice.choice(dice.choice(dice.choice((_CHARGES, _OTHERS))))
    name = dice.choice(tuple(_READS))
    place, count = dice.randint(1, reads), dice.choice((1, 1, 3))
    fault = _READS[name](request="read", call=place, count=count)
    told = f"{name} at {count} from read {place} on"
    return Strike(told, fault, ends_session=isinstance(fault, Expire))


def _cells(*, pays: bool) -> list[list[Strike]]:
    """Give the strikes at the writes that charge, or at the others, by deed and effect."""
    found: defaultdict[tuple[str, Effect], list[Strike]] = defaultdict(list)
    for name, deed in DEEDS.items():
        for row in ROWS:
            promised = promise(row.effect, deed)
            if promised is None or promised.charges > 1 or row.name.startswith(_HEAVY):
                continue
            later = row.effect == "later"
            told, fault = f"{row.name} at {name}", row.at(deed)
            strike = Strike(told, fault, promised.human, later and not pays, later)
            if bool(deed.charge) is pays:
                found[name, row.effect].append(strike)
    return list(found.values())


_CHARGES, _OTHERS = _cells(pays=True), _cells(pays=False)
_READS = {
    name: make
    for name, make in [*((read.name, read.make) for read in READS), *TABLES.items()]
    if not name.startswith(_HEAVY)
}
