"""What a history declares: a value of its own, with the documents that say it to the reconciler.

Invariant: nothing here is read from the reconciler; the oracle judges by this and by the panel.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

NAMESPACE = "acme-billing"
Spec = dict[str, Any]
# Each kind of a client with the list that may hold it inline, and how it ends unless it is said.
LISTS = {
    "ClientAccount": ("accounts", "keep"),
    "Discount": ("discounts", "delete"),
    "TaxRule": ("taxRules", "delete"),
    "CurrencyRate": ("currencyRates", "keep"),
    "Service": ("services", "keep"),
}


@dataclass(frozen=True, slots=True)
class Item:
    """One declared resource; ``client`` is the name of its client's manifest, ``life`` its end."""

    kind: str
    name: str
    client: str
    spec: Mapping[str, Any]
    life: Mapping[str, Any] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """How reports name it."""
        return f"{self.kind}/{self.name}"

    @property
    def mark(self) -> str:
        """What its object bears, where its kind bears anything."""
        base = f"git:{NAMESPACE}/{self.name}"
        return f"{base}/{self.spec.get('generation', 1)}" if self.kind == "Service" else base

    @property
    def former(self) -> tuple[str, ...]:
        """The names that it had before."""
        return tuple(self.life.get("movedFrom", ()))

    @property
    def former_marks(self) -> tuple[str, ...]:
        """What its object bore under those names."""
        return tuple(replace(self, name=name, life={}).mark for name in self.former)

    @property
    def ending(self) -> str:
        """What happens to its object when it is declared no more: delete, keep or suspend."""
        if self.life.get("protect"):
            return "keep"
        default = LISTS[self.kind][1] if self.kind in LISTS else "keep"
        return str(self.life.get("onRemove", default))

    def changed(self, **fields: Any) -> Item:
        """Return it with other fields; None takes a field away."""
        spec = {**self.spec, **fields}
        return replace(self, spec={key: each for key, each in spec.items() if each is not None})


@dataclass(frozen=True, slots=True)
class Declaration:
    """All that is declared at one time; ``whole`` names the lists that stand for the whole."""

    items: Mapping[str, Item] = field(default_factory=dict)
    whole: frozenset[tuple[str, str]] = frozenset()

    def of(self, *kinds: str) -> list[Item]:
        """Return the resources of some kinds, in the order of their addresses."""
        return [self.items[key] for key in sorted(self.items) if self.items[key].kind in kinds]

    def having(self, *items: Item) -> Declaration:
        """Return a declaration with some resources in place of those of their addresses."""
        return replace(self, items={**self.items, **{item.address: item for item in items}})

    def without(self, *addresses: str) -> Declaration:
        """Return a declaration without some resources."""
        kept = {key: item for key, item in self.items.items() if key not in addresses}
        return replace(self, items=kept)

    def email(self, item: Item) -> str:
        """Return the email of a resource's client."""
        return str(self.items[f"Client/{item.client}"].spec["email"])


def documents(declaration: Declaration) -> list[Spec]:
    """Return the manifests that say a declaration."""
    found = []
    for client in declaration.of("Client"):
        inline = {
            LISTS[kind][0]: [_inline(item) for item in _children(declaration, client.name, kind)]
            for name, kind in sorted(declaration.whole)
            if name == client.name
        }
        found.append(_document(client, {**client.spec, **inline}))
    found += [
        _document(item, {"client": item.client, **item.spec})
        for item in declaration.of(*LISTS)
        if (item.client, item.kind) not in declaration.whole
    ]
    return found


def _children(declaration: Declaration, client: str, kind: str) -> Iterable[Item]:
    return (item for item in declaration.of(kind) if item.client == client)


def _inline(item: Item) -> Spec:
    life = {"lifecycle": dict(item.life)} if item.life else {}
    return {"name": item.name, **life, **item.spec}


def _document(item: Item, spec: Spec) -> Spec:
    life = {"lifecycle": dict(item.life)} if item.life else {}
    return {
        "apiVersion": "reconciler/v1",
        "kind": item.kind,
        "metadata": {"name": item.name},
        **life,
        "spec": spec,
    }
