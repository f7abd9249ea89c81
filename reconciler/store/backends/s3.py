"""The state of targets in a bucket of S3, changed by writes on a condition.

Shape:  ``PREFIX/head`` is a JSON object with the files of ``FilesBackend``, small ones in it, and
larger ones as names of objects ``PREFIX/objects/SHA256.WRITE``; ``id`` is the name of the write
that made it, ``note`` what for, and ``earlier`` those of the ones before. Archived files are
``PREFIX/archive/NAME``.
Invariants: only the head is ever replaced, and only where it is the one that was read; what a head
names was written before it, under a name that no other write uses for another content; a server
that does not look at the conditions is found out before anything is written for the first time.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reconciler import __version__
from reconciler.errors import StoreError, UncertainError
from reconciler.store.backends.bucket import Bucket
from reconciler.store.backends.file_store import Files, Sight
from reconciler.store.backends.files import FORMAT, TARGETS, FilesBackend, newer_format
from reconciler.store.strict_json import parse_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

PREFIX = "s3://"
_ADDRESS = re.compile(
    r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])/([A-Za-z0-9._=/-]*[A-Za-z0-9._=-])/?"
)
# Files up to this size stand in the head, in bytes.
_INLINE = 256 << 10
# How many earlier writes a head names: as many may follow one whose answer was lost.
_EARLIER = 64
# How often a head is read whose objects are gone: a writer removes those that it replaced.
_READS = 5
_UNREADABLE = (ValueError, LookupError, TypeError, AttributeError)


@dataclass(frozen=True, slots=True)
class _Head:
    """The one object that is replaced: ``files`` are texts in it, or names of objects."""

    id: str = ""
    earlier: tuple[str, ...] = ()
    files: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def s3_backend(url: str) -> FilesBackend:
    """Return the backend of an address as ``s3://BUCKET/PREFIX``.

    Credentials, region and endpoint come from where boto3 finds them: AWS_ENDPOINT_URL is one.
    Raises: StoreError for an address that is none, UsageError where boto3 is not installed.
    """
    found = _ADDRESS.fullmatch(url)
    if found is None:
        raise StoreError(f"{url!r} is no address of a state in S3: write s3://BUCKET/PREFIX")
    return FilesBackend(S3Store(Bucket(found[1], found[2])))


class S3Store:
    """The files that an object names; satisfies ``FileStore``."""

    def __init__(self, bucket: Bucket) -> None:
        """Use a part of a bucket; nothing is asked yet."""
        self.place = bucket.place
        self.repair = f"restore an earlier version of the object {self.place}/head"
        self.bucket = bucket
        # The head of the version that was read or written last.
        self._seen: tuple[str | None, _Head] = (None, _Head())

    def read(self, names: Sequence[str]) -> Files:
        """Return the files of these names: one request, and one for each large file."""
        for _ in range(_READS):
            version, head = self.read_head()
            found = {name: self._content(head.files[name]) for name in names if name in head.files}
            contents = {name: raw for name, raw in found.items() if raw is not None}
            if len(contents) == len(found):
                targets = {name.split("/")[1] for name in head.files if name.startswith(TARGETS)}
                return Files(version, frozenset(targets), contents)
        raise self._damaged("an object that the head names is gone, and the state")

    def read_head(self) -> tuple[str | None, _Head]:
        """Return the newest head and its version. Raises: StoreError."""
        found = self.bucket.get("head")
        if found is None:
            self._seen = (None, _Head())
            return self._seen
        try:
            document = parse_json(found.content)
            number, writer = int(document["formatVersion"]), str(document["writtenBy"])
            if number <= FORMAT:
                earlier = tuple(map(str, document["earlier"]))
                head = _Head(str(document["id"]), earlier, dict(document["files"]))
                self._seen = (found.tag, head)
                return self._seen
        except _UNREADABLE as error:
            raise self._damaged("the object head") from error
        raise newer_format(self.place, number, writer)

    def prepare(
        self, files: Files, put: Mapping[str, bytes], archive: Mapping[str, bytes], note: str
    ) -> S3Swap:
        """Write what is large or archived, under names that nobody reads yet."""
        version, before = self._seen
        if version != files.version:
            raise AssertionError("a swap is prepared from what was read last")
        if version is None:
            self._require_conditions()
        write = secrets.token_hex(8)
        new = {name: self._stored(raw, write) for name, raw in put.items()}
        for name, raw in archive.items():
            self.bucket.put(f"archive/{name}", raw)
        earlier = (before.id, *before.earlier) if before.id else ()
        after = _Head(write, earlier[:_EARLIER], {**before.files, **new})
        return S3Swap(self, version, before, after, note=note)

    def archived(self, names: Sequence[str]) -> Iterator[bytes]:
        """Return archived files one by one."""
        for name in names:
            found = self.bucket.get(f"archive/{name}")
            if found is None:
                raise StoreError(
                    f"{self.place}/archive/{name} is gone, so the history is not whole: restore "
                    "the object from a backup, or an earlier version of it"
                )
            yield found.content

    def close(self) -> None:
        """End the connections."""
        self.bucket.close()

    def keep(self, version: str, head: _Head) -> None:
        """Remember what was written."""
        self._seen = (version, head)

    def _stored(self, raw: bytes, write: str) -> Mapping[str, str]:
        """Return how a head holds a file, and write its object where it is large."""
        if len(raw) > _INLINE:
            key = f"objects/{hashlib.sha256(raw).hexdigest()}.{write}"
            self.bucket.put(key, raw)
            return {"object": key}
        try:
            return {"text": raw.decode()}
        except UnicodeDecodeError:
            return {"base64": base64.b64encode(raw).decode()}

    def _content(self, entry: Mapping[str, str]) -> bytes | None:
        """Return the content of a file; None where its object is gone. Raises: StoreError."""
        try:
            if "text" in entry:
                return entry["text"].encode()
            if "base64" in entry:
                return base64.b64decode(entry["base64"], validate=True)
            key = entry["object"]
            digest = re.fullmatch(r"objects/([0-9a-f]{64})\.[0-9a-f]+", key)
        except _UNREADABLE as error:
            raise self._damaged("the object head") from error
        found = self.bucket.get(key) if digest else None
        if digest and found and hashlib.sha256(found.content).hexdigest() != digest[1]:
            raise self._damaged(f"the object {key}")
        return found.content if found else None

    def _require_conditions(self) -> None:
        """Find out whether the server looks at conditions. Raises: StoreError when it does not."""
        key, ours = f"probe-{secrets.token_hex(8)}", b"is a condition looked at?\n"
        self.bucket.put(key, ours)
        try:
            for condition in ({"IfNoneMatch": "*"}, {"IfMatch": f'"{"0" * 32}"'}):
                with suppress(UncertainError):
                    self.bucket.put_if(key, b"no\n", condition)
                found = self.bucket.get(key)
                if found is None or found.content != ours:
                    raise StoreError(
                        f"the server of {self.place} writes an object whatever the condition "
                        f"{next(iter(condition))} says, so two runs could overwrite one another: "
                        "use a server with conditional writes, or keep the state elsewhere"
                    )
        finally:
            self.bucket.delete([key])

    def _damaged(self, what: str) -> StoreError:
        return StoreError(f"{self.place}: {what} is damaged: {self.repair}")


class S3Swap:
    """A head that is ready to be written; satisfies ``PreparedSwap``."""

    def __init__(
        self, store: S3Store, version: str | None, before: _Head, after: _Head, *, note: str
    ) -> None:
        """Write ``after`` in the place of ``before``, which is of ``version``."""
        self._store = store
        self._version = version
        self._before = before
        self._after = after
        document = {
            "formatVersion": FORMAT,
            "writtenBy": __version__,
            "id": after.id,
            "note": note,
            "earlier": after.earlier,
            "files": after.files,
        }
        self._raw = json.dumps(document, ensure_ascii=False, sort_keys=True).encode()

    def send(self) -> str:
        """Write the head, and return its tag.

        A server that says no may have written it already: some proxy sends twice. So that is no
        proof of anything, and ``look`` has to say.
        """
        condition = {"IfMatch": self._version} if self._version else {"IfNoneMatch": "*"}
        tag = self._store.bucket.put_if("head", self._raw, condition)
        self._store.keep(tag, self._after)
        self._store.bucket.delete(_objects(self._before) - _objects(self._after))
        return tag

    def look(self) -> Sight:
        """Return what became of a write of which no answer came, or a no."""
        version, head = self._store.read_head()
        if self._after.id in {head.id, *head.earlier}:
            return Sight.WRITTEN
        if version == self._version:
            return Sight.UNCHANGED
        if version and self._before.id not in head.earlier and len(head.earlier) >= _EARLIER:
            raise UncertainError(f"{self._store.place} was written to very often since")
        self._store.bucket.delete(_objects(self._after) - _objects(self._before))
        return Sight.MOVED


def _objects(head: _Head) -> set[str]:
    """Return the objects that a head names."""
    return {entry["object"] for entry in head.files.values() if "object" in entry}
