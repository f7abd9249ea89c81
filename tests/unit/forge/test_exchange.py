"""One request to a forge: its end, its repetitions, and what is never repeated."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from reconciler.errors import (
    ForgeError,
    ForgeLostError,
    ForgeRefusedError,
    LostAnswerError,
    SecurityStopError,
    UnreachableError,
    UnsafeAnswerError,
)
from reconciler.forge.exchange import ForgeExchange
from reconciler.panel.response import MAX_BODY
from tests.support.clock import InstantClock
from tests.support.virtual_time import VirtualTime

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

    from reconciler.forge.exchange import ForgeReply
    from reconciler.panel.response import AnswerReader
    from reconciler.ports import Clock

API = "https://forge.example/api/v3"


@dataclass
class ScriptedLine:
    """Answers each request by the next step of a script; the last one answers all others."""

    script: list[Callable[[AnswerReader], Coroutine[object, object, None]]]
    sent: list[tuple[str, str, bytes]] = field(default_factory=list)

    async def send(self, method: str, path: str, body: bytes, answer: AnswerReader) -> None:
        """Note a request and play a step."""
        self.sent.append((method, path, body))
        step = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        await step(answer)


def says(
    status: int, body: bytes = b"{}", headers: Mapping[str, str] | None = None
) -> Callable[[AnswerReader], Coroutine[object, object, None]]:
    """Answer with a status and a body."""

    async def step(answer: AnswerReader) -> None:
        answer.begin(status, headers or {})
        answer.feed(body)

    return step


def fails(error: Exception) -> Callable[[AnswerReader], Coroutine[object, object, None]]:
    """Come to nothing."""

    async def step(_answer: AnswerReader) -> None:
        raise error

    return step


async def _hang(_answer: AnswerReader) -> None:
    await asyncio.Event().wait()


async def _drip(answer: AnswerReader) -> None:
    answer.begin(200, {})
    while True:
        await asyncio.sleep(1)
        answer.feed(b" ")


def exchange_over(line: ScriptedLine, clock: Clock) -> ForgeExchange:
    """Make an exchange whose requests all take one line."""
    return ForgeExchange(API, line, line, clock=clock, name="GitHub", rights="a right")


async def ask(line: ScriptedLine, clock: Clock, method: str) -> ForgeReply:
    """Send one request by a method, with a query."""
    exchange = exchange_over(line, clock)
    return await exchange.ask(method, f"{exchange.base}/x", "the thing", query={"page": "1"})


def test_request_is_what_was_asked_for_on_the_base_of_the_api() -> None:
    """The path of the API stands before that of the request; the query is encoded."""
    line = ScriptedLine([says(200, b'{"id": 1}', {"link": "x"})])
    clock = InstantClock()
    reply = clock.run(ask(line, clock, "GET"))

    assert line.sent == [("GET", "/api/v3/x?page=1", b"")]
    assert (reply.value, reply.headers) == ({"id": 1}, {"link": "x"})


@pytest.mark.parametrize("step", [_hang, _drip])
@pytest.mark.parametrize(("method", "sent"), [("GET", 5), ("PATCH", 5), ("POST", 1)])
def test_answer_that_never_ends_is_given_up_and_only_safe_requests_are_repeated(
    step: Callable[[AnswerReader], Coroutine[object, object, None]], method: str, sent: int
) -> None:
    """One byte a second holds nobody: each request has thirty seconds, and there are few."""
    line, clock = ScriptedLine([step]), VirtualTime()

    with pytest.raises(ForgeLostError, match="no complete answer within 30 s"):
        clock.run(ask(line, clock, method))

    assert len(line.sent) == sent
    assert clock.seconds < 400


@pytest.mark.parametrize(
    ("error", "sent"),
    [
        (UnreachableError("no connection"), 2),
        (LostAnswerError("the connection broke"), 1),
        (UnsafeAnswerError("the answer is larger than 64 MiB"), 1),
        (SecurityStopError("TLS: self-signed certificate"), 1),
    ],
)
def test_new_text_is_sent_again_only_when_it_did_not_leave(error: Exception, sent: int) -> None:
    """What may have arrived is looked for first, and what is not trusted is not asked again."""
    line, clock = ScriptedLine([fails(error), says(201)]), InstantClock()

    if sent == 1:
        with pytest.raises(ForgeError, match="the thing: GitHub"):
            clock.run(ask(line, clock, "POST"))
    else:
        clock.run(ask(line, clock, "POST"))

    assert len(line.sent) == sent


@pytest.mark.parametrize("error", [UnsafeAnswerError("too large"), SecurityStopError("TLS")])
def test_what_is_not_trusted_is_not_asked_again(error: Exception) -> None:
    """Not even to read."""
    line, clock = ScriptedLine([fails(error)]), InstantClock()

    with pytest.raises(ForgeError):
        clock.run(ask(line, clock, "GET"))

    assert len(line.sent) == 1


def test_answer_that_was_cut_is_read_again() -> None:
    """A shorter body than announced is no answer."""
    cut = says(200, b"[", {"content-length": "2"})
    line, clock = ScriptedLine([cut, says(200, b"[]")]), InstantClock()

    assert clock.run(ask(line, clock, "GET")).value == []


def test_flood_is_refused_before_it_is_read() -> None:
    """An announced length over the bound ends the exchange."""
    line, clock = (
        ScriptedLine([says(200, b"", {"content-length": str(MAX_BODY + 1)})]),
        InstantClock(),
    )

    with pytest.raises(ForgeError, match="64 MiB"):
        clock.run(ask(line, clock, "GET"))


@pytest.mark.parametrize(
    ("status", "headers", "body", "wait"),
    [
        (429, {"retry-after": "7"}, b"", 7),
        (429, {"retry-after": "86400"}, b"", 60),
        (403, {"retry-after": "3"}, b"{}", 3),
        (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "99999999999"}, b"{}", 60),
        (403, {}, b'{"documentation_url": "https://docs.example/rate-limits"}', 60),
        (429, {"ratelimit-reset": "99999999999"}, b"Retry later", 60),
    ],
)
def test_limited_request_waits_within_bounds(
    status: int, headers: dict[str, str], body: bytes, wait: int
) -> None:
    """A new text is sent again as well: the server has said that it took none."""
    line, clock = ScriptedLine([says(status, body, headers), says(201)]), InstantClock()
    clock.run(ask(line, clock, "POST"))

    assert clock.waits == [pytest.approx(wait, abs=1)]


def test_waits_of_all_requests_have_one_bound() -> None:
    """A server that limits every request cannot hold a pipeline for hours."""
    line = ScriptedLine([says(429, b"", {"retry-after": "60"})])
    clock = InstantClock()
    exchange = exchange_over(line, clock)
    for _ in range(20):
        with pytest.raises(ForgeRefusedError):
            clock.run(exchange.ask("GET", "/x", "the thing"))

    assert clock.seconds <= 180


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"message": "Validation Failed", "errors": [{"message": "too long"}]}', ", too long"),
        (b'{"message": {"note": ["is too long"]}}', '{"note": ["is too long"]}'),
        (b'{"error": "insufficient_scope", "message": null}', "insufficient_scope"),
        (b"[1]", "status 422"),
        (b"<html>", "status 422"),
        (b'{"message": 5}', "status 422"),
    ],
)
def test_refusal_repeats_the_words_of_the_server(body: bytes, words: str) -> None:
    """Each provider has its own shape of an error, and a proxy has none."""
    line, clock = ScriptedLine([says(422, body)]), InstantClock()

    with pytest.raises(ForgeRefusedError) as refused:
        clock.run(ask(line, clock, "POST"))

    assert words in str(refused.value)
    assert len(line.sent) == 1
