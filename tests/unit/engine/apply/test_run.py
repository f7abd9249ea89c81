"""The order in which the changes of a plan are sent."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest.mock import Mock

from reconciler.engine.apply import run
from reconciler.model.address import Address
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Change, Money, Plan
from reconciler.store.journal_writer import JournalWriter
from tests.support.planning import TARGET, PlanInputs, live

if TYPE_CHECKING:
    import pytest


async def _nothing(*_: object) -> None:
    """Record nothing."""


WEB = live("Service", 5, {}, client=7)
TERM = live("Discount", 6, {}, client=7)
PRICE = Money(Decimal("9.00"), "EUR")


def test_change_that_waits_for_another_keeps_its_place_among_those_of_its_client(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A discount ends after both renewals, though the second one waits for the first."""
    renewal = Change(
        Address("Service", "web"),
        "renew",
        observed=WEB,
        classes=frozenset({"charge"}),
        money=PRICE,
    )
    ending = Change(Address("Discount", "old"), "delete", observed=TERM)
    plan = Plan(TARGET, (renewal, renewal, ending), 0, (), "sha256:manifests", {})
    sent: list[str] = []

    async def execute(_context: object, change: Change) -> Outcome:
        sent.append(change.action)
        await asyncio.sleep(0)
        return Outcome(change, "verified")

    nothing = SimpleNamespace(admit=lambda _change: (), correct=lambda *_: None)
    deps: Any = SimpleNamespace(
        work=PlanInputs(()).work(),
        edit_memory=None,
        progress=SimpleNamespace(stage=lambda *_: None, step=lambda: None),
        target=SimpleNamespace(limits=SimpleNamespace(writes=4)),
        journal=JournalWriter(Mock()),
    )
    context = SimpleNamespace(
        deps=deps,
        work=deps.work,
        charges=SimpleNamespace(turn=asyncio.Lock(), in_doubt="", budget=nothing),
        intents=SimpleNamespace(stopped="", unrecorded=None, record=_nothing, conclude=_nothing),
        known=SimpleNamespace(unreachable=False, canaries=SimpleNamespace(seen=False)),
        parents=SimpleNamespace(ids={}),
    )
    monkeypatch.setattr(run, "open_context", lambda *_: context)
    monkeypatch.setattr(run, "execute_change", execute)
    monkeypatch.setattr(run, "proved_entry", lambda *_: {})

    asyncio.run(run.apply_plan(deps, plan, allow=()))

    assert sent == ["renew", "renew", "delete"]
