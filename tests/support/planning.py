"""Planning without a panel: resources from raw specs, objects as observed, and a plan of both.

Invariant: everything here is put together by the functions that a real round uses; nothing is
replaced by a double, for planning touches no world.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from reconciler.kinds.catalogue import discover
from reconciler.kinds.fields import Mode
from reconciler.kinds.parse import parse_spec
from reconciler.mapping.options import resolve_choice
from reconciler.model.address import Address, ElementId, parse_element_id
from reconciler.model.finding import Source
from reconciler.model.inventory import InventoryEntry
from reconciler.model.plan import TargetRef
from reconciler.model.resource import Desired, Lifecycle, Observed, Scope
from reconciler.model.target import Guards
from reconciler.model.value import Choice, Ref
from reconciler.planning.build.builder import build_plan
from reconciler.planning.context import PlanContext, PlanOptions
from reconciler.planning.match.pairing import MatchResult, match_resources
from reconciler.planning.resolve import resolve_choices, resolve_refs
from reconciler.planning.scopes import scope_of, scopes_to_read, whole_scopes
from reconciler.planning.snapshot import Snapshot

if TYPE_CHECKING:
    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.plan import Change, Money, Plan
    from reconciler.model.value import Value
    from reconciler.planning.resolve import Menus

CATALOGUE = discover()
NAMESPACE = "shop"
TODAY = date(2026, 11, 21)
TARGET = TargetRef("test", "https://panel.invalid/billmgr")

# What each kind needs at least.
MINIMAL_SPECS: dict[str, dict[str, Any]] = {
    "Client": {"email": "a@b.example"},
    "ClientAccount": {"client": "acme", "provider": "Main", "currency": "EUR"},
    "CurrencyRate": {"client": "acme", "base": "EUR", "relate": "USD", "date": "2026-01-01"},
    "Discount": {"client": "acme"},
    "Service": {"client": "acme", "type": "vds", "tariff": "S", "domain": "a.example"},
    "TaxRule": {"client": "acme", "provider": "Main"},
}

Members = Mapping[str, Mapping[str, str]]


def kind_of(name: str) -> ResourceKind:
    """Return a kind by its name."""
    return CATALOGUE.by_name[name]


def declare(
    kind: str,
    name: str,
    spec: Mapping[str, object],
    *,
    lifecycle: Lifecycle | None = None,
    labels: Mapping[str, str] | None = None,
    whole: Iterable[str] = (),
) -> Desired:
    """Return a resource as a manifest with this spec declares it."""
    described = kind_of(kind)
    fields, faults = parse_spec(described, spec)
    assert faults == []
    # As the loader has it: what an identity rests on is wanted even where it was left out.
    defaults = {
        facet.name: described.spec.model_fields[facet.attribute].default
        for facet in described.facets
        if facet.name in described.identity and not facet.required
    }
    fields = {**{k: v for k, v in defaults.items() if v is not None}, **fields}
    parent = fields.get(described.parent) if described.parent else None
    return Desired(
        Address(kind, name),
        fields,
        Source("manifests/shop.yaml", 1),
        lifecycle or Lifecycle(described.on_remove),
        parent if isinstance(parent, Ref) else None,
        labels or {},
        frozenset(whole),
    )


def scope(kind: str, client: int | None = None, variant: str = "") -> Scope:
    """Return a scope; clients have none above them."""
    return Scope(kind, variant, parse_element_id(str(client)) if client else None)


def live(
    kind: str,
    number: int,
    fields: Mapping[str, Value],
    *,
    client: int | None = None,
    variant: str = "",
    marker: str | None = "",
) -> Observed:
    """Return an object whose form has been read."""
    key = parse_element_id(str(number))
    return Observed(scope(kind, client, variant), key, dict(fields), marker=marker, from_form=True)


def client(number: int = 7, email: str = "info@acme.example", **fields: Value) -> Observed:
    """Return a live client."""
    return live("Client", number, {"email": email, **fields})


def acme(**spec: object) -> Desired:
    """Return the manifest of a client."""
    return declare("Client", "acme", {"email": "info@acme.example", **spec})


def remember(
    desired: Desired, observed: Observed, *, rotations: Mapping[str, str] | None = None
) -> tuple[Address, InventoryEntry]:
    """Return what the inventory holds once a resource was applied."""
    entry = InventoryEntry(
        observed.scope,
        observed.row_id,
        desired.fields,
        desired.lifecycle,
        str(desired.parent or ""),
        rotations or {},
    )
    return desired.address, entry


@dataclass(frozen=True)
class PlanInputs:
    """Both sides and what lies between them, as a plan is made of it."""

    declared: tuple[Desired, ...] = ()
    objects: tuple[Observed, ...] = ()
    inventory: Mapping[Address, InventoryEntry] = field(default_factory=dict)
    menus: Mapping[tuple[str, str], Menus] = field(default_factory=dict)
    offers: Members = field(default_factory=dict)
    incomplete: Mapping[Scope, str] = field(default_factory=dict)
    blocked: Mapping[Address, str] = field(default_factory=dict)
    prices: Mapping[Address, Money] = field(default_factory=dict)
    unread: frozenset[Scope] = frozenset()
    options: PlanOptions = field(default_factory=PlanOptions)
    endings: Mapping[Address, Lifecycle] = field(default_factory=dict)
    today: date = TODAY

    def work(self) -> PlanContext:
        """Return the declared side and the memory."""
        return PlanContext(
            CATALOGUE,
            NAMESPACE,
            TARGET,
            self.declared,
            (),
            "sha256:manifests",
            self.inventory,
            Guards(),
            self.today,
            endings=self.endings,
        )

    def snapshot(self) -> Snapshot:
        """Observe the objects in the order in which a round does: parents before children."""
        desired: dict[Address, Desired] = {}
        pairings: dict[Scope, MatchResult] = {}
        parents: dict[Ref, Observed] = {}
        objects: dict[Scope, tuple[Observed, ...]] = {}
        for kind in CATALOGUE.resources:
            ids = {ref: observed.row_id for ref, observed in parents.items()}
            wanted = [self._resolved(kind, each, ids) for each in self._declared(kind)]
            desired |= {each.address: each for each in wanted}
            for found in self._scopes(kind, wanted, parents):
                mine = [each for each in wanted if scope_of(kind, each, parents) == found]
                there = tuple(each for each in self.objects if each.scope == found)
                objects[found] = there
                pairings[found] = match_resources(
                    kind, NAMESPACE, mine, there, inventory=self.inventory
                )
            parents |= _parents(kind, pairings, objects)
        return Snapshot(
            objects,
            desired,
            pairings,
            parents,
            self.incomplete,
            self.menus,
            self.prices,
            blocked=self.blocked,
        )

    def plan(self) -> Plan:
        """Return the plan of this world."""
        return build_plan(self.work(), self.snapshot(), self.options)

    def changes(self) -> tuple[Change, ...]:
        """Return the changes of this world's plan."""
        return self.plan().changes

    def _declared(self, kind: ResourceKind) -> list[Desired]:
        return [each for each in self.declared if each.address.kind == kind.name]

    def _scopes(
        self, kind: ResourceKind, wanted: list[Desired], parents: Mapping[Ref, Observed]
    ) -> list[Scope]:
        whole = whole_scopes(kind, self.declared, parents)
        entries = self.inventory.values() if self.options.whole else ()
        found = scopes_to_read(kind, wanted, entries, whole, parents=parents)
        found += [each.scope for each in self.objects if each.scope.kind == kind.name]
        return [each for each in dict.fromkeys(found) if each not in self.unread]

    def _resolved(
        self, kind: ResourceKind, desired: Desired, ids: Mapping[Ref, ElementId]
    ) -> Desired:
        variant = str(desired.fields.get(kind.variant, "")) if kind.variant else ""
        menus = self.menus.get((kind.name, variant))
        if menus:
            desired, findings = resolve_choices(kind, desired, menus)
            assert findings == ()
        fields = dict(desired.fields)
        for facet in kind.facets:
            value = fields.get(facet.name)
            if facet.wire.mode is Mode.MEMBERS and isinstance(value, frozenset):
                offer = self.offers.get(facet.name, {})
                found = {resolve_choice(facet, choice, offer) for choice in value}
                assert all(isinstance(choice, Choice) for choice in found)
                fields[facet.name] = frozenset(c for c in found if isinstance(c, Choice))
        return resolve_refs(kind, desired._replace(fields=fields), ids)


def _parents(
    kind: ResourceKind,
    pairings: Mapping[Scope, MatchResult],
    objects: Mapping[Scope, tuple[Observed, ...]],
) -> dict[Ref, Observed]:
    found: dict[Ref, Observed] = {}
    for where, there in objects.items():
        if where.kind != kind.name or kind.parent:
            continue
        for observed in there:
            found[Ref(kind.name, "id", observed.row_id)] = observed
            login = observed.fields.get(kind.identity[0])
            found[Ref(kind.name, "email", str(login))] = observed
        for each in pairings[where].pairs:
            found[Ref(kind.name, "name", each.desired.address.name)] = each.observed
    return found
