"""Random manifests of every kind, made from the facets of its fields.

Invariant: no kind is named here but for what its patterns ask, so a new kind is covered as it is.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from hypothesis import assume, strategies as st

from reconciler.kinds.fields import Mode, ValueType
from reconciler.kinds.parse import parse_spec
from reconciler.model.text import normalise_text
from reconciler.model.value import Choice
from tests.support.planning import declare

if TYPE_CHECKING:
    from decimal import Decimal

    from reconciler.kinds.fields import Field
    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.resource import Desired

# What the panel stores and shows as it was written: no control characters, no blanks at the ends.
WORDS = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp"], max_codepoint=0x2FFF),
    min_size=1,
    max_size=12,
)
TEXTS = st.lists(WORDS, max_size=4).map(" ".join).map(normalise_text)
DAYS = st.dates(date(1990, 1, 1), date(2200, 12, 31))
NUMBERS = st.decimals("0.01", "100", places=2, allow_nan=False, allow_infinity=False)
IDS = st.integers(1, 10**12).map(str)
CHOICES = st.builds(Choice, IDS, WORDS)

_NAMED: dict[str, st.SearchStrategy[Any]] = {
    "email": st.from_regex(r"[a-z]{1,8}@[a-z]{1,8}\.example", fullmatch=True),
    "domain": st.from_regex(r"[a-z]{1,8}\.example", fullmatch=True),
    "type": st.sampled_from(["vhost", "vds", "dedic"]),
    "payFrom": st.sampled_from(["cart", "balance"]),
    "generation": st.integers(1, 9),
    "rotate": TEXTS,
    "phone": st.from_regex(r"\+[1-9][0-9]{5,11}", fullmatch=True),
    "configurationUrl": st.from_regex(r"https://[a-z]{1,8}\.example/[a-z]{0,8}", fullmatch=True),
    "ip": st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)).map(str),
    "username": WORDS,
}
_CODED: dict[str, st.SearchStrategy[Any]] = {
    "text": TEXTS,
    "number": NUMBERS,
    "money": NUMBERS,
    "per cent": NUMBERS,
    "whole number": st.integers(1, 100),
    "months": st.integers(1, 36),
    "date": DAYS.map(date.isoformat),
    "flag": st.booleans(),
}


def unique_choices() -> st.SearchStrategy[list[Choice]]:
    """Return lists of options without a repetition of an id."""
    return st.lists(CHOICES, max_size=4, unique_by=(lambda choice: choice.id, lambda c: c.label))


def _value(facet: Field) -> st.SearchStrategy[Any]:
    wire = facet.wire
    found: st.SearchStrategy[Any]
    if wire.shape is ValueType.CHOICE:
        found = CHOICES
    elif wire.shape is ValueType.CHOICES:
        found = unique_choices()
    elif wire.shape is ValueType.REF:
        found = IDS.map(lambda number: {"id": number})
    elif wire.mode is Mode.WRITE_ONLY:
        found = st.just({"env": "WORD"})
    elif wire.mode is Mode.PAID:
        found = st.dictionaries(IDS, st.integers(0, 999).map(str), max_size=3)
    elif wire.mode is Mode.SWITCH:
        found = st.booleans()
    elif facet.name in _NAMED:
        found = _NAMED[facet.name]
    else:
        found = _CODED[wire.codec.name]
    return st.one_of(found, st.none()) if wire.none else found


@st.composite
def specs(draw: st.DrawFn, kind: ResourceKind) -> dict[str, Any]:
    """Return raw specs of a kind: its required fields and some of the others."""
    raw: dict[str, Any] = {}
    for facet in kind.facets:
        if not facet.required and not draw(st.booleans()):
            continue
        group, dot, name = facet.name.partition(".")
        if dot:
            raw.setdefault(group, {})[name] = draw(_value(facet))
        else:
            raw[group] = draw(_value(facet))
    # What fields must be to each other (a first day and a last one) the kind itself says.
    assume(not parse_spec(kind, raw)[1])
    return raw


@st.composite
def resources(draw: st.DrawFn, kind: ResourceKind, name: str = "thing") -> Desired:
    """Return resources of a kind, with their choices resolved."""
    return declare(kind.name, name, draw(specs(kind)))


def decimals() -> st.SearchStrategy[Decimal]:
    """Return numbers as large and as fine as a panel prints."""
    return st.decimals(-(10**12), 10**12, allow_nan=False, allow_infinity=False, places=6)
