"""A change becomes the calls that make it so, parameter by parameter.

Invariants: an edit sends the fields that change and no others; a value reaches the one parameter
that it is declared for; a choice without an id is never sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.errors import CodecError
from reconciler.kinds.fields import Field, Mode, ValueType
from reconciler.kinds.kind import OrderProtocol
from reconciler.mapping.marker import join_suffix, marker_of
from reconciler.mapping.renewals import months_to_renew
from reconciler.model.address import id_order
from reconciler.model.value import Choice, Ref, Secret
from reconciler.wire.call import (
    Call,
    action_call,
    create_call,
    delete_call,
    edit_call,
    order_call,
    paid_edit_call,
    renew_call,
)

if TYPE_CHECKING:
    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.address import ElementId
    from reconciler.model.plan import Change, Edit
    from reconciler.model.resource import Desired, Observed
    from reconciler.model.value import Value
    from reconciler.wire.call import Params


@dataclass(frozen=True, slots=True)
class CallContext:
    """What a call needs beside the change: our namespace, the parent's id, and its login.

    ``create`` is the function that creates on this panel, where it was asked.
    """

    namespace: str
    parent: ElementId | None = None
    login: str = ""
    create: str = ""
    order: Ordering | None = None


@dataclass(frozen=True, slots=True)
class Ordering:
    """How this panel takes an order, and what it calls the terms of one: their codes by name."""

    kind: ResourceKind
    way: OrderProtocol
    period: str
    codes: Params = ()

    def translate(self, params: Params) -> Params:
        """Return parameters under this panel's names and codes; what it must be given is added."""
        known = dict(self.codes)
        given = [(name, known.pop(name, value)) for name, value in params]
        if self.way.renewal:
            given = [
                (name, "off" if value in {"null", ""} else "on")
                if name == self.way.renewal and value not in {"on", "off"}
                else (name, value)
                for name, value in given
            ]
        given += list(known.items())
        usual = self.kind.param(self.kind.terms.period)
        return tuple((self.period if name == usual else name, value) for name, value in given)


def usual_order(kind: ResourceKind) -> Ordering:
    """Return the usual way of ordering, where nobody has asked the panel for its own."""
    way = kind.orders[0] if kind.orders else OrderProtocol(kind.order, ())
    return Ordering(kind, way, kind.param(kind.terms.period))


def create_calls(kind: ResourceKind, desired: Desired, setting: CallContext) -> tuple[Call, ...]:
    """Return the call that creates a resource's object; side lists follow once it lives."""
    pairs: list[tuple[str, str | Secret]] = []
    for facet in kind.facets:
        value = desired.fields.get(facet.name, "")
        # An empty value is not sent, but a switch that is declared off is.
        said = value not in _NOTHING or (facet.wire.gate and facet.name in desired.fields)
        if facet.wire.mode in _CREATED and said:
            pairs += _pairs(facet, value)
    if kind.marker:
        pairs = _marked(kind, pairs, setting.namespace, desired, live="")
    params = tuple(pair for pair in pairs if pair[1] != "")
    if kind.order:
        ordering = setting.order or usual_order(kind)
        func = kind.func(ordering.way.func, kind.variant_of(desired.fields))
        charge = kind.charges(desired.fields)
        params = ordering.translate(params)
        confirms = ordering.way.confirms
        return (order_call(func, params, su=setting.login, charge=charge, confirms=confirms),)
    return (create_call(setting.create or kind.create, params, plid=setting.parent),)


def order_terms(kind: ResourceKind, desired: Desired) -> Params:
    """Return what decides the price of an order, as it would be sent: choices, period, add-ons."""
    pairs: list[tuple[str, str | Secret]] = []
    for facet in kind.facets:
        value = desired.fields.get(facet.name, "")
        if decides_price(facet) and value not in _NOTHING:
            pairs += _pairs(facet, value)
    return tuple(pairs)


def decides_price(facet: Field) -> bool:
    """Return whether another value of a field may be another price of an order."""
    if facet.wire.mode in {Mode.CREATE_ONLY, Mode.PAID}:
        return True
    return facet.wire.mode is Mode.EDIT and facet.wire.shape is ValueType.CHOICE


def update_calls(
    kind: ResourceKind, change: Change, observed: Observed, setting: CallContext
) -> tuple[Call, ...]:
    """Return the calls that bring an object's form and side lists to what is wanted."""
    plain: list[tuple[str, str | Secret]] = []
    paid: list[tuple[str, str | Secret]] = []
    switches: list[Call] = []
    for edit in change.edits:
        facet = kind.facet_of(edit.field)
        if facet is None:
            continue
        match facet.wire.mode:
            case Mode.PAID:
                paid.append((f"{facet.param}{edit.key}", str(edit.after)))
            case Mode.MEMBERS:
                switches += _member_calls(facet, edit, observed)
            case _:
                plain += _pairs(facet, edit.after, observed.periods.get(facet.name))
    if kind.marker and change.desired:
        touched = {edit.field for edit in change.edits}
        if "marker" in touched or kind.marker.param in {name for name, _ in plain}:
            live = _text(observed.fields.get(kind.marked))
            plain = _marked(kind, plain, setting.namespace, change.desired, live=live)
    return tuple(_edit_calls(kind, change, observed, plain, paid=paid)) + tuple(switches)


def delete_calls(kind: ResourceKind, observed: Observed) -> tuple[Call, ...]:
    """Return the call that deletes one object."""
    func = kind.func(kind.delete, observed.variant)
    return (delete_call(func, observed.row_id, plid=kind.plid(observed.scope.parent)),)


def switch_calls(kind: ResourceKind, observed: Observed, *, off: bool) -> tuple[Call, ...]:
    """Return the call that suspends an object, or resumes it."""
    wire = kind.by_name[kind.switch].wire
    template = wire.suspend if off else wire.resume
    func = kind.func(template, observed.variant)
    return (action_call(func, observed.row_id, plid=kind.plid(observed.scope.parent)),)


def renew_calls(kind: ResourceKind, change: Change, observed: Observed) -> tuple[Call, ...]:
    """Return the call that renews a service by one period."""
    months = months_to_renew(kind, change.desired, observed)
    if not months:
        message = f"{change.address}: the renewal period is unknown"
        raise CodecError(message)
    return (renew_call(kind.renew, observed.row_id, months),)


def encode_value(facet: Field, value: Value) -> str | Secret:
    """Return a value as its parameter carries it.

    Raises: CodecError for a choice or a reference that is not resolved.
    """
    match value:
        case Secret():
            return value
        case Choice():
            return _choice_id(value)
        case frozenset() if not value:
            return "null"
        case frozenset():
            return ",".join(sorted((_choice_id(choice) for choice in value), key=id_order))
        case Ref(by="id"):
            return value.key
        case Ref():
            message = f"{facet.name}: {value} has no id yet"
            raise CodecError(message)
        case None if facet.wire.shape is not ValueType.PLAIN:
            return "null"
    return facet.wire.codec.write(value)


_NOTHING: tuple[Value, ...] = ("", frozenset(), {})
_CREATED = frozenset({Mode.EDIT, Mode.CREATE_ONLY, Mode.SENT_ONCE, Mode.WRITE_ONLY, Mode.PAID})


def _edit_calls(
    kind: ResourceKind,
    change: Change,
    observed: Observed,
    plain: list[tuple[str, str | Secret]],
    *,
    paid: list[tuple[str, str | Secret]],
) -> Iterable[Call]:
    func = kind.func(kind.update, observed.variant)
    plid = kind.plid(observed.scope.parent)
    if plain:
        yield edit_call(func, observed.row_id, tuple(plain), plid=plid)
    if paid and "charge" in change.classes:
        yield paid_edit_call(func, observed.row_id, tuple(paid), plid=plid)
    elif paid:
        yield edit_call(func, observed.row_id, tuple(paid), plid=plid)


def _member_calls(facet: Field, edit: Edit, observed: Observed) -> list[Call]:
    members = facet.wire.members
    if members is None:
        return []
    before = _ids(edit.before)
    after = _ids(edit.after)
    return [
        *(action_call(members.resume, key, plid=observed.row_id) for key in sorted(after - before)),
        *(
            action_call(members.suspend, key, plid=observed.row_id)
            for key in sorted(before - after)
        ),
    ]


def _ids(value: Value) -> set[ElementId]:
    from reconciler.model.address import parse_element_id

    choices = value if isinstance(value, frozenset) else frozenset()
    return {parse_element_id(_choice_id(choice)) for choice in choices}


def _pairs(
    facet: Field, value: Value, periods: Mapping[int, str] | None = None
) -> list[tuple[str, str | Secret]]:
    if facet.wire.mode is Mode.PAID:
        addons = value if isinstance(value, Mapping) else {}
        return [(f"{facet.param}{number}", text) for number, text in sorted(addons.items())]
    text = encode_value(facet, value) if periods is None else _period(facet, value, periods)
    pairs: list[tuple[str, str | Secret]] = []
    if facet.wire.gate:
        pairs.append((facet.wire.gate, "on" if value else "off"))
        if not value:
            return pairs
    pairs.append((facet.param, text))
    return pairs + [(name, text) for name in facet.wire.also]


def _period(facet: Field, value: Value, periods: Mapping[int, str]) -> str:
    """Return the panel's own code of a number of months; its number need not be theirs."""
    if value is None:
        return "null"
    if not isinstance(value, int) or value not in periods:
        offered = ", ".join(str(months) for months in sorted(periods)) or ("no known period")
        message = f"{facet.name}: the panel offers no {value} months; it offers {offered}"
        raise CodecError(message)
    return periods[value]


def _choice_id(choice: Choice) -> str:
    if choice.id is None:
        message = f"option {choice.label!r} was not resolved"
        raise CodecError(message)
    return choice.id


def _text(value: Value) -> str:
    return value if isinstance(value, str) else ""


def _marked(
    kind: ResourceKind,
    pairs: list[tuple[str, str | Secret]],
    namespace: str,
    desired: Desired,
    *,
    live: str,
) -> list[tuple[str, str | Secret]]:
    marker = kind.marker
    if marker is None:
        return pairs
    mark = marker_of(kind, namespace, desired)
    if marker.style == "suffix":
        text = next((str(value) for name, value in pairs if name == marker.param), live)
        mark = join_suffix(text, mark)
    return [pair for pair in pairs if pair[0] != marker.param] + [(marker.param, mark)]
