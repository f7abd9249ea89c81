from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reconciler.errors import StoreError
from reconciler.store.inventory import FileInventory
from reconciler.store.journal import FileJournal
from reconciler.store.json_file import read_document
from reconciler.store.strict_json import JsonError, parse_json

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('{"a": 1, "a": 2}', "line 1, column 10: the key 'a'"),
        ('{"a": [{"b": 1},\n  {"c": "}\\"{", "b": 1, "c": 2}]}', "line 2, column 25: the key 'c'"),
        ('{"a": {"a": 1},\n\n "\\u0061": 2}', "line 3, column 2: the key 'a'"),
    ],
)
def test_duplicate_key_is_refused_with_its_position(text: str, place: str) -> None:
    """Of two values for one key, neither is guessed."""
    with pytest.raises(JsonError) as caught:
        parse_json(text.encode())

    assert str(caught.value) == f"{place} is given twice in one object"


@pytest.mark.parametrize("text", ['{"a": {"a": 1}, "b": {"a": 1}}', '[{"a": 1}, {"a": 1}]', '"a"'])
def test_key_may_stand_once_in_each_object(text: str) -> None:
    """The same key in another object is no repetition."""
    assert parse_json(text.encode())


@pytest.mark.parametrize("raw", [b'{"a": NaN}', b"9" * 5000, b"\xff{}", b"[" * 100_000, b'{"a": 1'])
def test_invalid_json_is_refused(raw: bytes) -> None:
    """Whatever is wrong with it, it is one error."""
    with pytest.raises(JsonError):
        parse_json(raw)


def test_every_state_file_refuses_a_duplicate_key(tmp_path: Path) -> None:
    """Plans, ways back, the inventory and the journal: each names its file and the place."""
    path = tmp_path / "file.json"
    path.write_text('{"formatVersion": "1",\n "targets": {}, "targets": {"prod": {}}}\n', "utf-8")

    with pytest.raises(StoreError, match=r"file\.json.*line 2, column 17"):
        read_document(path)
    with pytest.raises(StoreError, match=r"file\.json.*line 2, column 17"):
        FileInventory(path, "prod").load()
    path.write_text('{"n": 1, "n": 1}\n', "utf-8")
    with pytest.raises(StoreError, match=r"file\.json:1: the journal is damaged"):
        FileJournal(path).open_intents()
