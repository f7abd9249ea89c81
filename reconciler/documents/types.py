"""The types of texts, numbers and places that several documents hold.

Invariant: money, decimals and ids are texts. What a type says beyond its Python type (a pattern, a
bound) describes it to others; a reader does not refuse a document for it.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeVar, get_args

from pydantic import Field, WrapValidator
from typing_extensions import TypedDict

from reconciler.model.address import ELEMENT_ID_PATTERN

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.model.plan import TargetRef

Word = TypeVar("Word", bound=str)
FormatVersion = Literal["1"]
FORMAT_VERSION: Final[FormatVersion] = "1"

AddressText = Annotated[
    str, Field(json_schema_extra={"pattern": "^[A-Za-z]+/[a-z0-9][a-z0-9.-]{0,62}$"})
]
IdText = Annotated[str, Field(json_schema_extra={"pattern": ELEMENT_ID_PATTERN})]
DigestText = Annotated[str, Field(json_schema_extra={"pattern": "^sha256:[0-9a-f]{64}$"})]
RunText = Annotated[str, Field(json_schema_extra={"pattern": "^[0-9]{8}T[0-9]{6}Z-[0-9a-f]{6}$"})]
SignatureText = Annotated[str, Field(json_schema_extra={"pattern": "^hmac-sha256:[0-9a-f]{64}$"})]
DayText = Annotated[str, Field(json_schema_extra={"format": "date"})]
MomentText = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
Count = Annotated[int, Field(json_schema_extra={"minimum": 0})]
# Lines and columns count from 1; what is about a whole file has none.
Position = Annotated[int, Field(json_schema_extra={"minimum": 1})]


def _any_text(value: object, _known: object) -> str:
    """Return a text as it is. Raises: ValueError for what is no text."""
    if isinstance(value, str):
        return value
    raise ValueError("expected a text")


# Marks a closed set of words that a reader takes as an open one: another version may know more.
OPEN_WORD = WrapValidator(_any_text)


class TargetDocument(TypedDict):
    """Which panel a document is about."""

    name: str
    url: str


class ScopeDocument(TypedDict):
    """The list that an object stands in."""

    kind: str
    variant: str
    parent: str | None


def target_document(target: TargetRef) -> TargetDocument:
    """Return a target as JSON."""
    return {"name": target.name, "url": target.url}


def count_words(found: Iterable[Word], closed: Any) -> dict[Word, int]:  # noqa: ANN401 - a Literal
    """Count words of a closed set, those that were not found included."""
    counts = Counter(found)
    return {word: counts[word] for word in get_args(closed)}
