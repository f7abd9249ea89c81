"""The harness whose every request is kept, over a connection that can break.

The trials of ``tests/faults`` and the histories of ``tests/simulation`` extend ``RecordedProject``;
time passes by itself, and at once, where there is nothing else to do (``virtual_time``).
"""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import KW_ONLY, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from reconciler.model.target import Limits, Target
from reconciler.panel.client import PanelClient
from reconciler.panel.exchange import Exchange
from reconciler.panel.limiter import AdaptiveLimiter
from reconciler.panel.request_log import RequestLog
from reconciler.panel.retry import Retry
from reconciler.panel.session import Access
from reconciler.panel.transport import HttpTransport
from reconciler.sandbox import FaultMiddleware
from tests.support.connection import ConnectionFault, recorded_route
from tests.support.project import TARGET as BASE, KnownSecrets, ProjectFolder

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Sequence

    from reconciler.panel.readonly import ReadGuard
    from reconciler.sandbox import Sandbox
    from reconciler.sandbox.faults import Fault
    from tests.support.connection import SentRequest
    from tests.support.virtual_time import VirtualTime

TARGET = replace(BASE, url="https://panel.example/billmgr", limits=Limits(settle=60.0))


@dataclass(slots=True)
class RecordedProject(ProjectFolder):
    """A project, a panel, and a time of their own; ``requests`` holds all since it was emptied."""

    _: KW_ONLY
    clock: VirtualTime
    target: Target = TARGET
    requests: list[SentRequest] = field(default_factory=list)

    @property
    def panel(self) -> Sandbox:
        """The embedded panel."""
        panel: Sandbox = self.app
        return panel

    def write_documents(self, manifests: Iterable[dict[str, Any]]) -> None:
        """Write the manifests, in the place of all that were."""
        self.write("\n---\n".join(json.dumps(each) for each in manifests), "all.yaml")

    def faulty(self, faults: Sequence[Fault]) -> FaultMiddleware:
        """Put some faults before the panel, those of the connection outermost."""
        outward = sorted(faults, key=lambda fault: not isinstance(fault, ConnectionFault))
        return FaultMiddleware(self.panel, outward, clock=self.clock.now, sleep=asyncio.sleep)

    @asynccontextmanager
    async def opened(
        self, app: object, guard: ReadGuard | None = None
    ) -> AsyncIterator[PanelClient]:
        """Open the panel over a connection that can break and that keeps every request."""
        limits = self.target.limits
        route = recorded_route(app, self.requests)
        exchange = Exchange(
            HttpTransport(route, limits.read).send,
            self.target,
            KnownSecrets(),
            self.clock,
            reads=AdaptiveLimiter(limits.reads),
            writes=AdaptiveLimiter(limits.writes),
            tally=RequestLog(None),
        )
        exchange = replace(exchange, guard=guard) if guard else exchange
        try:
            yield PanelClient(Access(exchange, Retry(self.clock), self.target.auth))
        finally:
            await route.reading.aclose()
