"""Read a few objects of a long list by its filter; the whole list where that proves too little.

Invariants: a filter proves that an object is there, and never that one is absent: whatever it does
not show, or shows beside what was asked for, has the whole list read; an object that belongs to
another resource is held for that one.
Source: ``filter=on`` and a field narrow one call of a list, and no later one.
Doubt: whether a panel compares a filter's text with a part of a column or with all of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.engine.observe.reads import read_rows
from reconciler.errors import IncompleteError, NotRecordedError, RejectedError
from reconciler.kinds.fields import ValueType
from reconciler.model.resource import Scope
from reconciler.model.text import fold_text
from reconciler.model.value import Ref
from reconciler.panel.concurrency import gather_all
from reconciler.panel.pagination import PAGE_SIZE
from reconciler.wire.call import filtered_call, list_call

if TYPE_CHECKING:
    from collections.abc import Collection

    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.address import ElementId
    from reconciler.model.resource import Desired, Observed
    from reconciler.planning.context import PlanContext, PlanOptions
    from reconciler.ports import Reader


@dataclass(frozen=True, slots=True)
class FilteredObjects:
    """Some objects of a list, and the resources that they are held for."""

    objects: tuple[Observed, ...]
    wanted: list[Desired]


@dataclass(frozen=True, slots=True)
class _Question:
    """One object to ask for: by its id, or by the text of the column that identifies it."""

    column: str
    text: str
    by_id: bool


def needed_refs(work: PlanContext, options: PlanOptions) -> frozenset[Ref]:
    """Return the references to what a selection touches: its resources, and what they name."""
    chosen = [desired for desired in work.desired if options.selects(desired)]
    own = {Ref(d.address.kind, "name", d.address.name) for d in chosen}
    named = {value for d in chosen for value in d.fields.values() if isinstance(value, Ref)}
    return frozenset(own | named | {d.parent for d in chosen if d.parent})


async def read_filtered(
    reader: Reader, kind: ResourceKind, work: PlanContext, needed: frozenset[Ref]
) -> FilteredObjects | None:
    """Read those objects of a kind without parents that a selection needs, by the list's filter.

    None where the whole list is to be read: it is short, the kind is not known by one column, or
    the panel did not show exactly what it was asked for.
    """
    wanted = [d for d in work.desired if Ref(kind.name, "name", d.address.name) in needed]
    wanted = [desired for desired in wanted if desired.address.kind == kind.name]
    questions = _questions(kind, work, wanted, needed)
    known = sum(entry.scope == Scope(kind.name) for entry in work.inventory.values())
    if not questions or len(questions) * PAGE_SIZE > known:
        return None
    # The first alone: a panel that passes over filters answers each of them with its whole list.
    found = await _asked(reader, kind, questions[0])
    if found is None:
        return None
    others = await gather_all(_asked(reader, kind, each) for each in questions[1:])
    seen = {row.row_id: row for row in found}
    for rows in others:
        if rows is None:
            return None
        seen |= {row.row_id: row for row in rows}
    return FilteredObjects(tuple(seen.values()), _with_owners(work, kind, wanted, seen.keys()))


def _questions(
    kind: ResourceKind, work: PlanContext, wanted: list[Desired], needed: frozenset[Ref]
) -> list[_Question] | None:
    if kind.parent or kind.variant or kind.marker or len(kind.identity) != 1:
        return None
    facet = kind.by_name[kind.identity[0]]
    if facet.wire.shape is not ValueType.PLAIN or not facet.wire.columns:
        return None
    column, key = facet.wire.columns[0], kind.row_key[0]
    found: dict[_Question, None] = {}
    for desired in wanted:
        life, entry = desired.lifecycle, work.inventory.get(desired.address)
        if life.adopt or life.moved_from:
            return None  # it may be an object that bears another name in the inventory
        if entry is not None and entry.scope == Scope(kind.name):
            found[_Question(key, entry.row_id, by_id=True)] = None
        elif desired.fields.get(facet.name):
            text = facet.wire.codec.write(desired.fields[facet.name])
            found[_Question(column, text, by_id=False)] = None
        else:
            return None
    for ref in needed:
        if ref.kind == kind.name and ref.by != "name":
            name = key if ref.by == "id" else column
            found[_Question(name, ref.key, by_id=ref.by == "id")] = None
    return sorted(found, key=lambda each: (each.column, each.text))


async def _asked(
    reader: Reader, kind: ResourceKind, question: _Question
) -> tuple[Observed, ...] | None:
    """Return the rows that answer a question; None where the answer is to something else."""
    call = filtered_call(list_call(kind.func(kind.list, "")), question.column, question.text)
    try:
        found = read_rows(kind, Scope(kind.name), call, await reader.rows(call))
    except (RejectedError, IncompleteError, NotRecordedError):
        return None  # the whole list shows what is wrong, if anything is
    texts = [row.row_id if question.by_id else _identity(kind, row) for row in found]
    asked = fold_text(question.text)
    exact = [text for text in texts if fold_text(text) == asked]
    shown = all(asked in fold_text(text) for text in texts)
    right = len(exact) == len(texts) == 1 if question.by_id else bool(exact) and shown
    return found if right else None


def _identity(kind: ResourceKind, row: Observed) -> str:
    return str(row.fields.get(kind.identity[0], ""))


def _with_owners(
    work: PlanContext, kind: ResourceKind, wanted: list[Desired], seen: Collection[ElementId]
) -> list[Desired]:
    """Return the wanted resources, and those that own another object of those that were seen."""
    owners = {
        address
        for address, entry in work.inventory.items()
        if entry.scope == Scope(kind.name) and entry.row_id in seen
    }
    owners -= {desired.address for desired in wanted}
    return wanted + [desired for desired in work.desired if desired.address in owners]
