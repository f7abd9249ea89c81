"""Opening a panel: the parts are put together here, and closed again.

Invariants: nothing is sent before the first question; a reader and a panel are made of the same
parts, but a reader's exchange lets no write out.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from reconciler.errors import PanelError
from reconciler.panel.client import PanelClient
from reconciler.panel.clock import SystemClock
from reconciler.panel.exchange import Exchange, Guard, Send, allow_all
from reconciler.panel.limiter import AdaptiveLimiter
from reconciler.panel.mgrctl import Mgrctl
from reconciler.panel.readonly import InspectingReader, ReadGuard, ReadOnly, read_functions
from reconciler.panel.request_log import RequestLog, silence_libraries
from reconciler.panel.retry import Retry
from reconciler.panel.session import Access
from reconciler.panel.transport import HttpTransport, check_origin

if TYPE_CHECKING:
    import logging
    from collections import Counter
    from collections.abc import AsyncIterator, Callable, Iterable

    from reconciler.kinds.kind import AnyKind
    from reconciler.model.target import Target
    from reconciler.panel.request import Fields
    from reconciler.ports import Clock, Inspector, Operator, Panel, Reader, Secrets


@asynccontextmanager
async def open_panel(
    target: Target,
    *,
    secrets: Secrets,
    clock: Clock | None = None,
    app: object | None = None,
    log: logging.Logger | None = None,
    may_write: Callable[[], None] = lambda: None,
) -> AsyncIterator[Panel]:
    """Open a panel for reading and writing; ``app`` is an ASGI application to ask in its place.

    ``may_write`` is called right before each write, when it has waited for its turn, and raises
    where nothing may be written any more.

    Raises: SecurityStopError for an origin or authorities that cannot be trusted.
    """

    def guard(fields: Fields) -> None:
        if any(name == "sok" for name, _ in fields):
            may_write()

    async with _opened(
        target, secrets, clock, app=app, tally=RequestLog(log), guard=guard
    ) as panel:
        yield panel


@asynccontextmanager
async def open_reader(
    target: Target,
    *,
    secrets: Secrets,
    kinds: Iterable[AnyKind],
    also: Iterable[str] = (),
    clock: Clock | None = None,
    app: object | None = None,
    log: logging.Logger | None = None,
    asked: Counter[tuple[str, str]] | None = None,
) -> AsyncIterator[Reader]:
    """Open a panel for reading what some kinds need, and the functions named in ``also``.

    ``asked`` counts the requests, by their function and by what they are asked for.
    Raises: as ``open_panel``.
    """
    allowed = read_functions(kinds).union(also)
    guard, tally = ReadGuard(allowed), RequestLog(log, asked)
    async with _opened(target, secrets, clock, app=app, tally=tally, guard=guard) as panel:
        yield ReadOnly(panel, allowed, guard)


@asynccontextmanager
async def open_inspector(
    target: Target,
    *,
    secrets: Secrets,
    kinds: Iterable[AnyKind] = (),
    also: Iterable[str] = (),
    clock: Clock | None = None,
    app: object | None = None,
) -> AsyncIterator[Inspector]:
    """Open a panel to inspect what ``open_reader`` would read.

    Raises: as ``open_panel``.
    """
    allowed = read_functions(kinds).union(also)
    guard = ReadGuard(allowed)
    async with _opened(
        target, secrets, clock, app=app, tally=RequestLog(None), guard=guard
    ) as panel:
        yield InspectingReader(panel, allowed, guard)


@asynccontextmanager
async def open_operator(
    target: Target, *, secrets: Secrets, clock: Clock | None = None, app: object | None = None
) -> AsyncIterator[Operator]:
    """Open a panel for whatever somebody typed by hand. Raises: as ``open_panel``."""
    async with _opened(
        target, secrets, clock, app=app, tally=RequestLog(None), guard=allow_all
    ) as panel:
        yield panel


@asynccontextmanager
async def _opened(
    target: Target,
    secrets: Secrets,
    clock: Clock | None,
    *,
    app: object | None,
    tally: RequestLog,
    guard: Guard,
) -> AsyncIterator[PanelClient]:
    silence_libraries()
    time = clock or SystemClock()
    limits = target.limits
    async with _wire(target, app) as send:
        exchange = Exchange(
            send,
            target,
            secrets,
            time,
            reads=AdaptiveLimiter(limits.reads, time.now),
            writes=AdaptiveLimiter(limits.writes, time.now),
            tally=tally,
            guard=guard,
        )
        try:
            access = Access(exchange, Retry(time), target.auth)
            yield PanelClient(access, target.format, target.numbers, target.service_lists)
        except PanelError as error:
            error.place = error.place or _shown(target)
            raise
        finally:
            tally.close()


def _shown(target: Target) -> str:
    """Return a panel's address without what may be a secret in it."""
    if target.auth.method == "mgrctl":
        return target.auth.program
    parts = urlsplit(target.url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


@asynccontextmanager
async def _wire(target: Target, app: object | None) -> AsyncIterator[Send]:
    limits = target.limits
    if app is None and target.auth.method == "mgrctl":
        yield Mgrctl(target.auth.program, limits.read).send
        return
    # Imported here, so that each way costs its own library alone.
    if app is not None:
        from reconciler.panel.embedded import embedded_route

        route = embedded_route(app, target.url)
    else:
        from reconciler.panel.network import over_network

        check_origin(target.url)
        route = over_network(target)
    try:
        yield HttpTransport(route, limits.read).send
    finally:
        await route.aclose()
