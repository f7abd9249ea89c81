"""Create and order objects: read the list first, send once, find the new object.

Invariants: an object that exists is never created a second time; one reading that lacks an object
does not prove its absence; a new object is found by its marker or identity, not by the answer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reconciler.engine.apply.prepare_create import prepare_create
from reconciler.engine.apply.send import Evidence, Operation, send_and_verify
from reconciler.engine.apply.submit import SendStatus, Sent
from reconciler.engine.apply.update import diverged_by, plan_edit, update_operation
from reconciler.engine.apply.verify_created import verify_created
from reconciler.engine.observe.complete_list import ROUNDS, read_complete_list
from reconciler.engine.observe.identify import identify
from reconciler.engine.observe.reads import ObservedForm, read_list, read_object_form, request_form
from reconciler.errors import IncompleteError
from reconciler.kinds.fields import Mode
from reconciler.mapping.encode import create_calls
from reconciler.mapping.prices import charged_amount
from reconciler.model.address import parse_element_id
from reconciler.model.outcome import Outcome
from reconciler.model.reason import Reason, ReasonCode
from reconciler.model.resource import Observed, Scope
from reconciler.planning.diff import compare
from reconciler.planning.match.pairing import match_resources

if TYPE_CHECKING:
    from reconciler.engine.apply.context import ApplyContext
    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.address import ElementId
    from reconciler.model.plan import Change
    from reconciler.model.resource import Desired


# The lists of so many other clients are read to see whether they show anything at all.
_OTHERS = 5


@dataclass(frozen=True, slots=True)
class Lookup:
    """The object of a resource in its list, or why several could be it.

    ``rows`` are the ids of the list that does not show it.
    """

    observed: Observed | None
    duplicates: Reason | None = None
    rows: frozenset[ElementId] = frozenset()

    @property
    def nothing(self) -> bool:
        """Whether no such object exists."""
        return self.observed is None and not self.duplicates


@dataclass(slots=True, kw_only=True)
class CreateOperation(Operation[Lookup]):
    """A create or an order: done when exactly one object matches what was sent."""

    desired: Desired

    async def look(self, sent: Sent) -> Lookup:
        """Open the form under the id from the answer, or read the list."""
        if not sent.requests:
            # It was proved absent just before, and nothing was sent since.
            return Lookup(None)
        direct = await _by_answer(self.context, self.kind, self.desired, sent.new_id)
        return (
            Lookup(direct) if direct else await find_created(self.context, self.kind, self.desired)
        )

    def judge(self, seen: Lookup) -> Evidence:
        """Return AMBIGUOUS when several objects match what was sent."""
        if seen.observed is not None:
            return Evidence.DONE
        return Evidence.AMBIGUOUS if seen.duplicates else Evidence.NONE

    async def conclude(self, sent: Sent, seen: Lookup) -> Outcome:
        """Return whether the new object is as declared, or why it was not found."""
        if seen.observed is not None:
            return await self._conclude_found(sent, seen.observed)
        outcome = Outcome(self.change, "diverged", sent.message, requests=sent.requests)
        if seen.duplicates:
            message = f"one request was sent, so delete the duplicates: {seen.duplicates.text}"
            return replace(outcome, message=message, cause=seen.duplicates.code)
        if sent.status is not SendStatus.CONFIRMED:
            return outcome
        if self.charges:
            message = "the panel confirmed the order, but the service was not found"
            return replace(outcome, message=message, cause=ReasonCode.NOT_FOUND)
        if self.kind.order:
            # A second order would be in the cart too, and both could be paid.
            message = "ordered into the cart; the service appears after payment"
            return replace(outcome, message=message, cause=ReasonCode.UNPAID)
        if func := await self._find_hiding_list(sent, seen):
            message = (
                f"the panel confirmed the creation, but {func} does not list the object: "
                f"{unseen_words(func)}"
            )
            return replace(outcome, message=message, cause=ReasonCode.CREATED_UNLISTED)
        message = "the panel confirmed the creation, but the object was not found"
        return replace(outcome, message=message, cause=ReasonCode.NOT_FOUND)

    async def _conclude_found(self, sent: Sent, found: Observed) -> Outcome:
        context, kind = self.context, self.kind
        if sent.status is SendStatus.REFUSED and not found.marker:
            # The panel refused our request and the object has no marker of ours: somebody else
            # created it at the same time.
            return replace(_appeared(self.change, found), requests=sent.requests)
        context.parents.add(kind, self.desired, found)
        if not kind.parent:
            context.parents.created.add(found.row_id)
        change = replace(self.change, desired=self.desired)
        outcome = await verify_created(
            context,
            change,
            self.desired,
            found,
            requests=sent.requests,
            said=sent.message,
        )
        return replace(outcome, charged=charged_amount(kind, change, found))

    async def _find_hiding_list(self, sent: Sent, found: Lookup) -> str:
        """Return the list that does not show the object that the panel may have created.

        Without the right to it a list is empty, or some of its columns are: each run would then
        create one more object. Orders follow other rules.
        """
        scope = _scope(self.context, self.kind, self.desired)
        if not await self._is_hidden(scope, sent, found):
            return ""
        func = self.kind.func(self.kind.list, scope.variant)
        self.context.known.hiding[scope] = func
        return func

    async def _is_hidden(self, scope: Scope, sent: Sent, found: Lookup) -> bool:
        context, kind = self.context, self.kind
        if sent.new_id and kind.row_key[0] == "id":
            made = Observed(scope, parse_element_id(sent.new_id), {})
            return isinstance(await request_form(context.panel, kind, made), ObservedForm)
        if not found.rows:
            return not await _shows_elsewhere(context, kind, scope)
        before = set(context.known.rows_before.get(scope, ()))
        new = found.rows - before - set(context.parents.ids.values())
        return bool(kind.parent and new)


async def create(context: ApplyContext, change: Change, desired: Desired) -> Outcome:
    """Create or order one object and verify that it is as declared."""
    kind = context.kind_of(change)
    parent = context.parents.parent_of(desired)
    if kind.parent and parent is None:
        # Its client was deleted or not created: without a client in the request, panels create
        # the object for the signed-in user.
        message = f"parent {desired.parent} does not exist in the panel"
        return Outcome(change, "failed", message, cause=ReasonCode.PARENT_MISSING)
    if func := context.known.hiding.get(_scope(context, kind, desired)):
        # A list that hides one new object hides the next: each run would create one more.
        message = unseen_words(func)
        return Outcome(change, "skipped", message, cause=ReasonCode.LIST_HIDES_CREATED)
    prepared = await prepare_create(context, change, desired)
    desired = prepared.desired
    if prepared.obstacle:
        # Panels ignore an option that they do not offer, and choose one themselves.
        obstacle = prepared.obstacle
        return Outcome(change, "failed", obstacle.text, cause=obstacle.code)
    there = await _find_twice(context, kind, desired)
    if there.duplicates:
        # One of them may be ours: one more could be paid a second time.
        return Outcome(change, "failed", there.duplicates.text, cause=there.duplicates.code)
    if there.observed is not None:
        return await _already(context, change, desired, there.observed)
    setting = replace(
        context.call_context(kind, parent),
        create=context.known.create_functions.get(kind.name, ""),
        order=prepared.ordering,
    )
    operation = CreateOperation(
        context=context,
        kind=kind,
        change=change,
        calls=create_calls(kind, desired, setting),
        desired=desired,
    )
    return await send_and_verify(operation)


async def _find_twice(context: ApplyContext, kind: ResourceKind, desired: Desired) -> Lookup:
    """Look for an object; its absence takes two complete readings, the second no shorter.

    Raises: IncompleteError when each reading returns fewer rows.
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
    message = (
        f"{desired.address} was not created: its list returned fewer rows on each read, so it may "
        "already exist"
    )
    raise IncompleteError(message)


async def find_created(context: ApplyContext, kind: ResourceKind, desired: Desired) -> Lookup:
    """Look for a resource's object by its marker or its identity, in a fresh list.

    Raises: IncompleteError when an object of the list may be it, and its form does not open.
    """
    scope = _scope(context, kind, desired)
    listed = await _listed(context, kind, desired)
    known = tuple(item.row_id for item in listed)
    context.known.rows_before.setdefault(scope, known)
    taken = context.known.taken_by_others(scope, desired)
    objects = tuple(item for item in listed if item.row_id not in taken)
    found = await identify(
        context.panel,
        kind,
        objects,
        lambda seen: match_resources(kind, context.work.namespace, [desired], seen, inventory={}),
        login=context.parents.login_of(kind, context.parents.parent_of(desired)),
    )
    pairing = found.pairing
    if pairing.pairs:
        return Lookup(pairing.pairs[0].observed)
    if found.denied:
        raise IncompleteError("; ".join(found.denied.values()))
    return Lookup(None, pairing.blocked.get(desired.address), frozenset(known))


async def _listed(
    context: ApplyContext, kind: ResourceKind, desired: Desired
) -> tuple[Observed, ...]:
    scope = _scope(context, kind, desired)
    return await read_complete_list(
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
    context: ApplyContext, change: Change, desired: Desired, there: Observed
) -> Outcome:
    """Return the outcome for an object that exists already: ours by its marker or its client."""
    kind = context.kind_of(change)
    change = replace(change, desired=desired)
    if kind.marker is None and there.scope.parent in context.parents.created:
        # This run created the client, so nobody else can have created the object.
        message = "the panel created it together with its client"
        fitted = await _fit(context, change, desired, there)
    elif kind.marker is None or not there.marker:
        return _appeared(change, there)
    else:
        # An earlier run ordered it and died before it wrote that: a second order would be paid too.
        message = "already exists: its marker was found"
        fitted = Outcome(change, "verified")
    context.parents.add(kind, desired, there)
    said = fitted.message if fitted.result in {"failed", "skipped"} else ""
    outcome = await verify_created(
        context, change, desired, there, requests=fitted.requests, said=said
    )
    if fitted.moved and outcome.result == "verified":
        return diverged_by(replace(outcome, moved=fitted.moved), kind.update)
    return replace(outcome, message=outcome.message or message, moved=fitted.moved)


async def _fit(context: ApplyContext, change: Change, desired: Desired, there: Observed) -> Outcome:
    """Edit an object that the panel created itself, where it differs from the manifest."""
    kind = context.kind_of(change)
    login = context.parents.login_of(kind, there.scope.parent)
    seen = await read_object_form(context.panel, kind, there, login=login)
    edits = compare(kind, desired, seen.observed, context.work.today).edits if seen else ()
    edits = tuple(e for e in edits if kind.by_name[e.field].wire.mode is Mode.EDIT)
    if seen is None or not edits:
        return Outcome(change, "verified")
    part = replace(change, edits=edits)
    edit = plan_edit(context, kind, part, seen)
    async with context.known.canaries.turn(edit.func, edit.risked) as refusal:
        if refusal:
            return Outcome(change, "skipped", refusal, cause=ReasonCode.CLEARS_FIELDS)
        return await send_and_verify(update_operation(context, part, desired, edit))


def _appeared(change: Change, there: Observed) -> Outcome:
    message = f"object {there.row_id} appeared since the plan: plan again to adopt it"
    return Outcome(change, "failed", message, there.row_id, cause=ReasonCode.APPEARED)


async def _by_answer(
    context: ApplyContext, kind: ResourceKind, desired: Desired, new_id: str | None
) -> Observed | None:
    """Open the form under the id from the panel's answer, where that id is the form's key.

    Not for objects of a client: their list is short, and shows duplicates too.
    """
    if not new_id or kind.parent or kind.status:
        return None
    key = parse_element_id(new_id)
    scope = Scope(kind.name, "", context.parents.parent_of(desired))
    seen = await request_form(context.panel, kind, Observed(scope, key, {}))
    if not isinstance(seen, ObservedForm):
        return None
    pairing = match_resources(
        kind, context.work.namespace, [desired], [seen.observed], inventory={}
    )
    return pairing.pairs[0].observed if pairing.pairs else None


async def _shows_elsewhere(context: ApplyContext, kind: ResourceKind, scope: Scope) -> bool:
    """Return whether a list shows rows of another client: then no right to it is missing."""
    if kind.scope != "elid":
        return False
    root = next(each for each in context.work.catalogue.resources if not each.parent)
    clients = await read_list(context.panel, root, Scope(root.name))
    for client in [each for each in clients if each.row_id != scope.parent][:_OTHERS]:
        if await read_list(context.panel, kind, Scope(kind.name, scope.variant, client.row_id)):
            return True
    return False


def unseen_words(func: str) -> str:
    """Return the reason why nothing more is created in a list."""
    return (
        "nothing more is created there until it is listed; give this user the right to "
        f"{func}, then run `reconciler resume`"
    )
