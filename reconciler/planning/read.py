"""Rows and forms become observed objects, through the facets of their kind.

Invariants: what a row or form does not show, or shows in a shape that its codec does not read, is
absent from the fields; the form outranks the row.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.errors import CodecError
from reconciler.kinds._facet import Mode, Shape
from reconciler.kinds._kind import plain_switch
from reconciler.model.address import ElementId, is_element_id, parse_element_id
from reconciler.model.resource import Observed, Scope
from reconciler.model.value import Choice, Ref
from reconciler.planning.marker import split_suffix
from reconciler.wire.codec import split_list

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.kinds._facet import Facet
    from reconciler.kinds._kind import ResourceKind
    from reconciler.model.value import Value
    from reconciler.wire.reply import Form, Options, Row

_NONE = frozenset({"", "null"})


def read_row(kind: ResourceKind, scope: Scope, row: Row) -> Observed:
    """Read one row of a kind's list.

    Raises: CodecError when the row has no usable key, or several values where it says which
            object it is, or what has become of it.
    """
    _check_telling(kind, row)
    row_id = _key(row, kind.row_key)
    fields: dict[str, Value] = {}
    for facet in kind.facets:
        if facet.wire.columns:
            _read_columns(facet, row, fields)
    observed = Observed(scope, row_id, fields)
    observed = replace(observed, notes=_read_price(kind, row))
    observed = _read_status(kind, observed, {**row.values, **row.codes})
    if kind.marker and kind.marker.param in row.values:
        observed = _read_marker(kind, observed, row.values[kind.marker.param])
    return observed


def read_form(kind: ResourceKind, observed: Observed, form: Form) -> Observed:
    """Lay a form over what the row told."""
    fields = dict(observed.fields)
    _lay_over(kind, form, fields)
    seen = replace(observed, fields=fields, from_form=True)
    if kind.marker and kind.marker.param in form.values:
        seen = _read_marker(kind, seen, form.values[kind.marker.param])
    return seen if "status" in seen.notes else _read_status(kind, seen, form.values)


def read_blank(kind: ResourceKind, form: Form) -> dict[str, Value]:
    """Read what the form of an object that is not there yet shows."""
    fields: dict[str, Value] = {}
    _lay_over(kind, form, fields)
    return fields


def read_members(rows: tuple[Row, ...]) -> tuple[frozenset[Choice], dict[str, str]]:
    """Read a side list: which of its rows are switched on, and all of them by id and name.

    Raises: CodecError when a row's status is neither on nor off, or is both.
    """
    enabled: set[Choice] = set()
    offered: dict[str, str] = {}
    for row in rows:
        if any(map(row.is_unclear, ("id", "elid", "name", "status", "active"))):
            raise CodecError("a row has several values of what says which it is, or whether on")
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
        message = f"a row has several values of {', '.join(unclear)}"
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


def _read_price(kind: ResourceKind, row: Row) -> dict[str, str]:
    """Keep what the row says that a period costs, as it is printed, and its currency."""
    price = next((row.values[name] for name in kind.price if row.values.get(name)), None)
    return {"price": price, "currency": row.values.get("currency_str", "")} if price else {}


def _read_columns(facet: Facet, row: Row, fields: dict[str, Value]) -> None:
    present = [column for column in facet.wire.columns if column in row.values]
    if not present or (row.parts and any(map(row.is_unclear, facet.wire.columns))):
        return
    match facet.wire.shape:
        case Shape.CHOICE:
            fields[facet.name] = _column_choice(row, present)
        case Shape.CHOICES:
            parts = split_list(row.values[present[0]])
            fields[facet.name] = frozenset(Choice(label=part) for part in parts)
        case _:
            # The code behind a localized text counts; the text only where there is no code.
            for text in (row.codes.get(c, row.values[c]) for c in present):
                try:
                    fields[facet.name] = facet.wire.codec.read(text)
                except CodecError:
                    continue
                return


def _column_choice(row: Row, present: list[str]) -> Choice | None:
    first = present[0]
    if first in row.codes:
        return Choice(row.codes[first], row.values[first] or None)
    if len(present) > 1:
        return Choice(row.values[first] or None, row.values[present[1]] or None)
    text = row.values[first]
    return Choice(label=text) if text not in _NONE else None


def _lay_over(kind: ResourceKind, form: Form, fields: dict[str, Value]) -> None:
    for facet in kind.facets:
        if facet.on_form and (facet.param in form.values or _is_closed(facet, form)):
            _read_param(facet, form, fields)
        elif facet.wire.mode is Mode.PAID:
            fields[facet.name] = _read_numbered(facet, form)


def _read_param(facet: Facet, form: Form, fields: dict[str, Value]) -> None:
    text = form.values.get(facet.param, "")
    for other in facet.wire.fallback:
        text = text or form.values.get(other, "")
    options = form.options.get(facet.wire.options or facet.param)
    match facet.wire.shape:
        case Shape.CHOICE:
            fields[facet.name] = _one_or_more(text, options)
        case Shape.CHOICES:
            parts = () if _is_closed(facet, form) else split_list(text)
            fields[facet.name] = frozenset(_option(p, options) for p in parts if p not in _NONE)
        case Shape.REF:
            fields[facet.name] = Ref("Client", "id", text) if text not in _NONE else None
        case Shape.PLAIN:
            try:
                fields[facet.name] = facet.wire.codec.read(text)
            except CodecError:
                fields.pop(facet.name, None)


def _is_closed(facet: Facet, form: Form) -> bool:
    """Tell whether the switch before a field is off: then the field says nothing, shown or not."""
    return bool(facet.wire.gate) and form.values.get(facet.wire.gate, "on") != "on"


def _one_or_more(text: str, options: Options | None) -> Value:
    """Read a choice; some forms show all that a client has where one is chosen at creation."""
    if "," in text and text not in (options or {}):
        return frozenset(_option(part, options) for part in split_list(text))
    return None if text in _NONE else _option(text, options)


def _option(text: str, options: Options | None) -> Choice:
    return Choice(text, options.get(text, text) if options else text)


def _read_numbered(facet: Facet, form: Form) -> dict[str, str]:
    prefix = facet.param
    pairs = ((name.removeprefix(prefix), text) for name, text in form.values.items())
    return {
        number: text.strip()
        for number, text in pairs
        if is_element_id(number) and f"{prefix}{number}" in form.values
    }


def _read_status(kind: ResourceKind, observed: Observed, texts: Mapping[str, str]) -> Observed:
    words = [texts[column] for column in kind.status if texts.get(column)]
    code = next((word for word in words if word[:1].isdigit()), words[0] if words else None)
    if code is None:
        return observed
    fields = dict(observed.fields)
    for facet in kind.facets:
        off = kind.switched_off(code) if facet.wire.mode is Mode.SWITCH else None
        if off is not None:
            fields[facet.name] = off
    return replace(
        observed, fields=fields, state=kind.state(code), notes={**observed.notes, "status": code}
    )


def _read_marker(kind: ResourceKind, observed: Observed, text: str) -> Observed:
    if kind.marker is None or kind.marker.style == "whole":
        return replace(observed, marker=text.strip() or None)
    rest, marker = split_suffix(text)
    note = next((f for f in kind.facets if f.param == kind.marker.param), None)
    fields = dict(observed.fields) | ({note.name: rest} if note else {})
    return replace(observed, fields=fields, marker=marker)
