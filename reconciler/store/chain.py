"""What proves that nothing of a journal was changed: a chain of hashes, and signatures.

Shape:  a hash is SHA-256 over the hash before and the content, in hexadecimal digits; a signature
is HMAC-SHA256 over a hash. A sealed content has its hash, and its signature, in a first line.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Any

from reconciler.store.backends.protocol import Head

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

START = Head(0, "0" * 64)


class UnsignedError(ValueError):
    """A line is chained, but not signed with the key of the state."""


class Chain:
    """Links lines, and proves that they are linked; with a key they are signed."""

    def __init__(self, key: bytes = b"") -> None:
        """Use a key; an empty one signs nothing."""
        self._key = key

    def link(self, bodies: Iterable[Mapping[str, Any]], head: Head) -> list[dict[str, Any]]:
        """Return lines that follow a head, each with its number and its hash."""
        number, digest = (head.count, head.digest) if head.count else (0, START.digest)
        lines = []
        for content in bodies:
            number += 1
            body = {"n": number, **content}
            digest = _hash(digest, body)
            lines.append({**body, "hash": digest, **self._signed(digest)})
        return lines

    def check(self, line: Mapping[str, Any], head: Head) -> Head:
        """Return the head after a line that follows another one.

        Raises: ValueError where it does not; UnsignedError where the signature is wrong.
        """
        body = {key: value for key, value in line.items() if key not in {"hash", "sig"}}
        digest = line.get("hash")
        if line.get("n") != head.count + 1 or digest != _hash(head.digest, body):
            raise ValueError("the line does not follow the one before")
        if not self._proves(digest, line.get("sig")):
            raise UnsignedError("the line is not signed with the key of the state")
        return Head(head.count + 1, digest)

    def sign(self, line: Mapping[str, Any]) -> dict[str, Any]:
        """Return a line with the signature of this key, which its hash does not cover."""
        plain = {key: value for key, value in line.items() if key != "sig"}
        return {**plain, **self._signed(line["hash"])}

    def seal(self, content: bytes) -> bytes:
        """Return a content behind a line that proves that it is whole, and ours."""
        digest = hashlib.sha256(content).hexdigest()
        return json.dumps({"sha256": digest, **self._signed(digest)}).encode() + b"\n" + content

    def unseal(self, raw: bytes) -> int:
        """Return where the content behind a seal starts; it may be large, and is not copied.

        Raises: ValueError, LookupError, TypeError where it is not whole, or not ours.
        """
        start = raw.index(b"\n") + 1
        noted = json.loads(raw[:start])
        digest = hashlib.sha256(memoryview(raw)[start:]).hexdigest()
        if noted["sha256"] != digest or not self._proves(digest, noted.get("sig")):
            raise ValueError("it is not what was written")
        return start

    def _signed(self, digest: str) -> dict[str, str]:
        return {"sig": self._signature(digest)} if self._key else {}

    def _signature(self, digest: str) -> str:
        return hmac.new(self._key, digest.encode(), hashlib.sha256).hexdigest()

    def _proves(self, digest: str, found: object) -> bool:
        if not self._key:
            return True
        return isinstance(found, str) and hmac.compare_digest(self._signature(digest), found)


def _hash(previous: str, body: Mapping[str, Any]) -> str:
    text = json.dumps(body, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest()
