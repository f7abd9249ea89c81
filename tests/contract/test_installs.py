"""Files of installs: what they may say, how a mistake is reported, and who can use the panel."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from reconciler.sandbox import Install, InstallError, Sandbox, keep_install, load_install, reset
from reconciler.sandbox.install import keys
from tests.support.sandbox_client import new_client, rows

if TYPE_CHECKING:
    from pathlib import Path


def read(folder: Path, text: str) -> Install:
    """Read an install from a file."""
    file = folder / "install.yaml"
    file.write_text(text, encoding="utf-8")
    return load_install(file)


def test_every_key_has_a_default(tmp_path: Path) -> None:
    """An empty file is the default installation."""
    assert read(tmp_path, "") == read(tmp_path, "{}") == Install()


def test_keys_are_read(tmp_path: Path) -> None:
    """Words, numbers, seconds and mappings."""
    found = read(tmp_path, "newId: none\npage: 100\nlag: 1.5\nlevels: {country: 30}\nunits: true\n")

    assert found == Install(
        new_id="none", page=100, lag=timedelta(seconds=1.5), levels={"country": 30}, units=True
    )


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("page: 1\nnewid: none\n", 2, ("'newid' is not a key", "newId", "page")),
        ("newId: neither\n", 1, ("newId: 'neither' is none of: usual, id, table, both or none",)),
        ("units: maybe\n", 1, ("units: 'maybe' is none of: true, false",)),
        ("page: many\n", 1, ("page: ",)),
        ("serviceLists: {vds: vps}\n", 1, ("the list of vds is named vds with a dot",)),
        ("page: 0\n", 1, ("a page holds at least one row",)),
        ("levels:\n  country: high\n", 2, ("levels.country: ",)),
        ("page: 1\npage: 2\n", 2, ("second time",)),
        ("page: [1\n", 2, ("no YAML",)),
        ("lag: soon\n", 1, ("lag: expected a number of seconds",)),
        ("\nmoney: 5\n", 2, ("money: expected an object",)),
        ("levels: {country: high}\n", 1, ("levels.country: expected a whole number",)),
        ("- page\n", 1, ("mapping",)),
    ],
)
def test_error_is_reported_with_its_line(
    tmp_path: Path, text: str, line: int, words: tuple[str, ...]
) -> None:
    """An unknown key lists the known ones, a wrong value those that are allowed."""
    with pytest.raises(InstallError) as caught:
        read(tmp_path, text)

    assert caught.value.line == line
    assert all(word in str(caught.value) for word in words)


@pytest.mark.parametrize("value", ["2026-02-30", "9" * 5000, "2026-01-01 99:99:99", "{[1]: 2}"])
def test_close_match_of_a_value_is_suggested(tmp_path: Path, value: str) -> None:
    """A day of no calendar, a number of more digits than can be read, a key that is a list."""
    with pytest.raises(InstallError):
        read(tmp_path, f"newId: {value}\n")


def test_missing_file_is_reported(tmp_path: Path) -> None:
    """The reason is the system's own."""
    with pytest.raises(InstallError, match="cannot be read: No such file"):
        load_install(tmp_path / "none.yaml")


def test_kept_install_is_met_by_every_opener(tmp_path: Path) -> None:
    """The database says what sort of panel it is, and emptying it changes nothing of that."""
    path = tmp_path / "panel.sqlite3"
    install = Install(page=2, new_id="none", lag=timedelta(seconds=3), levels={"country": 30})
    keep_install(path, install)
    with Sandbox(path) as panel:
        for name in ("a", "b", "c"):
            panel.call("account.edit", email=f"{name}@example.com", sok="ok")
        assert len(rows(panel.call("account"))) == 2
    reset(path)

    with Sandbox(path) as panel:
        assert rows(panel.call("account")) == []
        assert {key: getattr(panel.settings, key) for key in ("page", "new_id", "lag")} == {
            "page": 2,
            "new_id": "none",
            "lag": timedelta(seconds=3),
        }


def test_install_of_one_opener_is_his_alone(tmp_path: Path) -> None:
    """What a program names holds for it, and the database stays as it was."""
    path = tmp_path / "panel.sqlite3"
    with Sandbox(path, install=Install(page=1)) as panel:
        new_client(panel, "a@example.com")
        new_client(panel, "b@example.com")
        assert len(rows(panel.call("account"))) == 1

    with Sandbox(path) as panel:
        assert len(rows(panel.call("account"))) == 2


def test_keys_are_written_in_camel_case() -> None:
    """As in every other file of the project."""
    assert {"newId", "page", "columns", "units", "levels", "lag"} <= set(keys())
