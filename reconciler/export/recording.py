"""What the panel said of one client, said again to the plan that proves the export.

Invariants: a question is sent once; what was not asked before is asked now, and counted; of the
list of clients a plan for one client sees the rows that could be that client, and no others.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reconciler.errors import RejectedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.ports import Reader
    from reconciler.wire.call import Call
    from reconciler.wire.reply import Form, Identity, Row, TypeLists

_Key = tuple[str, object]


@dataclass(slots=True)
class SharedReplies:
    """What is asked once for all clients: who we are, and the forms of new objects."""

    reader: Reader
    requests: int = 0
    identity: Identity | None = None
    blanks: dict[_Key, Form | RejectedError] = field(default_factory=dict)


class ClientRecording:
    """Hands on what a reader says of one client, and keeps it; satisfies ``ports.Reader``."""

    def __init__(self, shared: SharedReplies) -> None:
        """Ask the shared reader."""
        self._shared = shared
        self.lists: dict[_Key, tuple[Row, ...]] = {}
        self.forms: dict[_Key, Form | RejectedError] = {}
        self.labelled: set[_Key] = set()
        self.identities: dict[str, Identity] = {}
        self._ahead: set[_Key] = set()

    def keep_ahead(self) -> ClientRecording:
        """Answer once more from what was read so far, which another one needed before."""
        self._ahead = {*self.forms}
        return self

    async def whoami(self, su: str | None = None) -> Identity:
        """Ask who the panel takes us for; who we are ourselves is asked once in all."""
        shared = self._shared
        if su or shared.identity is None:
            shared.requests += 1
            identity = await shared.reader.whoami(su)
            if su:
                self.identities[su] = identity
                return identity
            shared.identity = identity
        return shared.identity

    async def rows(self, call: Call) -> tuple[Row, ...]:
        """Read a whole list. Raises: IncompleteError when it cannot be proved whole."""
        self._shared.requests += 1
        rows = self.lists[_key(call)] = await self._shared.reader.rows(call)
        return rows

    async def type_lists(self, func: str, su: str = "") -> TypeLists:
        """Find the lists beside the plain list of a type."""
        return await self._shared.reader.type_lists(func, su)

    async def form(self, call: Call) -> Form:
        """Open a form; that of a new object is the same for all clients. Raises: RejectedError."""
        is_blank = call.param("elid") is None and call.param("su") is None
        if is_blank and (known := self._shared.blanks.get(_blank_key(call))) is not None:
            return _answer(known)
        if _key(call) in self._ahead and not call.labels:
            self._ahead.discard(_key(call))
            return _answer(self.forms[_key(call)])
        self._shared.requests += 1
        found: Form | RejectedError
        try:
            found = await self._shared.reader.form(call)
        except RejectedError as refusal:
            found = refusal
        if is_blank:
            self._shared.blanks[_blank_key(call)] = found
        else:
            self.forms[_key(call)] = found
            self.labelled |= {_key(call)} if call.labels else set()
        return _answer(found)


class ClientReplay:
    """Returns again what was recorded, and asks only what was not; satisfies ``ports.Reader``.

    ``listed`` are the rows that stand for whole lists, by their calls.
    """

    def __init__(self, recording: ClientRecording, listed: Mapping[Call, tuple[Row, ...]]) -> None:
        """Answer from a recording."""
        self._recording = recording
        self._listed = {_key(call): rows for call, rows in listed.items()}

    async def whoami(self, su: str | None = None) -> Identity:
        """Return who the panel takes us for."""
        known = self._recording.identities.get(su or "")
        return known or await self._recording.whoami(su)

    async def rows(self, call: Call) -> tuple[Row, ...]:
        """Return a whole list. Raises: as the recording."""
        key = _key(call)
        if key in self._listed:
            return self._listed[key]
        known = self._recording.lists.get(key)
        return await self._recording.rows(call) if known is None else known

    async def type_lists(self, func: str, su: str = "") -> TypeLists:
        """Find the lists beside the plain list of a type."""
        return await self._recording.type_lists(func, su)

    async def form(self, call: Call) -> Form:
        """Return a form. Raises: RejectedError."""
        key = _key(call)
        known = self._recording.forms.get(key)
        if known is None or (call.labels and key not in self._recording.labelled):
            return await self._recording.form(call)
        return _answer(known)


def _answer(known: Form | RejectedError) -> Form:
    if isinstance(known, RejectedError):
        raise known
    return known


def _key(call: Call) -> _Key:
    """Return what a call asks, whatever the format of the answer."""
    return call.func, call.params


def _blank_key(call: Call) -> _Key:
    return call.func, tuple(pair for pair in call.params if pair[0] != "plid")
