"""The names of things: an address is ours, an element id is the panel's.

Invariant: an ``ElementId`` is one opaque word without a comma, a blank or a control character,
because the panel reads a comma list as several objects.
"""

from __future__ import annotations

import re
from typing import NamedTuple, NewType

from reconciler.errors import CodecError

ElementId = NewType("ElementId", str)

NAME_PATTERN = r"^[a-z0-9][a-z0-9.-]{0,62}$"
# One word; what looks like a number is a positive one, written in one way only.
ELEMENT_ID_PATTERN = r"^([1-9][0-9]{0,18}|(?!null$)(?![-+.\d]+$)[A-Za-z0-9_][^\s,]{0,63})$"
_NUMBER = re.compile(r"[1-9][0-9]{0,18}\Z")
_ID = re.compile(rf"{ELEMENT_ID_PATTERN[:-1]}\Z")


class Address(NamedTuple):
    """The manifest's name for a thing, unique within its kind."""

    kind: str
    name: str

    def __str__(self) -> str:
        """Return ``Kind/name``."""
        return f"{self.kind}/{self.name}"


def parse_address(text: str) -> Address:
    """Read ``Kind/name``.

    Raises: CodecError when the text is not of that shape.
    """
    kind, slash, name = text.partition("/")
    if not (slash and kind.isalpha() and re.fullmatch(NAME_PATTERN, name)):
        message = f"{text!r} is not an address: write Kind/name, for example Discount/spring"
        raise CodecError(message)
    return Address(kind, name)


def is_numeric_id(text: str) -> bool:
    """Return whether a text is a positive decimal number, alone."""
    return _NUMBER.match(text) is not None


def names_one_element(text: str) -> bool:
    """Return whether a text can be the id of one element, and is no list of ids."""
    return _ID.match(text) is not None and text.isprintable()


def parse_element_id(text: str) -> ElementId:
    """Read an id as the panel writes it: one opaque word, mostly a positive decimal number.

    Raises: CodecError for anything else, a list of ids above all.
    Source: every list's key column; ``idname`` of a discount may be ``personal_3044``.
    """
    if not names_one_element(text):
        message = (
            f"{text!r} is not the id of one element (a positive number, or one word without a "
            "comma, a blank or a control character)"
        )
        raise CodecError(message)
    return ElementId(text)


def id_order(key: str) -> tuple[int, int, str]:
    """Return what ids are sorted by: numbers by their value, then all others by their text."""
    return (0, int(key), "") if is_numeric_id(key) else (1, 0, key)
