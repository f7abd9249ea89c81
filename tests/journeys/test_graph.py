"""The graph of declared resources: for programs, for Graphviz, and for the page of a forge."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from jsonschema import Draft202012Validator

from reconciler.documents.schemas import report_schemas

if TYPE_CHECKING:
    from tests.support.command_line import CommandLineProject

TAXED = """\
apiVersion: reconciler/v1
kind: Client
metadata: {name: initech, labels: {team: apac}}
spec:
  email: pay@initech.example
  accounts:
    - {name: initech-eur, provider: Main provider, currency: EUR, referredBy: globex}
  taxRules: []
"""
EDGE = {"from": "Discount/globex-june", "to": "Client/globex", "field": "client"}


def test_document_names_every_resource_and_need(project: CommandLineProject) -> None:
    """An edge leads to what is referred to; inline children refer to their client."""
    project.write("manifests/initech.yaml", TAXED)

    graph = project.run("graph", "--format", "json").document

    assert Draft202012Validator(report_schemas()["graph.schema.json"]).is_valid(graph)
    assert [node["address"] for node in graph["nodes"]] == [
        "Client/globex",
        "Client/initech",
        "ClientAccount/initech-eur",
        "Discount/globex-june",
    ]
    assert graph["edges"] == [
        {"from": "ClientAccount/initech-eur", "to": "Client/globex", "field": "referredBy"},
        {"from": "ClientAccount/initech-eur", "to": "Client/initech", "field": "client"},
        EDGE,
    ]
    assert graph["nodes"][0]["labels"] == {"team": "emea"}
    assert graph["nodes"][3]["source"]["file"] == "manifests/june.yaml"
    assert project.asked() == []


@pytest.mark.parametrize(
    ("chosen", "nodes"),
    [
        (["--only", "Discount/globex-june"], ["Client/globex", "Discount/globex-june"]),
        (["-l", "team=emea"], ["Client/globex"]),
        (["manifests/june.yaml"], ["Client/globex", "Discount/globex-june"]),
    ],
)
def test_what_is_chosen_is_shown_with_what_it_needs(
    project: CommandLineProject, chosen: list[str], nodes: list[str]
) -> None:
    """A graph has no arrow into nothing."""
    project.write("manifests/initech.yaml", TAXED)

    graph = project.run("graph", "--json", *chosen).document

    assert [node["address"] for node in graph["nodes"]] == nodes


def test_programs_that_draw_are_given_their_own_language(project: CommandLineProject) -> None:
    """Dot is the default, and Mermaid names nodes by numbers."""
    dot = project.run("graph").out
    mermaid = project.run("graph", "--format", "mermaid").out

    assert '  "Discount/globex-june" -> "Client/globex" [label="client"];\n' in dot
    assert dot.startswith("digraph ")
    assert mermaid == (
        'flowchart LR\n  n1["Client/globex"]\n  n2["Discount/globex-june"]\n  n2 -->|"client"| n1\n'
    )


def test_large_diagram_says_that_no_forge_draws_it(project: CommandLineProject) -> None:
    """The diagram is printed all the same."""
    rules = [f"    - {{name: r{n}, provider: P{n}, rate: 1}}\n" for n in range(501)]
    project.write("manifests/initech.yaml", TAXED.replace("[]", "\n" + "".join(rules)))

    result = project.run("graph", "--format", "mermaid", "-l", "team=apac")

    assert result.out.count(" --> ") + result.out.count(" -->|") == 503
    assert result.err.startswith("note: the graph has 503 arrows, and forges draw 500: ")


def test_manifests_with_errors_have_no_graph(project: CommandLineProject) -> None:
    """Each finding is shown as ``validate`` shows it (3)."""
    project.edit("manifests/june.yaml", "client: globex", "client: globx")

    result = project.run("graph", code=3)

    assert result.out == ""
    assert "manifests/june.yaml:5:11: error[unknown-reference]: " in result.err


def test_selection_that_finds_nothing_is_refused(project: CommandLineProject) -> None:
    """A graph of nothing would look like no dependencies (3, and 64 for what means nothing)."""
    nothing = project.run("graph", "--only", "Discount/globex-jun", code=3)
    meaningless = project.run("graph", "-l", "team", code=64)

    assert "did you mean 'Discount/globex-june'" in nothing.err
    assert "write -l name=value" in meaningless.err
