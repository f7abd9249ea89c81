"""The inventory as a JSON document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import TypedDict

from reconciler.documents.types import FORMAT_VERSION, AddressText, FormatVersion, IdText
from reconciler.documents.values import Json, shown
from reconciler.model.resource import OnRemove

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.model.address import Address
    from reconciler.model.inventory import InventoryEntry


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


def inventory_document(target: str, entries: Mapping[Address, InventoryEntry]) -> InventoryDocument:
    """Return the inventory of a target as JSON, in the order of the addresses."""
    return {
        "formatVersion": FORMAT_VERSION,
        "target": target,
        "resources": [_entry(address, entry) for address, entry in sorted(entries.items())],
    }


def _entry(address: Address, entry: InventoryEntry) -> EntryDocument:
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
