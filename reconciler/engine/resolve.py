"""Resolve the requests that an interrupted run left open, by reading and never by sending.

Invariants: nothing counts as absent before the settle time after its request; an order counts as
absent only when two complete readings lack it and no new object could be it; with several
candidates none is chosen; a charge that cannot be proved, or may have been made twice, stays open.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.engine.apply.canary import WHOLE_FORMS
from reconciler.engine.apply.expenses import read_expenses, was_paid
from reconciler.engine.observe.reads import (
    ObservedForm,
    read_list,
    read_object_form,
    read_object_forms,
    request_form,
)
from reconciler.errors import RejectedError
from reconciler.mapping.renewals import TWICE
from reconciler.model.address import parse_element_id
from reconciler.model.journal import Intent, IntentState, OpenIntent, Resolution, SettledResult
from reconciler.model.reason import ReasonCode
from reconciler.model.resource import Observed
from reconciler.planning.build.decide import is_waiting
from reconciler.planning.intent_evidence import has_effect, is_as_sent, was_renewed_twice
from reconciler.planning.match.pairing import needs_form
from reconciler.planning.side_effects import describe_side_effects, side_effects
from reconciler.wire.reply import Form

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reconciler.kinds.catalogue import Catalogue
    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.resource import Scope
    from reconciler.model.target import Target
    from reconciler.ports import Clock, Journal, Reader

CHARGED = "not found, but the client has a new expense"
EXPENSES_UNREAD = "not found, and the client's expenses cannot be read"
NOT_SEEN = "order not found; it may still be processed, or was never received"
RESENT = "; it was sent twice, and is not sent again automatically"


@dataclass(frozen=True, slots=True)
class Resolver:
    """The dependencies of resolving; it only reads the panel, and writes only to the journal."""

    reader: Reader
    catalogue: Catalogue
    target: Target
    clock: Clock
    journal: Journal


def unseen_lists(items: Iterable[OpenIntent]) -> dict[Scope, str]:
    """Return why nothing more is created in each list that does not show a created object."""
    return {
        item.intent.scope: (
            f"run {item.run} created {item.intent.address}, but the list does not contain it: "
            "nothing more is created there; run `reconciler resume`"
        )
        for item in items
        if item.state is IntentState.UNSEEN
    }


async def resolve_open(resolver: Resolver) -> tuple[Resolution, ...]:
    """Resolve every open intent as far as reading can, and write the results to the journal.

    It waits once, for as long as the youngest request may still take effect.
    """
    items = resolver.journal.open_intents()
    young = [item for item in items if item.age < resolver.target.limits.settle]
    # An order that is found needs no wait: a second delivery would be a second object. A second
    # renewal or edit would change the same object, and is seen only after the settle time.
    orders = [item for item in young if item.doubtful and not item.intent.element]
    seen = {item.number: await _resolve(resolver, item) for item in orders}
    there = {number: found for number, found in seen.items() if found.result == "verified"}
    late = [item for item in young if _may_still_come(item) and item.number not in there]
    pause = max((resolver.target.limits.settle - item.age for item in late), default=0.0)
    if pause > 0:
        names = sorted({item.intent.address for item in late})
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""  # noqa: PLR2004
        listed = f"{', '.join(names[:3])}{more}"
        await resolver.clock.sleep(pause, f"requests for {listed} may still take effect")
    ended = []
    for item in items:
        found = there.get(item.number) or await _resolve(resolver, item)
        known = found.result == "waiting" and item.state is IntentState.WAITING
        known = known or found.result == "unseen"
        if found.result != "in-doubt" and not known:
            resolver.journal.conclude([item.number], found.result, found.message, found.element)
        ended.append(found)
    return tuple(ended)


def _may_still_come(item: OpenIntent) -> bool:
    """Return whether a late effect of a request would contradict "absent".

    A free edit or delete of a known object is safe twice: the next plan compares it again.
    """
    return item.doubtful or not item.intent.element


async def _resolve(resolver: Resolver, item: OpenIntent) -> Resolution:
    intent = item.intent
    kind = resolver.catalogue.by_name.get(intent.scope.kind)
    if not item.doubtful:
        # No money: the next plan compares the object again, and finds a create by its marker or
        # identity. To keep it open would stop every apply for nothing.
        moved = await _moved_unseen(resolver, kind, intent) if kind else ""
        result: SettledResult = "diverged" if moved else "superseded"
        message = moved or "the next plan reads its result"
        code = ReasonCode.SIDE_EFFECT if moved else ReasonCode.NEXT_PLAN
        return Resolution(item, result, message, intent.element, code)
    if kind is None:
        # An older version cannot read the object: declared absent, it would be ordered again.
        message = f"this version knows no kind {intent.scope.kind}"
        return _in_doubt(item, message, ReasonCode.UNKNOWN_KIND)
    if item.state is IntentState.UNSEEN:
        return await _resolve_unseen(resolver, kind, item)
    if not intent.element:
        return await _resolve_order(resolver, kind, item)
    return await _resolve_paid(resolver, kind, item)


async def _moved_unseen(resolver: Resolver, kind: ResourceKind, intent: Intent) -> str:
    """Return the side effects of an edit whose run ended before it compared the form.

    The next plan compares declared fields only; the journal alone has the others' former values.
    """
    # The journal has no form: the request was no edit, or the object was new.
    if intent.before is None or not intent.element:
        return ""
    known = Observed(intent.scope, parse_element_id(intent.element), {})
    seen = await request_form(resolver.reader, kind, known, labels=True)
    # The object is gone, and its fields with it.
    if not isinstance(seen, ObservedForm):
        return ""
    sent = frozenset(name for name, _ in intent.params)
    found = side_effects(kind, Form(dict(intent.before)), seen.form, sent)
    lost = [each for each in found if each.param in intent.before]
    if not lost:
        return ""
    return (
        f"{describe_side_effects(lost, intent.func)}; the edit or a person since then did it: "
        f"restore the values; if the panel did this, {WHOLE_FORMS}"
    )


async def _resolve_unseen(resolver: Resolver, kind: ResourceKind, item: OpenIntent) -> Resolution:
    """Check whether the list shows the created object now: then the next plan finds it."""
    intent = item.intent
    func = kind.func(kind.list, intent.scope.variant)
    found = await _candidates(resolver, kind, item)
    marked = bool(found.alike) and found.alike[0].marker == intent.marker
    # Without a marker any new row proves that the list shows new objects again.
    if marked or (not kind.marker and found.strange):
        message = f"{func} lists the object now"
        return Resolution(item, "superseded", message, intent.element, ReasonCode.NEXT_PLAN)
    message = (
        f"{func} does not list the created object: give this user the right to it and run "
        "`reconciler resume`, or confirm that it does not exist: `reconciler resume "
        f"--none-exists {intent.address}`"
    )
    return Resolution(item, "unseen", message, code=ReasonCode.CREATED_UNLISTED)


async def _resolve_order(resolver: Resolver, kind: ResourceKind, item: OpenIntent) -> Resolution:
    """Look for an order: by its marker, then by its domain among the new rows."""
    first = (await _candidates(resolver, kind, item)).alike
    if len(first) == 1 and item.charges and await _is_unpaid(resolver, kind, item, first[0]):
        # It was to be paid from the balance, but nothing was charged: a person must pay it.
        message = "the order waits in the cart or on an invoice"
        return Resolution(item, "waiting", message, first[0].row_id, ReasonCode.UNPAID)
    if len(first) == 1:
        # Deleted since, it was ordered and charged all the same: a new order would be paid too.
        is_there = first[0].state not in {"gone", "closing"}
        message = "the order was found" if is_there else "ordered, and deleted since"
        return Resolution(item, "verified", message, first[0].row_id)
    if first:
        # To choose the wrong one would manage a service that a person ordered.
        ids = ", ".join(observed.row_id for observed in first)
        message = (
            f"objects {ids} may all be this order: `reconciler resume --link "
            f"{item.intent.address} {first[0].row_id}` names one"
        )
        return _in_doubt(item, message, ReasonCode.AMBIGUOUS_MATCH)
    if item.state is IntentState.WAITING:
        # Panels do not list a service before its payment: not found does not mean absent.
        message = "the order waits in the cart until it is paid"
        return Resolution(item, "waiting", message, code=ReasonCode.UNPAID)
    second = await _candidates(resolver, kind, item)
    if second.denied:
        # One of the rows that do not open may be the order.
        return _in_doubt(item, "; ".join(second.denied), ReasonCode.UNSERVED)
    proved = not second.alike and _may_be_absent(resolver, item)
    if proved and not await _is_hidden(resolver, kind, item):
        # Both readings were complete and the settle time is over: it may be ordered again.
        message = "no such order in two complete readings"
        return await _absent(resolver, kind, item, message, strange=second.strange)
    return _in_doubt(item, f"{NOT_SEEN}{_once_more(item)}", ReasonCode.NOT_FOUND)


def _in_doubt(item: OpenIntent, message: str, code: ReasonCode, element: str = "") -> Resolution:
    return Resolution(item, "in-doubt", message, element, code)


def _may_be_absent(resolver: Resolver, item: OpenIntent) -> bool:
    """Return whether readings may prove a charge absent.

    If the panel refused only a second delivery, the client has a new expense. Where expenses are
    shown they prove it each time; where they are not, a charge is sent once more at most.
    """
    has_expenses = item.intent.expenses_before is not None
    # The panel refused it, and the client's expenses are checked after this.
    if item.state is IntentState.REFUSED and has_expenses:
        return True
    # Without expenses nothing would stop a second charge, a third, and so on.
    return resolver.target.resend_after_settle and (has_expenses or not item.resent)


def _once_more(item: OpenIntent) -> str:
    return RESENT if item.resent and item.intent.expenses_before is None else ""


async def _is_unpaid(
    resolver: Resolver, kind: ResourceKind, item: OpenIntent, observed: Observed
) -> bool:
    """Return whether an order waits for its payment, by its row and the client's expenses.

    If it waited at the last reading already, a new expense may be for anything else.
    """
    if item.state is IntentState.WAITING or not is_waiting(kind, observed):
        return is_waiting(kind, observed)
    client, before = item.intent.scope.parent, item.intent.expenses_before
    return not await was_paid(resolver.reader, kind, client, before)


async def _absent(
    resolver: Resolver,
    kind: ResourceKind,
    item: OpenIntent,
    message: str,
    *,
    strange: tuple[Observed, ...] = (),
) -> Resolution:
    """Return "absent", unless the client has a new expense or the expenses cannot be read.

    Where expenses were never shown, no new object may exist either.
    """
    before = item.intent.expenses_before
    if before is None and strange:
        # A new object may be the order under another domain, and no expense can rule that out.
        message = _may_be_new(item, [each.row_id for each in strange])
        return _in_doubt(item, message, ReasonCode.AMBIGUOUS_MATCH)
    if before is not None:
        after = await read_expenses(resolver.reader, kind, item.intent.scope.parent)
        if after is None:
            # They were readable before the charge, so their absence is no proof.
            return _in_doubt(item, EXPENSES_UNREAD, ReasonCode.EXPENSES_UNREAD)
        if after.keys() - set(before):
            # The money may have been taken for this request.
            return _in_doubt(item, CHARGED, ReasonCode.NEW_EXPENSE)
    return Resolution(item, "absent", message, code=ReasonCode.NO_EFFECT)


def _may_be_new(item: OpenIntent, ids: Sequence[str]) -> str:
    """Return the message about objects that are new since an order, with the commands."""
    found = f"object {ids[0]} is" if len(ids) == 1 else f"objects {', '.join(ids)} are"
    address = item.intent.address
    return (
        f"{found} new and may be this order: `reconciler resume --link {address} {ids[0]}`, or "
        f"`reconciler resume --none-exists {address}`"
    )


@dataclass(frozen=True, slots=True)
class _Candidates:
    """The objects that may be an order: by marker or domain, and other new ones (``strange``).

    ``denied`` holds, for each row that may be it as well, why its form does not open.
    """

    alike: tuple[Observed, ...]
    strange: tuple[Observed, ...] = ()
    denied: tuple[str, ...] = ()


async def _candidates(resolver: Resolver, kind: ResourceKind, item: OpenIntent) -> _Candidates:
    intent = item.intent
    rows = await read_list(resolver.reader, kind, intent.scope, intent.login)
    unsure = [row for row in rows if needs_form(kind, row)]
    opened = await read_object_forms(resolver.reader, kind, unsure, intent.login)
    forms = opened.forms
    objects = [forms[row.row_id].observed if row.row_id in forms else row for row in rows]
    marked = tuple(o for o in objects if intent.marker and o.marker == intent.marker)
    if marked:
        return _Candidates(marked)
    new = [o for o in objects if o.row_id not in intent.known and not o.marker]
    alike = tuple(o for o in new if is_as_sent(kind, intent, o))
    strange = tuple(o for o in new if o not in alike)
    return _Candidates(alike, strange, tuple(opened.denied.values()))


async def _is_hidden(resolver: Resolver, kind: ResourceKind, item: OpenIntent) -> bool:
    """Return whether the list lacks an object that it had at the order and that still exists.

    Then a filter hides rows, and perhaps the order too.
    """
    intent = item.intent
    rows = await read_list(resolver.reader, kind, intent.scope, intent.login)
    lost = [parse_element_id(key) for key in {*intent.known} - {row.row_id for row in rows}]
    unseen = [Observed(intent.scope, key, {}) for key in lost]
    opened = await read_object_forms(resolver.reader, kind, unseen, intent.login)
    return bool(opened.forms or opened.denied)


async def _resolve_paid(resolver: Resolver, kind: ResourceKind, item: OpenIntent) -> Resolution:
    """Check whether a renewal moved the expiry, or a paid edit changed its values."""
    # Two readings: one alone may come from a replica that lags.
    for _ in range(2):
        try:
            seen = await _object_of(resolver, kind, item)
        except RejectedError as refusal:
            # The object exists, and nothing shows whether it was renewed.
            message = f"the form of {kind.name} {item.intent.element} does not open: {refusal}"
            return _in_doubt(item, message, ReasonCode.FORM_UNAVAILABLE)
        if seen is None:
            # It cannot be sent again, but the client may have paid: only a person can check.
            message = "the service was deleted; its history in the panel shows what was charged"
            return _in_doubt(item, message, ReasonCode.OBJECT_GONE)
        if was_renewed_twice(kind, item.intent, seen):
            # A proxy delivered it twice, and the client paid twice: that must not look verified.
            answer = f"reconciler resume --link {item.intent.address} {item.intent.element}"
            message = f"{TWICE}, then run `{answer}`"
            return _in_doubt(item, message, ReasonCode.CHARGED_TWICE, item.intent.element)
        if has_effect(item.intent, seen):
            return Resolution(item, "verified", "the change took effect", item.intent.element)
    if item.state is IntentState.WAITING:
        # A second request would put it into the cart twice.
        message = "the change waits in the cart until it is paid"
        return Resolution(item, "waiting", message, code=ReasonCode.UNPAID)
    if _may_be_absent(resolver, item):
        return await _absent(
            resolver, kind, item, "the change took no effect, in two complete readings"
        )
    message = "the change has not taken effect; it may still do, or never"
    return _in_doubt(item, f"{message}{_once_more(item)}", ReasonCode.NOT_APPLIED)


async def _object_of(resolver: Resolver, kind: ResourceKind, item: OpenIntent) -> Observed | None:
    intent = item.intent
    rows = await read_list(resolver.reader, kind, intent.scope, intent.login)
    row = next((row for row in rows if row.row_id == intent.element), None)
    key = parse_element_id(intent.element)
    known = row or Observed(intent.scope, key, {})
    seen = await read_object_form(resolver.reader, kind, known, login=intent.login)
    return seen.observed if seen else None
