"""Files of ours are found out to be unusable before anything is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reconciler.cli.paths import absolute, database_file, require_writable
from reconciler.errors import StoreError

if TYPE_CHECKING:
    from pathlib import Path


def test_report_may_be_new_old_or_in_a_folder_to_be_made(tmp_path: Path) -> None:
    """Nothing is made by looking."""
    old = tmp_path / "old.json"
    old.touch()

    require_writable(None)
    require_writable(str(old))
    require_writable(str(tmp_path / "deep" / "er" / "new.json"))

    assert list(tmp_path.iterdir()) == [old]


def test_report_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    """A folder of that name, or a file where a folder should be, is in the way."""
    (tmp_path / "file").touch()

    for path in (tmp_path, tmp_path / "file" / "new.json"):
        with pytest.raises(StoreError, match=r"cannot be written|is a folder"):
            require_writable(str(path))


def test_folder_of_a_file_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    """Other users of the machine cannot read what the embedded panel holds."""
    file = database_file(tmp_path / "state" / "panel.sqlite3")

    assert file.parent.stat().st_mode & 0o777 == 0o700
    with pytest.raises(StoreError, match="cannot be created"):
        database_file(_blocked(tmp_path) / "x" / "y")


def test_file_that_is_not_a_database_is_not_changed(tmp_path: Path) -> None:
    """Seeding a panel never overwrites a letter."""
    letter = tmp_path / "letter.txt"
    letter.write_text("dear sir")
    empty = tmp_path / "empty"
    empty.touch()

    with pytest.raises(StoreError, match="not a database"):
        database_file(letter)
    with pytest.raises(StoreError, match="not a regular file"):
        database_file(tmp_path)
    assert database_file(empty) == empty


def test_typed_path_is_made_absolute_without_following_links(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A link stays a link, so that what refuses links can see it."""
    (tmp_path / "link").symlink_to(tmp_path)
    monkeypatch.chdir(tmp_path)

    assert absolute("link/../a.yaml") == str(tmp_path / "a.yaml")
    assert absolute("link") == str(tmp_path / "link")


def _blocked(folder: Path) -> Path:
    path = folder / "file"
    path.touch()
    return path
