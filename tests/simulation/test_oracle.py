"""The oracle can fail: engines that break a promise on purpose are caught, and ours is not."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest

from reconciler.engine.apply import create, send, update
from reconciler.engine.apply.create import Lookup
from reconciler.engine.apply.send import Evidence
from reconciler.engine.apply.submit import SendStatus, Sent, submit_calls
from reconciler.engine.apply.update import UpdateOperation
from reconciler.mapping.encode import update_calls
from reconciler.planning.build import builder
from reconciler.planning.build.prune import may_forget
from reconciler.planning.match.pairing import still_ours
from reconciler.planning.precondition import precondition
from reconciler.sandbox.faults import Drop
from tests.simulation.change_log import count_asked
from tests.simulation.declaration import Item
from tests.simulation.history import History
from tests.simulation.play import no_waiting_for_the_disk
from tests.simulation.simulation import Simulation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from types import ModuleType

    from reconciler.engine.apply.context import ApplyContext
    from reconciler.model.plan import Change
    from reconciler.wire.call import Call

_CALM = History(3, resend=False, rounds=(), calm=frozenset())
_MAIN = "Main provider"
_LOST = "closed connection after it is worked off"


async def _sends_again(
    context: ApplyContext, change: Change, calls: tuple[Call, ...], form: Mapping[str, str] | None
) -> Sent:
    sent = await submit_calls(context, change, calls, form)
    is_lost = sent.status is SendStatus.LOST
    return await submit_calls(context, change, calls, form) if is_lost else sent


async def _finds_nothing(*_: object) -> Lookup:
    return Lookup(None)


async def _sends_nothing(*_: object) -> Sent:
    return Sent(SendStatus.CONFIRMED, requests=1)


def _sets_more(*given: Any) -> tuple[Call, ...]:
    return tuple(
        replace(call, params=(*call.params, ("realname", "Nobody")))
        for call in update_calls(*given)
    )


def _add(simulation: Simulation, item: Item) -> None:
    simulation.author.declaration = simulation.author.declaration.having(item)


def _owner(simulation: Simulation) -> str:
    return simulation.author.declaration.of("Client")[0].name


def _panel_edit(simulation: Simulation, func: str, **params: str) -> None:
    assert b"<error" not in simulation.world.panel.call(func, **params)


def _ordered_over_a_bad_line(simulation: Simulation) -> None:
    spec = {"type": "vhost", "tariff": "Web Start", "domain": "a.example", "payFrom": "balance"}
    _add(simulation, Item("Service", "lost", _owner(simulation), spec))
    simulation.run("applies", [(_LOST, Drop(func="*.order.param", request="submit", when="after"))])


def _rated_over_a_bad_line(simulation: Simulation) -> None:
    spec = {"base": "EUR", "relate": "USD", "date": "2027-05-05", "rate": 2}
    _add(simulation, Item("CurrencyRate", "lost", _owner(simulation), spec))
    lost = Drop(func="account.currencyrate.edit", request="submit", when="after")
    simulation.run("applies", [(_LOST, lost)])


def _removed_after_its_id_was_given_out_again(simulation: Simulation) -> None:
    rule = Item(
        "TaxRule",
        "old",
        _owner(simulation),
        {"provider": _MAIN, "productTypes": ["VPS"], "rate": 1},
    )
    simulation.author.declaration = simulation.author.declaration.without(
        "TaxRule/taxrule-3"
    ).having(rule)
    simulation.run("applies")
    row = max(simulation.oracle.tables["taxrule"].values(), key=lambda each: each["id"])
    client, key = str(row["account"]), str(row["id"])
    codes = simulation.oracle.reading.codes
    _panel_edit(simulation, "account.taxrule.delete", plid=client, elid=key)
    _panel_edit(
        simulation, "account.taxrule.edit", plid=client, sok="ok", taxrate="9",
        project=codes.project[_MAIN], specialitemtype="on", itemtype=codes.product["Domain name"],
    )  # fmt: skip
    simulation.author.declaration = simulation.author.declaration.without("TaxRule/old")
    simulation.run("applies")


def _client_changed(simulation: Simulation) -> None:
    client = simulation.author.declaration.of("Client")[0]
    _add(simulation, client.changed(label="new"))
    simulation.run("applies")


def _client_changed_while_somebody_changes_it(simulation: Simulation) -> None:
    client = simulation.author.declaration.of("Client")[0]
    key = str(simulation.oracle.reading.account(client.spec["email"]))
    _add(simulation, client.changed(label="ours"))
    with simulation.copied() as trial:
        begun = count_asked(trial.world.panel)
        asked = trial.run("would apply").planned - begun

    def act() -> None:
        _panel_edit(simulation, "account.edit", elid=key, sok="ok", label="a person's")

    simulation.run("applies", between={asked + 1: act})


def _discount_let_be(simulation: Simulation) -> None:
    item = simulation.author.declaration.of("Discount")[0]
    _add(simulation, replace(item, life={"onRemove": "keep"}))
    _add(simulation, replace(item, name="another", spec={**item.spec, "from": "2026-05-05"}))
    simulation.run("applies")
    simulation.author.declaration = simulation.author.declaration.without(item.address)
    simulation.run("applies")
    simulation.run("applies")


@dataclass(frozen=True, slots=True)
class BrokenEngine:
    """A broken engine: the scene that shows it, the promise that it breaks, and its broken parts.

    Each part is a module or class, a function that it calls, and what it calls in its place.
    """

    scene: Callable[[Simulation], None]
    promise: str
    parts: tuple[tuple[ModuleType | type, Callable[..., object], object], ...]


_BROKEN_ENGINES = {
    "orders again": BrokenEngine(
        _ordered_over_a_bad_line, "S1", ((send, submit_calls, _sends_again),)
    ),
    "makes again": BrokenEngine(
        _rated_over_a_bad_line,
        "S1",
        ((create, create.find_created, _finds_nothing),),
    ),
    "deletes by id": BrokenEngine(
        _removed_after_its_id_was_given_out_again,
        "S2",
        ((builder, still_ours, lambda *_, **__: True),),
    ),
    "forgets what is to be kept": BrokenEngine(
        _discount_let_be, "S2", ((builder, may_forget, lambda *_, **__: True),)
    ),
    "sets other fields": BrokenEngine(_client_changed, "S6", ((update, update_calls, _sets_more),)),
    "overwrites people": BrokenEngine(
        _client_changed_while_somebody_changes_it,
        "S6",
        ((update, precondition, lambda _kind, _seen, _desired: _EqualToAll()),),
    ),
    "claims what it has not done": BrokenEngine(
        _client_changed,
        "S7",
        (
            (send, submit_calls, _sends_nothing),
            (UpdateOperation, UpdateOperation.judge, lambda *_: Evidence.DONE),
        ),
    ),
}


class _EqualToAll:
    """Equal to whatever was planned on."""

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 0


def _play(root: Path, engine: BrokenEngine, *, broken: bool) -> list[str]:
    with no_waiting_for_the_disk(), ExitStack() as stack:
        simulation = Simulation.opened(root, _CALM)
        stack.callback(simulation.world.panel.close)
        simulation.first()
        assert simulation.result.violations == []
        for module, function, other in engine.parts if broken else ():
            stack.enter_context(patch.object(module, function.__name__, other))
        engine.scene(simulation)
        return [violation.promise for violation in simulation.result.violations]


@pytest.mark.parametrize("name", _BROKEN_ENGINES)
def test_broken_engine_is_caught(tmp_path: Path, name: str) -> None:
    """Each breaks one promise, and the oracle names it."""
    assert _BROKEN_ENGINES[name].promise in _play(tmp_path, _BROKEN_ENGINES[name], broken=True)


@pytest.mark.parametrize("name", _BROKEN_ENGINES)
def test_sound_engine_passes_where_a_broken_one_is_caught(tmp_path: Path, name: str) -> None:
    """So it is the engine that is caught, and not the scene."""
    assert _play(tmp_path, _BROKEN_ENGINES[name], broken=False) == []
