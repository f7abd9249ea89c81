from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reconciler.errors import StoreError
from reconciler.store.json_file import read_document, write_document

if TYPE_CHECKING:
    from pathlib import Path


def test_document_that_is_written_is_read_again(tmp_path: Path) -> None:
    """The text is the same whatever the order of the keys."""
    write_document(tmp_path / "a.json", {"b": "é", "a": [1, None]})
    write_document(tmp_path / "b.json", {"a": [1, None], "b": "é"})

    assert read_document(tmp_path / "a.json") == {"a": [1, None], "b": "é"}
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"a": NaN}', "[" * 100_000])
def test_broken_document_is_an_error(tmp_path: Path, text: str) -> None:
    """What is no JSON map is not taken for a plan."""
    (tmp_path / "plan.json").write_text(text, encoding="utf-8")

    with pytest.raises(StoreError, match=r"plan\.json"):
        read_document(tmp_path / "plan.json")


def test_missing_document_says_how_to_make_one(tmp_path: Path) -> None:
    """The message names the command that writes plans."""
    with pytest.raises(StoreError, match="reconciler plan --out"):
        read_document(tmp_path / "plan.json")


def test_document_over_the_bound_is_not_read(tmp_path: Path) -> None:
    """A huge file is refused without being held."""
    with (tmp_path / "plan.json").open("wb") as file:
        file.truncate((64 << 20) + 1)

    with pytest.raises(StoreError, match="64 MiB"):
        read_document(tmp_path / "plan.json")


def test_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    """A path through a file is an error of ours, not a traceback."""
    (tmp_path / "file").touch()

    with pytest.raises(StoreError):
        write_document(tmp_path / "file" / "plan.json", {})
