"""Histories: what happens around a project, as data that a seed draws and that can be thinned out.

Invariants: the same seed gives the same history; each part of it has dice of its own, so that
leaving one out changes nothing about how the others are drawn.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random
from typing import TYPE_CHECKING, Literal

from tests.simulation.fault_kinds import FAULT_KINDS
from tests.simulation.manifest_edits import EDITS
from tests.simulation.panel_users import USER_ACTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

Sort = Literal["edit", "action", "between", "fault", "kill"]


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that happens to a run; ``seed`` is of its own dice.

    Before it: an edit of the manifests, an action of people; in it: an action between its requests,
    a fault, its death.
    """

    sort: Sort
    name: str
    seed: int


@dataclass(frozen=True, slots=True)
class History:
    """Some rounds of what happens, a run after each; ``resend`` is ``resendAfterSettle``.

    After a round in ``calm`` the faults have ended, and the project has to converge.
    """

    seed: int
    resend: bool
    rounds: tuple[tuple[Part, ...], ...]
    calm: frozenset[int]

    def thinner(self) -> Iterator[History]:
        """Return the histories that lack one round, or one part of a round."""
        for place in range(len(self.rounds) - 1):
            calm = {at - (at > place) for at in self.calm if at != place}
            rounds = self.rounds[:place] + self.rounds[place + 1 :]
            yield replace(self, rounds=rounds, calm=frozenset(calm) | {len(rounds) - 1})
        for place, parts in enumerate(self.rounds):
            for at in range(len(parts)):
                kept = parts[:at] + parts[at + 1 :]
                rounds = (*self.rounds[:place], kept, *self.rounds[place + 1 :])
                yield replace(self, rounds=rounds)


def draw_history(seed: int) -> History:
    """Draw a history."""
    dice = Random(seed)
    rounds = tuple(_round(dice) for _ in range(dice.randrange(3, 7)))
    calm = {at for at in range(len(rounds)) if dice.random() < 0.4}
    return History(seed, dice.random() < 0.3, rounds, frozenset(calm | {len(rounds) - 1}))


def _round(dice: Random) -> tuple[Part, ...]:
    parts: list[Part] = []

    def draw(sort: Sort, names: list[str], most: int) -> None:
        count = dice.randrange(most + 1)
        parts.extend(Part(sort, dice.choice(names), dice.randrange(1 << 32)) for _ in range(count))

    draw("edit", list(EDITS), 4)
    draw("action", list(USER_ACTIONS), 3)
    if dice.random() < 0.4:
        draw("between", list(USER_ACTIONS), 2)
    if dice.random() < 0.6:
        draw("fault", list(FAULT_KINDS), 3)
    if dice.random() < 0.5:
        draw("kill", ["before", "after", "answered", "writing"], 1)
    return tuple(parts)
