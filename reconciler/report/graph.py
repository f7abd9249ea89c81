"""The graph of declared resources for programs that draw: Graphviz, and Mermaid as forges render.

Invariant: a text of an author is quoted as each language wants it, and can end no quotation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconciler.documents.graph import GraphDocument

# What forges refuse to draw beyond, by the defaults of Mermaid.
_MOST_EDGES = 500
_ENTITIES = {'"': "#quot;", "#": "#35;", "<": "#lt;", ">": "#gt;", "&": "#amp;", "`": "#96;"}


def dot_text(graph: GraphDocument) -> str:
    """Write the graph in the language of Graphviz: an arrow leads to what is needed.

    Shape: ``"Discount/acme-spring" -> "Client/acme" [label="client"];``
    """
    nodes = [f"  {_dot(node['address'])};" for node in graph["nodes"]]
    edges = [
        f"  {_dot(edge['from'])} -> {_dot(edge['to'])} [label={_dot(edge['field'])}];"
        for edge in graph["edges"]
    ]
    head = ["digraph reconciler {", "  rankdir=LR;", "  node [shape=box];"]
    return "\n".join([*head, *nodes, *edges, "}"]) + "\n"


def mermaid_text(graph: GraphDocument) -> str:
    """Write the graph in the language of Mermaid: an arrow leads to what is needed.

    Shape: nodes are numbered, for an address is no name there; ``n2 -->|"client"| n1``.
    """
    numbers = {node["address"]: f"n{place}" for place, node in enumerate(graph["nodes"], 1)}
    nodes = [f'  {number}["{_mermaid(address)}"]' for address, number in numbers.items()]
    edges = [
        f'  {numbers[edge["from"]]} -->|"{_mermaid(edge["field"])}"| {numbers[edge["to"]]}'
        for edge in graph["edges"]
    ]
    return "\n".join(["flowchart LR", *nodes, *edges]) + "\n"


def limit_note(graph: GraphDocument) -> str:
    """Return a note that a diagram is larger than forges draw; an empty text for a smaller one."""
    count = len(graph["edges"])
    if count <= _MOST_EDGES:
        return ""
    return (
        f"note: the graph has {count} arrows, and forges draw {_MOST_EDGES}: choose fewer "
        "resources with -l, --only or PATH"
    )


def _dot(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _mermaid(text: str) -> str:
    return "".join(_ENTITIES.get(sign, sign) for sign in text).replace("\n", " ")
