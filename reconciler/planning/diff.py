"""The one comparison: it plans, verifies and finds drift.

Invariants: only declared fields are compared; equality is tried before anything slower; an unknown
live value counts neither as different nor as equal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from reconciler.errors import CodecError
from reconciler.kinds.fields import Mode, ValueType
from reconciler.mapping.options import same_option, same_options
from reconciler.model.plan import Edit
from reconciler.model.text import fold_text
from reconciler.model.value import Choice, Ref

if TYPE_CHECKING:
    from datetime import date

    from reconciler.kinds.fields import Field
    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.resource import Desired, Lifecycle, Observed
    from reconciler.model.value import Value


_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs, and which declared fields the panel did not show."""

    edits: tuple[Edit, ...]
    unknown: tuple[str, ...]


def compare(kind: ResourceKind, desired: Desired, observed: Observed, today: date) -> Comparison:
    """Compare every declared field with the live one."""
    ignored = ignored_fields(desired.lifecycle, today)
    declared, shown = desired.fields, observed.fields
    edits: list[Edit] = []
    unknown: list[str] = []
    for facet in kind.compared:
        name = facet.name
        if name not in declared or name in ignored:
            continue
        if name not in shown:
            unknown.append(name)
            continue
        wanted, live = declared[name], shown[name]
        if wanted == live and not isinstance(wanted, Mapping):
            continue
        verdict = same(facet, wanted, live)
        if verdict is None and _is_named_otherwise(facet, wanted, live):
            verdict = False
        if verdict is None or _partly_hidden(wanted, live):
            unknown.append(name)
        if verdict is False:
            edits += _edits(facet, live, wanted)
    return Comparison(tuple(edits), tuple(unknown))


def ignored_fields(lifecycle: Lifecycle, today: date) -> frozenset[str]:
    """Return the fields that are not compared on a day; the last day of an exception counts."""
    if not lifecycle.ignore:
        return _NONE
    return frozenset(
        item.field for item in lifecycle.ignore if item.until is None or item.until >= today
    )


def same(facet: Field, wanted: Value, live: Value) -> bool | None:
    """Return whether a live value is the wanted one; None when too little is known."""
    if wanted == live or (is_nothing(wanted) and is_nothing(live)):
        return True
    match wanted, live:
        case Choice(), Choice():
            return same_option(wanted, live)
        case Choice(), frozenset():
            return _one_of(wanted, live)
        case frozenset(), frozenset():
            return same_options(wanted, live)
        case Mapping(), Mapping():
            return _same_numbers(wanted, live)
        case Ref(), Ref():
            return None if wanted.by != live.by else wanted == live
        case _:
            return _same_plain(facet, wanted, live)


def _is_named_otherwise(facet: Field, wanted: Value, live: Value) -> bool:
    """Return whether the panel and the manifest name an option of a create-only field differently.

    A form need not offer an option that can no longer be chosen, so nothing proves that both
    names mean one option: they count as different.
    """
    if facet.wire.mode is not Mode.CREATE_ONLY or facet.wire.free:
        return False
    if not isinstance(wanted, Choice) or not isinstance(live, Choice):
        return False
    return wanted.id is None and live.label is not None


def is_nothing(value: Value) -> bool:
    """Return whether a value is empty: None, an empty text, no options."""
    return value is None or (isinstance(value, str | frozenset | Mapping) and not value)


def _one_of(wanted: Choice, live: frozenset[Choice]) -> bool | None:
    verdicts = {same_option(wanted, choice) for choice in live}
    return True if True in verdicts else None if None in verdicts else False


def _same_plain(facet: Field, wanted: Value, live: Value) -> bool:
    if wanted is None or live is None or facet.wire.shape is not ValueType.PLAIN:
        return False
    if facet.wire.mode is Mode.RENEW:
        return bool(live >= wanted)  # type: ignore[operator]  # both are dates here
    codec = facet.wire.codec
    try:
        # The inventory holds a value as its author wrote it, not as the panel shows it.
        seen = codec.read(live) if isinstance(live, str) else live
        return codec.read(codec.write(wanted)) == seen
    except CodecError:
        return False


def _same_numbers(wanted: Mapping[str, str], live: Mapping[str, str]) -> bool | None:
    known = [key for key in wanted if key in live]
    if not all(_same_text(wanted[key], live[key]) for key in known):
        return False
    return True if len(known) == len(wanted) else None


def _partly_hidden(wanted: Value, live: Value) -> bool:
    """Return whether the panel shows only some of the keys of a declared mapping."""
    if isinstance(wanted, Mapping) and isinstance(live, Mapping):
        return not set(wanted) <= set(live)
    return False


def _same_text(one: str, other: str) -> bool:
    if one == other:
        return True
    try:
        return Decimal(one) == Decimal(other)
    except InvalidOperation:
        return fold_text(one) == fold_text(other)


def _edits(facet: Field, before: Value, after: Value) -> list[Edit]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        return _mapping_edits(facet, before, after)
    return [Edit(facet.name, before, after)]


def _mapping_edits(facet: Field, before: Mapping[str, str], after: Mapping[str, str]) -> list[Edit]:
    """Return an edit for each key that differs; a key that the panel does not show is unknown."""
    return [
        Edit(f"{facet.name}.{key}", before[key], after[key])
        for key in sorted(after.keys() & before.keys())
        if not _same_text(before[key], after[key])
    ]
