"""Decide what to do with one resource, with a reason for each branch.

Invariants: only managed objects are deleted; a difference in a create-only field is blocked, not
forced; a declared field that the panel does not show is blocked, not assumed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from reconciler.documents.values import shown
from reconciler.kinds.fields import TRIGGERED, Mode
from reconciler.mapping.marker import marker_of, needs_marker
from reconciler.mapping.prices import bounded, live_price, why_above
from reconciler.mapping.renewals import find_renewals
from reconciler.model.plan import Change, Edit
from reconciler.model.reason import Reason, ReasonCode
from reconciler.model.resource import unclear_note
from reconciler.model.value import Secret
from reconciler.planning.diff import compare, is_nothing
from reconciler.planning.precondition import precondition
from reconciler.wire.number import explain_doubt

if TYPE_CHECKING:
    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.inventory import InventoryEntry
    from reconciler.model.plan import Action, ChangeClass, Money
    from reconciler.model.resource import Desired, Lifecycle, Observed
    from reconciler.model.value import Fields
    from reconciler.planning.match.pairing import Match


@dataclass(frozen=True, slots=True)
class DecisionContext:
    """The input of every decision beside the desired and the observed side."""

    namespace: str
    today: date
    adopt: bool = True
    price: Money | None = None
    renewal: Money | None = None
    owned: bool = True
    entry: InventoryEntry | None = None
    ending: Lifecycle | None = None


def decide_pair(kind: ResourceKind, pair: Match, terms: DecisionContext) -> list[Change]:
    """Decide about a resource whose object exists; an empty list means that nothing differs."""
    desired, observed = pair.desired, pair.observed
    adopting = pair.how == "identity" and not terms.owned
    base = Change(
        desired.address, "update", desired=desired, observed=observed, source=desired.source
    )
    # A person created it: --no-adopt promises that no apply changes such objects.
    if adopting and not terms.adopt:
        why = Reason(
            ReasonCode.ADOPTION_FORBIDDEN,
            "exists, but is not managed; --no-adopt forbids adopting it",
        )
        return [base.blocked(why)]
    # The panel would refuse an edit, or it would be lost with the object.
    if observed.state == "closing":
        why = Reason(
            ReasonCode.BEING_DELETED, "the panel is deleting the object: wait, then plan again"
        )
        return [base.blocked(why)]
    found = compare(kind, desired, observed, terms.today)
    if obstacle := _obstacle(kind, observed, found.edits, found.unknown):
        return [base.blocked(obstacle)]
    edits = _form_edits(kind, found.edits) + _marker_edit(kind, terms, desired, observed)
    edits += _rotations(kind, desired, terms.entry)
    changes: list[Change] = []
    # An adoption without edits is a change too: the apply writes it to the inventory, without
    # which removing the manifest later would leave the object in the panel.
    if edits or adopting:
        action: Action = "adopt" if adopting else "update"
        taken = base.because(Reason(ReasonCode.ADOPTED, "exists; adopted"))
        changes.append(
            replace(
                taken if adopting else base,
                action=action,
                edits=edits,
                classes=_classes(kind, desired, edits, observed, terms=terms)
                | ({"adopt"} if adopting else set()),
                precondition=precondition(kind, observed, desired),
                money=terms.price if _charged(kind, desired, edits) else None,
            )
        )
    return changes + _triggers(kind, base, found.edits, terms)


def decide_busy(kind: ResourceKind, pair: Match, terms: DecisionContext) -> list[Change]:
    """Block suspends and renewals while the panel is still processing the object.

    The panel refuses them meanwhile, or queues them. A switch that it hides meanwhile counts as
    on, which it is once the work is done.
    """
    desired, observed = pair.desired, pair.observed
    # Every other state is decided by ``decide_pair``.
    if observed.state != "busy":
        return []
    found = compare(kind, desired, observed, terms.today)
    hidden = [name for name in found.unknown if kind.by_name[name].wire.mode is Mode.SWITCH]
    names = [edit.field for edit in found.edits if _mode(kind, edit) in TRIGGERED]
    names += [name for name in hidden if desired.fields[name] is True]
    if not names:
        return []
    text = f"the panel is still processing the service; plan again afterwards: {', '.join(names)}"
    change = Change(
        desired.address, "update", desired=desired, observed=observed, source=desired.source
    )
    return [change.blocked(Reason(ReasonCode.BUSY, text))]


def decide_absent(kind: ResourceKind, desired: Desired, terms: DecisionContext) -> list[Change]:
    """Decide about a resource that has no object."""
    # The panel would fill in a default of its own, or refuse the create in the middle of an apply.
    if lacking := kind.lacking(desired.fields):
        text = f"no object exists, and none can be created without {', '.join(lacking)}: declare it"
        change = Change(desired.address, "create", desired=desired, source=desired.source)
        return [change.blocked(Reason(ReasonCode.FIELD_REQUIRED, text))]
    edits = tuple(
        Edit(facet.name, None, desired.fields[facet.name])
        for facet in kind.facets
        if facet.name in desired.fields
        and facet.wire.mode not in TRIGGERED | {Mode.LOCAL}
        and not is_nothing(desired.fields[facet.name])  # an empty value of a new object is no edit
    )
    classes: set[ChangeClass] = set()
    # An order into the cart takes no money; every other order needs --allow charge.
    pays = kind.charges(desired.fields)
    if pays:
        classes.add("charge")
    # A row dated in the past changes amounts that were invoiced already.
    if is_history(kind, desired.fields, terms.today):
        classes.add("history")
    create = Change(
        desired.address,
        "create",
        edits=edits,
        desired=desired,
        classes=frozenset(classes),
        source=desired.source,
        precondition=precondition(kind, None),
        money=terms.price if pays else None,
    )
    if kind.order and not pays:
        create = create.because(Reason(ReasonCode.UNPAID, "waits in the cart until it is paid"))
    changes = [create]
    # An order form cannot order a suspended service: it is suspended after it exists.
    if kind.switch and desired.fields.get(kind.switch) is True:
        edit = (Edit(kind.switch, before=False, after=True),)
        changes.append(
            replace(create, action="suspend", edits=edit, classes=frozenset(), money=None)
        )
    # An unpaid order has no expiry date to extend.
    if pays:
        changes += find_renewals(
            kind, create, None, terms.today, price=terms.renewal or terms.price
        )
    return changes


def _obstacle(
    kind: ResourceKind, observed: Observed, edits: tuple[Edit, ...], unknown: tuple[str, ...]
) -> Reason | None:
    """Return the reason why an existing object cannot be made as declared."""
    once = [e for e in edits if _mode(kind, e) is Mode.CREATE_ONLY]
    # The panel ignores the parameter in an edit, so each apply would send it again in vain.
    if once:
        names = ", ".join(edit.field for edit in once)
        live = ", ".join(f"{edit.field}: {shown(edit.before)}" for edit in once)
        return Reason(
            ReasonCode.CREATE_ONLY,
            f"{names} cannot change after creation: recreate the resource, or declare the "
            f"current value ({live})",
        )
    # Only the list was read: it shows few columns, and a difference in them is proof enough.
    if not observed.from_form:
        return None
    # A service that is not active yet has no switch, expiry date or add-ons to show.
    waiting = observed.state == "busy" or is_waiting(kind, observed)
    hidden = [
        name
        for name in unknown
        if kind.by_name[name].wire.mode is not Mode.CREATE_ONLY
        and not (waiting and kind.by_name[name].wire.mode in TRIGGERED | {Mode.PAID})
    ]
    doubts = [(name, observed.notes.get(unclear_note(name))) for name in hidden]
    unclear = [f"{name}: {explain_doubt(text)}" for name, text in doubts if text]
    # ``1,200`` may be 1.2 or 1200: a wrong reading would send a wrong amount.
    if unclear:
        return Reason(ReasonCode.UNCLEAR_VALUE, "; ".join(unclear))
    # The edit could not be verified, so each apply would report it as diverged and send it again.
    if hidden:
        text = f"the panel does not return {', '.join(hidden)}, so a change could not be verified"
        return Reason(ReasonCode.FIELD_HIDDEN, text)
    return None


def _form_edits(kind: ResourceKind, edits: tuple[Edit, ...]) -> tuple[Edit, ...]:
    return tuple(edit for edit in edits if _mode(kind, edit) not in TRIGGERED)


def _marker_edit(
    kind: ResourceKind, terms: DecisionContext, desired: Desired, observed: Observed
) -> tuple[Edit, ...]:
    mark = marker_of(kind, terms.namespace, desired)
    # An empty marker means that the panel did not show it: writing it could overwrite a note.
    if not mark or observed.marker in {mark, ""}:
        return ()
    # A list owns what stands in it: a marker that is only missing is no reason to write.
    if observed.marker is None and not needs_marker(kind, desired):
        return ()
    return (Edit("marker", observed.marker, mark),)


def _rotations(
    kind: ResourceKind, desired: Desired, entry: InventoryEntry | None
) -> tuple[Edit, ...]:
    label = desired.fields.get(kind.rotation)
    # The panel never shows a secret, so only a new label proves that it must be set again;
    # without one each apply would reset the password.
    if entry is None or not label:
        return ()
    return tuple(
        Edit(facet.name, None, desired.fields[facet.name])
        for facet in kind.facets
        if facet.wire.mode is Mode.WRITE_ONLY
        and isinstance(desired.fields.get(facet.name), Secret)
        and entry.rotations.get(facet.name) != label
    )


def _triggers(
    kind: ResourceKind, base: Change, edits: tuple[Edit, ...], terms: DecisionContext
) -> list[Change]:
    changes: list[Change] = []
    observed = base.observed
    # A service that is busy or unpaid accepts no suspend and no renewal: ``decide_busy`` reports
    # the first, the second is activated by its payment.
    if not edits or observed is None or observed.state == "busy" or is_waiting(kind, observed):
        return changes
    mark = precondition(kind, observed, base.desired)
    for edit in edits:
        if _mode(kind, edit) is Mode.SWITCH:
            action: Action = "suspend" if edit.after else "resume"
            changes.append(replace(base, action=action, edits=(edit,), precondition=mark))
    if any(_mode(kind, edit) is Mode.RENEW for edit in edits):
        price = bounded(kind, terms.renewal or live_price(kind, observed), base.desired)
        changes += find_renewals(kind, base, observed, terms.today, price=price)
    return changes


def within_price(kind: ResourceKind, changes: list[Change]) -> list[Change]:
    """Block the first change that would charge more than its ``maxPrice``, and drop those after it.

    A suspend or a renewal of an order that is not sent would have no object.
    """
    for place, change in enumerate(changes):
        why = why_above(kind, change.money) if "charge" in change.classes else ""
        if why and change.action != "blocked":
            blocked = change.blocked(Reason(ReasonCode.ABOVE_MAX_PRICE, why))
            nothing = replace(blocked, edits=(), classes=frozenset(), money=None)
            return [*changes[:place], nothing]
    return changes


def is_waiting(kind: ResourceKind, observed: Observed) -> bool:
    """Return whether an object is a draft or an order that waits to be paid."""
    return bool(kind.order) and observed.notes.get("status", "")[:1] in {"0", "1"}


def _classes(
    kind: ResourceKind,
    desired: Desired,
    edits: tuple[Edit, ...],
    observed: Observed,
    *,
    terms: DecisionContext,
) -> frozenset[ChangeClass]:
    found: set[ChangeClass] = set()
    for edit in edits:
        facet = kind.by_name.get(edit.field)
        found |= facet.wire.classes if facet else set()
    if _charged(kind, desired, edits):
        found.add("charge")
    if edits and is_history(kind, observed.fields, terms.today):
        found.add("history")
    return frozenset(found)


def _charged(kind: ResourceKind, desired: Desired, edits: tuple[Edit, ...]) -> bool:
    paid = any(_mode(kind, edit) is Mode.PAID for edit in edits)
    return paid and kind.charges(desired.fields)


def _mode(kind: ResourceKind, edit: Edit) -> Mode | None:
    facet = kind.facet_of(edit.field)
    return facet.wire.mode if facet else None


def is_history(kind: ResourceKind, fields: Fields, today: date) -> bool:
    """Return whether an object is dated before today; an unknown date counts as past."""
    if not kind.history:
        return False
    day = fields.get(kind.history)
    return not isinstance(day, date) or day < today
