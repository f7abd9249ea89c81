"""Creating and ordering: look first, send once, find what came of it.

Invariants: an object that is already there is never made twice; an order whose answer was lost is
looked for and never sent again here; a new object is found by what it bears, not by what the
panel answered.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.engine.detail import resolve_members
from reconciler.engine.look import (
    look_again,
    look_at_blank,
    look_at_form,
    look_at_forms,
    look_at_list,
    look_at_members,
)
from reconciler.engine.order_form import offered
from reconciler.engine.send import Sent, send
from reconciler.engine.site import PROOF_SECONDS, Site
from reconciler.kinds._facet import Mode, Shape
from reconciler.model.address import parse_element_id
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Change, Edit
from reconciler.model.resource import Observed, Scope
from reconciler.model.value import Choice
from reconciler.planning.calls import create_calls, update_calls
from reconciler.planning.decide import Terms, decide_pair
from reconciler.planning.match import Pair, needs_form, pair
from reconciler.planning.price import charged, dearer
from reconciler.planning.resolve import resolve_choices, resolve_refs

if TYPE_CHECKING:
    from reconciler.kinds._kind import ResourceKind
    from reconciler.model.resource import Desired


async def create(site: Site, kind: ResourceKind, change: Change) -> Outcome:
    """Create or order one object and prove that it is as declared."""
    desired = change.desired
    if desired is None:
        return Outcome(change, "failed", "nothing to create")
    parent = site.parent_of(desired)
    if kind.parent and parent is None:
        return Outcome(change, "failed", f"{desired.parent} is not there", stale=True)
    desired, obstacle = await _ready(site, kind, change, desired)
    if obstacle:
        return Outcome(change, "failed", obstacle, stale=True)
    there = await find_created(site, kind, desired)
    if there is not None:
        return await _already(site, kind, change, desired, there=there)
    calls = create_calls(kind, desired, site.setting(kind, parent))
    sent = await send(site, change, calls)
    found = await _find(site, kind, desired, sent)
    if found is None and sent.word in {"lost", "unsent"} and "charge" not in change.classes:
        again = await send(site, change, calls)
        sent = replace(again, requests=again.requests + sent.requests)
        found = await _find(site, kind, desired, sent)
    if found is None:
        return _not_found(change, sent)
    site.note(kind, desired, found)
    outcome = await _finish(site, kind, replace(change, desired=desired), found, sent=sent)
    return replace(outcome, charged=charged(change, found))


async def find_created(site: Site, kind: ResourceKind, desired: Desired) -> Observed | None:
    """Look for a resource's object by its marker or its identity, in a fresh list."""
    parent = site.parent_of(desired)
    variant = str(desired.fields.get(kind.variant, "")) if kind.variant else ""
    scope = Scope(kind.name, variant, parent)
    objects = await look_at_list(site.panel, kind, scope, site.login_of(kind, parent))
    unsure = [item for item in objects if needs_form(kind, item)]
    if unsure:
        seen = await look_at_forms(site.panel, kind, unsure)
        objects = tuple(seen[o.row_id].observed if o.row_id in seen else o for o in objects)
    site.known.setdefault(scope, tuple(item.row_id for item in objects))
    pairing = pair(kind, site.work.namespace, [desired], objects, inventory={})
    return pairing.pairs[0].observed if pairing.pairs else None


async def _ready(
    site: Site, kind: ResourceKind, change: Change, desired: Desired
) -> tuple[Desired, str]:
    """Resolve what could not be resolved before the parent lived; say what is in the way."""
    desired = resolve_refs(kind, desired, site.ids)
    parent = site.parent_of(desired)
    login = site.login_of(kind, parent)
    if kind.order:
        return await _ordered(site, kind, change, desired, login=login)
    if _unresolved(kind, desired):
        form = await look_at_blank(site.panel, kind, "", parent=parent, login=login)
        desired = resolve_choices(kind, desired, form.options)[0] if form else desired
    left = _unresolved(kind, desired)
    return desired, f"the panel offers no such option: {left}" if left else ""


async def _ordered(
    site: Site, kind: ResourceKind, change: Change, desired: Desired, *, login: str
) -> tuple[Desired, str]:
    """Ask the order form once more: an order is sent only as offered, for no more than planned.

    A client that was made in this run could not be asked before.
    """
    offer = await offered(site.panel, kind, desired, login=login)
    left = _unresolved(kind, offer.desired) or ", ".join(offer.missing)
    if offer.obstacle or left:
        return desired, offer.obstacle or f"the panel offers no such option: {left}"
    if change.money and dearer(offer.price(kind), change.money):
        return desired, "it costs more than when it was planned, or the price is not shown any more"
    return offer.desired, ""


def _unresolved(kind: ResourceKind, desired: Desired) -> str:
    names = [
        facet.name
        for facet in kind.facets
        if facet.on_form and facet.wire.shape in {Shape.CHOICE, Shape.CHOICES}
        for choice in _choices(desired, facet.name)
        if choice.id is None
    ]
    return ", ".join(dict.fromkeys(names))


def _choices(desired: Desired, name: str) -> tuple[Choice, ...]:
    value = desired.fields.get(name)
    if isinstance(value, Choice):
        return (value,)
    return tuple(value) if isinstance(value, frozenset) else ()


async def _already(
    site: Site, kind: ResourceKind, change: Change, desired: Desired, *, there: Observed
) -> Outcome:
    if kind.marker is None or not there.marker:
        message = f"id {there.row_id} appeared since the plan; plan again to adopt it"
        return Outcome(change, "failed", message, there.row_id, stale=True)
    site.note(kind, desired, there)
    outcome = await _finish(site, kind, replace(change, desired=desired), there, sent=Sent("ok"))
    return replace(outcome, message=outcome.message or "it was there already, by its marker")


async def _find(site: Site, kind: ResourceKind, desired: Desired, sent: Sent) -> Observed | None:
    if sent.word in {"refused", "unsent"}:
        return None
    if sent.word == "lost":
        await site.clock.sleep(site.target.limits.settle)

    async def look() -> Observed | None:
        direct = await _by_answer(site, kind, desired, sent.new_id)
        return direct or await find_created(site, kind, desired)

    patience = min(PROOF_SECONDS, max(site.target.limits.settle, 0.2))
    return await site.until(look, lambda seen: seen is not None, patience)


async def _by_answer(
    site: Site, kind: ResourceKind, desired: Desired, new_id: str | None
) -> Observed | None:
    """Open the form under the id that the panel answered, where that id is the form's key."""
    if not new_id or kind.form_key or kind.status:
        return None
    key = parse_element_id(new_id)
    scope = Scope(kind.name, "", site.parent_of(desired))
    seen = await look_at_form(site.panel, kind, Observed(scope, key, key, {}))
    if seen is None:
        return None
    pairing = pair(kind, site.work.namespace, [desired], [seen.observed], inventory={})
    return pairing.pairs[0].observed if pairing.pairs else None


def _not_found(change: Change, sent: Sent) -> Outcome:
    base = Outcome(change, "failed", sent.message, requests=sent.requests)
    if "charge" in change.classes and sent.word in {"lost", "ok"}:
        message = sent.message or "the panel said ok, but the order cannot be found"
        return replace(base, result="unsettled", message=message, charged=charged(change, None))
    if sent.word == "ok":
        return replace(base, result="diverged", message="the panel said ok, but it is not there")
    return base


async def _finish(
    site: Site, kind: ResourceKind, change: Change, found: Observed, *, sent: Sent
) -> Outcome:
    """Set the side lists of a new object, then judge it by the decision that planned it."""
    desired = change.desired
    if desired is None:
        return Outcome(change, "failed", "nothing to create")
    login = site.login_of(kind, found.scope.parent)
    seen = await look_again(site.panel, kind, found, desired, login=login) or found
    desired, edits = await _member_edits(site, kind, desired, seen)
    requests = sent.requests
    if edits:
        setting = site.setting(kind, found.scope.parent)
        calls = update_calls(kind, replace(change, desired=desired, edits=edits), seen, setting)
        requests += (await send(site, change, calls)).requests
    terms = Terms(site.work.namespace, site.work.today)

    async def look() -> Observed:
        return await look_again(site.panel, kind, seen, desired, login=login) or seen

    def open_edits(now: Observed) -> list[str]:
        changes = decide_pair(kind, Pair(desired, now, "marker"), terms)
        return [
            edit.field if change.edits else change.reason
            for change in changes
            if change.action not in {"suspend", "resume", "renew"}
            for edit in change.edits or (Edit(change.reason, None, None),)
        ]

    last = await site.until(look, lambda now: not open_edits(now), PROOF_SECONDS if edits else 0.5)
    left = open_edits(last)
    change = replace(change, desired=desired)
    outcome = Outcome(change, "verified", "", last.row_id, last, requests)
    if not left:
        return outcome
    message = f"it lives, but differs from what was declared: {', '.join(left)}"
    return replace(outcome, result="diverged", message=message)


async def _member_edits(
    site: Site, kind: ResourceKind, desired: Desired, seen: Observed
) -> tuple[Desired, tuple[Edit, ...]]:
    names = [
        f.name for f in kind.facets if f.wire.mode is Mode.MEMBERS and f.name in desired.fields
    ]
    if not names:
        return desired, ()
    seen, offers = await look_at_members(site.panel, kind, seen, names)
    fields = dict(desired.fields)
    edits = []
    for name in names:
        fields[name], _ = resolve_members(kind, desired, name, offers.get(name, {}))
        if fields[name] != seen.fields.get(name):
            edits.append(Edit(name, seen.fields.get(name), fields[name]))
    return replace(desired, fields=fields), tuple(edits)
