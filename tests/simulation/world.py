"""One project on one panel, run as the command runs it, in a process that may die at any request.

Invariants: every request goes through the real panel room, every line through the real journal
and inventory; time passes by itself; a dead run writes nothing more.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

from reconciler.cli.exit import Applied, exit_code
from reconciler.engine.apply import apply_plan
from reconciler.engine.round import make_plan
from reconciler.engine.settle import Settler, settle_open
from reconciler.errors import DoubtError, ManifestsError, RefusedError
from reconciler.kinds.catalogue import discover
from reconciler.manifest.load import load_manifests
from reconciler.model.address import parse_address
from reconciler.model.finding import has_errors
from reconciler.model.plan import ChangeClass, TargetName
from reconciler.model.target import Auth, Guards, Limits, Target
from reconciler.model.value import Secret
from reconciler.panel.access import Access
from reconciler.panel.exchange import Exchange
from reconciler.panel.live import LivePanel
from reconciler.panel.log import Tally
from reconciler.panel.readonly import ReadOnly, read_functions
from reconciler.panel.retry import Retry
from reconciler.panel.throttle import Gate
from reconciler.panel.transport import HttpTransport
from reconciler.planning.document import plan_digest
from reconciler.planning.policy import review
from reconciler.planning.work import PlanOptions, Workspace
from reconciler.sandbox import ADMIN, Faulty
from reconciler.store.inventory import FileInventory
from reconciler.store.journal import FileJournal
from tests.faults.snap import KilledError, way_to
from tests.faults.timeless import Time
from tests.simulation.death import Kill, Life, MortalInventory, MortalJournal
from tests.simulation.declared import NAMESPACE, documents
from tests.simulation.witness import count_asked
from tests.support.round import KnownSecrets, Quiet

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from datetime import date
    from pathlib import Path

    from reconciler.model.outcome import Outcome
    from reconciler.model.plan import Plan
    from reconciler.sandbox import Sandbox
    from reconciler.sandbox.fault import Fault
    from tests.simulation.declared import Declaration

KINDS = discover()
ALLOWED: frozenset[ChangeClass] = frozenset(get_args(ChangeClass))
NAME = TargetName("test", "https://panel.example/billmgr")
_AUTH = Auth("session", ADMIN, Secret("env", ("NONE",)))


class Days(Time):
    """The time of a history, which may last for days."""

    def today(self) -> date:
        """Return the day that it is by now."""
        return self.moment().date()


@dataclass(slots=True)
class Ran:
    """How one run went; ``code`` is None when it was killed."""

    code: int | None = None
    plan: Plan | None = None
    planned: int = 0
    outcomes: tuple[Outcome, ...] = ()
    error: BaseException | None = None
    fired: tuple[Fault, ...] = ()
    requests: int = 0


class World:
    """A project in a folder, a panel, and the time of both."""

    def __init__(self, root: Path, panel: Sandbox, time: Days, *, resend: bool) -> None:
        """Begin with no manifest; ``resend`` is ``orders.resendAfterSettle``."""
        self.root = root
        self.panel = panel
        self.time = time
        self.target = Target(
            NAME.name, NAME.url, _AUTH, limits=Limits(settle=60.0), resend_after_settle=resend
        )
        (root / "manifests").mkdir(exist_ok=True)

    @property
    def inventory(self) -> FileInventory:
        """What the last apply left."""
        return FileInventory(self.root / "inventory.json", NAME.name)

    @property
    def journal(self) -> FileJournal:
        """What was intended; read anew, as a new process would."""
        return FileJournal(self.root / "journal", self.time.now)

    def declare(self, declaration: Declaration) -> None:
        """Write the manifests."""
        text = "\n---\n".join(json.dumps(each) for each in documents(declaration))
        (self.root / "manifests" / "all.yaml").write_text(text)

    def run(
        self,
        *faults: Fault,
        kill: Kill | None = None,
        deeds: Mapping[int, Callable[[], None]] | None = None,
    ) -> Ran:
        """Settle what is open, plan, and apply, as ``apply --yes`` with every consent does."""
        app = Faulty(self.panel, faults, clock=self.time.now, sleep=asyncio.sleep)
        life = Life(app, kill, deeds or {})
        ran = Ran()
        try:
            self.time.run(self._apply(life, ran))
            ran.code = int(exit_code(Applied(ran.outcomes)))
        except KilledError:
            pass
        except Exception as error:  # noqa: BLE001 - as the command line ends with any
            ran.error = error
            ran.code = int(exit_code(error))
        ran.fired, ran.requests = app.fired, life.count
        self.time.run(app.settle())
        self.time.seconds += 1
        return ran

    def work(self) -> Workspace:
        """Load the manifests and what is remembered, as the command line does."""
        loaded = load_manifests(self.root, ["manifests"], KINDS)
        if has_errors(loaded.findings):
            raise ManifestsError(loaded.findings)
        return Workspace(
            KINDS,
            NAMESPACE,
            NAME,
            loaded.desired,
            loaded.findings,
            loaded.digest,
            self.inventory.load(),
            Guards(max_deletes=None),
            self.time.today(),
            doubts={
                parse_address(item.intent.address): "in doubt"
                for item in self.journal.open_intents()
                if item.doubtful
            },
        )

    async def _apply(self, life: Life, ran: Ran) -> None:
        journal = MortalJournal(self.journal, life)
        async with self._opened(life) as panel:
            reader = ReadOnly(panel, read_functions(KINDS))
            settler = Settler(reader, KINDS, self.target, self.time, journal)
            for item in await settle_open(settler):
                if item.result == "unsettled":
                    raise DoubtError(item.message)
            work = self.work()
            plan = await make_plan(reader, work, PlanOptions(), Quiet())
            verdict = review(plan, work.guards, ALLOWED, KINDS)
            if not verdict.passes:
                raise RefusedError([*verdict.refusals, *verdict.consents])
            ran.plan, ran.planned = plan, count_asked(self.panel)
            journal.begin(plan_digest(plan))
            told: list[Outcome] = []
            try:
                await apply_plan(
                    panel,
                    plan,
                    work,
                    self.target,
                    allow=ALLOWED,
                    clock=self.time,
                    inventory=MortalInventory(self.inventory, life),
                    journal=journal,
                    progress=Quiet(),
                    told=told.append,
                )
            finally:
                ran.outcomes = tuple(told)

    @asynccontextmanager
    async def _opened(self, app: object) -> AsyncIterator[LivePanel]:
        limits = self.target.limits
        way = way_to(app, [])
        exchange = Exchange(
            HttpTransport(way, limits.read).send,
            self.target,
            KnownSecrets(),
            self.time,
            reads=Gate(limits.reads),
            writes=Gate(limits.writes),
            tally=Tally(None),
        )
        try:
            yield LivePanel(Access(exchange, Retry(self.time), self.target.auth))
        finally:
            await way.reading.aclose()
