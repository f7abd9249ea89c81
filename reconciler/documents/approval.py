"""Approvals as JSON: those that a plan needs, and one that was given."""

from __future__ import annotations

from typing_extensions import TypedDict

from reconciler.documents.types import FORMAT_VERSION, DigestText, FormatVersion


class ApprovalDocument(TypedDict):
    """An approval that a plan needs, and why.

    `by` is the owner of the key that approved, null where nobody did; `faults` is what was found in
    its place.
    """

    approver: str
    reasons: list[str]
    by: str | None
    faults: list[str]


class ApprovedDocument(TypedDict):
    """An approval that was given: of which plan, as whom, with whose key, and in which file."""

    formatVersion: FormatVersion
    planDigest: DigestText
    approver: str
    by: str
    fingerprint: str
    file: str


def approved_document(
    digest: str, approver: str, *, owner: str, fingerprint: str, file: str
) -> ApprovedDocument:
    """Return an approval that was given as JSON."""
    return {
        "formatVersion": FORMAT_VERSION,
        "planDigest": digest,
        "approver": approver,
        "by": owner,
        "fingerprint": fingerprint,
        "file": file,
    }
