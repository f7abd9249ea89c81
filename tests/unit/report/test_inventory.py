"""The inventory is a table for people and a document for programs."""

from __future__ import annotations

from decimal import Decimal

from reconciler.documents.inventory import inventory_document
from reconciler.model.address import Address, ElementId
from reconciler.model.inventory import InventoryEntry
from reconciler.model.resource import Lifecycle, Scope
from reconciler.report.inventory import inventory_text

ENTRY = InventoryEntry(
    Scope("Discount", parent=ElementId("4")),
    ElementId("7"),
    {"percentage": Decimal(5)},
    Lifecycle("delete", protect=True),
    client="Client/acme",
)
ENTRIES = {Address("Discount", "b"): ENTRY, Address("Client", "acme"): ENTRY}


def test_inventory_is_a_table_in_the_order_of_addresses() -> None:
    """Each resource has one line with its id and how it may end."""
    lines = inventory_text("prod", ENTRIES).splitlines()

    assert lines[0].split("  ")[0] == "ADDRESS"
    assert lines[1].split() == ["Client/acme", "7", "Client/acme", "delete,", "protected"]
    assert lines[2].split() == ["Discount/b", "7", "Client/acme", "delete,", "protected"]
    assert lines[-1] == "2 resources managed on prod."


def test_empty_inventory_is_reported_as_empty() -> None:
    """Before the first apply nothing is owned."""
    assert inventory_text("prod", {}) == "Nothing is managed on prod yet.\n"


def test_document_carries_ids_and_values() -> None:
    """Programs read ids and values as texts."""
    document = inventory_document("prod", {Address("Discount", "b"): ENTRY})

    assert document["resources"] == [
        {
            "address": "Discount/b",
            "id": "7",
            "parent": "4",
            "variant": None,
            "client": "Client/acme",
            "onRemove": "delete",
            "protected": True,
            "fields": {"percentage": "5"},
        }
    ]
