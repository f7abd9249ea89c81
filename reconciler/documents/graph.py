"""What declared resources need of one another, as a JSON document.

Invariants: an edge leads from a resource to one that it needs, and both are nodes; nodes and edges
stand in the order of their addresses, whatever the order of the files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import TypedDict

from reconciler.documents.findings import PlaceDocument, place_document
from reconciler.documents.types import FORMAT_VERSION, AddressText, FormatVersion
from reconciler.model.address import Address
from reconciler.model.value import Ref

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from reconciler.model.resource import Desired


class GraphNodeDocument(TypedDict):
    """A declared resource: its address, its labels, and where it stands."""

    address: AddressText
    labels: dict[str, str]
    source: PlaceDocument | None


# A name such as `from` is no attribute of a class.
GraphEdgeDocument = TypedDict(
    "GraphEdgeDocument", {"from": AddressText, "to": AddressText, "field": str}
)
GraphEdgeDocument.__doc__ = "One need: the resource `from` refers to the resource `to` in a field."


class GraphDocument(TypedDict):
    """Declared resources, and what they need of one another."""

    formatVersion: FormatVersion
    nodes: list[GraphNodeDocument]
    edges: list[GraphEdgeDocument]


def graph_document(
    desired: Sequence[Desired], is_asked: Callable[[Desired], bool]
) -> GraphDocument:
    """Return the resources that are asked for with all that they need, directly or through others.

    Shape: a reference by email or id names no manifest, and is no edge.
    """
    by_address = {each.address: each for each in desired}
    kept = _with_needs(by_address, [each.address for each in desired if is_asked(each)])
    nodes = [by_address[address] for address in sorted(kept)]
    return {
        "formatVersion": FORMAT_VERSION,
        "nodes": [
            {
                "address": str(node.address),
                "labels": dict(sorted(node.labels.items())),
                "source": place_document(node.source),
            }
            for node in nodes
        ],
        "edges": [
            {"from": str(node.address), "to": str(need), "field": field}
            for node in nodes
            for need, field in sorted(_needs(node))
            if need in kept
        ],
    }


def _with_needs(by_address: Mapping[Address, Desired], asked: Sequence[Address]) -> set[Address]:
    kept, left = set(asked), list(asked)
    while left:
        for need, _ in _needs(by_address[left.pop()]):
            if need in by_address and need not in kept:
                kept.add(need)
                left.append(need)
    return kept


def _needs(desired: Desired) -> Iterator[tuple[Address, str]]:
    """Return what a resource refers to by the name of its manifest, with the field that does."""
    for name, value in desired.fields.items():
        if isinstance(value, Ref) and value.by == "name":
            yield Address(value.kind, value.key), name
