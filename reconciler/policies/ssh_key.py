"""Public SSH keys as OpenSSH writes them into a ``.pub`` file, and the encoding under them.

Invariants: a key is taken with its type, its bytes and its comment alone: options, certificates and
private keys are refused; no message repeats what was written.
Source: RFC 4253 section 6.6, RFC 5656 section 3.1, RFC 8709, OpenSSH's PROTOCOL.u2f.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from reconciler.errors import CodecError
from reconciler.model.approval import PublicKey

if TYPE_CHECKING:
    from collections.abc import Mapping

ED25519 = "ssh-ed25519"
RSA = "ssh-rsa"
SK_ED25519 = "sk-ssh-ed25519@openssh.com"
SK_ECDSA = "sk-ecdsa-sha2-nistp256@openssh.com"
# The curves, with the length of an uncompressed point.
CURVES: Mapping[str, int] = {"nistp256": 65, "nistp384": 97, "nistp521": 133}
ECDSA: Mapping[str, str] = {f"ecdsa-sha2-{curve}": curve for curve in CURVES}
KEY_TYPES = (ED25519, RSA, *ECDSA, SK_ED25519, SK_ECDSA)
KEY_PATTERN = f"^({'|'.join(KEY_TYPES).replace('.', '[.]')}) +[A-Za-z0-9+/]+={{0,2}}( .*)?$"
_ED25519_BYTES = 32
_RSA_BITS = range(2048, 16385)
_LONGEST = 16_384
_FORM = "expected a line of a .pub file: the type of the key, the key, and a comment"


class SshReader:
    """Reads the parts of OpenSSH's binary encoding, one after the other.

    Raises: CodecError when there is less than is asked for.
    """

    def __init__(self, raw: bytes) -> None:
        """Begin at the first byte."""
        self._raw = raw
        self._at = 0

    def take(self, count: int) -> bytes:
        """Return the next bytes."""
        end = self._at + count
        if end > len(self._raw):
            raise CodecError("it is incomplete")
        part = self._raw[self._at : end]
        self._at = end
        return part

    def number(self) -> int:
        """Return the next four bytes as a number."""
        return int.from_bytes(self.take(4), "big")

    def string(self) -> bytes:
        """Return the next bytes that have their length before them."""
        return self.take(self.number())

    def text(self) -> str:
        """Return the next bytes as a word."""
        try:
            return self.string().decode("ascii")
        except UnicodeDecodeError:
            raise CodecError("a name in it is not plain text") from None

    def integer(self) -> int:
        """Return the next large number, which is positive."""
        raw = self.string()
        if not raw or raw[0] & 0x80:
            raise CodecError("a number in it is not positive")
        return int.from_bytes(raw, "big")

    def end(self) -> None:
        """Check that nothing is left."""
        if self._at != len(self._raw):
            raise CodecError("it holds more than it should")


def write_string(raw: bytes) -> bytes:
    """Return bytes with their length before them."""
    return len(raw).to_bytes(4, "big") + raw


def parse_public_key(line: str) -> PublicKey:
    """Read the line of a ``.pub`` file. Raises: CodecError."""
    text = line.strip()
    if "PRIVATE KEY" in text:
        raise CodecError(
            "this is a private key: write the line of the .pub file, and replace the key, which "
            "is no secret any more"
        )
    if len(text) > _LONGEST or not text.isprintable():
        raise CodecError(f"{_FORM}, on one line")
    kind, _, rest = text.partition(" ")
    body, _, comment = rest.strip().partition(" ")
    if "-cert-v" in kind:
        raise CodecError("this is a certificate: write the public key itself")
    if kind not in KEY_TYPES:
        known = any(each in text.split() for each in KEY_TYPES)
        raise CodecError(
            "options before a key are not supported: write the type of the key first"
            if known
            else f"{_FORM}; the types are {', '.join(KEY_TYPES)}"
        )
    try:
        blob = base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        raise CodecError("the key is damaged: copy the line of the .pub file again") from None
    try:
        _check_blob(kind, blob)
    except CodecError as error:
        raise CodecError(f"the key is damaged ({error}): copy the .pub file again") from None
    return PublicKey(kind, blob, comment.strip())


def _check_blob(kind: str, blob: bytes) -> None:
    reader = SshReader(blob)
    if reader.text() != kind:
        raise CodecError("its type is another one")
    match kind:
        case "ssh-rsa":
            reader.integer()
            if reader.integer().bit_length() not in _RSA_BITS:
                raise CodecError(f"an RSA key has {_RSA_BITS[0]} to {_RSA_BITS[-1]} bits")
        case "ssh-ed25519" | "sk-ssh-ed25519@openssh.com":
            if len(reader.string()) != _ED25519_BYTES:
                raise CodecError("its length is wrong")
        case _:
            curve = reader.text()
            if ECDSA.get(kind, "nistp256") != curve:
                raise CodecError("its curve is another one")
            if len(reader.string()) != CURVES[curve]:
                raise CodecError("its length is wrong")
    if kind in {SK_ED25519, SK_ECDSA}:
        reader.string()
    reader.end()
