"""Live objects that nobody manages and that a plan is about to make once more.

Invariants: only what both sides are known to hold counts; what could not be adopted is not named,
but for an identity that is merely spelled otherwise; a warning changes no decision.
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
    """Warn of every create beside a live object of nobody's that is much like it.

    Where the author named an object to adopt, and it is not to be had, the warning says that.
    """
    owned = {(entry.scope, entry.row_id) for entry in work.inventory.values()}
    strangers: dict[Scope, _UnknownObjects] = {}
    for change in plan.changes:
        desired = change.desired
        if change.action != "create" or desired is None:
            continue
        kind = work.catalogue.by_name[change.address.kind]
        scope = scope_of(kind, desired, snapshot.parents)
        pairing = snapshot.pairings.get(scope) if scope else None
        if scope is None or pairing is None:
            continue
        if scope not in strangers:
            rest = [o for o in pairing.rest if (scope, o.row_id) not in owned]
            strangers[scope] = _UnknownObjects.of(kind, rest)
        if desired.lifecycle.adopt:
            yield _missed(change, desired.lifecycle.adopt)
        elif found := strangers[scope].like(desired):
            yield _alike(change, found)


@dataclass(frozen=True, slots=True)
class _UnknownObjects:
    """The unmanaged objects of one list, by what tells one object from another."""

    kind: ResourceKind
    facts: tuple[Field, ...]
    index: Mapping[Hashable, Sequence[Observed]]

    @classmethod
    def of(cls, kind: ResourceKind, rest: Iterable[Observed]) -> _UnknownObjects:
        facts = _facts(kind)
        index: dict[Hashable, list[Observed]] = {}
        for observed in rest:
            if observed.state != "live" or observed.marker:
                continue
            for facet in facts:
                value = observed.fields.get(facet.name)
                if _tells(facet, value):
                    index.setdefault((facet.name, _plainly(value)), []).append(observed)
        return cls(kind, facts, index)

    def like(self, desired: Desired) -> list[Observed]:
        """Return the objects that share a telling value with a resource and differ in little."""
        shared: dict[str, Observed] = {}
        for facet in self.facts:
            value = desired.fields.get(facet.name)
            if _tells(facet, value):
                found = self.index.get((facet.name, _plainly(value)), ())
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
    """Return what an object is known by: its identity, what none is made without, its names."""
    names = {*kind.identity, *kind.adopt_by, *kind.adopt_also} - {kind.parent, kind.variant}
    return tuple(f for f in kind.facets if f.name in names or f.wire.needed or _is_name(f))


def _is_name(facet: Field) -> bool:
    """Tell whether a field is a text by which a list shows its objects."""
    wire = facet.wire
    plain = wire.shape is ValueType.PLAIN and wire.mode is Mode.EDIT
    return plain and bool(wire.columns) and wire.codec in {TEXT, LOWER}


def _tells(facet: Field, value: Value) -> bool:
    """Tell whether a value sets an object apart: a text or a number, and no option of a few."""
    plain = isinstance(value, str | Decimal) and not is_nothing(value)
    return plain and facet.wire.shape is ValueType.PLAIN


def _agrees(facet: Field, wanted: Value, live: Value) -> bool | None:
    verdict = same(facet, wanted, live)
    if verdict is False and isinstance(wanted, str) and isinstance(live, str):
        return _plainly(wanted) == _plainly(live)
    return verdict


def _plainly(value: Value) -> Hashable:
    """Return what is left of a text without letter case, marks and the two ways to write a domain.

    Names keep their letters and digits alone, domains and addresses their dots and dashes, too.
    """
    if not isinstance(value, str):
        return value if isinstance(value, Decimal) else None
    text = fold_domain(unicodedata.normalize("NFKC", value))
    if is_dotted(text):
        return text.removeprefix("www.")
    return "".join(each for each in text if each.isalnum()) or text


def _alike(change: Change, found: Sequence[Observed]) -> Finding:
    ids = [each.row_id for each in found[:_NAMED]]
    more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    message = (
        f"{change.address}: resembles the unmanaged object {', '.join(ids)}{more}: adopt it "
        f'with `lifecycle: {{adopt: {{id: "{ids[0]}"}}}}`; otherwise another object is created'
    )
    return Finding("warning", "resembles-live", message, change.source)


def _missed(change: Change, named: str) -> Finding:
    message = (
        f"{change.address}: `lifecycle.adopt` names {named}, which does not exist or is "
        "managed by others: correct the id, or remove `adopt`; otherwise another object is "
        "created"
    )
    return Finding("warning", "nothing-to-adopt", message, change.source)
