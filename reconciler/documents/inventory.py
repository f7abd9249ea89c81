"""The inventory as it is shown and as its file holds it, and what was bound by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, NotRequired

from typing_extensions import TypedDict

from reconciler.documents.plan import PlanDocument, plan_document
from reconciler.documents.types import (
    FORMAT_VERSION,
    AddressText,
    FormatVersion,
    IdText,
    ScopeDocument,
)
from reconciler.documents.values import Json, shown
from reconciler.model.resource import OnRemove

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.model.address import Address
    from reconciler.model.inventory import InventoryEntry
    from reconciler.model.plan import Plan


class SavedIgnore(TypedDict):
    """A field that is left alone, with the reason; the day of its end, if there is one."""

    field: str
    reason: str
    until: str | None


class SavedLifecycle(TypedDict):
    """How an object may end, and what is not compared."""

    onRemove: OnRemove
    protect: bool
    ignore: list[SavedIgnore]


class SavedEntry(TypedDict):
    """A managed object as the file of the inventory holds it, with encoded values.

    ``marked`` is absent where the object carries its marker. Older versions wrote ``formId`` for
    the id of the object, beside ``rowId`` for the number of its row.
    """

    scope: ScopeDocument
    rowId: IdText
    formId: NotRequired[IdText]
    client: str
    fields: dict[str, Json]
    rotations: dict[str, str]
    lifecycle: SavedLifecycle
    marked: NotRequired[bool]


class InventoryFile(TypedDict):
    """The file of the inventory: the entries of each target by their addresses."""

    formatVersion: FormatVersion
    targets: dict[str, dict[AddressText, SavedEntry]]


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
