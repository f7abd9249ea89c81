"""Load all manifests of a project, with all findings.

Invariants: the same manifests give the same result, whatever the order of files; an author's
mistake never raises; a finding hides another one only at the same position.
"""

from __future__ import annotations

import gc
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

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
from reconciler.manifest.yaml.documents import UNREAD, compose
from reconciler.model.finding import Finding, Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from reconciler.kinds.catalogue import Catalogue
    from reconciler.manifest.load.parsed_files import ParsedFiles
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
    known_digest: str = field(default="", compare=False)

    @cached_property
    def digest(self) -> str:
        """Return the digest of the resources, which a plan is bound to."""
        return self.known_digest or digest_of(self.desired)


class _Content(NamedTuple):
    """The bytes of a file, or the reason why there are none."""

    file: str
    raw: bytes | None
    reason: str = ""


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
    parsed: ParsedFiles | None = None,
) -> LoadedManifests:
    """Load the manifests below some paths, with the overlays of some folders.

    Shape: paths are relative to the root, or absolute and inside it; folders or single files.
           ``instead`` has what files shall hold, by their names; one without a byte shall go.
           ``parsed`` has what files declared when they were read before; it learns the others.
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
        documents, wrong = _read_folder(root, folder, instead, parsed)
        findings += wrong
        above.add_folder(documents)
    if parsed is not None:
        parsed.begin(0)
    for file in files:  # one after the other, so that only one parsed file is in memory
        findings += _declare(state, above, _content(root, file, instead), parsed)
    # What is missing may stand in what was not read.
    complete = not any(finding.code in UNREAD for finding in findings)
    sets = expand_sets(state, catalogue, above, complete=complete)
    if overlays:
        findings = [_beside_overlays(each) for each in findings]
    if complete and not any(finding.code in _NOTHING_THERE for finding in findings):
        above.check_used()
    known = parsed.digest() if parsed is not None else None
    if known is None:
        findings += _judge(state, findings, catalogue)
    return LoadedManifests(
        *(tuple(state.desired), tuple(in_order(findings)), sets, tuple(state.waivers)),
        known_digest=known or "",
    )


def _beside_overlays(finding: Finding) -> Finding:
    """Add to the finding of a folder without manifests that overlays are none."""
    if finding.code not in _NOTHING_THERE:
        return finding
    more = "overlays only change what manifests declare, and declare nothing themselves"
    return replace(finding, message=f"{finding.message}; {more}")


def _read_folder(
    root: Path, folder: str, instead: Mapping[str, bytes], parsed: ParsedFiles | None
) -> tuple[list[YamlDocument], list[Finding]]:
    found, findings = files_below(root, folder)
    files = [file for file in found if instead.get(file) != b""]
    if not files and not findings:
        message = (
            f"no overlays under {quote(folder)} (*.yaml, *.yml): put them back, or take the "
            "folder out of the target's overlays"
        )
        findings.append(Finding("error", "overlay-folder", message, Source(folder)))
    if parsed is not None:
        parsed.begin(len(files))
    documents: list[YamlDocument] = []
    for file in files:
        content = _content(root, file, instead)
        if parsed is not None and content.raw is not None:
            parsed.key_of(file, content.raw)
        read, wrong = _compose(content)
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


def _declare(
    state: LoadState, overlays: Overlays, content: _Content, parsed: ParsedFiles | None
) -> list[Finding]:
    """Add what a file declares to the state; return what is wrong with the file itself."""
    key = b""
    if parsed is not None and content.raw is not None:
        key = parsed.key_of(content.file, content.raw)
        if parsed.take(key, content.file, state, overlays):
            return []
    before = state.marks()
    documents, wrong = _compose(content)
    for document in documents:
        read_document(state, overlays.over_document(document), overlays.catalogue)
    # Whatever is more than resources is read anew each time: there is little of it.
    if parsed is not None and key and not wrong and state.marks()[1:] == before[1:]:
        parsed.keep(key, state.desired[before[0] :], overlays.catalogue)
    return wrong


def _content(root: Path, file: str, instead: Mapping[str, bytes]) -> _Content:
    try:
        raw = instead[file] if file in instead else read_regular(f"{root}/{file}")
    except OSError as error:
        return _Content(file, None, (error.strerror or str(error)).lower())
    return _Content(file, raw)


def _compose(content: _Content) -> tuple[list[YamlDocument], list[Finding]]:
    file, raw, reason = content
    if raw is None:
        message = f"cannot be read: {reason}"
        return [], [Finding("error", "unreadable", message, Source(file))]
    documents, findings = compose(raw, file)
    if not findings and all(each.value is None for each in documents):
        message = "the file has no manifest: delete it, or begin its name with '_'"
        findings.append(Finding("error", "empty-file", message, Source(file)))
    return documents, findings


def _judge(state: LoadState, findings: Sequence[Finding], catalogue: Catalogue) -> list[Finding]:
    """Check the resources against each other; return what is wrong with them, and was before."""
    if not any(finding.code in UNREAD for finding in findings):
        check_references(state, catalogue)  # else a missing one may be in the part not read
    check_identities(state, catalogue)
    check_lifecycles(state)
    known = {finding.source for finding in findings}
    return [each for each in state.findings if each.source not in known]


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Sort findings by position; those without a position come first."""
    return sorted(findings, key=lambda each: (each.source or Source(""), each.code, each.message))
