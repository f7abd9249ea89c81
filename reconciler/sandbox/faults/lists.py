"""Lists that are shortened, shifted, out of date, or seen with too few rights.

Invariants: totals and rows change together unless the fault is that they do not; what a fault
hides on one page it hides on all; the panel's own rows stay as they are.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from reconciler.sandbox.faults.fault import Fault
from reconciler.sandbox.reply import ConfirmationReply, FormReply, ListReply, Node, RawReply

if TYPE_CHECKING:
    from reconciler.sandbox.faults.exchange import Exchange, Inner, SentReply

Row = tuple[str, ...]
_MASK = "********"


class _Table(Fault):
    """A fault of lists; other answers pass, or are changed by ``elsewhere``."""

    async def answer(self, exchange: Exchange, inner: Inner) -> SentReply:
        """Return the panel's answer with a changed page."""
        reply = await inner(exchange)
        if reply.said is None:
            return reply
        answer, head = reply.said
        if not isinstance(answer, ListReply):
            return self.elsewhere(exchange, reply)
        rows = await _every_row(exchange)
        return exchange.reply(self.changed(answer, rows), head)

    @abstractmethod
    def changed(self, listed: ListReply, rows: list[Row]) -> ListReply:
        """Change a page; ``rows`` are those of all pages."""

    def elsewhere(self, exchange: Exchange, reply: SentReply) -> SentReply:
        """Change an answer that is no list."""
        del exchange
        return reply


class Shift(_Table):
    """Since the page before, so many rows came (or, below 0, went) in front of this one."""

    do: Literal["shift"] = "shift"
    rows: int = -1

    def changed(self, listed: ListReply, rows: list[Row]) -> ListReply:
        """Move the page's borders."""
        begin = (listed.number - 1) * listed.size - self.rows
        shown = rows[max(begin, 0) : max(begin + listed.size, 0)]
        return replace(listed, rows=shown, total=max(listed.total + self.rows, 0))


class Total(_Table):
    """The total is another one, the rows are the same."""

    do: Literal["total"] = "total"
    by: int = 1

    def changed(self, listed: ListReply, rows: list[Row]) -> ListReply:
        """Change the total."""
        del rows
        return replace(listed, total=max(listed.total + self.by, 0))


class Filter(_Table):
    """A filter appears and keeps the rows that hold ``value``; a ``silent`` one leaves no sign."""

    do: Literal["filter"] = "filter"
    field: str = "name"
    value: str = "a"
    silent: bool = False

    def changed(self, listed: ListReply, rows: list[Row]) -> ListReply:
        """Record what passes."""
        spans = _spans(listed)
        place = spans.get(self.field, slice(0, 0))
        kept = [row for row in rows if self.value.lower() in " ".join(row[place]).lower()]
        sign = () if self.silent else ((self.field, self.value),)
        return _page(replace(listed, filters=(*listed.filters, *sign)), kept)


class Rights(_Table):
    """The caller's level is too low to see it all.

    ``rows``: those whose cells match all of the patterns are not there. ``columns``: neither are
    these columns and fields. ``mask``: these hold asterisks. ``level``: what ``whoami`` and the
    sign-in say.
    """

    do: Literal["rights"] = "rights"
    rows: dict[str, str] = Field(default_factory=dict)
    columns: list[str] = Field(default_factory=list)
    mask: list[str] = Field(default_factory=list)
    level: int | None = None

    def changed(self, listed: ListReply, rows: list[Row]) -> ListReply:
        """Hide rows and columns."""
        spans = _spans(listed)
        seen = [row for row in rows if not (self.rows and self._hides(row, spans))]
        page = _page(listed, seen)
        cells = tuple(cell for cell in page.cells if cell.name not in self.columns)
        return replace(page, cells=cells, rows=[self._cut(row, spans) for row in page.rows])

    def elsewhere(self, exchange: Exchange, reply: SentReply) -> SentReply:
        """Hide fields of a form, and name the lower level."""
        if reply.said is None:
            return reply
        answer, head = reply.said
        match answer:
            case FormReply():
                return exchange.reply(self._lessened(answer), head)
            case ConfirmationReply(before=FormReply() as before):
                return exchange.reply(replace(answer, before=self._lessened(before)), head)
            case RawReply() if self.level is not None:
                return exchange.reply(RawReply(tuple(map(self._lowered, answer.nodes))), head)
            case _:
                return reply

    def _hides(self, row: Row, spans: dict[str, slice]) -> bool:
        return all(
            any(fnmatchcase(text, pattern) for text in row[spans.get(name, slice(0, 0))])
            for name, pattern in self.rows.items()
        )

    def _cut(self, row: Row, spans: dict[str, slice]) -> Row:
        kept: list[str] = []
        for name, place in spans.items():
            if name not in self.columns:
                texts = row[place]
                kept += [_MASK] * len(texts) if name in self.mask else texts
        return tuple(kept)

    def _lessened(self, shown: FormReply) -> FormReply:
        return FormReply(
            tuple(each for each in shown.inputs if each.name not in self.columns),
            tuple(
                (name, _MASK if name in self.mask else text)
                for name, text in shown.values
                if name not in self.columns
            ),
            tuple(pair for pair in shown.choices if pair[0] not in self.columns),
        )

    def _lowered(self, node: Node) -> Node:
        attrs = tuple(
            (name, str(self.level) if name == "level" else text) for name, text in node.attrs
        )
        return replace(node, attrs=attrs)


class Stale(Fault):
    """The answer is as it was ``behind`` writes, or requests, ago; writes themselves pass."""

    do: Literal["stale"] = "stale"
    behind: int = Field(default=1, ge=1)
    of: Literal["writes", "requests"] = "writes"

    async def answer(self, exchange: Exchange, inner: Inner) -> SentReply:
        """Ask a panel of the past."""
        if exchange.writes:
            return await inner(exchange)
        return exchange.reply(*await exchange.site.past.answer(exchange, self.behind, self.of))


async def _every_row(exchange: Exchange) -> list[Row]:
    rows: list[Row] = []
    for number in range(1, 1 << 20):
        asked = exchange.asking(p_num=str(number), p_cnt=str(exchange.settings.page)).asked
        answer, _ = await exchange.site.panel.answer(asked, exchange.settings)
        if not isinstance(answer, ListReply) or not answer.rows:
            break
        rows += answer.rows
        if len(rows) >= answer.total:
            break
    return rows


def _page(listed: ListReply, rows: list[Row]) -> ListReply:
    begin = (listed.number - 1) * listed.size
    return replace(listed, rows=rows[begin : begin + listed.size], total=len(rows))


def _spans(listed: ListReply) -> dict[str, slice]:
    """Return the place of each column in a row: attributes take texts as well."""
    found: dict[str, slice] = {}
    begin = 0
    for cell in listed.cells:
        end = begin + 1 + len(cell.attrs)
        found[cell.name] = slice(begin, end)
        begin = end
    return found
