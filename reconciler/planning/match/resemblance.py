"""Warn of unmanaged objects that resemble a resource about to be created.

Invariants: only fields that are known on both sides count; an object that could not be adopted is
not named, unless only the spelling of its identity differs; a warning changes no decision.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from reconciler.kinds.fields import Field, Mode, ValueType
from reconciler.model.finding import Finding
from reconciler.model.text import fold_domain, is_dotted
from reconciler.planning.diff import is_nothing, same
from reconciler.planning.match.remedies import adopt_remedy
from reconciler.planning.scopes import scope_of
from reconciler.wire.codec import LOWER, TEXT

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence

    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.plan import Change, Plan
    from reconciler.model.resource import Desired, Observed, Scope
    from reconciler.model.value import Value
    from reconciler.planning.context import PlanContext
    from reconciler.planning.snapshot import Snapshot

_NAMED = 3


def find_resemblances(plan: Plan, work: PlanContext, snapshot: Snapshot) -> Iterator[Finding]:
    """Warn of every create that resembles an unmanaged object.

    Where ``adopt`` names an object that cannot be adopted, the warning is about that.
    """
    owned = {(entry.scope, entry.row_id) for entry in work.inventory.values()}
    unmanaged: dict[Scope, _UnknownObjects] = {}
    for change in plan.changes:
        desired = change.desired
        if change.action != "create" or desired is None:
            continue
        kind = work.catalogue.by_name[change.address.kind]
        scope = scope_of(kind, desired, snapshot.parents)
        pairing = snapshot.pairings.get(scope) if scope else None
        if scope is None or pairing is None:
            continue
        if scope not in unmanaged:
            rest = [o for o in pairing.rest if (scope, o.row_id) not in owned]
            unmanaged[scope] = _UnknownObjects.of(kind, rest)
        if desired.lifecycle.adopt:
            yield _adopt_missing(change, desired.lifecycle.adopt)
        elif found := unmanaged[scope].like(desired):
            yield _resemblance(change, desired, found)


@dataclass(frozen=True, slots=True)
class _UnknownObjects:
    """The unmanaged objects of one list, by their distinctive values."""

    kind: ResourceKind
    facts: tuple[Field, ...]
    index: Mapping[Hashable, Sequence[Observed]]

    @classmethod
    def of(cls, kind: ResourceKind, rest: Iterable[Observed]) -> _UnknownObjects:
        facts = _facts(kind)
        index: dict[Hashable, list[Observed]] = {}
        for observed in rest:
            if observed.state not in {"live", "busy"} or observed.marker:
                continue
            for facet in facts:
                value = observed.fields.get(facet.name)
                if _is_distinctive(facet, value):
                    index.setdefault((facet.name, _fold(value)), []).append(observed)
        return cls(kind, facts, index)

    def like(self, desired: Desired) -> list[Observed]:
        """Return the objects that share a distinctive value and differ in at most one other."""
        shared: dict[str, Observed] = {}
        for facet in self.facts:
            value = desired.fields.get(facet.name)
            if _is_distinctive(facet, value):
                found = self.index.get((facet.name, _fold(value)), ())
                shared |= {each.row_id: each for each in found}
        return [each for each in shared.values() if self._resembles(desired, each)]

    def _resembles(self, desired: Desired, observed: Observed) -> bool:
        verdicts = [
            (facet, _agrees(facet, desired.fields[facet.name], observed.fields[facet.name]))
            for facet in self.facts
            if facet.name in desired.fields and facet.name in observed.fields
        ]
        named = {facet.name for facet, verdict in verdicts if verdict}
        if self.kind.identity and named.issuperset(self.kind.identity):
            return True
        differing = [facet for facet, verdict in verdicts if verdict is False]
        fixed = any(facet.wire.mode is Mode.CREATE_ONLY for facet in differing)
        return len(differing) <= 1 and not fixed


def _facts(kind: ResourceKind) -> tuple[Field, ...]:
    """Return the fields that distinguish objects: identity, required fields, names."""
    names = {*kind.identity, *kind.adopt_by, *kind.adopt_also} - {kind.parent, kind.variant}
    return tuple(f for f in kind.facets if f.name in names or f.wire.needed or _is_name(f))


def _is_name(facet: Field) -> bool:
    """Return whether a field is a text that lists show."""
    wire = facet.wire
    plain = wire.shape is ValueType.PLAIN and wire.mode is Mode.EDIT
    return plain and bool(wire.columns) and wire.codec in {TEXT, LOWER}


def _is_distinctive(facet: Field, value: Value) -> bool:
    """Return whether a value is distinctive: a text or a number, not one of a few options."""
    plain = isinstance(value, str | Decimal) and not is_nothing(value)
    return plain and facet.wire.shape is ValueType.PLAIN


def _agrees(facet: Field, wanted: Value, live: Value) -> bool | None:
    verdict = same(facet, wanted, live)
    if verdict is False and isinstance(wanted, str) and isinstance(live, str):
        return _fold(wanted) == _fold(live)
    return verdict


def _fold(value: Value) -> Hashable:
    """Return a text without case and punctuation, and a domain in one spelling.

    Names keep letters and digits only, domains and addresses also their dots and dashes.
    """
    if not isinstance(value, str):
        return value if isinstance(value, Decimal) else None
    text = fold_domain(unicodedata.normalize("NFKC", value))
    if is_dotted(text):
        return text.removeprefix("www.")
    return "".join(each for each in text if each.isalnum()) or text


def _resemblance(change: Change, desired: Desired, found: Sequence[Observed]) -> Finding:
    ids = [each.row_id for each in found[:_NAMED]]
    more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    message = (
        f"{change.address}: resembles the unmanaged object {', '.join(ids)}{more}: to adopt it, "
        f"{adopt_remedy(desired, ids[0])}; otherwise another object is created"
    )
    return Finding("warning", "resembles-live", message, change.source)


def _adopt_missing(change: Change, named: str) -> Finding:
    message = (
        f"{change.address}: `lifecycle.adopt` names {named}, which does not exist or is "
        "managed by others: correct the id, or remove `adopt`; otherwise another object is "
        "created"
    )
    return Finding("warning", "nothing-to-adopt", message, change.source)
