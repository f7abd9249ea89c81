"""The growing result of an observation; it is filled kind by kind and becomes the snapshot.

Invariant: it is used for one observation only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reconciler.engine.observe.complete_list import by_scope
from reconciler.engine.observe.filtered_list import needed_refs
from reconciler.model.value import Ref
from reconciler.planning.shards import ShardView
from reconciler.planning.snapshot import Snapshot

if TYPE_CHECKING:
    from reconciler.engine.offers.order_steps import Ways
    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.address import Address, ElementId
    from reconciler.model.finding import Finding
    from reconciler.model.inventory import InventoryEntry
    from reconciler.model.plan import Money
    from reconciler.model.price import FullPrices
    from reconciler.model.resource import Desired, Observed, Scope
    from reconciler.planning.context import PlanContext, PlanOptions
    from reconciler.planning.match.pairing import MatchResult
    from reconciler.planning.pricing import TariffOffer
    from reconciler.planning.resolve import Menus
    from reconciler.ports import Progress, Reader
    from reconciler.wire.reply import Form


@dataclass(slots=True)
class ObservationBuilder:
    """The reader, the resources to look for, and the results."""

    reader: Reader
    work: PlanContext
    options: PlanOptions
    progress: Progress
    objects: dict[Scope, tuple[Observed, ...]] = field(default_factory=dict)
    desired: dict[Address, Desired] = field(default_factory=dict)
    pairings: dict[Scope, MatchResult] = field(default_factory=dict)
    parents: dict[Ref, Observed] = field(default_factory=dict)
    logins: dict[ElementId, str] = field(default_factory=dict)
    forms: dict[tuple[str, ElementId], Form] = field(default_factory=dict)
    ways: Ways = field(default_factory=dict)
    menus: dict[tuple[str, str], Menus] = field(default_factory=dict)
    prices: dict[Address, Money] = field(default_factory=dict)
    renewals: dict[Address, Money] = field(default_factory=dict)
    tariffs: dict[Address, TariffOffer] = field(default_factory=dict)
    full_prices: dict[Address, FullPrices] = field(default_factory=dict)
    blocked: dict[Address, str] = field(default_factory=dict)
    incomplete: dict[Scope, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    owned: dict[Scope, list[tuple[Address, InventoryEntry]]] = field(init=False)
    needed: frozenset[Ref] = field(init=False)
    part: ShardView = field(init=False)
    outside: frozenset[Ref] = field(init=False)

    def __post_init__(self) -> None:
        """Group the managed objects by their lists, and find what a selection touches."""
        self.owned = by_scope(self.work.inventory)
        chosen = (d for d in self.work.desired if self.options.whole or self.options.selects(d))
        values = (value for desired in chosen for value in desired.fields.values())
        self.outside = frozenset(v for v in values if isinstance(v, Ref) and v.by != "name")
        self.needed = frozenset() if self.options.whole else needed_refs(self.work, self.options)
        self.know_clients()

    def know_clients(self) -> None:
        """Find what the shard holds by the clients that are known so far."""
        self.part = ShardView.of(self.work, self.parents, self.options.shard)

    def login(self, kind: ResourceKind, parent: ElementId | None) -> str:
        """Return the login under which a kind's lists are read, empty where it needs none."""
        return kind.su(self.logins.get(parent, "")) if parent else ""

    def wanted(self, kind: ResourceKind) -> list[Desired]:
        """Return a kind's resources, resolved as far as possible so far."""
        return [
            self.desired.get(desired.address, desired)
            for desired in self.work.desired
            if desired.address.kind == kind.name
        ]

    def snapshot(self) -> Snapshot:
        """Return the results as a snapshot."""
        return Snapshot(
            objects=self.objects,
            desired=self.desired,
            pairings=self.pairings,
            parents=self.parents,
            incomplete=self.incomplete,
            menus=self.menus,
            prices=self.prices,
            renewals=self.renewals,
            tariffs=self.tariffs,
            full_prices=self.full_prices,
            blocked=self.blocked,
        )
