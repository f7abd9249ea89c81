"""Read the sections of every manifest: name, labels, lifecycle.

Invariant: a section is read completely; each error is a finding and does not stop the reading.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from reconciler.errors import CodecError
from reconciler.manifest.load.diagnostics import SECTIONS
from reconciler.manifest.quote import quote
from reconciler.manifest.yaml.positions import Position, locate, locate_key
from reconciler.model.address import NAME_PATTERN, parse_element_id
from reconciler.model.resource import Ignore, Lifecycle

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reconciler.kinds.kind import ResourceKind
    from reconciler.manifest.load.diagnostics import LoadState
    from reconciler.manifest.yaml.scalars import Plain
    from reconciler.model.address import ElementId
    from reconciler.model.finding import Source

NAME = re.compile(NAME_PATTERN)
_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,62}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class Section(NamedTuple):
    """A map in a file, with its position."""

    file: str
    value: Mapping[str, Plain]
    place: Position

    def at(self, *path: str | int) -> Source:
        """Return the position of a value inside."""
        return locate(self.file, self.place, path)

    def key(self, name: str) -> Source:
        """Return the position of a key."""
        return locate_key(self.file, self.place, (name,))


def inner_map(state: LoadState, outer: Section, key: str) -> Section | None:
    """Return the map under a key; None, with a finding, if it is not a map."""
    value = outer.value[key]
    places = outer.place.inner
    if isinstance(value, dict) and isinstance(places, dict):
        return Section(outer.file, value, places[key])
    state.refuse("wrong-type", f"{key}: expected a map", outer.at(key))
    return None


def refuse_unknown(state: LoadState, part: Section, known: Iterable[str], where: str) -> None:
    """Report every unknown key."""
    for key in part.value:
        if key not in known:
            message = f"{where} has no key {quote(key)}{state.hint(key, known)}"
            state.refuse("unknown-key", message, part.key(key))


def read_name(state: LoadState, part: Section) -> str | None:
    """Read ``name``, or report why it is invalid."""
    if "name" not in part.value:
        state.refuse("missing-name", "a name is needed: name: acme-spring", part.at())
        return None
    name = part.value["name"]
    if isinstance(name, str) and NAME.fullmatch(name):
        return name
    message = "name: lower-case letters, digits, '.' and '-', beginning with a letter or a digit"
    state.refuse("invalid-name", f"{message}, at most 63", part.at("name"))
    return None


def read_labels(state: LoadState, part: Section) -> Mapping[str, str]:
    """Read ``labels``, if there are any."""
    found = inner_map(state, part, "labels") if "labels" in part.value else None
    labels: dict[str, str] = {}
    for key, value in found.value.items() if found else ():
        if not _LABEL.fullmatch(key) or not (isinstance(value, str) and _LABEL.fullmatch(value)):
            message = (
                f"label {quote(key)}: letters, digits and '._/-', at most 63, quoted if need be"
            )
            state.refuse("invalid-label", message, part.at("labels", key))
        else:
            labels[key] = value
    return labels


def read_lifecycle(state: LoadState, kind: ResourceKind, part: Section | None) -> Lifecycle:
    """Read ``lifecycle``; missing keys get the kind's defaults."""
    if part is None:
        return kind.default_lifecycle
    refuse_unknown(state, part, SECTIONS["lifecycle"], "lifecycle")
    on_remove = part.value.get("onRemove", kind.on_remove)
    wanted = next((each for each in sorted(kind.removals) if each == on_remove), None)
    if wanted is None:
        allowed = " or ".join(sorted(kind.removals))
        state.refuse(
            "invalid-lifecycle", f"onRemove of a {kind.name}: {allowed}", part.at("onRemove")
        )
    protect = part.value.get("protect", False)
    if not isinstance(protect, bool):
        state.refuse("invalid-lifecycle", "protect: true or false", part.at("protect"))
    return Lifecycle(
        on_remove=wanted or kind.on_remove,
        protect=protect is True,
        ignore=_ignores(state, kind, part),
        moved_from=_moved_from(state, part),
        adopt=_adopt(state, part),
    )


def _moved_from(state: LoadState, part: Section) -> tuple[str, ...]:
    raw = part.value.get("movedFrom", [])
    names = raw if isinstance(raw, list) else [raw]
    sound = tuple(name for name in names if isinstance(name, str) and NAME.fullmatch(name))
    if len(sound) == len(names) == len(set(sound)):
        return sound
    message = "movedFrom: the former name, such as acme-web, or a list of different ones"
    state.refuse("invalid-lifecycle", message, part.at("movedFrom"))
    return ()


def _adopt(state: LoadState, part: Section) -> ElementId | None:
    if "adopt" not in part.value:
        return None
    raw = part.value["adopt"]
    try:
        if isinstance(raw, dict) and set(raw) == {"id"} and isinstance(raw["id"], str):
            return parse_element_id(raw["id"])
    except CodecError:
        pass
    message = 'adopt: the id of the live object, as the panel shows it: {id: "3044"}'
    state.refuse("invalid-lifecycle", message, part.at("adopt"))
    return None


def _ignores(state: LoadState, kind: ResourceKind, part: Section) -> tuple[Ignore, ...]:
    if "ignore" not in part.value:
        return ()
    items = part.value["ignore"]
    places = part.place.inner["ignore"].inner if isinstance(part.place.inner, dict) else None
    if not isinstance(items, list) or not isinstance(places, list):
        message = "ignore: expected a list of {field, reason}"
        state.refuse("invalid-lifecycle", message, part.at("ignore"))
        return ()
    read: list[Ignore] = []
    for item, place in zip(items, places, strict=True):
        if not isinstance(item, dict):
            message = "expected {field: …, reason: …}, and perhaps until: YYYY-MM-DD"
            state.refuse("invalid-lifecycle", message, locate(part.file, place))
            continue
        ignore = _ignore(state, kind, Section(part.file, item, place))
        if ignore and any(each.field == ignore.field for each in read):
            state.refuse(
                "invalid-lifecycle", "this field is ignored twice", locate(part.file, place)
            )
        elif ignore:
            read.append(ignore)
    return tuple(read)


def _ignore(state: LoadState, kind: ResourceKind, part: Section) -> Ignore | None:
    refuse_unknown(state, part, ("field", "reason", "until"), "an ignored field")
    field, reason, until = (part.value.get(key) for key in ("field", "reason", "until"))
    before = len(state.findings)
    if not isinstance(field, str) or field not in kind.by_name:
        word = field if isinstance(field, str) else ""
        hint = state.hint(word, kind.by_name)
        message = f"{kind.name} has no field {quote(word)} to ignore{hint}"
        state.refuse("invalid-lifecycle", message, part.at("field"))
    if not isinstance(reason, str) or not reason.strip():
        message = "reason: say why reconciler ignores this field"
        state.refuse("invalid-lifecycle", message, part.at("reason"))
    end = read_day(until)
    if "until" in part.value and end is None:
        state.refuse("invalid-lifecycle", "until: a day as YYYY-MM-DD", part.at("until"))
    if len(state.findings) > before:
        return None
    return Ignore(str(field), str(reason).strip(), end)


def read_day(raw: Plain) -> date | None:
    """Read a day; None for what is none."""
    if not isinstance(raw, str) or not _DAY.fullmatch(raw):
        return None
    try:
        return date.fromisoformat(raw)
    except ValueError:
        return None
