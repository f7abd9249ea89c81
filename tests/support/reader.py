"""A reader that answers nothing: a test says what it does answer, and what else is asked fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.wire.reply import TypeLists

if TYPE_CHECKING:
    from reconciler.wire.call import Call
    from reconciler.wire.reply import Form, Identity, Row


class SilentReader:
    """Satisfies ``ports.Reader``; every question that a test does not expect is an error."""

    async def whoami(self, su: str | None = None) -> Identity:
        """Answer nothing."""
        raise AssertionError(su)

    async def rows(self, call: Call) -> tuple[Row, ...]:
        """Answer nothing."""
        raise AssertionError(call)

    async def form(self, call: Call) -> Form:
        """Answer nothing."""
        raise AssertionError(call)

    async def type_lists(self, func: str, su: str = "") -> TypeLists:
        """Know of no list but the plain one."""
        del func, su
        return TypeLists()
