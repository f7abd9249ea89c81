"""All manifests of a project, with everything that is wrong with them.

Invariants: the same manifests give the same result whatever the order of files; nothing is raised
for what an author wrote; no finding hides another one but at the very same place.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.manifest.agreement import check_identities, check_references
from reconciler.manifest.composer import UNREAD, compose
from reconciler.manifest.digest import digest_of
from reconciler.manifest.envelope import read_document
from reconciler.manifest.meaning import check_lifecycles
from reconciler.manifest.sheet import Sheet
from reconciler.manifest.skipped import skipped_manifests
from reconciler.manifest.tree import find_manifests, read_regular
from reconciler.model.finding import Finding, Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reconciler.kinds.catalogue import Catalogue
    from reconciler.manifest.place import Document
    from reconciler.model.resource import Desired


@dataclass(frozen=True, slots=True)
class Loaded:
    """What the manifests declare, what is wrong with them, and a digest of what they declare."""

    desired: tuple[Desired, ...]
    findings: tuple[Finding, ...]
    digest: str


def load_manifests(root: Path, paths: Sequence[str], catalogue: Catalogue) -> Loaded:
    """Load the manifests below some paths.

    Shape: paths are relative to the root, or absolute and inside it; folders or single files.
    Order: resources in the order of files, then of places; findings in the order of places.
    """
    root = Path(root)
    files, findings = find_manifests(root, paths)
    findings += skipped_manifests(root, paths)
    sheet = Sheet()
    for file in files:  # one after the other, so that no more than one is held composed
        documents, wrong = _read(root, file)
        findings += wrong
        for document in documents:
            read_document(sheet, document, catalogue)
    return _judge(sheet, findings, catalogue)


def _read(root: Path, file: str) -> tuple[list[Document], list[Finding]]:
    try:
        raw = read_regular(root / file)
    except OSError as error:
        reason = error.strerror or str(error)
        message = f"cannot be read: {reason.lower()}"
        return [], [Finding("error", "unreadable", message, Source(file))]
    documents, findings = compose(raw, file)
    if not findings and all(each.value is None for each in documents):
        message = "holds no manifest: delete the file, or let its name begin with '_'"
        findings.append(Finding("error", "empty-file", message, Source(file)))
    return documents, findings


def _judge(sheet: Sheet, findings: list[Finding], catalogue: Catalogue) -> Loaded:
    if not any(finding.code in UNREAD for finding in findings):
        check_references(sheet, catalogue)  # else what is missing may stand in what was not read
    check_identities(sheet, catalogue)
    check_lifecycles(sheet)
    known = {finding.source for finding in findings}
    findings += [each for each in sheet.findings if each.source not in known]
    return Loaded(tuple(sheet.desired), tuple(in_order(findings)), digest_of(sheet.desired))


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Sort findings by place; those without a place come first."""
    return sorted(findings, key=lambda each: (each.source or Source(""), each.code, each.message))
