"""The codes of reports in words: what each means, an example, and how to mend it.

Invariant: every code has a text, which a house test holds; a word that several sorts of codes use
is explained for each of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from reconciler.model.reason import ReasonCode
from reconciler.report.error_codes import ERRORS
from reconciler.report.finding_codes import FINDINGS
from reconciler.report.layout import joined, table
from reconciler.report.plan_codes import PLAN_FINDINGS
from reconciler.report.reason_codes import REASONS
from reconciler.report.refusal_codes import REFUSALS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class CodeHelp(NamedTuple):
    """One code: of what sort it is, what it means, an example, and how to mend it."""

    code: str
    sort: str
    meaning: str
    example: str
    remedy: str


FINDING, REASON, ERROR, REFUSAL = "finding", "reason", "error", "refusal"
_STANDS = {
    FINDING: "a finding of validate or plan",
    REASON: "a reason of a change or an outcome (reasonCode)",
    ERROR: "the error of a failed command",
    REFUSAL: "a reason of a refusal or of a stale plan (reasonCodes of an error)",
}


def code_helps() -> Iterator[CodeHelp]:
    """Return the explanations of all codes, sort by sort, in the order of the alphabet."""
    for code, (meaning, example, remedy) in sorted({**FINDINGS, **PLAN_FINDINGS}.items()):
        yield CodeHelp(code, FINDING, meaning, example, remedy)
    for reason in sorted(ReasonCode):
        example, remedy = REASONS[reason]
        yield CodeHelp(str(reason), REASON, reason.meaning, example, remedy)
    for error, (meaning, example, remedy) in sorted(ERRORS.items()):
        yield CodeHelp(error, ERROR, meaning, example, remedy)
    for refusal, (meaning, example, remedy) in sorted(REFUSALS.items()):
        yield CodeHelp(refusal, REFUSAL, meaning, example, remedy)


def code_text(helps: Sequence[CodeHelp]) -> str:
    """Explain the codes of one word: usually one, sometimes one of each sort."""
    return joined(
        [
            f"{each.code}: {_STANDS[each.sort]}",
            "",
            f"  meaning  {each.meaning}",
            f"  example  {each.example}".replace("\n", "\n           "),
            f"  fix      {each.remedy}",
        ]
        for each in helps
    )


def codes_text() -> str:
    """List all codes with what they mean."""
    helps = list(code_helps())
    tables = [
        table(
            (f"CODE OF A{'N' if sort == ERROR else ''} {sort.upper()}", "WHAT IT MEANS"),
            [(each.code, each.meaning) for each in helps if each.sort == sort],
        )
        for sort in _STANDS
    ]
    return joined(
        [
            ["codes: the words for programs in reports, which never change their meaning"],
            *tables,
            ["Rules of lint, such as BM301, are codes of findings too: reconciler explain lint"],
        ]
    )
