"""The use cases that only read: make a plan, find drift, compare with a saved plan.

Invariant: they get a ``Reader``, which cannot write.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.engine.apply.inventory import updated_inventory
from reconciler.engine.impact.read_facts import read_facts
from reconciler.engine.observe.observer import observe
from reconciler.errors import ManifestsError
from reconciler.model.address import parse_element_id
from reconciler.model.finding import has_errors
from reconciler.model.outcome import Outcome
from reconciler.planning.build.builder import build_plan
from reconciler.planning.context import PlanContext, PlanOptions
from reconciler.planning.drift import applied_side, find_moves
from reconciler.planning.impact.build import add_impact
from reconciler.planning.impact.explain import explained_prices, owner_of
from reconciler.planning.refresh import refresh_report
from reconciler.planning.undo import undo_plan, undo_side

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.model.address import Address
    from reconciler.model.drift import DriftReport
    from reconciler.model.impact import Impact
    from reconciler.model.plan import Plan
    from reconciler.model.price import PriceExplanation
    from reconciler.model.refresh import RefreshReport
    from reconciler.model.undo import InverseChange
    from reconciler.planning.snapshot import Snapshot
    from reconciler.ports import Progress, Reader


async def make_plan(
    reader: Reader, work: PlanContext, options: PlanOptions, progress: Progress
) -> Plan:
    """Compare the manifests with the panel.

    Raises: ManifestsError for errors in the manifests, before the first request, and for choices
            and references that the panel does not know.
    """
    return (await _observed_plan(reader, work, options, progress))[0]


async def make_reviewed_plan(
    reader: Reader, work: PlanContext, options: PlanOptions, progress: Progress
) -> Plan:
    """Compare the manifests with the panel, and find what the plan comes to for people.

    Raises: as ``make_plan``.
    """
    return (await make_followed_plan(reader, work, options, progress))[0]


async def make_followed_plan(
    reader: Reader, work: PlanContext, options: PlanOptions, progress: Progress
) -> tuple[Plan, Callable[[Plan], Impact]]:
    """Make a reviewed plan, and return it with what finds what a part of it comes to.

    A part needs no further request: the facts about the whole plan's clients are those of its own.

    Raises: as ``make_plan``.
    """
    plan, snapshot = await _observed_plan(reader, work, options, progress)
    return await _followed(reader, work, snapshot, plan, options=options, progress=progress)


async def _followed(
    reader: Reader,
    work: PlanContext,
    snapshot: Snapshot,
    plan: Plan,
    *,
    options: PlanOptions,
    progress: Progress,
) -> tuple[Plan, Callable[[Plan], Impact]]:
    facts = await read_facts(reader, work, snapshot, plan, progress=progress)
    whole = add_impact(plan, work, snapshot, facts, options=options)

    def impact_of(part: Plan) -> Impact:
        if part.changes == whole.changes:
            return whole.impact
        return add_impact(part, work, snapshot, facts, options=options).impact

    return whole, impact_of


async def explain_price(
    reader: Reader, work: PlanContext, progress: Progress, address: Address
) -> PriceExplanation:
    """Find what a resource costs, and how that comes about: what the plan buys, then a renewal.

    Raises: as ``make_plan``.
    """
    options = PlanOptions()
    plan, snapshot = await _observed_plan(reader, work, options, progress)
    client = owner_of(plan, work, snapshot, address)
    also = parse_element_id(client.id) if client and client.id else None
    facts = await read_facts(reader, work, snapshot, plan, progress=progress, also=also)
    return explained_prices(plan, work, snapshot, facts, options=options, address=address)


async def _observed_plan(
    reader: Reader, work: PlanContext, options: PlanOptions, progress: Progress
) -> tuple[Plan, Snapshot]:
    if has_errors(work.findings):
        raise ManifestsError(work.findings)
    snapshot, findings = await observe(reader, work, options, progress)
    if has_errors(findings):
        raise ManifestsError(findings)
    return build_plan(work, snapshot, options, findings), snapshot


async def make_undo(
    reader: Reader,
    work: PlanContext,
    options: PlanOptions,
    progress: Progress,
    *,
    back: tuple[InverseChange, ...],
    run: str,
) -> Plan:
    """Plan the inverse of a run, from the objects of today. Raises: as ``make_plan``."""
    plan = await make_plan(reader, undo_side(work, back, run), options, progress)
    return undo_plan(plan, work.catalogue, back, run)


async def make_followed_undo(
    reader: Reader,
    work: PlanContext,
    options: PlanOptions,
    progress: Progress,
    *,
    back: tuple[InverseChange, ...],
    run: str,
) -> tuple[Plan, Callable[[Plan], Impact]]:
    """Plan the inverse of a run, and return it with what finds what a part of it comes to.

    Raises: as ``make_plan``.
    """
    side = undo_side(work, back, run)
    plan, snapshot = await _observed_plan(reader, side, options, progress)
    undone = undo_plan(plan, work.catalogue, back, run)
    return await _followed(reader, side, snapshot, undone, options=options, progress=progress)


async def find_refresh(
    reader: Reader, work: PlanContext, options: PlanOptions, progress: Progress
) -> RefreshReport:
    """Find what an apply would write into the inventory without changing the panel.

    Raises: as ``make_plan``.
    """
    plan = await make_plan(reader, work, options, progress)
    taken = [
        Outcome(change, "verified", id=change.id, observed=change.observed)
        for change in plan.changes
        if change.action == "adopt" and not change.edits
    ]
    after = updated_inventory(work, plan, taken)
    return refresh_report(work, plan, after, options)


async def find_drift(reader: Reader, work: PlanContext, progress: Progress) -> DriftReport:
    """Compare the panel with the last applied values, and both with the manifests.

    Raises: ManifestsError for errors in the manifests.
    """
    if has_errors(work.findings):
        raise ManifestsError(work.findings)
    snapshot, _ = await observe(reader, applied_side(work), PlanOptions(), progress)
    return find_moves(work, snapshot)
