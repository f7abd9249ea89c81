"""A panel that goes away in the middle of an apply: said once, with what is left to do."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from reconciler.sandbox import Sandbox
from tests.journeys.conftest import CLIENT
from tests.journeys.shaky import TARGET, observed, serving

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.journeys.conftest import Project

MANY = 20


def test_panel_that_goes_away_is_said_once(project: Project) -> None:
    """Every change has its end in the report, and the next apply does the rest."""
    for number in range(MANY):
        text = CLIENT.replace("globex", f"globex-{number}")
        project.write(f"manifests/{number}.yaml", text)
    project.run("sandbox", "reset")
    leaving: list[Callable[[], None]] = []
    begun: list[str] = []

    def leave() -> None:
        begun.append("")
        if len(begun) > 3:
            leaving[0]()

    with (
        closing(Sandbox(project.database)) as sandbox,
        serving(observed(sandbox, leave, b"sok=ok"), leaving=leaving) as url,
    ):
        project.edit("reconciler.yaml", "  guards:", TARGET % url + "  guards:")
        ended = project.run(
            "apply", "--yes", "--target", "shaky", "--report", "report.json", code=6
        )

    assert ended.out.count("cannot be reached any more") == 1
    assert f"{url} cannot be reached any more. Not begun: " in ended.out
    assert "reconciler apply --target shaky" in ended.out
    assert ended.out.count("no connection") <= 4  # what was in flight, side by side
    document = project.run("journal", "--json", "--target", "shaky").document
    assert document["lines"]
    with closing(Sandbox(project.database)) as sandbox, serving(sandbox) as again:
        project.edit("reconciler.yaml", url, again)
        project.run("apply", "--yes", "--target", "shaky")
        project.run("plan", "--detailed-exitcode", "--target", "shaky")
