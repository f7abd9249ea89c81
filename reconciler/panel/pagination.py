"""A whole list from its pages, with a proof that nothing is missing.

Invariants: rows are returned only when their number is proved; a list under a filter, or one
that moves while it is read, is never taken for complete; the number of requests is bounded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.errors import IncompleteError
from reconciler.panel.concurrency import gather_all

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Hashable, Sequence

    from reconciler.wire.reply import Row, Rows

    Page = Callable[[int, int], Coroutine[None, None, Rows]]
    Witness = Callable[[], Coroutine[None, None, Rows]]

# A captured installation answered that many rows at most when it was not asked to page.
PAGE_SIZE = 1000
ROUNDS = 3
MOST_PAGES = 20_000


class _MovedError(Exception):
    """The list changed between two pages; what was read is worth nothing."""


@dataclass(frozen=True, slots=True)
class Paginator:
    """Reads one list; ``page`` asks for a page by number and size.

    ``filtered`` says that the call itself filters, so that filters in force are as they should be.
    ``witness`` asks for one row in a format that shows totals and filters, where the one that the
    pages come in may show neither.
    """

    name: str
    page: Page
    filtered: bool = False
    witness: Witness | None = None

    async def read(self) -> tuple[Row, ...]:
        """Read until a reading is proved complete, and start over at most twice.

        Raises: IncompleteError.
        """
        reason = ""
        for _ in range(ROUNDS):
            try:
                return await self._read_once()
            except _MovedError as moved:
                reason = str(moved)
        raise IncompleteError(f"{self.name}: the list may be incomplete: {reason}")

    async def _read_once(self) -> tuple[Row, ...]:
        first = await self.page(1, PAGE_SIZE)
        self._check_filters(first, first_page=True)
        if (first.page or 1) != 1:
            raise IncompleteError(f"{self.name}: the panel did not return the first page")
        if first.total is None:
            rows = await self._until_empty(first)
            await self._ask_witness(len(rows))
            return rows
        if len(first.rows) >= first.total:
            return _proved([first], first.total)
        size = len(first.rows)
        if not size:
            raise IncompleteError(
                f"{self.name}: the list reports {first.total} rows but returned none"
            )
        count = -(-first.total // size)
        if count > MOST_PAGES:
            raise IncompleteError(f"{self.name}: the list has too many pages ({count})")
        rest = await gather_all(self.page(number, size) for number in range(2, count + 1))
        for number, page in enumerate(rest, start=2):
            self._check_filters(page)
            if page.total not in {None, first.total}:
                raise _MovedError(f"the total changed from {first.total} to {page.total}")
            if page.page not in {None, number}:
                raise _MovedError(f"the panel returned page {page.page} instead of page {number}")
        return _proved([first, *rest], first.total)

    async def _until_empty(self, first: Rows) -> tuple[Row, ...]:
        """Read a list that does not say its total, until a page proves its end."""
        pages = [first]
        size = min(first.page_size or PAGE_SIZE, PAGE_SIZE)
        if not first.rows or (first.page_size and len(first.rows) < size):
            return _proved(pages, len(first.rows))
        size = min(size, len(first.rows))
        for number in range(2, MOST_PAGES):
            page = await self.page(number, size)
            self._check_filters(page)
            if page.total is not None:
                raise _MovedError("a total appeared")
            if number == 2 and page.rows == first.rows and page.page != number:  # noqa: PLR2004
                return _proved(pages, len(first.rows))  # it does not page: this is all of it
            pages.append(page)
            if len(page.rows) < size:
                return _proved(pages, sum(len(each.rows) for each in pages))
        raise IncompleteError(f"{self.name}: the list has no end")

    async def _ask_witness(self, count: int) -> None:
        if self.witness is None:
            return
        said = await self.witness()
        self._check_filters(said, first_page=True)
        if said.total is not None and said.total != count:
            raise _MovedError(f"the list reports {said.total} rows but returned {count}")

    def _check_filters(self, page: Rows, *, first_page: bool = False) -> None:
        if not page.filters or self.filtered:
            return
        if not first_page:
            raise _MovedError("a filter appeared")
        names = ", ".join(page.filters)
        raise IncompleteError(
            f"{self.name}: a saved filter hides rows ({names}): run `reconciler doctor "
            "--clear-filters`"
        )


def _proved(pages: Sequence[Rows], total: int) -> tuple[Row, ...]:
    rows = tuple(row for page in pages for row in page.rows)
    if len(rows) != total:
        raise _MovedError(f"the list reports {total} rows but returned {len(rows)}")
    key = _key(pages[0].key, rows)
    if key is None and len(pages) == 1:
        return rows  # without a key, two equal rows of one answer are two rows
    seen: set[Hashable] = {
        row.values[key] if key else frozenset(row.values.items()) for row in rows
    }
    if len(seen) != total:
        raise _MovedError(f"the list reports {total} rows but returned {len(seen)} different ones")
    return rows


def _key(declared: str | None, rows: tuple[Row, ...]) -> str | None:
    for name in (declared, "id", "elid"):
        if name and all(row.values.get(name) for row in rows):
            return name
    return None
