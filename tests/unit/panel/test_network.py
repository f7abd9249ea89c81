"""Real sockets on loopback: what a failure means, and that every exchange ends."""

from __future__ import annotations

import asyncio
import gzip
from asyncio import staggered
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.errors import (
    LostAnswerError,
    NotAPanelError,
    PanelError,
    SecurityStopError,
    StatusError,
    ThrottledError,
    UnreachableError,
    UnsafeAnswerError,
    WebPageError,
)
from reconciler.model.address import ElementId
from reconciler.model.target import Limits, Tls
from reconciler.panel import open_panel, response
from reconciler.panel.network import NetworkLine
from reconciler.panel.tls import tls_context
from reconciler.wire.call import edit_call, form_call
from tests.support.clock import InstantClock
from tests.unit.panel.doubles import Raw, SecretTable, doc, http, raw_server, target

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.panel.doubles import Handler

FORM = doc("<elid>5</elid><name>x</name>")
OK = doc("<ok/>")
READ = form_call("account.edit", ElementId("5"))
WRITE = edit_call("account.edit", ElementId("5"), (("note", "x"),))
PATIENCE = Limits(connect=0.2, read=5.0)
HASTE = Limits(connect=0.2, read=0.1)
GZIP = "Content-Encoding: gzip\r\n"


def exchange(
    handler: Handler, *, write: bool, limits: Limits = PATIENCE, times: int = 1
) -> tuple[object, Raw]:
    """Ask over a real connection; return the answer or the error, and what the server saw."""

    async def run() -> tuple[object, Raw]:
        async with raw_server(handler) as server:
            place = target(
                f"http://127.0.0.1:{server.port}/billmgr", method="authinfo", limits=limits
            )
            async with open_panel(place, secrets=SecretTable(), clock=InstantClock()) as panel:
                found: object = None
                for _ in range(times):
                    try:
                        found = await (panel.submit(WRITE) if write else panel.form(READ))
                    except PanelError as error:
                        found = error
            return found, server

    return asyncio.run(run())


def saying(answer: bytes) -> Handler:
    """Answer every request alike."""

    async def handler(_request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)

    return handler


def closing(answer: bytes = b"") -> Handler:
    """Answer perhaps a part, and hang up."""

    async def handler(_request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await writer.drain()
        writer.close()

    return handler


async def aborting(_request: bytes, writer: asyncio.StreamWriter) -> None:
    """Reset the connection."""
    writer.transport.abort()


async def dripping(_request: bytes, writer: asyncio.StreamWriter) -> None:
    """Answer byte by byte, each soon enough for a timeout between bytes."""
    writer.write(http(b"", length=100_000))
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.02)


async def flooding(_request: bytes, writer: asyncio.StreamWriter) -> None:
    """Answer without end."""
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    piece = b"10000\r\n" + b" " * (1 << 16) + b"\r\n"
    while True:
        writer.write(piece)
        await writer.drain()


@pytest.fixture
def _small_bodies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(response, "MAX_BODY", 1 << 20)


def test_request_is_a_post_without_anything_of_its_own() -> None:
    """Credentials stand in the body; no cookie, no query, no other coding is asked for."""

    async def handler(_request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(http(FORM, headers="Set-Cookie: a=b\r\n"))

    _, server = exchange(handler, write=False, times=2)
    head, sent = server.requests[1].split(b"\r\n\r\n")
    assert head.startswith(b"POST /billmgr HTTP/1.1")
    assert b"accept-encoding: identity" in head.lower()
    assert b"cookie" not in head.lower()
    assert sent == (
        b"func=account.edit&elid=5&out=xml&lang=en&authinfo=root%3Acorrect+horse+%26+battery"
    )


def test_reads_share_a_connection_and_writes_do_not() -> None:
    """A write never goes into a connection that the server may be closing."""
    _, reading = exchange(saying(http(FORM)), write=False, times=3)
    _, writing = exchange(saying(http(OK)), write=True, times=3)
    assert (len(reading.connections), len(writing.connections)) == (1, 3)
    assert all(b"connection: close" in request.lower() for request in writing.requests)


@pytest.mark.parametrize(
    "handler",
    [closing(), closing(http(FORM, length=9999)), closing(b"HTTP/1.1 200"), aborting],
    ids=["at once", "in the body", "in the head", "by a reset"],
)
def test_connection_lost_after_the_request_is_a_lost_answer(handler: Handler) -> None:
    """The server had the request: a read is repeated, a write is in doubt and is not."""
    lost, reading = exchange(handler, write=False)
    assert type(lost) is LostAnswerError
    assert len(reading.requests) == 5
    lost, writing = exchange(handler, write=True)
    assert type(lost) is LostAnswerError
    assert len(writing.requests) == 1


def test_connection_lost_in_chunks_is_a_lost_answer() -> None:
    """A chunked answer without its last chunk was cut."""
    cut = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<doc>\r\n"
    lost, _ = exchange(closing(cut), write=True)
    assert type(lost) is LostAnswerError


def test_reply_without_a_length_is_complete_when_it_parses() -> None:
    """What ends with the connection is judged by the document."""
    plain = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
    whole, _ = exchange(closing(plain + OK), write=True)
    assert not isinstance(whole, PanelError)
    cut, _ = exchange(closing(plain + OK[:-9]), write=True)
    assert type(cut) is NotAPanelError


def test_one_byte_at_a_time_ends_at_the_deadline() -> None:
    """The deadline is for the exchange as a whole."""
    lost, server = exchange(dripping, write=True, limits=HASTE)
    assert type(lost) is LostAnswerError
    assert len(server.requests) == 1


@pytest.mark.usefixtures("_small_bodies")
@pytest.mark.parametrize(
    "handler",
    [
        flooding,
        saying(http(b"", length=1 << 30)),
        saying(http(gzip.compress(b" " * (8 << 20)), headers=GZIP)),
    ],
    ids=["endless", "announced", "compressed"],
)
@pytest.mark.parametrize("write", [False, True])
def test_flood_stops_everything(handler: Handler, *, write: bool) -> None:
    """Unfolded or announced, too much is too much; the request had left, so both types hold."""
    found, server = exchange(handler, write=write)
    assert type(found) is UnsafeAnswerError
    assert isinstance(found, SecurityStopError)
    assert isinstance(found, LostAnswerError)
    assert len(server.requests) == 1


def test_gzip_is_unfolded_and_other_codings_are_refused() -> None:
    """We ask for neither; what cannot be counted is not read."""
    assert not isinstance(
        exchange(saying(http(gzip.compress(OK), headers=GZIP)), write=True)[0], PanelError
    )
    for answer in (
        http(OK, headers="Content-Encoding: br\r\n"),
        http(OK, headers="Content-Encoding: deflate\r\n"),
        http(OK, headers=GZIP),
        http(gzip.compress(OK) + b"more", headers=GZIP),
    ):
        assert type(exchange(saying(answer), write=True)[0]) is NotAPanelError
    cut = http(gzip.compress(OK)[:-4], headers=GZIP)
    assert type(exchange(saying(cut), write=True)[0]) is LostAnswerError


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary Redirect", "304 Same"])
@pytest.mark.parametrize("write", [False, True])
def test_redirect_stops_everything(status: str, *, write: bool) -> None:
    """No redirect is followed, and its address is not repeated beyond the host."""
    place = "Location: https://elsewhere.example/x?secret=1\r\n"
    found, server = exchange(saying(http(b"", status, place)), write=write)
    assert type(found) is UnsafeAnswerError
    assert "elsewhere.example" in str(found)
    assert "secret" not in str(found)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("status", "headers", "sort", "reads"),
    [
        ("503 Later", "Retry-After: 2\r\n", ThrottledError, 5),
        ("429 Later", "", ThrottledError, 5),
        ("500 Broken", "", StatusError, 5),
        ("502 Bad Gateway", "", StatusError, 5),
        ("404 Not Found", "", StatusError, 1),
        ("403 Forbidden", "", StatusError, 1),
        ("201 Created", "", StatusError, 1),
        ("200 OK", "Refresh: 0; url=/x\r\n", UnsafeAnswerError, 1),
    ],
)
def test_status_decides_whether_a_read_is_repeated(
    status: str, headers: str, sort: type[PanelError], reads: int
) -> None:
    """What may pass is asked again, within bounds; a write never is."""
    answer = saying(http(OK, status, headers))
    found, server = exchange(answer, write=False)
    assert type(found) is sort
    assert len(server.requests) == reads
    found, server = exchange(answer, write=True)
    assert type(found) is sort
    assert isinstance(found, LostAnswerError)
    assert len(server.requests) == 1


@pytest.mark.parametrize("broken", [b"", http(b"", "400 Bad Request"), http(b"", "404 Nothing")])
def test_address_is_doubted_only_while_nothing_has_answered(broken: bytes) -> None:
    """What broke in the middle of a run is no sign of another protocol, or another path."""

    def failing_after(good: int) -> Handler:
        left = iter([http(FORM)] * good)

        async def handler(_request: bytes, writer: asyncio.StreamWriter) -> None:
            answer = next(left, broken)
            writer.write(answer)
            await writer.drain()
            if not answer:
                writer.close()

        return handler

    first, _ = exchange(failing_after(0), write=False)
    later, _ = exchange(failing_after(1), write=False, times=2)

    assert "https" in str(first) or "/billmgr" in str(first)
    assert isinstance(later, LostAnswerError)
    assert "https" not in str(later)
    assert "/billmgr" not in str(later)


@pytest.mark.parametrize(
    ("wait", "words"),
    [("", "status 503"), ("Retry-After: 0\r\n", "status 503"), ("Retry-After: 2\r\n", "wait 2 s")],
)
def test_retry_after_is_reported(wait: str, words: str) -> None:
    """A wait of nothing is none."""
    found, _ = exchange(saying(http(b"", "503 Later", wait)), write=True)
    assert str(found).endswith(words)


def test_html_page_is_not_a_reply() -> None:
    """With authinfo there is no session to renew, so the page is believed at once."""
    found, server = exchange(saying(http(b"<html><body>Sign in</body></html>")), write=False)
    assert type(found) is WebPageError
    assert len(server.requests) == 1


def test_invalid_http_is_a_lost_answer() -> None:
    """Something took the request and answered in another language."""
    found, _ = exchange(saying(b"SSH-2.0-server\r\n\r\n"), write=True)
    assert type(found) is LostAnswerError


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\n<doc>",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<doc>",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n<doc/>",
        b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n<doc/>",
        b"HTTP/1.1 200 OK\r\n" + b"X: 1234567890\r\n" * 10_000,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + b"X: 12345\r\n" * 10_000,
    ],
    ids=["two lengths", "two framings", "other coding", "no number", "long head", "long trailers"],
)
def test_answer_that_is_framed_badly_is_a_lost_answer(answer: bytes) -> None:
    """Where an answer ends is never guessed, and nothing around a body grows without end."""
    found, server = exchange(saying(answer), write=True)
    assert type(found) is LostAnswerError
    assert len(server.requests) == 1


def test_announcement_of_an_answer_is_not_the_answer() -> None:
    """A server may say that it goes on, or send hints, before it answers."""
    early = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
    found, server = exchange(saying(early + http(FORM)), write=False, times=2)
    assert not isinstance(found, PanelError)
    assert len(server.connections) == 1


@pytest.mark.parametrize("more", [b"more", http(FORM)], ids=["bytes", "another answer"])
def test_connection_with_bytes_behind_an_answer_is_not_used_again(more: bytes) -> None:
    """The answer is whole, and nothing behind it is ever taken for the next one."""
    found, server = exchange(saying(http(FORM) + more), write=False, times=3)
    assert not isinstance(found, PanelError)
    assert len(server.requests) == len(server.connections) == 3


def test_chunks_are_put_together() -> None:
    """A chunked answer is as good as one with a length, and so is its connection."""
    pieces = b"".join(b"%x\r\n%b\r\n" % (len(each), each) for each in (FORM[:9], FORM[9:]))
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + pieces + b"0\r\n\r\n"
    found, server = exchange(saying(chunked), write=False, times=2)
    assert not isinstance(found, PanelError)
    assert (len(server.requests), len(server.connections)) == (2, 1)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/billmgr", "https://panel.invalid/billmgr"])
@pytest.mark.parametrize("write", [False, True])
def test_no_connection_means_not_sent(url: str, *, write: bool) -> None:
    """Refused, or a name that leads nowhere: tried again a few times, also for a write."""

    async def run() -> list[float]:
        clock = InstantClock()
        place = target(url, method="authinfo", limits=PATIENCE)
        async with open_panel(place, secrets=SecretTable(), clock=clock) as panel:
            with pytest.raises(UnreachableError):
                await (panel.submit(WRITE) if write else panel.form(READ))
        return clock.waits

    assert len(asyncio.run(run())) == (2 if write else 4)


@pytest.mark.parametrize(
    "url",
    [
        "http://192.0.2.1/billmgr",
        "http://panel.example/billmgr",
        "http://127.panel.example/billmgr",
        "ftp://127.0.0.1/billmgr",
        "https://user:word@panel.example/billmgr",
        "https:///billmgr",
        "billmgr",
    ],
)
def test_origin_that_may_not_be_trusted_is_refused_at_once(url: str) -> None:
    """Credentials go over TLS, or stay on this machine."""

    async def run() -> None:
        async with open_panel(target(url), secrets=SecretTable()):
            pass

    with pytest.raises(SecurityStopError):
        asyncio.run(run())


@pytest.mark.parametrize("value", ["token\r\nX: y", "token\n", "tök"])
def test_header_that_would_begin_another_is_refused(value: str) -> None:
    """A token read from a file may end with its line."""
    context = tls_context(Tls())
    with pytest.raises(SecurityStopError):
        NetworkLine("https://x.example/", context, 1.0, keep=True, headers={"Authorization": value})


@pytest.mark.parametrize("write", [True, False])
def test_proxies_and_passwords_of_the_environment_are_not_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, write: bool
) -> None:
    """Nothing is taken from the environment, neither a way nor a name to sign in with."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    netrc = tmp_path / "netrc"
    netrc.write_text("default login ann password elsewhere\n", encoding="ascii")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    found, server = exchange(saying(http(OK if write else FORM)), write=write)
    assert not isinstance(found, PanelError)
    assert server.requests
    assert not any(b"authorization" in request.lower() for request in server.requests)


@pytest.mark.parametrize(("host", "races"), [("127.0.0.1", 0), ("localhost", 1)])
def test_addresses_race_only_where_a_host_may_have_several(
    monkeypatch: pytest.MonkeyPatch, host: str, races: int
) -> None:
    """A race that is cancelled at its end leaves a socket open; a single address needs none."""
    seen: list[object] = []
    race = staggered.staggered_race

    async def counted(*args: Any, **options: Any) -> object:
        seen.append(args)
        return await race(*args, **options)

    monkeypatch.setattr(staggered, "staggered_race", counted)

    async def run() -> object:
        async with raw_server(saying(http(FORM))) as server:
            place = target(f"http://{host}:{server.port}/billmgr", method="authinfo")
            async with open_panel(place, secrets=SecretTable(), clock=InstantClock()) as panel:
                return await panel.form(READ)

    assert asyncio.run(run())
    assert len(seen) == races
