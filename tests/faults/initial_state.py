"""Where every trial begins: the project applied, other clients beside it, and objects made by hand.

Invariant: the beginning is made once for each process, by a round without faults, and copied.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from reconciler.sandbox import Sandbox, ledger, seed
from tests.faults.operations import EMAIL
from tests.faults.trial import Trial
from tests.support.virtual_time import VirtualTime

if TYPE_CHECKING:
    from reconciler.model.plan import Plan
    from tests.support.connection import SentRequest

CLIENTS = 4
LAG = timedelta(seconds=2)
# Each table with the column that says whose a row is.
_TABLES = {
    "account": "id",
    **dict.fromkeys(("subaccount", "discount", "taxrule", "currencyrate", "item"), "account"),
    **dict.fromkeys(("basket", "member", "assigned", "expense", "payment"), "account"),
}
Key = tuple[str, tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class InitialState:
    """What a trial is copied from; ``by_hand`` are the rows that somebody else made for acme."""

    panel: Sandbox
    files: tuple[tuple[str, bytes], ...]
    seconds: float
    neighbour: str
    first: int
    other_clients: frozenset[int]
    by_hand: frozenset[Key]

    @property
    def charges(self) -> int:
        """How many charges there were before any trial."""
        return len(ledger(self.panel))

    def begin(self, root: Path, *operations: str) -> Trial:
        """Begin a trial in an empty folder, with some operations declared and nothing done yet."""
        time = VirtualTime()
        time.seconds = self.seconds
        panel = self.panel.restored(self.panel.snapshot())
        panel.clock = time.moment
        for name, content in self.files:
            (root / name).write_bytes(content)
        trial = Trial(root=root, app=panel, clock=time, neighbour=self.neighbour)
        trial.declare(*operations)
        return trial

    def untouched(self, panel: Sandbox, *, adopted: bool) -> bool:
        """Tell whether what is not ours is as it was, neither changed nor gone nor more."""
        other_clients = self.other_clients - {self.first} if adopted else self.other_clients
        return _of(panel, other_clients, self.by_hand) == _of(
            self.panel, other_clients, self.by_hand
        )


def _of(panel: Sandbox, owners: frozenset[int], by_hand: frozenset[Key]) -> set[Key]:
    return {key for key, owner in rows(panel).items() if owner in owners or key in by_hand}


@cache
def plan_of(*operations: str) -> Plan:
    """Plan some operations without faults; a plan is a value, so all trials share it."""
    with TemporaryDirectory() as folder:
        plan = initial_state().begin(Path(folder), *operations).plan()
    assert plan is not None
    return plan


@cache
def requests_of(*operations: str) -> tuple[SentRequest, ...]:
    """Return every request of an apply of some operations where nothing is in the way."""
    with TemporaryDirectory() as folder:
        trial = initial_state().begin(Path(folder), *operations)
        trial.apply(plan_of(*operations))
    return tuple(trial.requests)


def rows(panel: Sandbox) -> dict[Key, int]:
    """Return every row that belongs to a client, with whose it is."""
    found: dict[Key, int] = {}
    with panel.reading() as db:
        for table, owner in _TABLES.items():
            cursor = db.execute(f"SELECT {owner}, * FROM {table}")  # noqa: S608 - names of ours
            found |= {(table, row[1:]): row[0] for row in cursor.fetchall()}
    return found


@cache
def initial_state() -> InitialState:
    """Make the beginning."""
    with TemporaryDirectory() as folder:
        root = Path(folder)
        seed(root / "panel.sqlite3", clients=CLIENTS, seed=7)
        time = VirtualTime()
        with Sandbox(root / "panel.sqlite3", clock=time.moment, lag=LAG) as made:
            panel = made.restored(made.snapshot())
        clients = json.loads(panel.call("account", out="JSONdata"))
        trial = Trial(root=root, app=panel, clock=time, neighbour=clients[0]["email"])
        trial.declare()
        results = trial.apply(None)
        assert set(results.values()) == {"verified"}, [o.message for o in trial.outcomes]
        time.seconds += 60
        with panel.reading() as db:
            query = "SELECT id FROM account WHERE email = ?"
            acme = int(db.execute(query, (EMAIL,)).fetchone()[0])
        panel.call("whoami")  # what takes time is done by now, and every request notices
        before = rows(panel)
        _make_by_hand(panel, str(acme))
        files = tuple((name, (root / name).read_bytes()) for name in ("inventory.json", "journal"))
        by_hand = frozenset(rows(panel).keys() - before.keys())
        assert {table for table, _ in by_hand} >= {"discount", "taxrule", "item", "basket"}
        other_clients = frozenset(int(client["id"]) for client in clients)
        first, email = int(clients[0]["id"]), clients[0]["email"]
        return InitialState(panel, files, time.seconds, email, first, other_clients, by_hand)


def _make_by_hand(panel: Sandbox, acme: str) -> None:
    """Let a colleague give the client a discount, a tax rule, and an order in the cart."""
    with panel.reading() as db:
        project = str(db.execute("SELECT min(id) FROM project").fetchone()[0])
        kinds = [
            str(db.execute("SELECT key FROM choice WHERE list = ?", (name,)).fetchone()[0])
            for name in ("discount_type", "discount_action")
        ]
    edit = {"plid": acme, "sok": "ok"}
    panel.call("account.discount.edit", **edit, percentage="3", type=kinds[0],
               actiontype=kinds[1], fromdate="2025-01-01", note="by hand")  # fmt: skip
    panel.call("account.taxrule.edit", **edit, project=project, taxrate="3",
               specialitemtype="off")  # fmt: skip
    with panel.reading() as db:
        query = (
            "SELECT p.id, o.datacenter FROM pricelist p JOIN offer o ON o.pricelist = p.id"
            " WHERE p.name = 'Web Pro'"
        )
        tariff, place = map(str, db.execute(query).fetchone())
    panel.call(
        "vhost.order.param",
        su=EMAIL,
        sok="ok",
        pricelist=tariff,
        datacenter=place,
        period="1",
        domain="theirs.example",
    )
