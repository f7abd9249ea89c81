"""Write what a plan comes to where later steps and readers of a job find it.

Source: the files that GitHub Actions names in ``GITHUB_OUTPUT`` and ``GITHUB_STEP_SUMMARY``, which
Gitea and Forgejo name as well: lines ``name=value``, and Markdown.
Invariants: an output is a number, a word of ours or a digest, never a foreign text; both files are
only added to, and hold no secret.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.cli.formats import render
from reconciler.documents.plan import summary
from reconciler.errors import StoreError, UsageError
from reconciler.report.reports import Layout

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.cli.console import Console
    from reconciler.report.reports import PlanReport

OUTPUT, SUMMARY = "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"


def require_github(environ: Mapping[str, str]) -> None:
    """Check that a job has named a file. Raises: UsageError."""
    if not (environ.get(OUTPUT) or environ.get(SUMMARY)):
        raise UsageError(
            f"--github-output writes into the files that {OUTPUT} and {SUMMARY} name, and neither "
            "is set: leave the option out, or run the command in a job of GitHub or Gitea"
        )


def write_github_output(report: PlanReport, console: Console, environ: Mapping[str, str]) -> None:
    """Add the outputs and the summary of a plan to the files of the job. Raises: StoreError."""
    outputs = "".join(f"{name}={value}\n" for name, value in plan_outputs(report).items())
    page = render(report, "markdown", Layout())
    for variable, text in ((OUTPUT, outputs), (SUMMARY, f"{page}\n")):
        if path := environ.get(variable):
            _append(Path(path), console.scrub(text), variable)


def plan_outputs(report: PlanReport) -> dict[str, str]:
    """Return the outputs of a plan by their names."""
    counts = summary(report.plan)
    return {
        "pending": "false" if report.plan.empty else "true",
        "refused": "true" if report.refusals else "false",
        "digest": str(report.document["digest"]),
        "changes": str(len(report.plan.changes)),
        **{name: str(count) for name, count in counts.items()},
    }


def _append(path: Path, text: str, variable: str) -> None:
    try:
        with path.open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
    except OSError as error:
        reason = (error.strerror or "unknown error").lower()
        raise StoreError(f"the file of {variable} cannot be written: {reason}") from error
