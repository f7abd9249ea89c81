"""In which order the keys of a manifest come: as `init` writes them, and as the kind has them.

Invariant: what no ordering names keeps the order of its author, behind what is named.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.kinds.catalogue import Catalogue
    from reconciler.kinds.kind import ResourceKind
    from reconciler.manifest.yaml.scalars import Plain


@dataclass(frozen=True, slots=True)
class FieldOrdering:
    """The keys of a map in their order; ``inner`` is for its maps, ``items`` for those of a list.

    ``kinds`` are orderings by the kind that an item says that it is.
    """

    keys: tuple[str, ...] = ()
    inner: Mapping[str, FieldOrdering] = field(default_factory=dict)
    items: FieldOrdering | None = None
    kinds: Mapping[str, FieldOrdering] = field(default_factory=dict)

    def of_item(self, value: Plain) -> FieldOrdering:
        """Return the ordering of one item of a list."""
        word = value.get("kind") if self.kinds and isinstance(value, dict) else None
        known = self.kinds.get(word) if isinstance(word, str) else None
        return known or self.items or FieldOrdering()


_TOP = ("apiVersion", "kind", "metadata", "lifecycle", "lint", "spec")
_METADATA = FieldOrdering(("name", "labels"))
_IGNORED = FieldOrdering(("field", "reason", "until"))
_WAIVED = FieldOrdering(("code", "reason", "owner", "until"))
_LIFECYCLE = FieldOrdering(
    ("onRemove", "protect", "ignore", "movedFrom", "adopt", "overrides"),
    {"ignore": FieldOrdering(items=_IGNORED)},
)
_LINT = FieldOrdering(inner={"waive": FieldOrdering(items=_WAIVED)})


def ordering_of(value: Plain, catalogue: Catalogue) -> FieldOrdering:
    """Return the ordering of a document, by the kind that it says that it is."""
    word = value.get("kind") if isinstance(value, dict) else None
    kind = catalogue.by_name.get(word) if isinstance(word, str) else None
    if kind is not None:
        spec = _spec(kind, catalogue)
    elif word == "ResourceSet":
        kinds = {each.name: _entry(each, catalogue) for each in catalogue.resources}
        spec = FieldOrdering(("clients", "resources"), {"resources": FieldOrdering(kinds=kinds)})
    else:
        spec = FieldOrdering()
    inner = {"metadata": _METADATA, "lifecycle": _LIFECYCLE, "lint": _LINT, "spec": spec}
    return FieldOrdering(_TOP, inner)


def _entry(kind: ResourceKind, catalogue: Catalogue) -> FieldOrdering:
    inner = {"lifecycle": _LIFECYCLE, "spec": _spec(kind, catalogue)}
    return FieldOrdering(("kind", "name", "lifecycle", "spec"), inner)


def _spec(kind: ResourceKind, catalogue: Catalogue) -> FieldOrdering:
    """Return the ordering of a kind's fields, with its inline lists behind them."""
    groups: dict[str, list[str]] = {}
    for facet in kind.facets:
        head, _, rest = facet.name.partition(".")
        groups.setdefault(head, []).append(rest)
    inner = {head: FieldOrdering(tuple(names)) for head, names in groups.items() if any(names)}
    children = catalogue.children[kind.name]
    for key, child in children.items():
        fields = _spec(child, catalogue)
        keys = ("name", "lifecycle", "lint", *fields.keys)
        ordering = FieldOrdering(keys, {**fields.inner, "lifecycle": _LIFECYCLE, "lint": _LINT})
        inner[key] = FieldOrdering(items=ordering)
    return FieldOrdering((*groups, *children), inner)
