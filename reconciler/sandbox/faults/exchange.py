"""One request on its way through the faults, and the reply on its way back.

Invariants: both are frozen; a fault that changes one passes a changed copy on; a reply keeps what
the panel said as long as no fault has spoilt its text.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from reconciler.sandbox.faults.delivery import Complete, Delivery
from reconciler.sandbox.formats import HTML, render
from reconciler.sandbox.reply import ConfirmationReply, FormReply, Reply, ReplyHeader

if TYPE_CHECKING:
    from reconciler.sandbox.call import Request, Settings
    from reconciler.sandbox.faults.backend import Backend
    from reconciler.sandbox.reply import Pairs

# Functions that act without being confirmed, by the last part of their names.
_ACTIONS = {"delete", "newkey", "pay", "resume", "setfilter", "setpaid", "suspend"}


@dataclass(frozen=True, slots=True)
class SentReply:
    """An answer on its way out: the bytes, what they say, and how they are handed over."""

    kind: bytes
    body: bytes
    status: int = 200
    headers: tuple[tuple[bytes, bytes], ...] = ()
    said: tuple[Reply, ReplyHeader] | None = None
    delivery: Delivery = field(default_factory=Complete)


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request, the settings that it is worked off with, and where that happens."""

    asked: Request
    settings: Settings
    site: Backend

    @property
    def submits(self) -> bool:
        """Whether the request confirms a form."""
        return "sok" in self.asked.given

    @property
    def writes(self) -> bool:
        """Whether the request submits a form or is an action."""
        return self.submits or self.acts

    @property
    def acts(self) -> bool:
        """Whether the request is an action, which needs no ``sok``."""
        return self.asked.func.rpartition(".")[2] in _ACTIONS

    def asking(self, *, without: tuple[str, ...] = (), **given: str) -> Exchange:
        """Return the same request with some parameters changed and some lost."""
        kept = {name: value for name, value in self.asked.given.items() if name not in without}
        blank = self.asked.blank - set(without)
        echo = tuple((name, text) for name, text in self.asked.echo if name not in without)
        return replace(self, asked=replace(self.asked, given=kept | given, blank=blank, echo=echo))

    def head(self, func: str | None = None) -> ReplyHeader:
        """Return the head of an answer that the panel does not make itself."""
        asked = self.asked
        lang = asked.given.get("lang", "en")
        return ReplyHeader(
            asked.func if func is None else func,
            lang,
            asked.host,
            asked.echo,
            lone=self.settings.single_row,
        )

    def reply(self, answer: Reply, head: ReplyHeader | None = None) -> SentReply:
        """Put an answer into the format that was asked for."""
        said = (answer, head or self.head())
        kind, body = render(self.asked.out, *said)
        return SentReply(kind, body, said=said)

    async def work(self) -> SentReply:
        """Run the request on the panel."""
        return self.reply(*await self.site.panel.answer(self.asked, self.settings))

    async def pretend(self, ids: Pairs = (), ok: str = "") -> SentReply:
        """Answer what success looks like, with nothing changed; a read is simply answered."""
        if not self.writes:
            return await self.work()
        if self.acts:
            return self.reply(ConfirmationReply(ok=ok, ids=ids))
        opened, head = await self.site.panel.answer(self.asking(without=("sok",)).asked)
        if not isinstance(opened, FormReply):
            return self.reply(opened, head)
        return self.reply(
            ConfirmationReply(opened, ok=ok, ids=ids), replace(head, echo=self.asked.echo)
        )


Inner = Callable[[Exchange], Awaitable[SentReply]]


def page(body: str, *, status: int = 200, headers: Mapping[str, str] | None = None) -> SentReply:
    """Make a page for a browser."""
    lines = tuple((n.encode(), v.encode("latin-1")) for n, v in (headers or {}).items())
    return SentReply(HTML, body.encode(), status=status, headers=lines)
