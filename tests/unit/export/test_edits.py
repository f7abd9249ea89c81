"""Edits of manifests that are there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.export.edits import ManifestEdits
from reconciler.export.proof import unwritten
from reconciler.manifest.edit.edit import ManifestEdit
from reconciler.model.address import Address
from reconciler.model.finding import Source

if TYPE_CHECKING:
    from pathlib import Path


def test_edit_that_makes_a_file_too_large_is_left_to_the_author(tmp_path: Path) -> None:
    """No manifest of that size would be read again."""
    text = "apiVersion: reconciler/v1\nkind: Client\nmetadata: {name: acme}\nspec: {note: x}\n"
    text += "# long\n" * 149_770
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    acme, edits = Address("Client", "acme"), ManifestEdits(tmp_path)
    edits.append("a.yaml", ManifestEdit(acme, Source("a.yaml", 1, 1), values={"note": "y" * 300}))
    kept: dict[Address, str] = {}

    assert dict(edits.write(kept)) == {"a.yaml": "unchanged"}
    assert "larger than 1 MiB" in kept[acme]
    assert [each.address for each in unwritten(edits)] == ["Client/acme"]
    assert (tmp_path / "a.yaml").read_text(encoding="utf-8") == text


def test_edit_that_no_file_takes_is_named_and_proved_to_be_open(tmp_path: Path) -> None:
    """The file stays as it is, and the export does not say that a plan of it is empty."""
    text = "apiVersion: reconciler/v1\nkind: Client\nmetadata: {name: other}\nspec: {note: x}\n"
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    acme, edits = Address("Client", "acme"), ManifestEdits(tmp_path)
    edits.append("a.yaml", ManifestEdit(acme, Source("a.yaml", 2, 1), values={"note": "y"}))
    kept: dict[Address, str] = {}

    files = dict(edits.write(kept))

    assert files == {"a.yaml": "unchanged"}
    assert "edit a.yaml by hand" in kept[acme]
    assert [(each.address, each.fields) for each in unwritten(edits)] == [
        ("Client/acme", ("note",))
    ]
    assert (tmp_path / "a.yaml").read_text(encoding="utf-8") == text
