"""Amounts and rates as an installation prints them, and as its forms read them back.

Invariants: what is printed is read back as the same number; a text that is no number of this shape
is left as it was, for the next function that reads it.
Doubt: whether a form shows what it takes, and how it takes `1.500` where a dot parts thousands;
here that is fifteen hundred.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconciler.sandbox.install import Money

_PLAIN = re.compile(r"(-?)(\d+)\.(\d{2,4})(?!\d)")


def spelled(text: str, money: Money) -> str:
    """Print every amount in a text in the installation's shape."""
    return _PLAIN.sub(lambda found: _spell(found, money), text)


def plain(text: str, money: Money) -> str:
    """Read a number of the installation's shape."""
    dot, gap = re.escape(money.decimal), re.escape(money.thousands)
    grouped = rf"\d{{1,3}}(?:{gap}\d{{3}})*" if gap else r"\d+"
    shape = rf"(-?)({grouped}|\d+)(?:{dot}(\d+))?(\s*%)?"
    found = re.fullmatch(shape, text.strip())
    if found is None:
        return text
    whole = found[2].replace(money.thousands, "") if money.thousands else found[2]
    return found[1] + whole + (f".{found[3]}" if found[3] else "")


def _spell(found: re.Match[str], money: Money) -> str:
    sign, whole, rest = found.groups()
    grouped = f"{int(whole):,}".replace(",", money.thousands)
    short = money.decimals == "needed" and not rest.strip("0")
    return f"{sign}{grouped}" if short else f"{sign}{grouped}{money.decimal}{rest}"
