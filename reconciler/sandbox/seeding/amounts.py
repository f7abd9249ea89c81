"""Numbers of another panel, as the tables of a copy hold them.

Invariant: what is no number, or could be two, is refused with its place; nothing is cut off.
"""

from __future__ import annotations

import re
from decimal import Decimal

_LONGEST = 18
_AMOUNT = re.compile(
    "(?<![0-9.,])(-?)([0-9][0-9 \u00a0\u2009\u202f']*)(?:[.,]([0-9]{1,4}))?(?![0-9.,])", re.ASCII
)
_DOUBTFUL = 3
_SHOWN = 60


class MirrorError(Exception):
    """What was read does not fit: a number that is none, or one that is too large."""


def read_number(text: str, where: str) -> int:
    """Read an id, or the key of an option, which the tables of a copy number.

    Raises: CopyError.
    """
    text = text.strip()
    if not (text.isdecimal() and text.isascii() and len(text) <= _LONGEST):
        raise MirrorError(
            f"{where}: {text[:_SHOWN]!r} is not a number, and a copy holds only numbers"
        )
    return int(text)


def read_cents(text: str, where: str) -> int:
    """Read an amount of money with what stands around it; nothing where no digit is shown.

    Raises: CopyError.
    """
    if not any(sign.isdecimal() for sign in text):
        return 0
    found = _AMOUNT.search(text)
    shown = repr(text[:_SHOWN])
    if found is None:
        raise MirrorError(f"{where}: {shown} is not an amount of money")
    sign, whole, rest = found[1], re.sub(r"[^0-9]", "", found[2]), found[3] or ""
    if len(whole) > _LONGEST - 2:
        raise MirrorError(f"{where}: {shown} is too large for a copy")
    if len(rest) == _DOUBTFUL and len(whole) <= _DOUBTFUL:
        raise MirrorError(f"{where}: {shown} can be read as two amounts")
    return int(Decimal(f"{sign}{whole}.{rest or 0}") * 100)
