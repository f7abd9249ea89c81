"""What tests may believe: charges, requests and reinstallations, read from the database alone.

Invariants: nothing is written; amounts are exact; what a request carried as a secret is masked.
"""

from __future__ import annotations

import json
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from reconciler.sandbox import schema
from reconciler.sandbox.app import Sandbox

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Charge:
    """One sum taken from a client's balance."""

    when: datetime
    client: int
    service: int
    amount: Decimal
    currency: str
    what: str
    remoteid: str


@dataclass(frozen=True, slots=True)
class AuditedRequest:
    """One request: who asked what as whom, whether it changed anything, and what came of it."""

    number: int
    when: datetime
    actor: str
    su: str
    func: str
    params: Mapping[str, str]
    wrote: bool
    result: str


@dataclass(frozen=True, slots=True)
class SentMessage:
    """One message that a client was sent: an email, an SMS, a ticket."""

    client: int
    way: str
    text: str


def sent_messages(panel: Sandbox | str | Path) -> list[SentMessage]:
    """List every message, oldest first."""
    with reading(panel) as db:
        found = db.execute("SELECT account, way, body FROM letter ORDER BY id")
        return [SentMessage(*row) for row in found]


def ledger(panel: Sandbox | str | Path) -> list[Charge]:
    """List every charge, oldest first."""
    sql = "SELECT at, account, item, cents, currency, what, remoteid FROM ledger ORDER BY id"
    with reading(panel) as db:
        return [
            Charge(
                when=datetime.fromisoformat(at),
                client=account,
                service=item or 0,
                amount=Decimal(cents) / 100,
                currency=currency,
                what=what,
                remoteid=remoteid or "",
            )
            for at, account, item, cents, currency, what, remoteid in db.execute(sql)
        ]


def audit(panel: Sandbox | str | Path) -> list[AuditedRequest]:
    """List every request, oldest first."""
    sql = "SELECT number, at, actor, su, func, params, wrote, result FROM audit ORDER BY number"
    with reading(panel) as db:
        return [
            AuditedRequest(
                number=number,
                when=datetime.fromisoformat(at),
                actor=actor,
                su=su,
                func=func,
                params=json.loads(params),
                wrote=bool(wrote),
                result=result,
            )
            for number, at, actor, su, func, params, wrote, result in db.execute(sql)
        ]


def reinstalls(panel: Sandbox | str | Path) -> dict[int, int]:
    """Count the reinstallations of each service that had one."""
    with reading(panel) as db:
        return dict(db.execute("SELECT id, reinstalls FROM item WHERE reinstalls > 0"))


@contextmanager
def reading(panel: Sandbox | str | Path) -> Iterator[sqlite3.Connection]:
    """Open the tables of a panel that runs here, or of one's file."""
    if isinstance(panel, Sandbox):
        with panel.reading() as db:
            yield db
        return
    with closing(schema.connect(str(panel))) as db:
        yield db
