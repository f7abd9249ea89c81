"""Read the top level of one document, and the resources that it declares.

Invariant: every section of a document is read, even if another one has errors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.manifest.load.diagnostics import SECTIONS
from reconciler.manifest.load.section import (
    Section,
    inner_map,
    read_labels,
    read_lifecycle,
    read_name,
    refuse_unknown,
)
from reconciler.manifest.load.spec_reader import SpecReader
from reconciler.manifest.load.waivers import read_waivers
from reconciler.manifest.quote import quote

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.kinds.catalogue import Catalogue
    from reconciler.kinds.kind import ResourceKind
    from reconciler.manifest.load.diagnostics import LoadState
    from reconciler.manifest.load.spec_reader import Beside
    from reconciler.manifest.yaml.positions import YamlDocument

API_VERSION = "reconciler/v1"
# The kind of what declares resources for many clients; no kind of the panel.
SET_KIND = "ResourceSet"
_KEYS = ("apiVersion", "kind", "metadata", "lifecycle", "lint", "spec")


def read_document(state: LoadState, document: YamlDocument, catalogue: Catalogue) -> None:
    """Add the resources of a document to the state; an empty document declares nothing."""
    if document.value is None:
        return
    if not isinstance(document.value, dict):
        place = document.place
        part = Section(document.file, {}, place)
        state.refuse(
            "not-a-manifest", "expected a map: apiVersion, kind, metadata, spec", part.at()
        )
        return
    part = Section(document.file, document.value, document.place)
    kind = None if part.value.get("kind") == SET_KIND else find_kind(state, part, catalogue)
    if kind is None and part.value.get("kind") != SET_KIND:
        return
    refuse_unknown(state, part, _KEYS, "a manifest")
    check_version(state, part)
    if kind is None:
        state.sets.append(part)  # what it declares depends on all the clients
        return
    metadata = required_map(state, part, "metadata")
    spec = required_map(state, part, "spec")
    lifecycle = inner_map(state, part, "lifecycle") if "lifecycle" in part.value else None
    life = read_lifecycle(state, kind, lifecycle)
    name, labels = _metadata(state, metadata) if metadata is not None else (None, {})
    before = len(state.desired)
    reader = SpecReader(state, catalogue, labels)
    address = reader.claim(kind, name, part.at())
    reader.note_override(kind, address, lifecycle)
    if address is not None and kind is catalogue.client:
        state.clients[address.name] = labels
    if spec is not None:
        beside = _beside(metadata, lifecycle)
        reader.read(kind, address, spec, life=life, source=part.at(), beside=beside)
    read_waivers(state, part, state.desired[before:])


def check_version(state: LoadState, part: Section) -> None:
    """Note a document that is not written for this program."""
    if part.value.get("apiVersion") != API_VERSION:
        message = f"apiVersion: this program reads {API_VERSION}"
        state.refuse("api-version", message, part.at("apiVersion"))


def _metadata(state: LoadState, part: Section) -> tuple[str | None, Mapping[str, str]]:
    refuse_unknown(state, part, SECTIONS["metadata"], "metadata")
    return read_name(state, part), read_labels(state, part)


def _beside(metadata: Section | None, lifecycle: Section | None) -> Beside:
    """Return what of a document stands beside its spec and is said of its resource."""
    found = {} if lifecycle is None else {"lifecycle": lifecycle}
    place = metadata.place.inner if metadata is not None else None
    labels = metadata.value.get("labels") if metadata is not None else None
    if metadata is not None and isinstance(labels, dict) and isinstance(place, dict):
        found["labels"] = Section(metadata.file, labels, place["labels"])
    return found


def required_map(state: LoadState, part: Section, key: str) -> Section | None:
    """Return the map under a key that no manifest lacks; a finding where there is none."""
    if key in part.value:
        return inner_map(state, part, key)
    state.refuse("missing-key", f"a manifest needs {key}", part.at())
    return None


def find_kind(state: LoadState, part: Section, catalogue: Catalogue) -> ResourceKind | None:
    """Return the kind of a document, or note why it is none."""
    raw = part.value.get("kind")
    name = raw if isinstance(raw, str) else ""
    kind = catalogue.by_name.get(name)
    if kind is not None:
        return kind
    known = [*catalogue.by_name, SET_KIND]
    if name in catalogue.lookups:
        message = f"kind {name} is read-only: administrators create it in the panel"
    elif name == "Project":
        message = "the project file is not a manifest: keep it outside the folders of manifests"
    elif name == "Policy":
        message = "a policy is not a manifest: keep it in the folder of policies"
    elif not name:
        message = f"a manifest needs a kind: {', '.join(known)}"
    else:
        hint = state.hint(name, known) or f"; the kinds are {', '.join(known)}"
        message = f"unknown kind {quote(name)}{hint}"
    state.refuse("kind", message, part.at("kind"))
    return None
