"""A TCP line to a server on loopback that can be cut: before a request arrives, or its answer."""

from __future__ import annotations

import select
import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

Fault = Literal["", "request", "answer", "silence"]


class CutLine:
    """Passes bytes on between clients and a server, until it is to fail.

    ``lose`` is what happens to the next request on any of its connections: ``request``, it does not
    arrive and the connection ends; ``answer``, it arrives and the connection ends with its answer;
    ``silence``, it does not arrive and nothing more comes. ``is_open`` says whether there can be a
    connection afterwards.
    """

    def __init__(self, port: int) -> None:
        """Listen on a port of its own for a server's."""
        self.lose: Fault = ""
        self.is_open = True
        self._server = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def close(self) -> None:
        """End every connection."""
        self._ended.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if not self.is_open:
                    client.close()
                    continue
                thread = threading.Thread(target=self._serve, args=(client,))
                self._threads.append(thread)
                thread.start()

    def _serve(self, client: socket.socket) -> None:
        target = ("127.0.0.1", self._server)
        with client, socket.create_connection(target) as server, suppress(OSError):
            self._pass_on(client, server)

    def _pass_on(self, client: socket.socket, server: socket.socket) -> None:
        lost: Fault = ""
        while not self._ended.is_set():
            for side in select.select([client, server], [], [], 0.02)[0]:
                data = side.recv(1 << 16)
                if side is client and self.lose:
                    lost, self.lose = self.lose, ""
                if lost == "silence":
                    self._ended.wait()
                    return
                if not data or lost == "request" or (lost == "answer" and side is server):
                    return
                (server if side is client else client).sendall(data)


@contextmanager
def cut_line(port: int) -> Iterator[CutLine]:
    """Yield a line to a server's port."""
    line = CutLine(port)
    try:
        yield line
    finally:
        line.close()
