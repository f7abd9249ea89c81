"""One client's documents: its own, its children inline or beside it, with comments for people.

Invariants: a list is written inline only where all that the panel has in it can be said, or where
what is left out of it is never deleted; names and ids of what was written are kept for the proof.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reconciler.export.names import variable
from reconciler.kinds.fields import Mode
from reconciler.manifest.load.document import API_VERSION
from reconciler.manifest.yaml.emit import Comments, file_text
from reconciler.model.address import Address

if TYPE_CHECKING:
    from reconciler.export.values import WrittenValues
    from reconciler.kinds.kind import ResourceKind
    from reconciler.manifest.yaml.emit import Path
    from reconciler.manifest.yaml.scalars import Plain
    from reconciler.model.address import ElementId
    from reconciler.model.resource import Observed


@dataclass(frozen=True, slots=True)
class Declaration:
    """A resource to be declared: what it is called, which object it is, and what it says.

    ``adopts`` says that only its id tells the object from another one.
    """

    kind: ResourceKind
    name: str
    observed: Observed
    values: WrittenValues
    adopts: bool = False

    @property
    def address(self) -> Address:
        """The address of the resource."""
        return Address(self.kind.name, self.name)

    @property
    def id(self) -> ElementId:
        """The id of the object."""
        return self.observed.row_id

    @property
    def lifecycle(self) -> dict[str, Plain]:
        """What the manifest says of its lifecycle: nothing, for most."""
        return {"adopt": {"id": self.id}} if self.adopts else {}


@dataclass(slots=True)
class _Draft:
    """One document in the making."""

    document: dict[str, Plain]
    beside: dict[Path, str] = field(default_factory=dict)
    above: dict[Path, list[str]] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The document as text."""
        return file_text(self.document, Comments(self.beside, self.above))


def client_text(client: Declaration, inline: Mapping[ResourceKind, Sequence[Declaration]]) -> str:
    """Write a client with the children that stand in its own document."""
    draft = _draft(client, {})
    spec = draft.document["spec"]
    if isinstance(spec, dict):
        for kind, children in inline.items():
            spec[kind.inline] = [
                _item(draft, child, ("spec", kind.inline, number))
                for number, child in enumerate(children)
            ]
    return draft.text


def own_text(declared: Declaration, owner: Plain) -> str:
    """Write a child as a document of its own; ``owner`` is how it refers to its client."""
    return _draft(declared, {declared.kind.parent: owner}).text


def inline_item(declared: Declaration) -> dict[str, Plain]:
    """Return a child as an item of its client's list."""
    lifecycle: dict[str, Plain] = {"lifecycle": declared.lifecycle} if declared.adopts else {}
    return {"name": declared.name, **lifecycle, **nested(declared.values.spec)}


def nested(spec: Mapping[str, Plain]) -> dict[str, Plain]:
    """Return a spec with dotted names as maps in maps."""
    found: dict[str, Plain] = {}
    for name, value in spec.items():
        first, dot, rest = name.partition(".")
        inner = found.setdefault(first, {}) if dot else None
        if isinstance(inner, dict):
            inner[rest] = value
        else:
            found[first] = value
    return found


def _draft(declared: Declaration, owner: dict[str, Plain]) -> _Draft:
    document: dict[str, Plain] = {
        "apiVersion": API_VERSION,
        "kind": declared.kind.name,
        "metadata": {"name": declared.name},
    }
    if declared.adopts:
        document["lifecycle"] = declared.lifecycle
    document["spec"] = {**owner, **nested(declared.values.spec)}
    draft = _Draft(document)
    draft.beside = {("spec", *path): text for path, text in declared.values.beside.items()}
    if known := _needed(declared):
        draft.above["spec",] = known
    return draft


def _item(draft: _Draft, declared: Declaration, at: Path) -> Plain:
    draft.beside |= {(*at, *path): text for path, text in declared.values.beside.items()}
    if known := _needed(declared):
        draft.above[at] = known
    return inline_item(declared)


def _needed(declared: Declaration) -> list[str]:
    """Return which references to secrets a new installation would need, for none is ever read."""
    return [
        f"a new installation needs {facet.name}: "
        f"{{env: {variable(declared.name, facet.name)}}}, which was not read"
        for facet in declared.kind.facets
        if facet.wire.mode is Mode.WRITE_ONLY
    ]
