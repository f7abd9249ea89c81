"""What an export did: the files, what no manifest can say, and whether a plan of it is empty.

Invariant: whatever was left out is named with the client that it belongs to.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from reconciler.model.address import Address
    from reconciler.model.plan import TargetRef

FileAction = Literal["written", "edited", "unchanged", "printed"]


@dataclass(frozen=True, slots=True, order=True)
class Omission:
    """What an export left out: an object, or one field of it, and why.

    ``client`` is the email of the client; ``id`` and ``field`` are empty where they do not apply.
    """

    kind: str
    client: str
    id: str
    field: str
    reason: str


@dataclass(frozen=True, slots=True, order=True)
class ProofFailure:
    """What a plan would do to a resource that an export wrote, although nothing differs."""

    address: str
    action: str
    fields: tuple[str, ...]
    reason: str


@dataclass(slots=True)
class ExportReport:
    """What an export did; it grows client by client.

    ``missing`` are the resources that manifests declare and the panel no longer holds, ``kept``
    those whose difference stands where no export edits, each with what to do. ``apart`` are the
    kinds, by the email of their client, whose resources got files of their own, because the
    client's would have been larger than a manifest may be.
    """

    target: TargetRef
    clients: int = 0
    objects: int = 0
    requests: int = 0
    verified: bool = True
    files: dict[str, FileAction] = field(default_factory=dict)
    omissions: list[Omission] = field(default_factory=list)
    missing: list[Address] = field(default_factory=list)
    kept: dict[Address, str] = field(default_factory=dict)
    apart: dict[str, list[str]] = field(default_factory=dict)
    failures: list[ProofFailure] = field(default_factory=list)
