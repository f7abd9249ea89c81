"""What faults look like from outside: over a socket, and in process through httpx."""

from __future__ import annotations

import asyncio
import gzip
import http.client
import json
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

import httpx
import pytest

from reconciler.sandbox import FaultMiddleware, Sandbox
from reconciler.sandbox.faults import Cut, Drop, Status
from tests.support.sandbox_client import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.sandbox.faults import Fault

SERVER = """
import sys
from reconciler.sandbox import serve
serve(sys.argv[1], port=0, faults=sys.argv[2], ready=lambda address: print(address, flush=True))
"""
FAULTS: tuple[dict[str, object], ...] = (
    {"do": "drop"},
    {"do": "hang"},
    {"do": "drip", "seconds": 0.001, "size": 100},
    {"do": "cut", "framing": "length"},
    {"do": "cut", "framing": "chunked"},
    {"do": "huge", "size": 1 << 20, "gzip": True},
    {"do": "status", "status": 429, "retry_after": -1},
)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a panel listens whose faults are chosen by the parameter ``want``."""
    folder = tmp_path_factory.mktemp("server")
    entries = [{**fault, "given": {"want": str(n)}} for n, fault in enumerate(FAULTS)]
    file = folder / "faults.json"
    file.write_text(json.dumps({"faults": [{**e, "count": "always"} for e in entries]}))
    with subprocess.Popen(
        [sys.executable, "-c", SERVER, str(folder / "panel.sqlite3"), str(file)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout is not None
        assert server.stderr is not None
        try:
            yield urlsplit(server.stdout.readline().strip()).netloc
        finally:
            server.terminate()
            noise = server.stderr.read()
    assert noise == ""


def ask(address: str, want: int | None = None, *, timeout: float = 30) -> tuple[int, bytes]:
    """Ask who we are, and for a fault."""
    with closing(http.client.HTTPConnection(address, timeout=timeout)) as connection:
        body = urlencode({"func": "whoami", "out": "xml", "want": "" if want is None else want})
        connection.request("POST", "/billmgr", body)
        reply = connection.getresponse()
        content = reply.read()
        if reply.headers.get("content-encoding") == "gzip":
            content = gzip.decompress(content)
        return reply.status, content


def test_dropped_connection_is_a_closed_socket(address: str) -> None:
    """Not one byte comes back."""
    with pytest.raises(http.client.RemoteDisconnected):
        ask(address, 0)


def test_hanging_answer_runs_into_the_clients_timeout(address: str) -> None:
    """And the server goes on with others."""
    with pytest.raises(TimeoutError):
        ask(address, 1, timeout=0.1)

    assert ask(address)[0] == 200


def test_dripping_answer_arrives(address: str) -> None:
    """In the end."""
    assert parse(ask(address, 2)[1]).get("func") == "whoami"


@pytest.mark.parametrize("want", [3, 4])
def test_cut_answer_is_incomplete_to_http(address: str, want: int) -> None:
    """By its length, or by its last chunk."""
    with pytest.raises(http.client.IncompleteRead) as caught:
        ask(address, want)

    assert caught.value.partial.startswith(b"<?xml")


def test_packed_answer_unfolds(address: str) -> None:
    """To what the fault says."""
    assert len(ask(address, 5)[1]) == 1 << 20


def test_error_of_http_is_one(address: str) -> None:
    """Whatever its headers."""
    assert ask(address, 6)[0] == 429


async def in_process(app: Sandbox | FaultMiddleware) -> httpx.Response:
    """Ask through the transport that needs no server."""
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        return await client.post("/billmgr", data={"func": "whoami", "out": "xml"})


@pytest.mark.parametrize("fault", [Drop(), Cut(framing="chunked")])
def test_unfinished_answer_raises_in_process(panel: Sandbox, fault: Fault) -> None:
    """The transport says so in its own way."""
    with pytest.raises(AssertionError):
        asyncio.run(in_process(FaultMiddleware(panel, [fault])))


def test_short_answer_is_short_in_process(panel: Sandbox) -> None:
    """Its length tells."""
    reply = asyncio.run(in_process(FaultMiddleware(panel, [Cut(keep=20)])))

    assert len(reply.content) == 20 < int(reply.headers["content-length"])


def test_wrapped_panel_is_asked_in_process() -> None:
    """As any other application."""
    with Sandbox(through=lambda made: FaultMiddleware(made, [Status(status=502)])) as panel:
        assert asyncio.run(in_process(panel)).status_code == 502
