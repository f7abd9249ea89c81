"""A trial: the project on a panel with strangers, a fault while it is planned or applied, the end.

Invariants: every question and every write goes through the real panel room; what is believed is
the panel's own ledger, tables and audit, and what was seen on the line.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from reconciler.cli.exit import Applied, exit_code
from reconciler.engine.apply import apply_plan
from reconciler.engine.round import make_plan
from reconciler.engine.settle import Settler, settle_open
from reconciler.errors import DoubtError, ReconcilerError
from reconciler.kinds.catalogue import discover
from reconciler.manifest.load import load_manifests
from reconciler.model.address import parse_address
from reconciler.model.plan import TargetName
from reconciler.model.target import Auth, Guards, Limits, Target
from reconciler.model.value import Secret
from reconciler.panel.access import Access
from reconciler.panel.exchange import Exchange
from reconciler.panel.live import LivePanel
from reconciler.panel.log import Tally
from reconciler.panel.readonly import ReadGuard, ReadOnly, read_functions
from reconciler.panel.retry import Retry
from reconciler.panel.throttle import Gate
from reconciler.panel.transport import HttpTransport
from reconciler.planning.work import PlanOptions, Workspace
from reconciler.sandbox import ADMIN, Faulty, Sandbox, ledger
from reconciler.store.inventory import FileInventory
from reconciler.store.journal import FileJournal
from tests.faults.project import NAMESPACE, manifests
from tests.faults.snap import KilledError, Sent, way_to
from tests.support.round import EVERY_CONSENT, KnownSecrets, Quiet

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from reconciler.model.journal import Settled
    from reconciler.model.outcome import Outcome
    from reconciler.model.plan import ChangeClass, Plan
    from reconciler.sandbox import Charge
    from reconciler.sandbox.fault import Fault
    from tests.faults.timeless import Time

KINDS = discover()
SETTLE = 60.0
NAME = TargetName("test", "https://panel.example/billmgr")
_AUTH = Auth("session", ADMIN, Secret("env", ("NONE",)))
TARGET = Target(NAME.name, NAME.url, _AUTH, limits=Limits(settle=SETTLE))
GUARDS = Guards(max_deletes=None)


@dataclass(slots=True)
class Trial:
    """One project, one panel, one time; ``tap`` holds every request since it was emptied."""

    root: Path
    panel: Sandbox
    time: Time
    neighbour: str
    target: Target = TARGET
    guards: Guards = GUARDS
    allow: frozenset[ChangeClass] = EVERY_CONSENT
    tap: list[Sent] = field(default_factory=list)
    outcomes: tuple[Outcome, ...] = ()
    error: BaseException | None = None
    fired: int = 0
    # What was planned last, by a plan or for an apply.
    planned: Plan | None = None

    @property
    def inventory(self) -> FileInventory:
        """What the last apply left."""
        return FileInventory(self.root / "inventory.json", NAME.name)

    @property
    def journal(self) -> FileJournal:
        """What was intended; read anew, as a new process would."""
        return FileJournal(self.root / "journal", self.time.now)

    def declare(self, *deeds: str) -> None:
        """Write the manifests as they are after some deeds."""
        folder = self.root / "manifests"
        folder.mkdir(exist_ok=True)
        documents = manifests(deeds, self.neighbour)
        text = "\n---\n".join(json.dumps(each) for each in documents)
        (folder / "all.yaml").write_text(text)

    def plan(self, *faults: Fault) -> Plan | None:
        """Make a plan; None when that fails, and then ``error`` says why."""
        self.outcomes, self.error, self.planned = (), None, None
        app = self._faulty(faults)
        try:
            self.planned = self.time.run(self._plan(app))
            return self.planned
        except ReconcilerError as error:
            self.error = error
            return None
        finally:
            self.fired = len(app.fired)

    def apply(self, plan: Plan | None, *faults: Fault) -> dict[str, str]:
        """Apply a plan, or settle what is open and apply a fresh one; return the results."""
        self.outcomes, self.error, self.planned = (), None, plan
        app = self._faulty(faults)
        before = self._inventory_bytes()
        told: list[Outcome] = []
        try:
            self.time.run(self._apply(app, plan, told))
        except ReconcilerError as error:
            self.error = error
        except KilledError as error:
            # Whatever was still written on the way out would not have been.
            self._put_inventory(before)
            self.error = error
        finally:
            self.fired = len(app.fired)
        self.time.run(app.settle())
        self.outcomes = tuple(told)
        return {str(item.change.address): item.result for item in told}

    def resume(self, *faults: Fault) -> list[str]:
        """Settle what is open by looking, as the command does; return what became of each."""
        app = self._faulty(faults)
        settled = self.time.run(self._resume(app))
        self.fired = len(app.fired)
        self.time.run(app.settle())
        return [item.result for item in settled]

    @property
    def code(self) -> int:
        """The exit code that the command would have ended with."""
        return int(exit_code(self.error or Applied(self.outcomes)))

    def charges(self) -> list[Charge]:
        """Return every charge so far."""
        return ledger(self.panel)

    def writes(self, func: str = "") -> list[Sent]:
        """Return the requests on the line that could have changed anything."""
        return [each for each in self.tap if each.writes and func in {"", each.func}]

    def _faulty(self, faults: Sequence[Fault]) -> Faulty:
        return Faulty(self.panel, faults, clock=self.time.now, sleep=asyncio.sleep)

    def work(self) -> Workspace:
        """Load the manifests and what is remembered, as the command line does."""
        loaded = load_manifests(self.root, ["manifests"], KINDS)
        assert not [f.message for f in loaded.findings if f.severity == "error"]
        journal = self.journal
        in_doubt = [item for item in journal.open_intents() if item.doubtful]
        return Workspace(
            KINDS,
            NAMESPACE,
            NAME,
            loaded.desired,
            loaded.findings,
            loaded.digest,
            self.inventory.load(),
            self.guards,
            self.time.today(),
            doubts={parse_address(item.intent.address): "in doubt" for item in in_doubt},
            ordered=journal.ordered(),
        )

    async def _plan(self, app: object) -> Plan:
        allowed = read_functions(KINDS)
        async with self._opened(app, ReadGuard(allowed)) as panel:
            return await make_plan(ReadOnly(panel, allowed), self.work(), PlanOptions(), Quiet())

    async def _resume(self, app: object) -> tuple[Settled, ...]:
        async with self._opened(app) as panel:
            return await settle_open(self._settler(panel))

    def _settler(self, panel: LivePanel) -> Settler:
        reader = ReadOnly(panel, read_functions(KINDS))
        return Settler(reader, KINDS, self.target, self.time, self.journal)

    async def _apply(self, app: object, plan: Plan | None, told: list[Outcome]) -> None:
        async with self._opened(app) as panel:
            if plan is None:
                for item in await settle_open(self._settler(panel)):
                    if item.result == "unsettled":
                        raise DoubtError(item.message)
                reader = ReadOnly(panel, read_functions(KINDS))
                plan = await make_plan(reader, self.work(), PlanOptions(), Quiet())
                self.planned = plan
            journal = self.journal
            journal.begin("")
            await apply_plan(
                panel,
                plan,
                self.work(),
                self.target,
                allow=self.allow,
                clock=self.time,
                inventory=self.inventory,
                journal=journal,
                progress=Quiet(),
                told=told.append,
            )

    @asynccontextmanager
    async def _opened(
        self, app: object, guard: ReadGuard | None = None
    ) -> AsyncIterator[LivePanel]:
        limits = self.target.limits
        way = way_to(app, self.tap)
        exchange = Exchange(
            HttpTransport(way, limits.read).send,
            self.target,
            KnownSecrets(),
            self.time,
            reads=Gate(limits.reads),
            writes=Gate(limits.writes),
            tally=Tally(None),
        )
        exchange = replace(exchange, guard=guard) if guard else exchange
        try:
            yield LivePanel(Access(exchange, Retry(self.time), self.target.auth))
        finally:
            await way.reading.aclose()

    def _inventory_bytes(self) -> bytes | None:
        path = self.root / "inventory.json"
        return path.read_bytes() if path.exists() else None

    def _put_inventory(self, content: bytes | None) -> None:
        path = self.root / "inventory.json"
        if content is None:
            path.unlink(missing_ok=True)
        else:
            path.write_bytes(content)
