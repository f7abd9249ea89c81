"""A manifest that is written loads as what it was written from, and nobody obeys it."""

from __future__ import annotations

import string
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, strategies as st

from reconciler.kinds.catalogue import discover
from reconciler.manifest.load.loader import load_manifests
from reconciler.manifest.yaml.documents import compose
from reconciler.manifest.yaml.emit import manifest_text

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = [
    "::error::x",
    "##[group]x",
    "\x1b[31m",
    "\u202egnp.exe",
    "a\nb",
    "- x",
    "a: b",
    "#x",
    "{x}",
    "*x",
    "&x",
    "!x",
    "no",
    "0x10",
    "12",
    "1_0",
    "2026-01-01",
    "",
    " ",
    "null",
    "~",
    "\ufeff",
    "\U0001f600",
    '"',
    "\\",
    "'",
    "=",
    "<<",
    "---",
    "...",
    "\x85",
    "\u2028",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_written_inert(text: str) -> None:
    """One line a value, printable, and nothing that a CI log obeys."""
    lines = manifest_text({"a": text, "b": [text], "c": {"d": text}}).splitlines()

    assert len(lines) == 5
    assert all(line.isprintable() for line in lines)
    assert not any("::" in line or "##" in line for line in lines)


def test_client_survives_being_written_and_loaded(tmp_path: Path) -> None:
    """Every sort of value, through the loader that reads real manifests."""
    document: dict[str, Any] = {
        "apiVersion": "reconciler/v1",
        "kind": "Client",
        "metadata": {"name": "acme"},
        "spec": {
            "email": "a@b.example",
            "name": "yes",
            "realName": 'J\u00fcrgen "X" \\ Y: #1',
            "country": {"id": "182"},
            "excludeFromStatistics": True,
            "groups": [],
            "discounts": [
                {"name": "d", "percentage": Decimal("12.50"), "priority": -1, "to": None},
            ],
        },
    }
    (tmp_path / "m.yaml").write_text(manifest_text(document), encoding="utf-8")

    loaded = load_manifests(tmp_path, ["m.yaml"], discover())

    assert loaded.findings == ()
    client, discount = loaded.desired
    assert client.fields["name"] == "yes"
    assert client.fields["realName"] == 'J\u00fcrgen "X" \\ Y: #1'
    assert client.fields["excludeFromStatistics"] is True
    assert discount.fields["percentage"] == Decimal("12.5")
    assert discount.fields["to"] is None


@given(st.text(string.printable + "äЖ€\U0001f600", max_size=40))
def test_text_is_composed_to_the_letter(text: str) -> None:
    """Whatever a manifest may hold comes back; what it may not is refused, never changed."""
    found = _composed(manifest_text({"a": text}))

    assert found in (text, None)
    if text.isprintable():
        assert found == text


def _composed(text: str) -> object:
    documents, findings = compose(text.encode(), "m.yaml")
    if findings:
        return None
    return documents[0].value["a"]  # type: ignore[index,call-overload]
