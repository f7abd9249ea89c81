"""Rules about waivers: one that has ended, and one that waives nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.lint.rule import LintView, Misuse, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator


def _ended(view: LintView) -> Iterator[Misuse]:
    for waiver in view.waivers:
        if not waiver.holds_on(view.today):
            message = (
                f"the waiver of {waiver.code} by {waiver.owner} ended on {waiver.until}: mend what "
                "it waives, or agree on a new day, and take the old one out"
            )
            yield Misuse(waiver, message)


def _idle(view: LintView) -> Iterator[Misuse]:
    for waiver in view.idle:
        message = f"{waiver.code} finds nothing here to waive: take the waiver out"
        yield Misuse(waiver, message)


_BAD = """\
kind: Discount
metadata: {name: acme-staff}
lint:
  waive:
    - {code: BM303, reason: our own shop, owner: billing, until: 2026-06-30}
spec:
  client: acme
  percentage: 100
  type: Percentage discount
"""
_IDLE = """\
kind: Discount
metadata: {name: acme-staff}
lint:
  waive:
    - {code: BM303, reason: our own shop, owner: billing}
spec:
  client: acme
  percentage: 50
  type: Percentage discount
"""

RULES = (
    Rule(
        code="BM190",
        level="error",
        title="A waiver has ended",
        why="An exception was agreed until a day, and that day is over. Nobody decided that it "
        "goes on, so what it waived counts again.",
        bad=_BAD,
        good=_BAD.replace("2026-06-30", "2030-06-30"),
        fix="Mend what is waived, or agree on a new day with the owner. Take the waiver out when "
        "it is not needed any more.",
        check=_ended,
    ),
    Rule(
        code="BM191",
        level="note",
        title="A waiver waives nothing",
        why="The rule finds nothing in this document. A waiver that stays would hide the next "
        "mistake of this sort.",
        bad=_IDLE,
        good=_IDLE.replace("50", "100"),
        fix="Take the waiver out.",
        check=_idle,
        of_absence=True,
    ),
)
