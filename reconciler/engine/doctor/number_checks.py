"""In which shape a panel prints its numbers: declared, proved by what it prints, or not known.

Invariant: only columns that the kinds read as numbers or prices are heard.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.errors import CodecError
from reconciler.model.diagnostics import Check
from reconciler.model.number import UNPROVED
from reconciler.wire.number import explain_doubt, is_doubtful, parse_number, prove_shape

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.number import NumberShape

NAME = "numbers"
# By the column that prints them: the texts of one column share one shape.
Printed = dict[str, list[str]]


def read_numbers(
    printed: Printed, kind: ResourceKind, func: str, values: Iterable[Mapping[str, str]]
) -> None:
    """Remember the numbers of some rows or forms of a function."""
    names = {*kind.price}
    for facet in kind.facets:
        if facet.wire.codec.numeric:
            names |= {facet.param, *facet.wire.columns}
    for texts in values:
        for name in names & texts.keys():
            printed.setdefault(f"{func}.{name}", []).append(texts[name].partition("/")[0].strip())


def judge_numbers(printed: Mapping[str, Sequence[str]], declared: NumberShape) -> Check:
    """Say whether the shape of a panel's numbers is declared, proved, or not known."""
    if declared != UNPROVED:
        strange = next(_contradictions(printed, declared), None)
        if strange is None:
            return Check(NAME, "ok", f"declared: numbers: {declared}")
        column, text = strange
        message = f"{column} prints {text!r}, which is not written as numbers: {declared} says"
        return Check(NAME, "problem", message, "correct `numbers` of the target in reconciler.yaml")
    doubtful = [(column, text) for column in sorted(printed) for text in _doubts(printed[column])]
    if doubtful:
        column, text = doubtful[0]
        message = f"not known: {column} prints a number that can be read in two ways, so it is not"
        return Check(NAME, "warning", message, explain_doubt(text))
    proofs = [proof for column in sorted(printed) if (proof := _proof(column, printed[column]))]
    if proofs:
        return Check(NAME, "ok", f"proved: {'; '.join(proofs[:3])}")
    return Check(
        NAME, "unknown", "no number with a decimal mark was seen; ambiguous numbers are refused"
    )


def _contradictions(
    printed: Mapping[str, Sequence[str]], declared: NumberShape
) -> Iterator[tuple[str, str]]:
    for column in sorted(printed):
        for text in printed[column]:
            if _is_number(text, UNPROVED) and not _is_number(text, declared):
                yield column, text


def _is_number(text: str, shape: NumberShape) -> bool:
    try:
        parse_number(text, shape)
    except CodecError:
        return False
    return True


def _doubts(texts: Sequence[str]) -> Iterator[str]:
    proved = prove_shape(texts)
    for text in texts:
        if is_doubtful(text) and not _is_number(text, proved):
            yield text


def _proof(column: str, texts: Sequence[str]) -> str:
    shape = prove_shape(texts)
    text = next((t for t in texts if _is_number(t, UNPROVED) and not t.isdecimal()), "")
    return f"{shape} by {column} ({text})" if shape != UNPROVED and text else ""
