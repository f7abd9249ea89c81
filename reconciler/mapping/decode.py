"""Rows and forms become observed objects, through the facets of their kind.

Invariants: what a row or form does not show, or shows in a shape that its codec does not read, is
absent from the fields; the form outranks the row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from reconciler.errors import AmbiguousNumberError, CodecError
from reconciler.kinds.fields import Mode, ValueType
from reconciler.kinds.kind import plain_switch
from reconciler.mapping.marker import split_suffix
from reconciler.mapping.prices import plain_price
from reconciler.model.address import ElementId, is_numeric_id, parse_element_id
from reconciler.model.number import UNPROVED, NumberShape
from reconciler.model.resource import Observed, Scope, unclear_note
from reconciler.model.value import Choice, Ref
from reconciler.wire.codec import split_list
from reconciler.wire.number import is_doubtful, parse_number, plain_number, prove_shape
from reconciler.wire.period import months_offered, read_months, read_shown_months

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.kinds.fields import Field
    from reconciler.kinds.kind import ResourceKind, State
    from reconciler.model.value import Value
    from reconciler.wire.reply import Form, Options, Row

_NONE = frozenset({"", "null"})
Shapes = Mapping[str, NumberShape]
_NOTHING: Shapes = MappingProxyType({})


@dataclass(slots=True)
class _Reading:
    """What was read so far of an object."""

    fields: dict[str, Value]
    notes: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Shapes:
    """How the numbers of a row are written: as the target says, else as the list proves."""

    declared: NumberShape
    proved: Shapes

    def of(self, column: str) -> NumberShape:
        """Return what is known of a column."""
        if self.declared != UNPROVED:
            return self.declared
        return self.proved.get(column, UNPROVED)


def prove_columns(kind: ResourceKind, rows: Iterable[Row]) -> Shapes:
    """Return in which shape the columns of a list write their numbers, as far as it shows."""
    listed = list(rows)
    proved = {}
    for column in kind.numeric_columns if listed else ():
        texts = [row.values[column] for row in listed if column in row.values]
        if any(map(is_doubtful, texts)):
            proved[column] = prove_shape(text.partition("/")[0] for text in texts)
    return proved


def read_row(kind: ResourceKind, scope: Scope, row: Row, proved: Shapes = _NOTHING) -> Observed:
    """Read one row of a kind's list; ``proved`` is what the whole list proves of its numbers.

    Raises: CodecError when the row has no usable key, or several values where it says which
            object it is, or what has become of it.
    """
    _check_telling(kind, row)
    row_id = _key(row, kind.row_key)
    shapes = _Shapes(row.numbers, proved)
    seen = _Reading({}, _read_price(kind, row, shapes))
    for facet in kind.facets:
        if facet.wire.columns:
            _read_columns(facet, row, seen, shapes)
    state = _read_status(kind, {**row.values, **row.codes}, seen) if kind.status else None
    marker: str | None = ""
    if kind.marker and kind.marker.param in row.values:
        marker = _read_marker(kind, row.values[kind.marker.param], seen)
    return Observed(scope, row_id, seen.fields, marker, state=state or "live", notes=seen.notes)


def read_form(kind: ResourceKind, observed: Observed, form: Form) -> Observed:
    """Return an object with the values of its form over those of its row."""
    reading = _Reading(dict(observed.fields), dict(observed.notes))
    _lay_over(kind, form, reading)
    periods = {f.name: months_offered(menu) for f in kind.facets if (menu := _menu(f, form))}
    marker, state = observed.marker, None
    if kind.marker and kind.marker.param in form.values:
        marker = _read_marker(kind, form.values[kind.marker.param], reading)
    if "status" not in reading.notes:
        state = _read_status(kind, form.values, reading)
    return replace(
        observed,
        fields=reading.fields,
        marker=marker,
        from_form=True,
        state=state or observed.state,
        notes=reading.notes,
        periods=periods,
    )


def read_blank(kind: ResourceKind, form: Form) -> dict[str, Value]:
    """Read what the form of an object that is not there yet shows."""
    reading = _Reading({}, {})
    _lay_over(kind, form, reading)
    return reading.fields


def plain_values(kind: ResourceKind, form: Form) -> dict[str, str]:
    """Return a form's values with its numbers written plainly, where they read in one way alone."""
    numeric = [facet for facet in kind.facets if facet.wire.codec.numeric]
    names = {*kind.price, *(facet.param for facet in numeric)}
    prefixes = tuple(f.param for f in kind.facets if f.wire.mode is Mode.PAID)
    values = dict(form.values)
    for name, text in form.values.items():
        numbered = any(is_numeric_id(name.removeprefix(prefix)) for prefix in prefixes)
        if name in names or numbered:
            head, slash, span = text.partition("/")
            plain = _plain_number(head, form.numbers)
            values[name] = text if plain is None else f"{plain}{slash}{span}"
    return values


def read_members(rows: tuple[Row, ...]) -> tuple[frozenset[Choice], dict[str, str]]:
    """Read a side list: which of its rows are switched on, and all of them by id and name.

    Raises: CodecError when a row's status is neither on nor off, or is both.
    """
    enabled: set[Choice] = set()
    offered: dict[str, str] = {}
    for row in rows:
        if any(map(row.is_unclear, ("id", "elid", "name", "status", "active"))):
            raise CodecError("a row has several values for its id or its state")
        key = _key(row, ("id", "elid"))
        offered[key] = row.values.get("name", "")
        status = row.code("status") or row.code("active") or ""
        if _is_on(status, row.values.get("status", "")):
            enabled.add(Choice(key, offered[key]))
    return frozenset(enabled), offered


def _check_telling(kind: ResourceKind, row: Row) -> None:
    if not row.parts:
        return
    named = {*kind.identity, *kind.adopt_by}
    columns = {c for facet in kind.facets if facet.name in named for c in facet.wire.columns}
    columns |= {*kind.row_key, *kind.foreign, *kind.status}
    if kind.marker:
        columns.add(kind.marker.param)
    unclear = sorted(column for column in columns if row.is_unclear(column))
    if unclear:
        message = f"a row has several values for {', '.join(unclear)}"
        raise CodecError(message)


def _is_on(code: str, text: str) -> bool:
    for word in (code, text):
        off = plain_switch(word)
        if off is not None:
            return not off
    message = f"status {text or code!r} is neither on nor off"
    raise CodecError(message)


def _key(row: Row, columns: tuple[str, ...]) -> ElementId:
    for column in columns:
        if row.values.get(column):
            return parse_element_id(row.values[column])
    message = f"a row has none of the key columns {', '.join(columns)}"
    raise CodecError(message)


def _read_price(kind: ResourceKind, row: Row, shapes: _Shapes) -> dict[str, str]:
    """Store the price of a period and its currency, as the row shows them.

    It is kept as it is printed, but for a number that only its column or another one makes plain.
    """
    texts = [(name, row.values[name]) for name in kind.price if row.values.get(name)]
    if not texts:
        return {}
    price = texts[0][1]
    if is_doubtful(price):
        price = plain_price([(text, shapes.of(name)) for name, text in texts])
    return {"price": price, "currency": row.values.get("currency_str", "")}


def _read_columns(facet: Field, row: Row, seen: _Reading, shapes: _Shapes) -> None:
    fields = seen.fields
    present = [column for column in facet.wire.columns if column in row.values]
    if not present or (row.parts and any(map(row.is_unclear, facet.wire.columns))):
        return
    match facet.wire.shape:
        case ValueType.CHOICE:
            fields[facet.name] = _column_choice(row, present)
        case ValueType.CHOICES:
            parts = split_list(row.values[present[0]])
            fields[facet.name] = frozenset(Choice(label=part) for part in parts)
        case _:
            # The code behind a localized text counts; the text only where there is no code.
            for column in present:
                text, code = row.values[column], row.codes.get(column)
                try:
                    fields[facet.name] = (
                        read_shown_months(text, code)
                        if facet.wire.months
                        else facet.wire.codec.read(
                            text if code is None else code, shapes.of(column)
                        )
                    )
                except AmbiguousNumberError:
                    seen.notes[unclear_note(facet.name)] = text
                    continue
                except CodecError:
                    continue
                seen.notes.pop(unclear_note(facet.name), None)
                return


def _column_choice(row: Row, present: list[str]) -> Choice | None:
    first = present[0]
    if first in row.codes:
        return Choice(row.codes[first], row.values[first] or None)
    if len(present) > 1:
        return Choice(row.values[first] or None, row.values[present[1]] or None)
    text = row.values[first]
    return Choice(label=text) if text not in _NONE else None


def _lay_over(kind: ResourceKind, form: Form, seen: _Reading) -> None:
    for facet in kind.facets:
        shown = facet.param in form.values or _is_closed(facet, form) or _has_none(facet, form)
        if facet.on_form and shown:
            _read_param(facet, form, seen)
        elif facet.wire.mode is Mode.PAID:
            seen.fields[facet.name] = _read_numbered(facet, form, seen)


def _read_param(facet: Field, form: Form, seen: _Reading) -> None:
    fields = seen.fields
    text = form.values.get(facet.param, "")
    for other in facet.wire.fallback:
        text = text or form.values.get(other, "")
    options = form.options.get(facet.wire.options or facet.param)
    match facet.wire.shape:
        case ValueType.CHOICE:
            fields[facet.name] = _one_or_more(text, options)
        case ValueType.CHOICES:
            parts = () if _is_closed(facet, form) else split_list(text)
            fields[facet.name] = frozenset(_option(p, options) for p in parts if p not in _NONE)
        case ValueType.REF:
            fields[facet.name] = Ref(facet.wire.ref, "id", text) if text not in _NONE else None
        case ValueType.PLAIN:
            _read_plain(facet, text, form, seen)


def _read_plain(facet: Field, text: str, form: Form, seen: _Reading) -> None:
    try:
        seen.fields[facet.name] = (
            read_months(text, form.options.get(facet.wire.options or facet.param))
            if facet.wire.months
            else facet.wire.codec.read(text, form.numbers)
        )
    except AmbiguousNumberError as error:
        # The list may print the same number in a way that leaves no doubt.
        if seen.fields.get(facet.name) in error.readings:
            return
        seen.notes[unclear_note(facet.name)] = text
        seen.fields.pop(facet.name, None)
    except CodecError:
        seen.fields.pop(facet.name, None)
    else:
        seen.notes.pop(unclear_note(facet.name), None)


def _menu(facet: Field, form: Form) -> Options | None:
    """Return the option list of a field whose value is a number of months."""
    plain = facet.wire.months and facet.wire.shape is ValueType.PLAIN
    return form.options.get(facet.wire.options) if plain else None


def _is_closed(facet: Field, form: Form) -> bool:
    """Return whether the switch before a field is off: then the field's value means nothing."""
    return bool(facet.wire.gate) and form.values.get(facet.wire.gate, "on") != "on"


def _has_none(facet: Field, form: Form) -> bool:
    """Return whether a form shows several options to choose from, and no choice: none is chosen."""
    menu = facet.wire.options or facet.param
    several = facet.wire.shape is ValueType.CHOICES
    return several and menu in form.options and facet.param not in form.withheld


def _one_or_more(text: str, options: Options | None) -> Value:
    """Read a choice; some forms show all that a client has where one is chosen at creation."""
    if "," in text and text not in (options or {}):
        return frozenset(_option(part, options) for part in split_list(text))
    return None if text in _NONE else _option(text, options)


def _option(text: str, options: Options | None) -> Choice:
    return Choice(text, options.get(text, text) if options else text)


def _read_numbered(facet: Field, form: Form, seen: _Reading) -> dict[str, str]:
    prefix = facet.param
    found = {}
    for name, text in form.values.items():
        number = name.removeprefix(prefix)
        if not is_numeric_id(number) or f"{prefix}{number}" not in form.values:
            continue
        plain = _plain_number(text, form.numbers)
        if plain is None:
            seen.notes[unclear_note(facet.name)] = text
        else:
            found[number] = plain
    return found


def _plain_number(text: str, shape: NumberShape) -> str | None:
    """Return a value without the marks of its number; None where that can be read in two ways."""
    if text.strip().isalnum():
        return text.strip()
    try:
        return plain_number(parse_number(text, shape))
    except AmbiguousNumberError:
        return None
    except CodecError:
        return text.strip()


def _read_status(kind: ResourceKind, texts: Mapping[str, str], seen: _Reading) -> State | None:
    """Return the life of an object, and set what its status switches; None without a status."""
    words = [texts[column] for column in kind.status if texts.get(column)]
    code = next((word for word in words if word[:1].isdigit()), words[0] if words else None)
    if code is None:
        return None
    for facet in kind.facets:
        off = kind.switched_off(code) if facet.wire.mode is Mode.SWITCH else None
        if off is not None:
            seen.fields[facet.name] = off
    seen.notes["status"] = code
    return kind.state(code)


def _read_marker(kind: ResourceKind, text: str, seen: _Reading) -> str | None:
    """Return the marker in a text; the field that ends with it has the rest."""
    if kind.marker is None or kind.marker.style == "whole":
        return text.strip() or None
    rest, marker = split_suffix(text)
    if kind.marked:
        seen.fields[kind.marked] = rest
    return marker
