"""Approval is equality: a saved plan is applied only while it still says what would be planned.

Invariants: what the saved plan does not touch may have changed freely; what it touches must be as
it was observed then; a saved plan whose content does not match its digest is refused.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.errors import RefusedError, StalePlanError
from reconciler.planning.document import FORMAT_VERSION, change_document, charge_documents
from reconciler.planning.show import Json, canonical, digest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.model.plan import Change, Plan, TargetName

_UNDIGESTED = ("digest", "createdAt")
_COMPARED = ("address", "action", "id", "edits", "classes", "precondition")


def check_saved(saved: Mapping[str, Json]) -> None:
    """Make sure that a saved plan is whole and of a format that we read.

    Raises: RefusedError when it is not.
    """
    version = saved.get("formatVersion")
    if version != FORMAT_VERSION:
        raise RefusedError([f"the plan has the format {version!r}; this version reads '1'"])
    body = {key: value for key, value in saved.items() if key not in _UNDIGESTED}
    if digest(body) != saved.get("digest"):
        raise RefusedError(["the plan was altered after it was made: its digest does not match"])


def check_terms(saved: Mapping[str, Json], target: TargetName, manifests: str) -> None:
    """Make sure that a saved plan is for this target and these manifests; needs no panel.

    Raises: StalePlanError when it is not.
    """
    named: Json = {"name": target.name, "url": target.url}
    moved = []
    if saved.get("target") != named:
        moved.append(f"the plan is for another target than {target.name} ({target.url})")
    if saved.get("manifestDigest") != manifests:
        moved.append("the manifests have changed since the plan was made")
    if moved:
        raise StalePlanError(moved)


def compare_saved(saved: Mapping[str, Json], fresh: Plan) -> Plan:
    """Return the part of a fresh plan that the saved plan approved.

    Raises: RefusedError for a plan that is damaged or of another format.
            StalePlanError when what it touches, its target or the manifests have changed.
    """
    check_saved(saved)
    check_terms(saved, fresh.target, fresh.manifest_digest)
    changes = saved.get("changes")
    approved = (
        [item for item in changes if isinstance(item, dict)] if isinstance(changes, list) else []
    )
    # What was blocked asks for nothing, so it may since have come free.
    approved = [item for item in approved if item.get("action") != "blocked"]
    waiting = Counter(_key(item) for item in approved)
    kept: list[Change] = []
    for change in fresh.changes:
        key = _key(change_document(change))
        if waiting[key]:
            waiting[key] -= 1
            kept.append(change)
    stale = [_why_stale(item, fresh) for item in approved if waiting[_key(item)]]
    stale += [] if stale else _moved_prices(saved, replace(fresh, changes=tuple(kept)))
    if stale:
        raise StalePlanError(list(dict.fromkeys(stale)))
    return replace(fresh, changes=tuple(kept))


def _moved_prices(saved: Mapping[str, Json], kept: Plan) -> list[str]:
    impact = saved.get("impact")
    charges = impact.get("charges") if isinstance(impact, dict) else None
    before = (
        [item for item in charges if isinstance(item, dict)] if isinstance(charges, list) else []
    )
    known = Counter(canonical(item) for item in before)
    return [
        f"{item['address']}: the price is no longer the one that was planned"
        for item in charge_documents(kept)
        if known[canonical(item)] < 1
    ]


def _key(item: Mapping[str, Json]) -> str:
    return canonical({name: item.get(name) for name in _COMPARED})


def _why_stale(item: Mapping[str, Json], fresh: Plan) -> str:
    address, action = item.get("address"), item.get("action")
    now = [change for change in fresh.changes if str(change.address) == address]
    if not now:
        return f"{address}: planned to {action}, but now nothing is to be done there"
    if any(change.action == action for change in now):
        return f"{address}: planned to {action}, but the object changed since"
    return f"{address}: planned to {action}, but now it would be: {now[0].action}"
