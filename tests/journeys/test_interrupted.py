"""Ctrl-C, or a stopped job, while a server accepts a request and never answers it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import ExitStack, closing, contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.support.command_line import SERVICE
from tests.support.forge import serve_forge

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.support.command_line import CommandLineProject

# Far below the 60 seconds that a request may take: who ends only then has ignored the signal.
PATIENCE = 20
ADDRESS = "http://127.0.0.1:{port}/billmgr"
PANEL = {
    "RECONCILER_URL": ADDRESS,
    "RECONCILER_USERNAME": "admin",
    "RECONCILER_PASSWORD": "hushed-word",
    "RECONCILER_TARGET": "",
}
COMMANDS = {
    "plan": ("plan", "--out", "new/plan.json"),
    "plan of the state of now": ("plan", "--refresh-only"),
    "apply": ("apply", "--yes", "--report", "new/report.json"),
    "drift": ("drift", "--accept", "--yes"),
    "export": ("export", "--out", "new"),
    "snapshot": ("snapshot", "--out", "new/live.json"),
    "explain price": ("explain", "price", "Service/globex-web"),
    "doctor": ("doctor",),
    "call": ("call", "account"),
    "import": ("import", "Client/globex", "7", "--yes"),
    "comment": ("comment", "plan.json"),
    "fetch-plan": ("fetch-plan", "a" * 40, "--out", "new/plan.json"),
}


@contextmanager
def _silent_server() -> Iterator[tuple[int, threading.Event]]:
    """Give the port of a server that never answers, and what is set when it was asked something."""
    asked = threading.Event()
    with closing(socket.create_server(("127.0.0.1", 0))) as listener, ExitStack() as clients:

        def listen() -> None:
            while True:
                try:
                    client = clients.enter_context(listener.accept()[0])
                except OSError:
                    return
                if client.recv(65536):
                    asked.set()

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        yield listener.getsockname()[1], asked
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(PATIENCE)


def _forge_variables(port: int) -> dict[str, str]:
    with serve_forge("github") as server:
        variables = server.variables()
    return variables | {"GITHUB_API_URL": f"http://127.0.0.1:{port}/api/v3"}


def _files(root: Path) -> Mapping[str, bytes]:
    """Return every file of a folder, but for the lock, which holds nothing of the user's."""
    found = sorted(each for each in root.rglob("*") if each.is_file() and each.suffix != ".lock")
    return {str(each.relative_to(root)): each.read_bytes() for each in found}


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("command", COMMANDS)
def test_command_that_waits_for_a_silent_server_is_interrupted_at_once(
    project: CommandLineProject, command: str, sign: signal.Signals
) -> None:
    """One line says so, the exit code is 130, and the folder is as it was."""
    project.run("plan", "--out", "plan.json")
    project.write("manifests/web.yaml", SERVICE % "pay@globex.example")
    before = _files(project.root)
    with _silent_server() as (port, asked):
        given = _forge_variables(port) | {n: text.format(port=port) for n, text in PANEL.items()}
        process = subprocess.Popen(
            [sys.executable, "-m", "reconciler", *COMMANDS[command]],
            cwd=project.root,
            env=os.environ | given,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        with process:
            try:
                assert asked.wait(PATIENCE)
                process.send_signal(sign)
                said = process.communicate(timeout=PATIENCE)
            finally:
                process.kill()

    assert (process.returncode, *said) == (130, "", "error: interrupted\n")
    assert _files(project.root) == before
