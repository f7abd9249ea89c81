"""A WSGI application on loopback, behind a line that counts, breaks and answers as a test says."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

# ``before``: the request does not arrive. ``after``: it has its effect, and the answer is lost.
Side = Literal["before", "after"]


@dataclass
class _Fault:
    words: str
    times: int
    act: Callable[[WSGIEnvironment, Callable[[], Iterable[bytes]]], Iterable[bytes] | None]


@dataclass
class WsgiServer:
    """What is served at ``url``; ``requests`` are those that arrived: method, path and query.

    A fault meets requests that hold all of its words, as many of them as it says.
    """

    app: WSGIApplication
    url: str = ""
    requests: list[str] = field(default_factory=list)
    _faults: list[_Fault] = field(default_factory=list)
    _mutex: threading.Lock = field(default_factory=threading.Lock)

    def cut(self, words: str, side: Side, times: int = 1) -> None:
        """Break the connection of requests."""

        def act(environ: WSGIEnvironment, serve: Callable[[], Iterable[bytes]]) -> list[bytes]:
            if side == "after":
                b"".join(serve())
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            environ["test.start"]("200 OK", [])
            return []

        self._faults.append(_Fault(words, times, act))

    def answer(
        self, words: str, status: str, body: bytes = b"", *, times: int = 1, serves: bool = False
    ) -> None:
        """Answer requests so; with ``serves`` they have their effect all the same."""

        def act(environ: WSGIEnvironment, serve: Callable[[], Iterable[bytes]]) -> list[bytes]:
            if serves:
                b"".join(serve())
            headers = [("Content-Type", "application/xml"), ("Content-Length", str(len(body)))]
            environ["test.start"](status, headers)
            return [body]

        self._faults.append(_Fault(words, times, act))

    def before(self, words: str, act: Callable[[], object]) -> None:
        """Do something once, right before a request is served."""
        self.change(words, lambda _environ: act())

    def change(
        self, words: str, act: Callable[[WSGIEnvironment], object], *, times: int = 1
    ) -> None:
        """Change requests before they are served."""

        def acted(environ: WSGIEnvironment, _serve: Callable[[], Iterable[bytes]]) -> None:
            act(environ)

        self._faults.append(_Fault(words, times, acted))

    def forget_faults(self) -> None:
        """Serve everything as it comes."""
        self._faults.clear()

    def count(self, words: str) -> int:
        """Return how many requests held all of these words."""
        return len([each for each in self.requests if _holds(each, words)])

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Serve a request."""
        query = environ.get("QUERY_STRING", "")
        line = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}{query and '?' + query}"
        begun: list[Any] = []

        def begin(*words: Any) -> Callable[[bytes], object]:
            begun.append(words)
            return _ignore

        def serve() -> Iterable[bytes]:
            return self.app(environ, begin)

        with self._mutex:
            self.requests.append(line)
            fault = self._next_fault(line)
        made: Iterable[bytes] | None = None
        if fault is not None:
            environ["test.start"] = start
            made = fault.act(environ, serve)
        if made is None:
            made = serve()
            start(*begun[0])
        return made

    def _next_fault(self, line: str) -> _Fault | None:
        for fault in self._faults:
            if fault.times and _holds(line, fault.words):
                fault.times -= 1
                return fault
        return None


def _holds(line: str, words: str) -> bool:
    return all(word in line for word in words.split())


def _ignore(_raw: bytes) -> None:
    return None


class _Silent(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - werkzeug's own
        return


@contextmanager
def serve_wsgi(app: WSGIApplication) -> Iterator[WsgiServer]:
    """Serve an application in threads of this process."""
    line = WsgiServer(app)
    server = ThreadedWSGIServer("127.0.0.1", 0, line, _Silent)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    line.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield line
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
