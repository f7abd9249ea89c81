"""The inventory is a table for people and a document for programs."""

from __future__ import annotations

from decimal import Decimal

from reconciler.documents.inventory import inventory_document
from reconciler.model.address import Address, ElementId
from reconciler.model.inventory import InventoryEntry
from reconciler.model.plan import Edit, TargetRef
from reconciler.model.refresh import RefreshItem, RefreshReport
from reconciler.model.resource import Lifecycle, Scope
from reconciler.report.inventory import inventory_text, refresh_text

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


def test_refresh_shows_each_entry_that_would_change_and_counts_them() -> None:
    """Old and new ids, values and reasons stand with their resource."""
    items = (
        RefreshItem(
            Address("Discount", "b"),
            "moved",
            ElementId("7"),
            ElementId("9"),
            (Edit("percentage", Decimal(5), Decimal(6)),),
        ),
        RefreshItem(Address("Client", "acme"), "gone", ElementId("4"), reason="deleted\nyesterday"),
    )
    report = RefreshReport(TargetRef("prod", "https://x.example"), items, 3, pending=True)

    lines = refresh_text(report, drift="reconciler drift").splitlines()

    assert (
        lines[0] == "Inventory of prod (https://x.example), 3 resources checked; nothing is written"
    )
    assert lines[2].startswith("  ~ Discount/b  (id 7 → 9)")
    assert lines[3].strip() == "percentage: 5 → 6"
    assert lines[4].startswith("  × Client/acme  (id 4)")
    assert lines[4].endswith("the next apply creates it: deleted\\nyesterday")
    assert "1 gone, 1 moved" in lines[6]
    assert lines[-1].endswith("to see them: reconciler drift")


def test_refresh_without_changes_says_so() -> None:
    """Nothing but the number of resources is left to say."""
    report = RefreshReport(TargetRef("prod", "https://x.example"), (), 3)

    text = refresh_text(report, drift="reconciler drift")

    assert text == "The inventory is up to date. 3 resources checked.\n"


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
