"""The names of things: an address is ours, an element id is the panel's.

Invariant: an ``ElementId`` never holds a comma or a blank, because the panel reads a comma list
as several objects.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NewType

from reconciler.errors import CodecError

ElementId = NewType("ElementId", str)

NAME_PATTERN = r"^[a-z0-9][a-z0-9.-]{0,62}$"
_ID = re.compile(r"[1-9][0-9]{0,18}\Z")


@dataclass(frozen=True, slots=True, order=True)
class Address:
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


def is_element_id(text: str) -> bool:
    """Tell whether a text is an id as the panel writes it: a positive decimal number, alone."""
    return _ID.match(text) is not None


def parse_element_id(text: str) -> ElementId:
    """Read an id as the panel writes it: a positive decimal number, alone.

    Raises: CodecError for anything else, a list of ids above all.
    Source: every list's key column.
    Doubt:  whether ``idname`` of a discount is a number on every installation.
    """
    if not is_element_id(text):
        message = f"{text!r} is not the id of one element (a positive decimal number)"
        raise CodecError(message)
    return ElementId(text)
