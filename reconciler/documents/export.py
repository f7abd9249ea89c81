"""What an export did, as a JSON document."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated

from pydantic import Field
from typing_extensions import TypedDict

from reconciler.documents.types import (
    FORMAT_VERSION,
    AddressText,
    Count,
    FormatVersion,
    TargetDocument,
    target_document,
)
from reconciler.model.export import FileAction

if TYPE_CHECKING:
    from reconciler.model.export import ExportReport

ClientText = Annotated[
    str, Field(description="the email of the client, or its name where the panel shows no more")
]


class ExportedFileDocument(TypedDict):
    """A file, and what became of it."""

    file: str
    action: FileAction


class OmissionDocument(TypedDict):
    """What no manifest can say: an object, or one field of it where `field` names it."""

    kind: str
    client: ClientText
    id: str
    field: str
    reason: str


class ProofFailureDocument(TypedDict):
    """What a plan of the export would do, although nothing differs."""

    address: str
    action: str
    fields: list[str]
    reason: str


class UneditedDocument(TypedDict):
    """A resource that differs where no export edits, and what to do about it."""

    address: AddressText
    reason: str


class PlacementDocument(TypedDict):
    """Kinds of one client in files of their own: a manifest has at most 1 MiB."""

    client: ClientText
    kinds: list[str]


class ExportDocument(TypedDict):
    """What an export wrote, what it left out, and whether a plan of it is empty."""

    formatVersion: FormatVersion
    target: TargetDocument
    clients: Count
    objects: Count
    requests: Count
    files: list[ExportedFileDocument]
    omitted: list[OmissionDocument]
    omittedByKind: dict[str, Count]
    missing: list[AddressText]
    kept: list[UneditedDocument]
    apart: list[PlacementDocument]
    verified: bool
    failures: list[ProofFailureDocument]


def export_document(report: ExportReport) -> ExportDocument:
    """Return what an export did as JSON."""
    counts = Counter(each.kind for each in report.omissions)
    return {
        "formatVersion": FORMAT_VERSION,
        "target": target_document(report.target),
        "clients": report.clients,
        "objects": report.objects,
        "requests": report.requests,
        "files": [{"file": name, "action": did} for name, did in sorted(report.files.items())],
        "omitted": [
            {
                "kind": each.kind,
                "client": each.client,
                "id": each.id,
                "field": each.field,
                "reason": each.reason,
            }
            for each in report.omissions
        ],
        "omittedByKind": dict(sorted(counts.items())),
        "missing": sorted(map(str, report.missing)),
        "kept": [
            {"address": str(address), "reason": why} for address, why in sorted(report.kept.items())
        ],
        "apart": [
            {"client": client, "kinds": sorted(kinds)}
            for client, kinds in sorted(report.apart.items())
        ],
        "verified": report.verified,
        "failures": [
            {
                "address": each.address,
                "action": each.action,
                "fields": list(each.fields),
                "reason": each.reason,
            }
            for each in report.failures
        ],
    }
