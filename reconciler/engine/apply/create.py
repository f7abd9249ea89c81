"""Creating and ordering: look first, send once, find what came of it.

Invariants: an object that is already there is never made twice; an order whose answer was lost is
looked for and never sent again here; nothing is made on one reading that lacks it; a new object
is found by what it bears, not by what the panel answered.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reconciler.engine.apply.context import PROOF_SECONDS, ApplyContext
from reconciler.engine.apply.expenses import may_resend
from reconciler.engine.apply.prepare_create import prepare_create
from reconciler.engine.apply.submit import Sent, submit_calls
from reconciler.engine.apply.update import diverged_by, find_moved, form_before, plan_edit
from reconciler.engine.apply.verify_created import verify_created
from reconciler.engine.look import Seen, ask_form, look_at_form, look_at_list
from reconciler.engine.recognise import recognise
from reconciler.engine.whole_list import ROUNDS, look_at_whole_list
from reconciler.errors import IncompleteError
from reconciler.kinds._facet import Mode
from reconciler.model.address import parse_element_id
from reconciler.model.outcome import Outcome
from reconciler.model.resource import Observed, Scope
from reconciler.planning.calls import create_calls
from reconciler.planning.diff import compare
from reconciler.planning.match import pair
from reconciler.planning.price import charged, planned_charge

if TYPE_CHECKING:
    from reconciler.kinds._kind import ResourceKind
    from reconciler.model.address import ElementId
    from reconciler.model.outcome import Moved
    from reconciler.model.plan import Change
    from reconciler.model.resource import Desired


# So many other clients are asked whether a list shows anything at all.
_OTHERS = 5


@dataclass(frozen=True, slots=True)
class Lookup:
    """What a list shows of a resource: its object, or why nobody can tell which one it is.

    ``rows`` are the ids of the list that does not show it.
    """

    observed: Observed | None
    twins: str = ""
    rows: frozenset[ElementId] = frozenset()

    @property
    def nothing(self) -> bool:
        """Tell whether there is no such object at all."""
        return self.observed is None and not self.twins


async def create(context: ApplyContext, kind: ResourceKind, change: Change) -> Outcome:
    """Create or order one object and prove that it is as declared."""
    desired = change.desired
    if desired is None:
        return Outcome(change, "failed", "nothing to create")
    parent = context.parents.parent_of(desired)
    if kind.parent and parent is None:
        return Outcome(change, "failed", f"{desired.parent} is not there", stale=True)
    if func := context.known.hiding.get(_scope(context, kind, desired)):
        return Outcome(change, "skipped", unseen_words(func), unserved=True)
    prepared = await prepare_create(context, kind, change, desired)
    desired = prepared.desired
    if prepared.obstacle:
        return Outcome(change, "failed", prepared.obstacle, stale=True)
    there = await _find_twice(context, kind, desired)
    if there.twins:
        return Outcome(change, "failed", there.twins, stale=True)
    if there.observed is not None:
        return await _already(context, kind, change, desired, there=there.observed)
    setting = replace(
        context.call_context(kind, parent),
        create=context.known.create_functions.get(kind.name, ""),
        order=prepared.ordering,
    )
    calls = create_calls(kind, desired, setting)
    sent = await submit_calls(context, change, calls)
    found = await _find(context, kind, desired, sent)
    if found.nothing and await may_resend(context, kind, change, sent):
        again = await submit_calls(context, change, calls)
        sent = replace(again, requests=again.requests + sent.requests)
        found = await _find(context, kind, desired, sent)
    if await _is_hidden(context, kind, desired, sent=sent, found=found):
        return _hide(context, kind, change, sent=sent)
    if found.observed is None:
        return _not_found(change, sent, found.twins, ordered=bool(kind.order))
    if sent.word == "refused" and not found.observed.marker:
        return replace(_appeared(change, found.observed), requests=sent.requests)
    context.parents.add(kind, desired, found.observed)
    if not kind.parent:
        context.parents.created.add(found.observed.row_id)
    change = replace(change, desired=desired)
    outcome = await verify_created(context, kind, change, found.observed, sent=sent)
    return replace(outcome, charged=charged(kind, change, found.observed))


async def _find_twice(context: ApplyContext, kind: ResourceKind, desired: Desired) -> Lookup:
    """Look for an object; that there is none takes two complete readings, the second no shorter.

    Raises: IncompleteError when rows keep vanishing.
    """
    found = await find_created(context, kind, desired)
    for _ in range(ROUNDS):
        if not found.nothing:
            return found
        again = frozenset(item.row_id for item in await _listed(context, kind, desired))
        if again == found.rows:
            return found
        found = await find_created(context, kind, desired)
        if again <= found.rows:
            return found
    message = f"{desired.address} cannot be proved absent: its list loses rows at every reading"
    raise IncompleteError(message)


async def find_created(context: ApplyContext, kind: ResourceKind, desired: Desired) -> Lookup:
    """Look for a resource's object by its marker or its identity, in a fresh list.

    Raises: IncompleteError when an object of the list may be it, and cannot be looked at.
    """
    objects = await _listed(context, kind, desired)
    known = tuple(item.row_id for item in objects)
    context.known.rows_before.setdefault(_scope(context, kind, desired), known)
    found = await recognise(
        context.panel,
        kind,
        objects,
        lambda seen: pair(kind, context.work.namespace, [desired], seen, inventory={}),
        login=context.parents.login_of(kind, context.parents.parent_of(desired)),
    )
    pairing = found.pairing
    if pairing.pairs:
        return Lookup(pairing.pairs[0].observed)
    if found.denied:
        raise IncompleteError("; ".join(found.denied.values()))
    why = pairing.blocked.get(desired.address)
    return Lookup(None, why.text if why else "", frozenset(known))


async def _listed(
    context: ApplyContext, kind: ResourceKind, desired: Desired
) -> tuple[Observed, ...]:
    scope = _scope(context, kind, desired)
    return await look_at_whole_list(
        context.panel,
        kind,
        scope,
        context.known.owned.get(scope, ()),
        namespace=context.work.namespace,
        login=context.parents.login_of(kind, scope.parent),
    )


def _scope(context: ApplyContext, kind: ResourceKind, desired: Desired) -> Scope:
    return Scope(kind.name, kind.variant_of(desired.fields), context.parents.parent_of(desired))


async def _already(
    context: ApplyContext, kind: ResourceKind, change: Change, desired: Desired, *, there: Observed
) -> Outcome:
    message, sent = "it was there already, by its marker", Sent("ok")
    moved: tuple[Moved, ...] = ()
    change = replace(change, desired=desired)
    if kind.marker is None and there.scope.parent in context.parents.created:
        # What a panel makes by itself for a client whom this run has made is nobody else's.
        message = "the panel made it together with its client"
        sent, moved = await _fitted(context, kind, change, there)
    elif kind.marker is None or not there.marker:
        return _appeared(change, there)
    context.parents.add(kind, desired, there)
    outcome = await verify_created(context, kind, change, there, sent=sent)
    if moved and outcome.result == "verified":
        return diverged_by(replace(outcome, moved=moved), kind.update)
    return replace(outcome, message=outcome.message or message, moved=moved)


async def _fitted(
    context: ApplyContext, kind: ResourceKind, change: Change, there: Observed
) -> tuple[Sent, tuple[Moved, ...]]:
    """Send what sets an object that the panel made to what is declared; nothing where it is so.

    Return also what that moved beside what was sent.
    """
    if change.desired is None:
        return Sent("ok"), ()
    login = context.parents.login_of(kind, there.scope.parent)
    seen = await look_at_form(context.panel, kind, there, login=login)
    edits = compare(kind, change.desired, seen.observed, context.work.today).edits if seen else ()
    edits = tuple(e for e in edits if kind.by_name[e.field].wire.mode is Mode.EDIT)
    if seen is None or not edits:
        return Sent("ok"), ()
    part = replace(change, edits=edits)
    edit = plan_edit(context, kind, part, seen)
    async with context.known.canaries.turn(edit.func, edit.risked) as refusal:
        if refusal:
            return Sent("refused", refusal), ()
        sent = await submit_calls(context, part, edit.calls, form_before(edit))
        after = await look_at_form(context.panel, kind, there, login=login)
        return sent, await find_moved(context, kind, edit, after, answered=sent.word == "ok")


def _appeared(change: Change, there: Observed) -> Outcome:
    message = f"id {there.row_id} appeared since the plan; plan again to adopt it"
    return Outcome(change, "failed", message, there.row_id, stale=True)


async def _find(context: ApplyContext, kind: ResourceKind, desired: Desired, sent: Sent) -> Lookup:
    """Look for what was sent for: at once after a refusal, else until the effect must be there."""
    if sent.word == "unsent":
        return Lookup(None)
    if sent.word == "refused":
        # A proxy may have delivered it twice, and the refusal be that of the second.
        return await find_created(context, kind, desired)
    if sent.word == "lost":
        await context.deps.wait_to_settle(desired.address)

    async def look() -> Lookup:
        direct = await _by_answer(context, kind, desired, sent.new_id)
        return Lookup(direct) if direct else await find_created(context, kind, desired)

    patience = min(PROOF_SECONDS, max(context.deps.target.limits.settle, 0.2))
    return await context.deps.read_until(look, lambda seen: not seen.nothing, patience)


async def _by_answer(
    context: ApplyContext, kind: ResourceKind, desired: Desired, new_id: str | None
) -> Observed | None:
    """Open the form under the id that the panel answered, where that id is the form's key.

    Not of what a client has: that list is short, and shows whether it was made twice.
    """
    if not new_id or kind.parent or kind.status:
        return None
    key = parse_element_id(new_id)
    scope = Scope(kind.name, "", context.parents.parent_of(desired))
    seen = await ask_form(context.panel, kind, Observed(scope, key, {}))
    if not isinstance(seen, Seen):
        return None
    pairing = pair(kind, context.work.namespace, [desired], [seen.observed], inventory={})
    return pairing.pairs[0].observed if pairing.pairs else None


async def _is_hidden(
    context: ApplyContext, kind: ResourceKind, desired: Desired, *, sent: Sent, found: Lookup
) -> bool:
    """Tell whether the panel may have made what its list does not show, or does not show enough of.

    A list comes empty for want of a right, and so do columns: to create again by such a list makes
    a row at every run. An order is kept open by other rules.
    """
    if kind.order or not found.nothing or sent.word != "ok":
        return False
    scope = _scope(context, kind, desired)
    if sent.new_id and kind.row_key[0] == "id":
        made = Observed(scope, parse_element_id(sent.new_id), {})
        return isinstance(await ask_form(context.panel, kind, made), Seen)
    if not found.rows:
        return not await _shows_elsewhere(context, kind, scope)
    strange = (
        found.rows
        - set(context.known.rows_before.get(scope, ()))
        - set(context.parents.ids.values())
    )
    return bool(kind.parent and strange)


async def _shows_elsewhere(context: ApplyContext, kind: ResourceKind, scope: Scope) -> bool:
    """Tell whether a list shows rows of some other client: then no right to it is missing."""
    if kind.scope != "elid":
        return False
    root = next(each for each in context.work.catalogue.resources if not each.parent)
    clients = await look_at_list(context.panel, root, Scope(root.name))
    for client in [each for each in clients if each.row_id != scope.parent][:_OTHERS]:
        if await look_at_list(context.panel, kind, Scope(kind.name, scope.variant, client.row_id)):
            return True
    return False


def _hide(context: ApplyContext, kind: ResourceKind, change: Change, *, sent: Sent) -> Outcome:
    if change.desired is None:
        return Outcome(change, "failed", "nothing to create")
    scope = _scope(context, kind, change.desired)
    func = context.known.hiding[scope] = kind.func(kind.list, scope.variant)
    message = f"the panel said ok, and {func} does not show it: {unseen_words(func)}"
    return Outcome(change, "diverged", message, requests=sent.requests, unseen=func)


def unseen_words(func: str) -> str:
    """Say why nothing more is made in a list."""
    return (
        f"nothing more is made there before it can be seen; give this user the right to {func}, "
        "then run `reconciler resume`"
    )


def _not_found(change: Change, sent: Sent, twins: str, *, ordered: bool) -> Outcome:
    base = Outcome(change, "failed", sent.message, requests=sent.requests)
    if twins:
        message = f"{twins}; it was sent once: remove all but one"
        return replace(base, result="in-doubt", message=message, charged=planned_charge(change))
    if "charge" in change.classes and sent.word in {"lost", "ok", "expired"}:
        message = sent.message or "the panel said ok, but the order cannot be found"
        return replace(base, result="in-doubt", message=message, charged=planned_charge(change))
    if sent.word == "ok" and ordered:
        message = "ordered into the cart, where it is not to be seen until it is paid"
        return replace(base, result="diverged", message=message, waiting=True)
    if sent.word == "ok":
        return replace(base, result="diverged", message="the panel said ok, but it is not there")
    return base
