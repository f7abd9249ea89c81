"""The inventory, and what was bound by hand, as JSON documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import TypedDict

from reconciler.documents.plan import PlanDocument, plan_document
from reconciler.documents.types import FORMAT_VERSION, AddressText, FormatVersion, IdText
from reconciler.documents.values import Json, shown
from reconciler.model.resource import OnRemove

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.model.address import Address
    from reconciler.model.inventory import InventoryEntry
    from reconciler.model.plan import Plan


class EntryDocument(TypedDict):
    """An owned object: its place and id, how it may end, and the values last applied."""

    address: AddressText
    id: IdText
    parent: IdText | None
    variant: str | None
    client: str | None
    onRemove: OnRemove
    protected: bool
    fields: dict[str, Json]


class InventoryDocument(TypedDict):
    """What is owned on a target."""

    formatVersion: FormatVersion
    target: str
    resources: list[EntryDocument]


class ImportDocument(TypedDict):
    """What the inventory holds of a resource that was bound, and the plan that follows."""

    formatVersion: FormatVersion
    target: str
    resource: EntryDocument
    plan: PlanDocument


def inventory_document(target: str, entries: Mapping[Address, InventoryEntry]) -> InventoryDocument:
    """Return the inventory of a target as JSON, in the order of the addresses."""
    return {
        "formatVersion": FORMAT_VERSION,
        "target": target,
        "resources": [entry_document(address, entry) for address, entry in sorted(entries.items())],
    }


def import_document(
    target: str, bound: Mapping[Address, InventoryEntry], plan: Plan, created_at: str
) -> ImportDocument:
    """Return what a resource was bound to, and what an apply would do next, as JSON."""
    (resource,) = (entry_document(address, entry) for address, entry in bound.items())
    return {
        "formatVersion": FORMAT_VERSION,
        "target": target,
        "resource": resource,
        "plan": plan_document(plan, created_at),
    }


def entry_document(address: Address, entry: InventoryEntry) -> EntryDocument:
    """Return one managed object as JSON."""
    return {
        "address": str(address),
        "id": entry.row_id,
        "parent": entry.scope.parent,
        "variant": entry.scope.variant or None,
        "client": entry.client or None,
        "onRemove": entry.lifecycle.on_remove,
        "protected": entry.lifecycle.protect,
        "fields": {name: shown(value) for name, value in sorted(entry.fields.items())},
    }
