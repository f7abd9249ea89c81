"""Sort changes: by dependency, then creates before orders before deletes, then by name.

An order comes after the terms of its client, which decide its price.

Invariants: the result is a permutation of the changes that respects every dependency; equal
inputs give an equal order, whatever the order of the files.
"""

from __future__ import annotations

import heapq
from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.errors import ManifestsError
from reconciler.model.address import Address
from reconciler.model.finding import Finding
from reconciler.model.reason import ReasonCode
from reconciler.model.value import Ref

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reconciler.model.plan import Change

_RANK = {
    "blocked": 0,
    "adopt": 1,
    "update": 1,
    "create": 2,
    "resume": 4,
    "renew": 5,
    "suspend": 6,
    "delete": 7,
}
_ORDER = 3


def with_dependencies(changes: Iterable[Change]) -> list[Change]:
    """Add the dependencies: a child after its parent, a parent's delete after its children's."""
    listed = list(changes)
    # A changed client may get another login, and its services are ordered under that login.
    moving = {c.address for c in listed if c.action in {"create", "adopt", "update"}}
    ending: dict[str, list[Address]] = {}
    for change in listed:
        if change.observed and change.observed.scope.parent and not change.desired:
            ending.setdefault(change.observed.scope.parent, []).append(change.address)
    result = []
    for change in listed:
        needs = {address for address in _refs(change) if address in moving}
        if change.action == "delete" and change.observed and not change.observed.scope.parent:
            needs |= set(ending.get(change.observed.row_id, ()))
        result.append(replace(change, depends_on=tuple(sorted(needs - {change.address}))))
    return result


def topological_order(changes: Sequence[Change]) -> tuple[Change, ...]:
    """Sort changes so that each comes after everything that it depends on.

    Raises: ManifestsError when changes need one another in a circle.
    """
    keys = [_key(change, position) for position, change in enumerate(changes)]
    needs = _needs(changes, keys)
    followers: dict[int, list[int]] = {}
    for position, before in needs.items():
        for other in before:
            followers.setdefault(other, []).append(position)
    open_needs = {position: len(before) for position, before in needs.items()}
    ready = [(keys[p], p) for p, count in open_needs.items() if not count]
    heapq.heapify(ready)
    done: list[Change] = []
    while ready:
        _, position = heapq.heappop(ready)
        done.append(changes[position])
        for follower in followers.get(position, ()):
            open_needs[follower] -= 1
            if not open_needs[follower]:
                heapq.heappush(ready, (keys[follower], follower))
    if len(done) != len(changes):
        circle = sorted(
            (changes[p] for p, count in open_needs.items() if count), key=lambda each: each.address
        )
        held = dict.fromkeys(str(each.address) for each in circle)
        message = (
            f"these resources need one another, so none can be applied first: {', '.join(held)}"
        )
        raise ManifestsError([Finding("error", "circular-need", message, circle[0].source)])
    return tuple(done)


def _refs(change: Change) -> list[Address]:
    desired = change.desired
    if desired is None:
        return []
    values = [value for value in desired.fields.values() if isinstance(value, Ref)]
    return [Address(ref.kind, ref.key) for ref in values if ref.by == "name"]


def _key(change: Change, position: int) -> tuple[int, str, str, int]:
    ordered = "charge" in change.classes or change.reason_code is ReasonCode.UNPAID
    rank = _ORDER if ordered and change.action == "create" else _RANK[change.action]
    return rank, change.address.kind, change.address.name, position


def _needs(changes: Sequence[Change], keys: list[tuple[int, str, str, int]]) -> dict[int, set[int]]:
    by_address: dict[str, list[int]] = {}
    for position, change in enumerate(changes):
        by_address.setdefault(str(change.address), []).append(position)
    needs: dict[int, set[int]] = {}
    for position, change in enumerate(changes):
        before = {p for address in change.depends_on for p in by_address.get(str(address), ())}
        same = by_address[str(change.address)]
        before |= {p for p in same if keys[p] < keys[position]}
        needs[position] = before - {position}
    return needs
