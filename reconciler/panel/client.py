"""A panel as other packages see it: rows, forms, submits.

Invariant: a read goes through signing in, retrying and paging; a write is sent once.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.errors import RejectedError, WriteForbiddenError
from reconciler.model.number import UNPROVED
from reconciler.panel.pagination import Paginator
from reconciler.panel.type_lists import TypeListFinder
from reconciler.wire.call import Call, Effect, page_call
from reconciler.wire.replies.any import parse_any
from reconciler.wire.replies.list import parse_list
from reconciler.wire.replies.replies import (
    parse_confirmation,
    parse_form,
    parse_identity,
    parse_order,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.model.number import NumberShape
    from reconciler.model.target import Format
    from reconciler.panel.session import Access
    from reconciler.wire.reply import (
        Answer,
        Confirmation,
        Control,
        Form,
        Identity,
        Row,
        Rows,
        TypeLists,
    )


# Formats whose lists may show neither their total nor the filters in force.
_TERSE = frozenset({"bjson", "JSONdata"})
# Of the fields that a form may leave out while they are empty: what somebody can fill in.
_FILLED_IN = frozenset({"edit", "flag", "readonly"})
# Enough rows to look at, where a list is not to be read whole.
FIRST = 50


class PanelClient:
    """Reads from a panel, and writes to it."""

    def __init__(
        self,
        access: Access,
        fmt: Format = "xml",
        numbers: NumberShape = UNPROVED,
        service_lists: Mapping[str, tuple[str, ...]] | None = None,
    ) -> None:
        """Speak through what signs in, in a format.

        ``numbers`` is how the panel writes them, ``service_lists`` what the target says of the
        lists that hold a type.
        """
        self._access = access
        self._format = fmt
        self._numbers = numbers
        self._controls: dict[str, Mapping[str, Control]] = {}
        self._asking: dict[str, asyncio.Lock] = {}
        self._lists = TypeListFinder(access, service_lists or {})

    async def whoami(self, su: str | None = None) -> Identity:
        """Ask who the panel takes us for."""
        params = (("su", su),) if su else ()
        return await self._access.ask(Call("whoami", params, Effect.READ), parse_identity)

    async def rows(self, call: Call) -> tuple[Row, ...]:
        """Read a whole list, proved complete. Raises: IncompleteError."""
        _check_reads(call)

        async def page(number: int, size: int) -> Rows:
            return await self._access.ask(page_call(call, number, size), parse_list)

        async def witness() -> Rows:
            one = replace(page_call(call, 1, 1), labels=True)
            return await self._access.ask(one, parse_list)

        filtered = call.param("filter") == "on"
        asked = witness if self._format in _TERSE else None
        rows = await Paginator(call.func, page, filtered, asked).read()
        if self._numbers == UNPROVED:
            return rows
        return tuple(replace(row, numbers=self._numbers) for row in rows)

    async def form(self, call: Call) -> Form:
        """Open a form. Raises: RejectedError with code ``missed`` for an absent object."""
        _check_reads(call)
        if self._format == "JSONdata":
            call = replace(call, labels=True)  # this format knows no option lists
        form = await self._access.ask(call, parse_form)
        if self._numbers != UNPROVED:
            form = replace(form, numbers=self._numbers)
        silent = call.needs - form.values.keys() - form.withheld
        if not silent:
            return form
        controls = form.controls or await self._described(call)
        empty = {name: "" for name in silent if controls.get(name) in _FILLED_IN}
        return replace(form, values={**form.values, **empty}) if empty else form

    async def _described(self, call: Call) -> Mapping[str, Control]:
        """Return how the panel describes a function's form; it is asked once for each function."""
        lock = self._asking.setdefault(call.func, asyncio.Lock())
        async with lock:
            if call.func not in self._controls:
                try:
                    described = replace(call, labels=True, why="which fields it leaves out")
                    form = await self._access.ask(described, parse_form)
                except RejectedError:
                    return {}
                self._controls[call.func] = form.controls
            return self._controls[call.func]

    async def type_lists(self, func: str, su: str = "") -> TypeLists:
        """Find the lists beside the plain list of a type.

        Raises: IncompleteError for a menu that cannot be read.
        """
        return await self._lists.find(func, su)

    async def submit(self, call: Call) -> Confirmation:
        """Send a writing call, once.

        Raises: UnreachableError when it provably did not leave, RejectedError when the panel
        refused it, LostAnswerError when the effect is unknown.
        """
        if not call.writes:
            raise WriteForbiddenError(
                f"internal error: {call.func} is a reading call and cannot be submitted"
            )
        return await self._access.ask(
            call, parse_order if ".order." in call.func else parse_confirmation
        )

    async def page(self, call: Call) -> Rows:
        """Read the first page of a list with the panel's description of it."""
        _check_reads(call)
        return await self._access.ask(replace(page_call(call, 1, FIRST), labels=True), parse_list)

    async def answer(self, call: Call) -> Answer:
        """Send any call and take the answer for what it is; a writing call is sent once."""
        return await self._access.ask(call, parse_any)


def _check_reads(call: Call) -> None:
    if call.writes:
        raise WriteForbiddenError(
            f"internal error: {call.func} is a writing call and cannot be read"
        )
