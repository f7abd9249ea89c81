"""Load all manifests of a project, with all findings.

Invariants: the same manifests give the same result, whatever the order of files; an author's
mistake never raises; a finding hides another one only at the same position.
"""

from __future__ import annotations

import gc
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.manifest.digest import digest_of
from reconciler.manifest.load.cross_checks import check_identities, check_references
from reconciler.manifest.load.diagnostics import LoadState
from reconciler.manifest.load.document import read_document
from reconciler.manifest.load.files import files_below, find_manifests, read_regular
from reconciler.manifest.load.overlays import Overlays
from reconciler.manifest.load.sets import expand_sets
from reconciler.manifest.load.skipped_files import skipped_manifests
from reconciler.manifest.load.value_checks import check_lifecycles
from reconciler.manifest.quote import quote
from reconciler.manifest.yaml.parser import UNREAD, compose
from reconciler.model.finding import Finding, Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from reconciler.kinds.catalogue import Catalogue
    from reconciler.manifest.load.set_reader import ResourceSet
    from reconciler.manifest.yaml.positions import YamlDocument
    from reconciler.model.resource import Desired
    from reconciler.model.waiver import Waiver


_AS_THEY_ARE: Mapping[str, bytes] = {}
# Findings of a path without a manifest: nothing is there that an overlay could lie over.
_NOTHING_THERE = frozenset({"path-missing", "no-manifests"})


@dataclass(frozen=True)
class LoadedManifests:
    """The declared resources, and the findings.

    ``sets`` are the valid ResourceSets; their resources are among the others.
    """

    desired: tuple[Desired, ...]
    findings: tuple[Finding, ...]
    sets: tuple[ResourceSet, ...] = ()
    waivers: tuple[Waiver, ...] = ()

    @cached_property
    def digest(self) -> str:
        """Return the digest of the resources, which a plan is bound to."""
        return digest_of(self.desired)


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Keep the garbage collector from looking again and again through what is being built.

    A third of the time of loading: next to nothing of it is garbage, and nothing is in a cycle.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@_collector_paused()
def load_manifests(
    root: Path,
    paths: Sequence[str],
    catalogue: Catalogue,
    overlays: Sequence[str] = (),
    *,
    instead: Mapping[str, bytes] = _AS_THEY_ARE,
) -> LoadedManifests:
    """Load the manifests below some paths, with the overlays of some folders.

    Shape: paths are relative to the root, or absolute and inside it; folders or single files.
           ``instead`` has what files shall hold, by their names; one without a byte shall go.
    Order: resources in the order of files, then of places, those of sets last; findings in the
           order of places; a later folder of overlays lies over an earlier one.
    """
    root = Path(root)
    gone = frozenset(file for file, raw in instead.items() if not raw)
    files, findings = find_manifests(root, paths, gone)
    findings += skipped_manifests(root, [*paths, *overlays])
    state = LoadState()
    above = Overlays(state, catalogue)
    for folder in overlays:
        documents, wrong = _read_folder(root, folder, instead)
        findings += wrong
        above.add_folder(documents)
    for file in files:  # one after the other, so that only one parsed file is in memory
        documents, wrong = _read(root, file, instead)
        findings += wrong
        for document in documents:
            read_document(state, above.over_document(document), catalogue)
    # What is missing may stand in what was not read.
    complete = not any(finding.code in UNREAD for finding in findings)
    sets = expand_sets(state, catalogue, above, complete=complete)
    if overlays:
        findings = [_beside_overlays(each) for each in findings]
    if complete and not any(finding.code in _NOTHING_THERE for finding in findings):
        above.check_used()
    return _judge(state, findings, catalogue, sets)


def _beside_overlays(finding: Finding) -> Finding:
    """Add to the finding of a folder without manifests that overlays are none."""
    if finding.code not in _NOTHING_THERE:
        return finding
    more = "overlays only change what manifests declare, and declare nothing themselves"
    return replace(finding, message=f"{finding.message}; {more}")


def _read_folder(
    root: Path, folder: str, instead: Mapping[str, bytes]
) -> tuple[list[YamlDocument], list[Finding]]:
    found, findings = files_below(root, folder)
    files = [file for file in found if instead.get(file) != b""]
    if not files and not findings:
        message = (
            f"no overlays under {quote(folder)} (*.yaml, *.yml): put them back, or take the "
            "folder out of the target's overlays"
        )
        findings.append(Finding("error", "overlay-folder", message, Source(folder)))
    documents: list[YamlDocument] = []
    for file in files:
        read, wrong = _read(root, file, instead)
        documents += read
        findings += wrong
    return documents, findings


def load_text(text: str, file: str, catalogue: Catalogue) -> LoadedManifests:
    """Load the text of one file by itself; what it refers to may be declared in another one."""
    documents, findings = compose(text.encode(), file)
    state = LoadState()
    for document in documents:
        read_document(state, document, catalogue)
    check_identities(state, catalogue)
    check_lifecycles(state)
    return LoadedManifests(
        tuple(state.desired),
        tuple(in_order([*findings, *state.findings])),
    )


def _read(
    root: Path, file: str, instead: Mapping[str, bytes]
) -> tuple[list[YamlDocument], list[Finding]]:
    try:
        raw = instead[file] if file in instead else read_regular(root / file)
    except OSError as error:
        reason = error.strerror or str(error)
        message = f"cannot be read: {reason.lower()}"
        return [], [Finding("error", "unreadable", message, Source(file))]
    documents, findings = compose(raw, file)
    if not findings and all(each.value is None for each in documents):
        message = "the file has no manifest: delete it, or begin its name with '_'"
        findings.append(Finding("error", "empty-file", message, Source(file)))
    return documents, findings


def _judge(
    state: LoadState,
    findings: list[Finding],
    catalogue: Catalogue,
    sets: tuple[ResourceSet, ...],
) -> LoadedManifests:
    if not any(finding.code in UNREAD for finding in findings):
        check_references(state, catalogue)  # else a missing one may be in the part not read
    check_identities(state, catalogue)
    check_lifecycles(state)
    known = {finding.source for finding in findings}
    findings += [each for each in state.findings if each.source not in known]
    return LoadedManifests(
        tuple(state.desired),
        tuple(in_order(findings)),
        sets,
        tuple(state.waivers),
    )


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Sort findings by position; those without a position come first."""
    return sorted(findings, key=lambda each: (each.source or Source(""), each.code, each.message))
