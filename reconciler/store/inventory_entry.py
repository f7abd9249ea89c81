"""One entry of the inventory as JSON, and back.

Invariant: ``read_entry(encode_entry(entry)) == entry``.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from reconciler.model.address import ElementId, parse_element_id
from reconciler.model.inventory import InventoryEntry
from reconciler.model.resource import Ignore, Lifecycle, OnRemove, Scope
from reconciler.store.value_codec import decode, encode

if TYPE_CHECKING:
    from reconciler.documents.inventory import SavedEntry, SavedIgnore

_ENDS: dict[str, OnRemove] = {"delete": "delete", "keep": "keep", "suspend": "suspend"}


def encode_entry(entry: InventoryEntry) -> SavedEntry:
    """Write an entry. Raises: StoreError for a secret among its values."""
    scope, life = entry.scope, entry.lifecycle
    saved: SavedEntry = {
        "scope": {"kind": scope.kind, "variant": scope.variant, "parent": scope.parent},
        "rowId": entry.row_id,
        "client": entry.client,
        "fields": {name: encode(value) for name, value in entry.fields.items()},
        "rotations": dict(entry.rotations),
        "lifecycle": {
            "onRemove": life.on_remove,
            "protect": life.protect,
            "ignore": [_ignore(each) for each in life.ignore],
        },
    }
    if not entry.marked:
        saved["marked"] = False
    return saved


def read_entry(raw: SavedEntry) -> InventoryEntry:
    """Read an entry. Raises: LookupError, TypeError, ValueError, CodecError for anything else."""
    scope, life = raw["scope"], raw["lifecycle"]
    return InventoryEntry(
        scope=Scope(_text(scope["kind"]), _text(scope["variant"]), _id_or_none(scope["parent"])),
        # An older file has the key of forms beside the number of the row, which could be another.
        row_id=parse_element_id(raw.get("formId", raw["rowId"])),
        fields={name: decode(value) for name, value in _pairs(raw["fields"])},
        lifecycle=Lifecycle(
            on_remove=_ENDS[life["onRemove"]],
            protect=life["protect"] is True,
            ignore=tuple(_as_ignore(each) for each in life["ignore"]),
        ),
        client=_text(raw["client"]),
        rotations={name: _text(label) for name, label in _pairs(raw["rotations"])},
        marked=raw.get("marked") is not False,
    )


def _ignore(ignore: Ignore) -> SavedIgnore:
    until = ignore.until.isoformat() if ignore.until else None
    return {"field": ignore.field, "reason": ignore.reason, "until": until}


def _as_ignore(raw: SavedIgnore) -> Ignore:
    until = raw["until"]
    end = None if until is None else date.fromisoformat(until)
    return Ignore(_text(raw["field"]), _text(raw["reason"]), end)


def _id_or_none(raw: Any) -> ElementId | None:  # noqa: ANN401 - JSON
    return None if raw is None else parse_element_id(raw)


def _pairs(raw: Any) -> list[tuple[str, Any]]:  # noqa: ANN401 - JSON
    if not isinstance(raw, dict):
        raise TypeError("expected a map")
    return list(raw.items())


def _text(raw: Any) -> str:  # noqa: ANN401 - JSON
    if not isinstance(raw, str):
        raise TypeError("expected a text")
    return raw
