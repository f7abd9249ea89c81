"""Finding the lists that a hoster made beside the plain list of a type.

Invariants: the target has the first word; a menu counts as absent only where the panel says that
there is none for us, and never for an answer that was lost or broken: services that live in a list
which was overlooked would be ordered once more.
Source: ``menu``.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from reconciler.errors import AccessError, IncompleteError, NotAPanelError, RejectedError
from reconciler.wire.call import list_call, menu_call, page_call
from reconciler.wire.replies.list import parse_list
from reconciler.wire.replies.replies import parse_menu
from reconciler.wire.reply import TypeLists

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.panel.session import Access

# Whose menus are read: our own, and that of the first client who is named.
_OURS, _A_CLIENTS = "ours", "a client's"


class TypeListFinder:
    """Asks for each menu once, and for a plain list that no menu names."""

    def __init__(self, access: Access, declared: Mapping[str, Sequence[str]]) -> None:
        """Ask what signs in; ``declared`` is what the target says of the lists that hold a type."""
        self._access = access
        self._declared = declared
        self._lock = asyncio.Lock()
        self._menus: dict[str, frozenset[str]] = {}
        self._in_use: dict[str, bool] = {}

    async def find(self, func: str, su: str = "") -> TypeLists:
        """Find the lists beside the plain list of a type.

        Where neither target nor menu shows it, a plain list that shows anything of anybody is
        the only one.
        Raises: IncompleteError for a menu that cannot be read.
        """
        if func in self._declared:
            return TypeLists(tuple(name for name in self._declared[func] if name != func))
        async with self._lock:
            if su and _A_CLIENTS not in self._menus:
                self._menus[_A_CLIENTS] = await self._read_menu(func, su)
            if _OURS not in self._menus:
                self._menus[_OURS] = await self._read_menu(func)
            named = frozenset[str]().union(*self._menus.values())
            others = tuple(sorted(name for name in named if name.startswith(f"{func}.")))
            if others or func in named:
                return TypeLists(others)
            if func not in self._in_use:
                self._in_use[func] = await self._is_in_use(func)
            return TypeLists(certain=self._in_use[func])

    async def _is_in_use(self, func: str) -> bool:
        try:
            first = await self._access.ask(page_call(list_call(func), 1, 1), parse_list)
        except (RejectedError, AccessError):
            return False
        return bool(first.rows)

    async def _read_menu(self, func: str, su: str = "") -> frozenset[str]:
        """Return the lists of a menu; none where the panel has no menu for us.

        Raises: IncompleteError, which names the setting for the type that is asked for.
        """
        try:
            return await self._access.ask(menu_call(su=su or None), parse_menu)
        except AccessError:
            return frozenset()
        except RejectedError as refusal:
            if refusal.is_trouble:
                raise
            return frozenset()
        except NotAPanelError as error:
            message = (
                f"{error}; without the menu the lists of services are unknown: run the command "
                f"again, or add them to the target, such as serviceLists: {{{func}: [{func}, "
                f"{func}.NAME]}}"
            )
            raise IncompleteError(message) from error
