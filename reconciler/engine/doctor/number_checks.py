"""Check the number format of a panel: declared, proved by its replies, or unknown.

Invariant: only columns that kinds read as numbers or prices count.
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
    """Collect the numbers in some rows or forms of a function."""
    names = {*kind.price}
    for facet in kind.facets:
        if facet.wire.codec.numeric:
            names |= {facet.param, *facet.wire.columns}
    for texts in values:
        for name in names & texts.keys():
            printed.setdefault(f"{func}.{name}", []).append(texts[name].partition("/")[0].strip())


def judge_numbers(printed: Mapping[str, Sequence[str]], declared: NumberShape) -> Check:
    """Return the check of the number format."""
    if declared != UNPROVED:
        contrary = next(_contradictions(printed, declared), None)
        if contrary is None:
            return Check(NAME, "ok", f"declared: numbers: {declared}")
        column, text = contrary
        message = f"{column} prints {text!r}, which contradicts `numbers: {declared}`"
        return Check(NAME, "problem", message, "correct `numbers` of the target in reconciler.yaml")
    doubtful = [(column, text) for column in sorted(printed) for text in _doubts(printed[column])]
    if doubtful:
        column, text = doubtful[0]
        message = f"unknown: {column} prints a number that can be read in two ways"
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
