"""A reader that records every list and form that it returns.

Invariant: it sends only the requests that it is given; the reply to one call is stored once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconciler.ports import Reader
    from reconciler.wire.call import Call
    from reconciler.wire.reply import Form, Identity, Row, TypeLists


class RecordingReader:
    """Records the replies of another reader; satisfies ``ports.Reader``."""

    def __init__(self, reader: Reader) -> None:
        """Record the replies of ``reader``."""
        self._reader = reader
        self.lists: dict[Call, tuple[Row, ...]] = {}
        self.forms: dict[Call, Form] = {}

    async def whoami(self, su: str | None = None) -> Identity:
        """Return the identity under which the panel answers."""
        return await self._reader.whoami(su)

    async def rows(self, call: Call) -> tuple[Row, ...]:
        """Read a complete list. Raises: IncompleteError when it cannot be proved complete."""
        self.lists[call] = await self._reader.rows(call)
        return self.lists[call]

    async def type_lists(self, func: str, su: str = "") -> TypeLists:
        """Find the lists beside the plain list of a type."""
        return await self._reader.type_lists(func, su)

    async def form(self, call: Call) -> Form:
        """Open a form. Raises: RejectedError."""
        self.forms[call] = await self._reader.form(call)
        return self.forms[call]
