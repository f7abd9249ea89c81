"""A panel that goes away in the middle of an apply: said once, with what is left to do."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from reconciler.sandbox import Sandbox
from tests.support.command_line import CLIENT
from tests.support.http_panel import TARGET, observed, serve_over_http

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.command_line import CommandLineProject

MANY = 20


def test_lost_panel_is_reported_once(project: CommandLineProject) -> None:
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
        serve_over_http(observed(sandbox, leave, b"sok=ok"), leaving=leaving) as url,
    ):
        project.edit("reconciler.yaml", "  guards:", TARGET % url + "  guards:")
        result = project.run(
            "apply", "--yes", "--target", "shaky", "--report", "report.json", code=6
        )

    assert result.out.count("cannot be reached any more") == 1
    assert f"{url} cannot be reached any more. Not begun: " in result.out
    assert "reconciler apply --target shaky" in result.out
    assert result.out.count("no connection") <= 4  # what was in flight, side by side
    document = project.run("journal", "--json", "--target", "shaky").document
    assert document["lines"]
    with closing(Sandbox(project.database)) as sandbox, serve_over_http(sandbox) as again:
        project.edit("reconciler.yaml", url, again)
        project.run("apply", "--yes", "--target", "shaky")
        project.run("plan", "--detailed-exitcode", "--target", "shaky")
