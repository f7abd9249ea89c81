"""The rules hold for what a set declares as for what is written out, and are reported once."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.support.command_line import CommandLineProject

SET = """\
apiVersion: reconciler/v1
kind: ResourceSet
metadata: {name: agency-terms}
spec:
  clients: {labels: {segment: agency}}
  resources:
    - kind: Discount
      name: "{client}-free"
      spec: {percentage: 100, type: Percentage discount}
"""
CLIENT = """\
apiVersion: reconciler/v1
kind: Client
metadata:
  name: agency-%d
  labels: {segment: agency}
spec: {email: pay@agency-%d.example}
"""
WAIVED = SET.replace(
    "spec:\n  clients",
    "lint: {waive: [{code: BM303, reason: the launch, owner: sales}]}\nspec:\n  clients",
)


def _declare(project: CommandLineProject, text: str, clients: int = 3) -> None:
    project.write("manifests/set.yaml", text)
    project.write(
        "manifests/agencies.yaml", "---\n".join(CLIENT % (n, n) for n in range(1, clients + 1))
    )


def test_line_of_a_set_is_reported_once_for_all_of_its_clients(project: CommandLineProject) -> None:
    """The place is in the set, and the first client is named."""
    _declare(project, SET)

    reported = project.run("validate").out

    assert reported.count("BM303") == 1
    assert (
        "manifests/set.yaml:9:26: warning[BM303]: Discount/agency-1-free: 100 per cent without an "
        "end: what the client orders stays free for ever (and 2 more of ResourceSet/agency-terms)"
    ) in " ".join(reported.split())


def test_waiver_of_a_set_covers_what_it_declares_for_each_client(
    project: CommandLineProject,
) -> None:
    """One reason and one owner stand for all of them; nothing is idle."""
    _declare(project, WAIVED)

    assert project.run("validate", "--json").document["findings"] == []


def test_waiver_in_an_overlay_holds_for_its_target(project: CommandLineProject) -> None:
    """What an overlay declares otherwise, it may waive as well."""
    _declare(project, SET.replace("100", "50"))
    project.edit(
        "reconciler.yaml",
        "      url: sandbox:.reconciler/sandbox.sqlite3",
        "      url: sandbox:.reconciler/sandbox.sqlite3\n      overlays: [overlays]",
    )
    overlay = WAIVED.replace("clients: {labels: {segment: agency}}\n  ", "").replace(
        "Percentage", "Promotion"
    )
    project.write("overlays/set.yaml", overlay)

    assert project.run("validate", "--json").document["findings"] == []
