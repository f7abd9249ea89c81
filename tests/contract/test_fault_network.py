"""Answers that are lost, late or cut on their way."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Literal

import pytest

from reconciler.sandbox import FaultMiddleware, Sandbox, audit, ledger
from reconciler.sandbox.faults import Cut, Drip, Drop, Hang, Late, Slow
from tests.contract.wire import send, send_all, send_and_leave
from tests.support.sandbox_client import Client, name_of, rename, rows, sign_in, terms

When = Literal["before", "after"]


@dataclass
class FaultClock:
    """A time that passes when somebody sleeps."""

    now: float = 0.0
    naps: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float, reason: str = "") -> None:
        self.naps.append(seconds)
        self.now += seconds


def order(auth: str) -> dict[str, str]:
    """Make the request that orders and pays."""
    return {"func": "vds.order.param", "sok": "ok", "skipbasket": "on", "auth": auth}


@pytest.mark.parametrize(("when", "name"), [("before", "Acme Anvils"), ("after", "Other")])
def test_dropped_connection_gives_nothing(
    panel: Sandbox, client: Client, when: When, name: str
) -> None:
    """The two sides of the commit look alike."""
    front = FaultMiddleware(panel, [Drop(func="account.edit", request="submit", when=when)])

    came = send(front, **rename(client, sign_in(panel)))

    assert (came.status, came.pieces, came.hung_up) == (0, [], True)
    assert name_of(panel, client) == name


def test_request_dropped_before_never_reaches_the_panel(panel: Sandbox, client: Client) -> None:
    """Nothing is in its records."""
    auth = sign_in(panel)
    known = len(audit(panel))

    send(FaultMiddleware(panel, [Drop(func="account.edit")]), **rename(client, auth))

    assert len(audit(panel)) == known


@pytest.mark.parametrize(("when", "name"), [("before", "Acme Anvils"), ("after", "Other")])
def test_hanging_answer_ends_after_its_time(
    panel: Sandbox, client: Client, when: When, name: str
) -> None:
    """The server gives up in the end, without a word."""
    time = FaultClock()
    fault = Hang(func="account.edit", when=when, seconds=30)
    front = FaultMiddleware(panel, [fault], clock=time, sleep=time.sleep)

    came = send(front, **rename(client, sign_in(panel)))

    assert (came.status, came.hung_up, time.naps) == (0, True, [30.0])
    assert name_of(panel, client) == name


def test_hanging_answer_ends_when_the_client_hangs_up(panel: Sandbox) -> None:
    """The panel does not wait for a client that has gone."""
    came = send_and_leave(FaultMiddleware(panel, [Hang(seconds=3600)]), 0.01, func="whoami")

    assert (came.status, came.hung_up) == (0, True)


@pytest.mark.parametrize("when", ["before", "after"])
def test_slow_answer_is_whole(panel: Sandbox, when: When) -> None:
    """It takes its time and is the same."""
    time = FaultClock()
    auth = sign_in(panel)
    front = FaultMiddleware(panel, [Slow(seconds=20, when=when)], sleep=time.sleep)

    came = send(front, func="whoami", auth=auth)

    assert came.body == send(panel, func="whoami", auth=auth).body
    assert time.naps == [20.0]


def test_dripping_answer_comes_byte_by_byte(panel: Sandbox) -> None:
    """Each byte has its pause."""
    time = FaultClock()
    auth = sign_in(panel)
    front = FaultMiddleware(panel, [Drip(seconds=1, size=1)], sleep=time.sleep)

    came = send(front, func="whoami", auth=auth)

    whole = send(panel, func="whoami", auth=auth).body
    assert came.body == whole
    assert time.naps == [1.0] * len(whole)


def test_dripping_ends_when_the_client_hangs_up(panel: Sandbox) -> None:
    """The rest stays where it is."""
    came = send_and_leave(FaultMiddleware(panel, [Drip(seconds=3600)]), 0.01, func="whoami")

    assert len(came.body) == 1
    assert (came.whole, came.hung_up) == (False, True)


def test_cut_answer_is_shorter_than_announced(panel: Sandbox) -> None:
    """The length says what the body should have been."""
    came = send(FaultMiddleware(panel, [Cut(keep=10)]), func="whoami")

    assert len(came.body) == 10
    assert int(came.headers["content-length"]) > 10
    assert came.hung_up


def test_cut_answer_lacks_its_last_chunk(panel: Sandbox) -> None:
    """Without a length, the missing end is all there is to see."""
    came = send(FaultMiddleware(panel, [Cut(framing="chunked")]), func="whoami")

    assert "content-length" not in came.headers
    assert (bool(came.body), came.whole, came.hung_up) == (True, False, True)


def test_cut_answer_may_look_whole_to_http(panel: Sandbox) -> None:
    """Only the document tells that its end is missing."""
    came = send(FaultMiddleware(panel, [Cut(framing="matching")]), func="whoami")

    assert int(came.headers["content-length"]) == len(came.body)
    assert not came.body.endswith(b"</doc>")
    assert (came.whole, came.hung_up) == (True, False)


@pytest.mark.parametrize(("when", "name"), [("before", "Acme Anvils"), ("after", "Other")])
def test_cut_answer_is_cut_on_either_side(
    panel: Sandbox, client: Client, when: When, name: str
) -> None:
    """Before the commit it is the beginning of a success that was none."""
    front = FaultMiddleware(panel, [Cut(func="account.edit", request="submit", when=when)])

    came = send(front, **rename(client, sign_in(panel)))

    assert came.body.startswith(b"<?xml")
    assert name_of(panel, client) == name


def test_late_commit_precedes_a_later_request(panel: Sandbox, client: Client) -> None:
    """The first look shows nothing, the second one shows it."""
    auth = sign_in(panel, client.email, "anvil-4711")
    wanted = terms(panel, client)
    front = FaultMiddleware(panel, [Late(func="vds.order.param", request="submit", requests=2)])

    came = send(front, **order(auth), **wanted)
    first = send(front, func="vds", auth=auth)
    charged = len(ledger(panel))
    second = send(front, func="vds", auth=auth)

    assert (came.status, came.hung_up) == (0, True)
    assert (len(rows(first.body)), charged) == (0, 0)
    assert (len(rows(second.body)), len(ledger(panel))) == (1, 1)


def test_late_commit_waits_for_its_time(panel: Sandbox, client: Client) -> None:
    """By the clock: with the first request at or after its moment."""
    time = FaultClock()
    auth = sign_in(panel)
    fault = Late(func="account.edit", request="submit", seconds=60)
    front = FaultMiddleware(panel, [fault], clock=time, sleep=time.sleep)
    send(front, **rename(client, auth))

    names = []
    for time.now in (59.0, 60.0):
        send(front, func="whoami", auth=auth)
        names.append(name_of(panel, client))

    assert names == ["Acme Anvils", "Other"]


def test_late_commit_comes_when_the_server_stops(panel: Sandbox, client: Client) -> None:
    """What is owed is done before the end."""
    front = FaultMiddleware(panel, [Late(func="account.edit", request="submit", requests=9)])
    send(front, **rename(client, sign_in(panel)))
    before = name_of(panel, client)

    stop_server(front)

    assert (before, name_of(panel, client)) == ("Acme Anvils", "Other")


def test_requests_side_by_side_are_counted_as_they_come(panel: Sandbox) -> None:
    """The first is slow, the second is lost, and neither waits for the other."""
    time = FaultClock()
    auth = sign_in(panel)
    faults = [Slow(seconds=9), Drop(call=2)]
    who = {"func": "whoami", "auth": auth}

    came = send_all(FaultMiddleware(panel, faults, sleep=time.sleep), who, who, who)

    assert [each.status for each in came] == [200, 0, 200]


def stop_server(front: FaultMiddleware) -> None:
    """Start and stop, as a server does."""
    messages = [{"type": "lifespan.shutdown"}, {"type": "lifespan.startup"}]
    reported: list[str] = []

    async def receive() -> dict[str, str]:
        return messages.pop()

    async def keep(message: object) -> None:
        reported.append(str(message))

    asyncio.run(front({"type": "lifespan"}, receive, keep))
    assert len(reported) == 2
