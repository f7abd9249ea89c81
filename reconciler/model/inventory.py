"""What the last apply left of one resource.

Invariant: no secret and no password is ever part of an entry.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconciler.model.address import ElementId
    from reconciler.model.resource import Lifecycle, Scope
    from reconciler.model.value import Value


@dataclass(frozen=True, slots=True)
class InventoryEntry:
    """An owned object: where it lives, its id, its identity, and the values last applied.

    ``lifecycle`` is the manifest's at that time, so that it still holds when the manifest is gone.
    ``rotations`` remembers the labels of write-only fields, never their values. ``marked`` is false
    of an object that was bound by hand and carries no marker of ours yet.
    """

    scope: Scope
    row_id: ElementId
    fields: Mapping[str, Value]
    lifecycle: Lifecycle
    client: str = ""
    rotations: Mapping[str, str] = field(default_factory=dict)
    marked: bool = True
