"""The reports of large plans as files that were looked at: ``make golden`` writes them anew."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from reconciler.report.layout import fitted
from reconciler.report.plan import plan_text
from reconciler.report.plan_markdown import plan_markdown
from tests.support.large_plan import hostile_plan

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER: Final = Path(__file__).parent / "golden"
SEE: Final = "reconciler show plan.json --full"


def reports() -> Iterator[tuple[str, str]]:
    """Yield the name of each file with what belongs into it."""
    for count in (1, 50, 5000):
        plan = hostile_plan(count)
        for width in (80, 160):
            text = plan_text(plan, width=width, see=SEE)
            yield f"plan-{count}-{width}.txt", fitted(text, width)
        yield f"plan-{count}.md", plan_markdown(plan, digest=f"sha256:{'0' * 64}", see=SEE)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, text in reports():
        (FOLDER / name).write_text(text, encoding="utf-8")
