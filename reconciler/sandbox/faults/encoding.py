"""Answers whose text is spoilt: not well-formed, in another charset, or far too large.

Invariants: status 200 and the content type of an honest answer; what was said is no longer there
for further faults to read.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from reconciler.sandbox.faults.delivery import Flooding
from reconciler.sandbox.faults.fault import CorruptReply

if TYPE_CHECKING:
    from reconciler.sandbox.faults.exchange import Exchange, SentReply

_DEPTH = 100_000
_BOMB = (
    b'<?xml version="1.0"?>\n<!DOCTYPE doc [<!ENTITY a "aaaaaaaaaaaaaaaa">'
    b'<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">'
    b'<!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;"><!ENTITY e "&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;">'
    b"]><doc><ok>&e;</ok></doc>"
)
_OUTSIDE = (
    b'<?xml version="1.0"?>\n<!DOCTYPE doc [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
    b"<doc><ok>&x;</ok></doc>"
)
_NAMES = {"latin-1": "ISO-8859-1", "cp1251": "windows-1251", "utf-16": "UTF-16", "utf-7": "UTF-7"}
# A letter that each of the charsets has, and none writes as ASCII does.
_LETTERS = {"cp1251": "Я"}
_INVALID = b"\xc3\x28\xff\xfe"


class Broken(CorruptReply):
    """The answer is no document, or not the one that is expected.

    ``malformed``: its end is missing. ``root``: another root element. ``empty``: nothing at all.
    ``entities``, ``external``, ``deep``: XML (or JSON) made to harm its reader.
    """

    do: Literal["broken"] = "broken"
    how: Literal["malformed", "root", "empty", "entities", "external", "deep"] = "malformed"

    def spoilt(self, exchange: Exchange, reply: SentReply) -> SentReply:
        """Write what comes instead."""
        del exchange
        return replace(reply, body=self._body(reply.body), said=None)

    def _body(self, whole: bytes) -> bytes:
        xml = whole.startswith(b"<")
        match self.how:
            case "malformed":
                return whole.rstrip()[:-1]
            case "root":
                return _other_root(whole) if xml else b'{"response":' + whole + b"}"
            case "empty":
                return b""
            case "entities":
                return _BOMB
            case "external":
                return _OUTSIDE
            case "deep":
                opened, closed = (b"<doc>", b"</doc>") if xml else (b"[", b"]")
                return opened * _DEPTH + closed * _DEPTH


class Charset(CorruptReply):
    """The answer is in another charset.

    ``invalid``: UTF-8 with bytes that are none. ``bom``: UTF-8 behind a byte order mark.
    ``declared``: header and prologue name the charset; otherwise they still say UTF-8.
    """

    do: Literal["charset"] = "charset"
    charset: Literal["latin-1", "cp1251", "utf-16", "utf-7", "invalid", "bom"] = "latin-1"
    declared: bool = False

    def spoilt(self, exchange: Exchange, reply: SentReply) -> SentReply:
        """Write the text anew; a letter beyond ASCII is added, or nobody would notice."""
        del exchange
        if self.charset == "bom":
            return replace(reply, body=b"\xef\xbb\xbf" + reply.body)
        text, end = _halves(reply.body)
        if self.charset == "invalid":
            return replace(reply, body=text + _INVALID + end, said=None)
        letter = _LETTERS.get(self.charset, "é").encode()
        marked = text + (b"<!--" + letter + b"-->" if end.startswith(b"<") else letter) + end
        words = marked.decode()
        kind, name = reply.kind, _NAMES[self.charset]
        if self.declared:
            kind = kind.replace(b"UTF-8", name.encode())
            words = words.replace('encoding="UTF-8"', f'encoding="{name}"', 1)
        coded = words.encode(self.charset, "replace")
        return replace(reply, kind=kind, body=coded, said=None)


class Huge(CorruptReply):
    """The answer is blown up with blanks to ``size`` bytes; with ``gzip`` it unfolds to them."""

    do: Literal["huge"] = "huge"
    size: Annotated[int, Field(ge=1)] = 80 << 20
    gzip: bool = False

    def spoilt(self, exchange: Exchange, reply: SentReply) -> SentReply:
        """Blow it up on delivery."""
        del exchange
        return replace(reply, delivery=Flooding(self.size, self.gzip))


def _other_root(xml: bytes) -> bytes:
    return xml.replace(b"<doc", b"<response", 1).rstrip()[: -len(b"</doc>")] + b"</response>"


def _halves(body: bytes) -> tuple[bytes, bytes]:
    """Split before what closes the document; JSON is split inside its last text."""
    at = body.rfind(b"<") if body.startswith(b"<") else body.rfind(b'"')
    return (body[:at], body[at:]) if at > 0 else (body, b"")
