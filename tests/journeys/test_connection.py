"""A panel that is not there, or is none: the cause in plain words, soon, and what to do."""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import pytest
import trustme

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.command_line import CommandLineProject

Answer = "Callable[[socket.socket], None]"


def _says(text: str) -> Callable[[socket.socket], None]:
    """Make a server that reads a request and says this."""

    def answer(client: socket.socket) -> None:
        client.settimeout(5)
        client.recv(65536)
        client.sendall(text.encode())

    return answer


def _http(status: str, body: str, *headers: str) -> Callable[[socket.socket], None]:
    lines = [f"HTTP/1.1 {status}", "Content-Type: text/html", f"Content-Length: {len(body)}"]
    return _says("\r\n".join([*lines, *headers, "Connection: close", "", body]))


def _hangs_up(client: socket.socket) -> None:
    client.settimeout(5)
    client.recv(65536)


@contextmanager
def _server(answer: Callable[[socket.socket], None]) -> Iterator[int]:
    """Answer every connection on a port of this machine."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:

        def serve() -> None:
            while True:
                try:
                    client, _ = listener.accept()
                except OSError:
                    return
                with client:
                    try:
                        answer(client)
                    except OSError:
                        continue

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def _fails(
    project: CommandLineProject, monkeypatch: pytest.MonkeyPatch, url: str, *words: str
) -> str:
    monkeypatch.setenv("RECONCILER_URL", url)
    monkeypatch.setenv("RECONCILER_USERNAME", "admin")
    monkeypatch.setenv("RECONCILER_PASSWORD", "hushed-word")

    result = project.run(*words, "--target", "prod", code=8)

    assert "hushed-word" not in result.out + result.err
    for name in ("Error(", "aiohttp", "httpx", "Connector", "Exception", "Traceback"):
        assert name not in result.out + result.err
    return result.err


PAGE = "<!DOCTYPE html><html><body>Welcome</body></html>"
_CHECK_PATH = "check that the url of the target ends in /billmgr"
CASES = {
    "page": (_http("200 OK", PAGE), _CHECK_PATH),
    "nothing there": (
        _http("404 Not Found", PAGE),
        _CHECK_PATH,
    ),
    "redirect": (_http("302 Found", "", "Location: https://other.example/"), "other.example"),
    "hangs up": (_hangs_up, "the server may use https, but the target says http"),
}


@pytest.mark.parametrize("name", CASES)
def test_server_that_is_not_a_panel_is_reported(
    name: str, project: CommandLineProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With its address, the plain cause, and the command that looks closer."""
    answer, words = CASES[name]
    with _server(answer) as port:
        url = f"http://127.0.0.1:{port}/billmgr"
        text = _fails(project, monkeypatch, url, "plan")

    assert f"error: {url}: " in text
    assert words in text
    assert "`reconciler --target prod doctor`" in text


def test_panel_that_is_down_is_called_away_soon(
    project: CommandLineProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits three minutes to learn that a port is closed."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port = listener.getsockname()[1]
    url = f"http://127.0.0.1:{port}/billmgr"

    for command in ("plan", "drift"):
        text = _fails(project, monkeypatch, url, command)
        assert f"{url}: no connection: nothing listens on that port" in text


def test_plain_http_and_untrusted_certificate_have_different_errors(
    project: CommandLineProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The target says https, and http comes back."""
    with _server(_http("200 OK", PAGE)) as port:
        text = _fails(project, monkeypatch, f"https://127.0.0.1:{port}/billmgr", "plan")

    assert "the server uses http, but the target says https; nothing was sent" in text


def test_untrusted_certificate_names_the_setting(
    project: CommandLineProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where it is the panel's own, its authority is to be named."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)

    def shake(client: socket.socket) -> None:
        client.settimeout(5)
        context.wrap_socket(client, server_side=True).close()

    with _server(shake) as port:
        text = _fails(project, monkeypatch, f"https://127.0.0.1:{port}/billmgr", "plan")

    assert "`tls: {caFile: …}`" in text
    assert "nothing was sent" in text
