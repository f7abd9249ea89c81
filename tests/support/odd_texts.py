"""Texts that no panel should answer and some do, and a panel that answers one of them.

Invariant: what a request did in the panel is what it would have done; only a word of the answer is
another one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.support.rewording import Rewording

# Numbers, days, switches and ids as they are nearly written; each of them is taken by some parser
# of the language, and refused by another.
ODD = (
    *("", " ", "-", "+", "--1", "+-1", "0", "-0", "00", "1.", ".5", "1,2,,3", ",", "1;2"),
    *("NaN", "sNaN", "-sNaN9", "nan", "Infinity", "-inf", "1e5", "1e9999999", "-1E+9999999999"),
    *("1_000", "0x10", "0b1", "1'000", "1.234,5", "5.000", "1 234.50 EUR", "€ 5", "5 / 0 months"),
    *("²", "①", "٣", "४२", "Ⅷ", "½", "−5", "9" * 19, "9" * 40, "-" + "9" * 30, "9" * 5000),
    *("0000-00-00", "0001-01-01", "9999-12-31", "9999-11-30", "2026-02-30", "2026-W01-1"),
    *("20260101", "2026-01-01 99:99:99", "never", "-100", "999999", "99999 years", "0.5 months"),
    *("on", "off", "ON", "yes", "null", "None", "true", "4", "5_close", "5_", "_", "7_nothing"),
    *("personal_3", "a b", "a,b", "1, 2", "[git:test-project/acme]", "git:test-project/x/1"),
    *("]", "[git:", "git:test-project/acme-vm/²", "git:test-project/acme-vm/" + "9" * 5000),
    *("%s {0} {x}", "\u202e\u200b\ufeff", "\u2028", "x" * 3000, "\\", "<b>", "&amp;", "'\""),
)
# What no document of the panel's can hold, and a file of ours can.
odd_or_broken = st.sampled_from([*ODD, "\ud800", "a\x00b"]) | st.text(max_size=20)
odd_texts = st.sampled_from(ODD) | st.text(max_size=20)
_UNFIT = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def worded(func: str, name: str, text: str) -> Rewording:
    """Return the words of a panel that answers this text for one field of one function."""
    fit = escape(_UNFIT.sub("", text), {'"': "&quot;"}).encode()
    whole = re.compile(rb"<%s( [^>]*)?>[^<]*</%s>|<%s/>" % ((name.encode(),) * 3))
    code = re.compile(rb' orig="[^"]*"')

    def words(asked: Mapping[str, str], said: bytes) -> bytes:
        if asked.get("func") != func:
            return said
        head, cut, tail = said.partition(b"<metadata")
        return whole.sub(_put, head) + cut + tail

    def _put(found: re.Match[bytes]) -> bytes:
        attrs = code.sub(lambda _: b' orig="%s"' % fit, found[1] or b"")
        return b"<%s%s>%s</%s>" % (name.encode(), attrs, fit, name.encode())

    return words


def fields_of(func: str, said: bytes) -> set[tuple[str, str]]:
    """Return what can be put in other words of one answer: the function, and each field of it."""
    names = re.findall(rb"<([a-z_0-9]+)(?: [^>]*)?>[^<]*</\1>|<([a-z_0-9]+)/>", said)
    return {(func, (one or other).decode()) for one, other in names}
