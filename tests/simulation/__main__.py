"""Play many histories: ``python -m tests.simulation --histories 500 --seed 1``.

Prints figures, and of each failing history its seed, its smallest form and how to play it again;
exits with 1 when any promise was broken.
"""

from __future__ import annotations

import argparse
import logging
import sys
import time
from collections import Counter
from typing import TYPE_CHECKING

from tests.simulation.history import draw_history
from tests.simulation.play import play

if TYPE_CHECKING:
    from tests.simulation.history import History
    from tests.simulation.simulation import SimulationResult

_PATIENCE = 60


def main() -> int:
    """Play, print, and judge."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--histories", type=int, default=100, help="how many")
    parser.add_argument("--seed", type=int, default=1, help="of the first; each has the next")
    parser.add_argument(
        "--kill-points",
        type=int,
        default=6,
        metavar="N",
        help="further deaths tried of each killed run, on copies; -1 dies at every boundary",
    )
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop after so long")
    parser.add_argument("--events", action="store_true", help="tell every history")
    args = parser.parse_args()
    # What the command would warn of is no figure: journals are torn here on purpose.
    logging.getLogger("reconciler").addHandler(logging.NullHandler())
    figures: Counter[str] = Counter()
    failed = 0
    began = time.monotonic()
    for seed in range(args.seed, args.seed + args.histories):
        if time.monotonic() - began > args.seconds:
            break
        history = draw_history(seed)
        result = play(history, kill_points=args.kill_points)
        figures += Counter(histories=1) + result.figures
        if result.violations:
            failed += 1
            _tell(*thinned(history, result, kill_points=args.kill_points))
        elif args.events:
            _say(*result.events)
    for name in sorted(figures):
        _say(f"{figures[name]:>9}  {name}")
    _say(f"{failed:>9}  histories with a violation", f"{time.monotonic() - began:>9.0f}  seconds")
    return 1 if failed else 0


def thinned(
    history: History, result: SimulationResult, *, kill_points: int
) -> tuple[History, SimulationResult]:
    """Leave out of a failing history whatever it fails without; return it and its result."""
    promises = {each.promise for each in result.violations}
    tries = 0
    found = True
    while found and tries < _PATIENCE:
        found = False
        for thinner in history.thinner():
            tries += 1
            other = play(thinner, kill_points=kill_points)
            if promises & {each.promise for each in other.violations}:
                history, result, found = thinner, other, True
                break
            if tries >= _PATIENCE:
                break
    return history, result


def _tell(history: History, result: SimulationResult) -> None:
    _say("", f"seed {history.seed}: {len(result.violations)} violations", *result.events)
    _say(f"again: python -m tests.simulation --histories 1 --seed {history.seed} --events", "")


def _say(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
