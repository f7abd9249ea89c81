"""What a forge answers, checked: rows of lists, and lists over several pages.

Invariants: an answer of another shape is an error, never an empty list; no address of an answer is
followed, only the number of the page grows; a list longer than the bound is an error.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from reconciler.errors import ForgeError, ForgeLostError

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.forge.exchange import ForgeExchange, ForgeReply

T = TypeVar("T")
MAX_PAGES = 100
PAGE = 100


def read_row(exchange: ForgeExchange, reply: ForgeReply, shape: type[T], what: str) -> T:
    """Return an answer as a value of a shape. Raises: ForgeLostError when it is another."""
    value: T = _checked(exchange, reply, shape, what)
    return value


async def read_rows(
    exchange: ForgeExchange,
    path: str,
    shape: type[T],
    *,
    key: Callable[[T], int],
    what: str,
    size: str = "per_page",
    query: dict[str, str] | None = None,
) -> list[T]:
    """Read a whole list; ``size`` is the name of the parameter for the size of a page.

    A server that ignores the number of the page answers the same rows again, and that ends it.
    Raises: ForgeError when there are more pages than ``MAX_PAGES``.
    """
    found: dict[int, T] = {}
    for page in range(1, MAX_PAGES + 1):
        asked = {**(query or {}), size: str(PAGE), "page": str(page)}
        reply = await exchange.ask("GET", exchange.base + path, what, query=asked)
        rows: list[T] = _checked(exchange, reply, list[shape], what)  # type: ignore[valid-type]
        fresh = {key(row): row for row in rows if key(row) not in found}
        found |= fresh
        if not fresh or not _has_more(reply, len(rows)):
            return list(found.values())
    raise ForgeError(f"{what}: there are more than {MAX_PAGES * PAGE:,}, which are not read")


def _has_more(reply: ForgeReply, rows: int) -> bool:
    """Return whether a page may follow: the server announces one, or this one is full."""
    links = reply.headers.get("link", "")
    following = reply.headers.get("x-next-page", "").strip()
    return 'rel="next"' in links or bool(following) or rows >= PAGE


def _checked(exchange: ForgeExchange, reply: ForgeReply, shape: Any, what: str) -> Any:  # noqa: ANN401 - of that shape
    try:
        return _adapter(shape).validate_python(reply.value)
    except ValidationError as error:
        raise ForgeLostError(f"{what}: the answer is not one of {exchange.name}") from error


@cache
def _adapter(shape: Any) -> TypeAdapter[Any]:  # noqa: ANN401 - a TypedDict, or a list of one
    return TypeAdapter(shape)
