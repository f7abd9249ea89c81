"""What makes two texts the same to a person, and so to every comparison.

Invariant: nothing here is sent or shown; a text is written as its author wrote it.
"""

from __future__ import annotations

import re
import unicodedata

_LINE_END = re.compile(r"\r\n?")
_DOMAIN = re.compile(r"[^\s@]+\.[^\s@]+")
_TRAILING = re.compile(r"[^\S\n]+$", re.MULTILINE)


def normalise_text(text: str) -> str:
    r"""Return a text as a panel that normalises texts would store it.

    Shape:  composed letters (NFC), line ends ``\n``, no blanks at the ends of lines, nor around
            the whole; blanks inside a line are kept.
    Source: forms saved in a browser send ``\r\n``; systems differ in how they compose letters.
    Doubt:  which of these a panel does; a difference in none of them is worth a write.
    """
    text = text.strip()
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    if "\r" in text:
        text = _LINE_END.sub("\n", text)
    return _TRAILING.sub("", text) if "\n" in text else text


def fold_text(text: str) -> str:
    """Return a text for a comparison that ignores letter case as well: emails, logins, names."""
    text = normalise_text(text)
    return text.lower() if text.isascii() else unicodedata.normalize("NFC", text.casefold())


def is_dotted(text: str) -> bool:
    """Return whether a text is written as a domain or an address is: words with dots between."""
    return _DOMAIN.fullmatch(text) is not None


def fold_domain(text: str) -> str:
    """Return a domain for a comparison that takes both of its scripts for one: ``xn--bcher-kva``.

    Shape:  lower case, in the letters of its own script, without the dot at its end; a text that
            is no domain comes back as it is, in lower case.
    """
    folded = fold_text(text)
    if not is_dotted(folded):
        return folded
    return ".".join(map(_decoded, folded.removesuffix(".").split(".")))


def _decoded(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return label.encode("ascii").decode("idna")
    except UnicodeError:
        return label
