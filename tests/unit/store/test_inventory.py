from __future__ import annotations

import json
import stat
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, strategies as st
from pydantic import TypeAdapter

from reconciler.documents.inventory import SavedEntry
from reconciler.errors import StoreError
from reconciler.model.address import Address, ElementId
from reconciler.model.inventory import InventoryEntry
from reconciler.model.resource import Ignore, Lifecycle, Scope
from reconciler.model.value import Choice, Ref, Secret
from reconciler.store.inventory import FileInventory
from reconciler.store.inventory_entry import encode_entry, read_entry
from reconciler.store.value_codec import decode, encode

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.model.value import Value

TEXTS = st.text(max_size=20)
IDS = st.integers(1, 10**18).map(lambda number: ElementId(str(number)))
CHOICES = st.builds(Choice, TEXTS | st.none(), TEXTS | st.none())
VALUES: st.SearchStrategy[Value] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    TEXTS,
    st.decimals(allow_nan=False, allow_infinity=False),
    st.dates(),
    CHOICES,
    st.builds(Ref, TEXTS, st.sampled_from(["name", "email", "id"]), TEXTS),
    st.frozensets(CHOICES, max_size=4),
    st.lists(CHOICES, max_size=4).map(tuple),
    st.dictionaries(TEXTS, TEXTS, max_size=4),
)
IGNORES = st.builds(Ignore, TEXTS, TEXTS, st.dates() | st.none())
ENTRIES = st.builds(
    InventoryEntry,
    scope=st.builds(Scope, TEXTS, TEXTS, IDS | st.none()),
    row_id=IDS,
    fields=st.dictionaries(TEXTS, VALUES, max_size=5),
    lifecycle=st.builds(
        Lifecycle,
        st.sampled_from(["delete", "keep", "suspend"]),
        st.booleans(),
        st.lists(IGNORES, max_size=3).map(tuple),
    ),
    client=TEXTS,
    rotations=st.dictionaries(TEXTS, TEXTS, max_size=2),
    marked=st.booleans(),
)
SHAPE = TypeAdapter(SavedEntry)
ADDRESS = Address("Discount", "spring")


def entry(**fields: Value) -> InventoryEntry:
    """Make an entry that holds some fields."""
    return InventoryEntry(
        scope=Scope("Discount", "", ElementId("7")),
        row_id=ElementId("41"),
        fields=fields,
        lifecycle=Lifecycle("delete", protect=True, ignore=(Ignore("note", "by hand"),)),
        client="acme",
    )


@given(VALUES)
def test_value_that_is_stored_comes_back_with_its_type(value: Value) -> None:
    """Law: decode undoes encode, through JSON, decimals digit by digit."""
    back = decode(json.loads(json.dumps(encode(value))))

    assert back == value
    assert type(back) is type(value)
    assert str(back) == str(value) or isinstance(value, frozenset)


@given(ENTRIES)
def test_entry_that_is_stored_comes_back(stored: InventoryEntry) -> None:
    """Law: read_entry undoes encode_entry, through JSON of the shape that the schema describes."""
    raw = json.loads(json.dumps(encode_entry(stored)))

    assert SHAPE.validate_python(raw, strict=True) == raw
    assert read_entry(raw) == stored


def test_entry_of_an_older_version_has_the_id_of_its_form() -> None:
    """Its row could have another number, by which nothing is edited."""
    raw = encode_entry(entry())
    raw["formId"], raw["rowId"] = raw["rowId"], "3"

    assert read_entry(raw) == entry()


def test_inventory_that_is_saved_is_loaded_again(tmp_path: Path) -> None:
    """What the last apply left is there for the next run."""
    inventory = FileInventory(tmp_path / "state" / "inventory.json", "prod")
    entries = {ADDRESS: entry(percentage=Decimal("15.0"), **{"from": date(2026, 3, 1)})}

    assert inventory.load() == {}
    inventory.save(entries)
    assert inventory.load() == entries


def test_targets_do_not_touch_one_another(tmp_path: Path) -> None:
    """Saving one target keeps the entries of the others, even those it cannot read."""
    path = tmp_path / "inventory.json"
    other = {"Future/thing": {"unknown": 1}}
    path.write_text(
        json.dumps({"formatVersion": "1", "targets": {"other": other}}), encoding="utf-8"
    )

    FileInventory(path, "prod").save({ADDRESS: entry()})

    document = json.loads(path.read_text("utf-8"))
    assert document["targets"]["other"] == other
    assert list(document["targets"]["prod"]) == ["Discount/spring"]


def test_inventory_is_private_and_leaves_no_drafts(tmp_path: Path) -> None:
    """The folder is ours alone, and so is the file; nothing half written stays."""
    path = tmp_path / "state" / "inventory.json"
    inventory = FileInventory(path, "prod")
    inventory.save({ADDRESS: entry()})
    inventory.save({})

    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["inventory.json"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"formatVersion": "2", "targets": {}}',
        '{"formatVersion": 1, "targets": {}}',
        '{"formatVersion": "1"}',
        '{"formatVersion": "1", "targets": []}',
        '{"formatVersion": "1", "targets": {"prod": []}}',
        "[" * 100_000,
        "\ud83d".encode("utf-16", "surrogatepass").decode("latin-1"),
    ],
)
def test_damaged_file_is_reported_and_never_overwritten(tmp_path: Path, text: str) -> None:
    """Neither loading nor saving takes a broken inventory for an empty one."""
    path = tmp_path / "inventory.json"
    path.write_text(text, encoding="utf-8")
    inventory = FileInventory(path, "prod")

    with pytest.raises(StoreError, match=r"inventory\.json"):
        inventory.load()
    with pytest.raises(StoreError):
        inventory.save({})
    assert path.read_text("utf-8") == text


@pytest.mark.parametrize(
    "damage",
    [
        {"rowId": "12, 13"},
        {"rowId": 12},
        {"scope": None},
        {"fields": {"a": {"$decimal": "x"}}},
        {"fields": {"a": {"$decimal": "sNaN"}}},
        {"fields": {"a": {"$decimal": "Infinity"}}},
        {"fields": {"a": {"$choice": {"name": "x"}}}},
        {"fields": {"a": {"unknown": 1}}},
        {"fields": {"a": 1.5}},
        {"fields": []},
        {"lifecycle": {"onRemove": "explode", "protect": False, "ignore": []}},
        {"client": 3},
    ],
)
def test_damaged_entry_is_reported(tmp_path: Path, damage: dict[str, object]) -> None:
    """An entry that is not of its shape is never guessed at."""
    path = tmp_path / "inventory.json"
    targets = {"prod": {str(ADDRESS): encode_entry(entry()) | damage}}
    path.write_text(json.dumps({"formatVersion": "1", "targets": targets}), encoding="utf-8")

    with pytest.raises(StoreError, match="damaged"):
        FileInventory(path, "prod").load()


def test_secret_is_never_written(tmp_path: Path) -> None:
    """A secret among the values is a bug, and the old file stays as it was."""
    path = tmp_path / "inventory.json"
    inventory = FileInventory(path, "prod")
    inventory.save({ADDRESS: entry(note="old")})
    before = path.read_bytes()

    with pytest.raises(StoreError, match="secret"):
        inventory.save({ADDRESS: entry(password=Secret("env", ("NAME",)))})
    assert path.read_bytes() == before


def test_links_and_folders_are_refused(tmp_path: Path) -> None:
    """What is not a file of ours is neither read nor written through."""
    (tmp_path / "victim").write_text("mine", encoding="utf-8")
    (tmp_path / "link.json").symlink_to(tmp_path / "victim")
    (tmp_path / "folder.json").mkdir()

    for name in ("link.json", "folder.json"):
        inventory = FileInventory(tmp_path / name, "prod")
        with pytest.raises(StoreError):
            inventory.load()
        with pytest.raises(StoreError):
            inventory.save({})
    assert (tmp_path / "victim").read_text("utf-8") == "mine"


def test_missing_folder_is_made(tmp_path: Path) -> None:
    """The first apply of a project finds none."""
    FileInventory(tmp_path / "a" / "b.json", "prod").save({ADDRESS: entry()})

    assert (tmp_path / "a" / "b.json").is_file()
