"""A project in a folder and a panel, in a time of their own: what trials and histories stand on.

Invariants: every request goes through the real panel room, every line through the real journal
and inventory, both read anew as a new process would; what is remembered is what the command reads.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from reconciler.engine.resolve import Resolver, unseen_lists
from reconciler.errors import ManifestsError
from reconciler.kinds.catalogue import discover
from reconciler.manifest.load.loader import load_manifests
from reconciler.model.address import parse_address
from reconciler.model.finding import has_errors
from reconciler.model.plan import TargetRef
from reconciler.model.target import Auth, Guards, Limits, Target
from reconciler.model.value import Secret
from reconciler.panel.client import PanelClient
from reconciler.panel.exchange import Exchange
from reconciler.panel.limiter import AdaptiveLimiter
from reconciler.panel.readonly import ReadOnly, read_functions
from reconciler.panel.request_log import RequestLog
from reconciler.panel.retry import Retry
from reconciler.panel.session import Access
from reconciler.panel.transport import HttpTransport
from reconciler.planning.context import PlanContext
from reconciler.sandbox import ADMIN, FaultMiddleware
from reconciler.store.inventory import FileInventory
from reconciler.store.journal import FileJournal
from tests.support.connection import ConnectionFault, recorded_route
from tests.support.project import KnownSecrets

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Sequence
    from pathlib import Path

    from reconciler.panel.readonly import ReadGuard
    from reconciler.ports import Journal
    from reconciler.sandbox import Sandbox
    from reconciler.sandbox.faults import Fault
    from tests.support.connection import SentRequest
    from tests.support.virtual_time import VirtualTime

KINDS = discover()
SETTLE = 60.0
NAME = TargetRef("test", "https://panel.example/billmgr")
TARGET = Target(
    NAME.name,
    NAME.url,
    Auth("session", ADMIN, Secret("env", ("NONE",))),
    limits=Limits(settle=SETTLE),
)
GUARDS = Guards(max_deletes=None)


@dataclass(slots=True, kw_only=True)
class Ground:
    """One project, one panel, one time; ``tap`` holds every request since it was emptied."""

    root: Path
    panel: Sandbox
    time: VirtualTime
    namespace: str
    target: Target = TARGET
    guards: Guards = GUARDS
    tap: list[SentRequest] = field(default_factory=list)

    @property
    def inventory(self) -> FileInventory:
        """What the last apply left."""
        return FileInventory(self.root / "inventory.json", NAME.name)

    @property
    def journal(self) -> FileJournal:
        """What was intended."""
        return FileJournal(self.root / "journal", self.time.now)

    def write(self, manifests: Iterable[dict[str, Any]]) -> None:
        """Write the manifests, in the place of all that were."""
        folder = self.root / "manifests"
        folder.mkdir(exist_ok=True)
        text = "\n---\n".join(json.dumps(each) for each in manifests)
        (folder / "all.yaml").write_text(text)

    def work(self) -> PlanContext:
        """Load the manifests and what is remembered. Raises: ManifestsError."""
        loaded = load_manifests(self.root, ["manifests"], KINDS)
        if has_errors(loaded.findings):
            raise ManifestsError(loaded.findings)
        journal = self.journal
        in_doubt = [item for item in journal.open_intents() if item.doubtful]
        return PlanContext(
            KINDS,
            self.namespace,
            NAME,
            loaded.desired,
            loaded.findings,
            loaded.digest,
            self.inventory.load(),
            self.guards,
            self.time.today(),
            doubts={parse_address(item.intent.address): "in doubt" for item in in_doubt},
            ordered=journal.ordered(),
            endings=journal.endings(),
            unseen=unseen_lists(journal.open_intents()),
        )

    def faulty(self, faults: Sequence[Fault]) -> FaultMiddleware:
        """Put some faults before the panel; the line lies before all that it does itself."""
        outward = sorted(faults, key=lambda fault: not isinstance(fault, ConnectionFault))
        return FaultMiddleware(self.panel, outward, clock=self.time.now, sleep=asyncio.sleep)

    def settler(self, panel: PanelClient, journal: Journal | None = None) -> Resolver:
        """Return what looks for what is open."""
        reader = ReadOnly(panel, read_functions(KINDS))
        return Resolver(reader, KINDS, self.target, self.time, journal or self.journal)

    @asynccontextmanager
    async def opened(
        self, app: object, guard: ReadGuard | None = None
    ) -> AsyncIterator[PanelClient]:
        """Open the panel over a line that can break."""
        limits = self.target.limits
        way = recorded_route(app, self.tap)
        exchange = Exchange(
            HttpTransport(way, limits.read).send,
            self.target,
            KnownSecrets(),
            self.time,
            reads=AdaptiveLimiter(limits.reads),
            writes=AdaptiveLimiter(limits.writes),
            tally=RequestLog(None),
        )
        exchange = replace(exchange, guard=guard) if guard else exchange
        try:
            yield PanelClient(Access(exchange, Retry(self.time), self.target.auth))
        finally:
            await way.reading.aclose()
