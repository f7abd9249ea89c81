"""Decode the bytes of a file, or refuse them before parsing.

Invariant: accepted text is UTF-8 without control, bidirectional or invisible characters, and has
only the line breaks of YAML 1.2.
"""

from __future__ import annotations

import re

from reconciler.manifest.quote import quote
from reconciler.model.finding import Finding, Source

MAX_BYTES = 1 << 20
_SHOWN = 20
_UTF8_MARK = b"\xef\xbb\xbf"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # control characters but tab and line breaks
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # what turns the direction of text
    "\u2028\u2029\ufeff\ufff9-\ufffb\ufffe\uffff"  # further line breaks, marks, non-characters
    "\U000e0000-\U000e007f]"  # invisible tags
)


def decode_text(raw: bytes, file: str) -> tuple[str, list[Finding]]:
    """Decode a file; return an empty text and findings if it is refused."""
    if len(raw) > MAX_BYTES:
        message = "larger than 1 MiB: split it into several files"
        return "", [Finding("error", "too-large", message, Source(file))]
    if raw.startswith(_UTF16_MARKS):
        message = "not UTF-8 (it looks like UTF-16 or UTF-32): save it as UTF-8"
        return "", [Finding("error", "encoding", message, Source(file, 1, 1))]
    try:
        text = raw.removeprefix(_UTF8_MARK).decode()
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode(errors="replace").removeprefix("\ufeff")
        message = "not UTF-8: save the file as UTF-8"
        return "", [Finding("error", "encoding", message, _place(file, before, len(before)))]
    if FORBIDDEN.search(text) is None:
        return text, []
    return "", [
        _refused(file, text, found)
        for found, _ in zip(FORBIDDEN.finditer(text), range(_SHOWN), strict=False)
    ]


def _refused(file: str, text: str, found: re.Match[str]) -> Finding:
    message = f"the character {quote(found[0])} is invisible or misleading: remove it"
    return Finding("error", "character", message, _place(file, text, found.start()))


def _place(file: str, text: str, offset: int) -> Source:
    before = text[:offset].replace("\r\n", "\n").replace("\r", "\n")
    return Source(file, before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)
