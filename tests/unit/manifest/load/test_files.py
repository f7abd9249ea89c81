from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from reconciler.manifest.load.files import find_manifests
from tests.support.loading import load_alike

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.kinds.catalogue import Catalogue

CLIENT = """apiVersion: reconciler/v1
kind: Client
metadata: {name: acme}
spec: {email: a@acme.example}
"""


def write(path: Path, text: str = "a: 1\n") -> Path:
    """Write a file and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def codes(root: Path, *paths: str) -> list[str]:
    """Return the codes of what is wrong with some paths."""
    return [finding.code for finding in find_manifests(root, paths)[1]]


def test_folders_are_walked_in_order_and_drafts_are_skipped(tmp_path: Path) -> None:
    """Both suffixes count, at any depth; names beginning with a dot or an underscore do not."""
    names = ("b.yaml", "a/z.yml", "a/_draft.yaml", ".git/c.yaml", "_old/d.yaml", "readme.md")
    for name in names:
        write(tmp_path / "m" / name)

    assert find_manifests(tmp_path, ["m"]) == (["m/a/z.yml", "m/b.yaml"], [])


def test_file_named_twice_is_read_once(tmp_path: Path) -> None:
    """A folder and a file in it, or an absolute path, name the same manifest."""
    path = write(tmp_path / "m" / "a.yaml")

    assert find_manifests(tmp_path, ["m", "m/a.yaml", str(path)]) == (["m/a.yaml"], [])


@pytest.mark.parametrize("path", ["..", "../x", "m/../../x", "/etc"])
def test_path_outside_the_project_is_an_error(tmp_path: Path, path: str) -> None:
    """No path climbs out of the project's folder."""
    assert codes(tmp_path, path) == ["path-outside"]


def test_vanished_and_empty_folders_are_errors(tmp_path: Path) -> None:
    """Nothing to read never means that everything shall go."""
    (tmp_path / "empty").mkdir()

    assert codes(tmp_path, "gone") == ["path-missing"]
    assert codes(tmp_path, "empty") == ["no-manifests"]
    assert codes(tmp_path) == ["no-manifests"]


def test_links_are_errors_wherever_they_stand(tmp_path: Path) -> None:
    """A link to a file, to a folder, in the middle of a path or outside is never followed."""
    write(tmp_path / "real" / "a.yaml")
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "b.yaml").symlink_to(tmp_path / "real" / "a.yaml")
    (tmp_path / "m" / "sub").symlink_to(tmp_path / "real")
    (tmp_path / "link").symlink_to(tmp_path / "real")

    assert codes(tmp_path, "m") == ["symlink", "symlink"]
    assert codes(tmp_path, "link") == ["symlink"]
    assert codes(tmp_path, "link/a.yaml") == ["symlink"]


def test_special_files_and_other_names_are_errors(tmp_path: Path) -> None:
    """A pipe is not waited for, and a named file must look like a manifest."""
    (tmp_path / "m").mkdir()
    os.mkfifo(tmp_path / "m" / "pipe.yaml")
    write(tmp_path / "notes.txt")

    assert codes(tmp_path, "m") == ["special-file"]
    assert codes(tmp_path, "m/pipe.yaml") == ["special-file"]
    assert codes(tmp_path, "notes.txt") == ["path-name"]


@pytest.mark.parametrize("text", ["", "# all gone\n", "---\n"])
def test_emptied_file_is_an_error(tmp_path: Path, catalogue: Catalogue, text: str) -> None:
    """A manifest that was cut to nothing is not taken for a wish."""
    write(tmp_path / "m" / "a.yaml", text)

    findings = load_alike(tmp_path, ["m"], catalogue).findings
    assert [(str(each.source), each.code) for each in findings] == [("m/a.yaml", "empty-file")]


def test_file_that_cannot_be_opened_is_an_error(tmp_path: Path, catalogue: Catalogue) -> None:
    """A folder's entry that goes away before it is read is reported, not passed over."""
    write(tmp_path / "m" / "a.yaml", "a: " + "x" * (1 << 20))

    findings = load_alike(tmp_path, ["m"], catalogue).findings
    assert [each.code for each in findings] == ["too-large"]


@pytest.mark.parametrize(
    "name", ["a.YAML", "a.yaml.bak", "a.yml~", "_a.yaml", ".hidden/a.yaml", "_old/sub/a.yml"]
)
def test_file_ignored_by_its_name_is_reported_when_it_has_resources(
    tmp_path: Path, catalogue: Catalogue, name: str
) -> None:
    """What it declared would otherwise be deleted without a word."""
    write(tmp_path / "m" / "b.yaml", CLIENT)
    write(tmp_path / "m" / name, CLIENT)
    write(tmp_path / "m" / f"{name}.draft.yaml~", "a: 1\n")

    findings = load_alike(tmp_path, ["m"], catalogue).findings
    assert [(each.severity, each.code, str(each.source)) for each in findings] == [
        ("warning", "skipped-file", f"m/{name}")
    ]


@pytest.mark.parametrize(
    "error", [PermissionError(13, "Permission denied"), OSError(40, "Too many levels")]
)
def test_folder_that_cannot_be_read_is_a_finding_with_its_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: OSError
) -> None:
    """What stands in it is not known, which is no reason to delete it."""
    write(tmp_path / "m" / "a.yaml")
    write(tmp_path / "m" / "sub" / "b.yaml")
    scandir = os.scandir

    def refusing(path: Path) -> object:
        if str(path).endswith("sub"):
            raise error
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    files, findings = find_manifests(tmp_path, ["m"])

    assert files == ["m/a.yaml"]
    assert [(each.code, str(each.source)) for each in findings] == [("unreadable", "m/sub")]


def test_name_that_is_not_utf_8_is_a_finding(tmp_path: Path) -> None:
    """It is shown with escapes, for no report could hold it as it is."""
    write(tmp_path / "m" / "a.yaml")
    (tmp_path / "m" / os.fsdecode(b"b\xff.yaml")).write_text("a: 1\n")
    findings = find_manifests(tmp_path, ["m"])[1]

    assert [(each.code, str(each.source)) for each in findings] == [("unreadable", "m/b\\xff.yaml")]
