"""A text of an author cannot end the quotation that it stands in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.report.graph import dot_text, mermaid_text

if TYPE_CHECKING:
    from reconciler.documents.graph import GraphDocument

HOSTILE = 'Kind/a"]; <b>#\\\n`'
GRAPH: GraphDocument = {
    "formatVersion": "1",
    "nodes": [{"address": HOSTILE, "labels": {}, "source": None}],
    "edges": [{"from": HOSTILE, "to": HOSTILE, "field": 'x"|'}],
}


def test_dot_escapes_quotes_backslashes_and_line_ends() -> None:
    """Graphviz reads one name."""
    name = '"Kind/a\\"]; <b>#\\\\\\n`"'

    assert f'  {name} -> {name} [label="x\\"|"];\n' in dot_text(GRAPH)
    assert f"  {name};\n" in dot_text(GRAPH)


def test_mermaid_writes_signs_of_its_own_as_entities() -> None:
    """Mermaid reads one label, and no forge reads a tag."""
    text = mermaid_text(GRAPH)

    assert '  n1["Kind/a#quot;]; #lt;b#gt;#35;\\ #96;"]\n' in text
    assert '  n1 -->|"x#quot;|"| n1\n' in text
