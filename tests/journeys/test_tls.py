"""The whole round over HTTPS with a certificate that no authority of the system vouches for."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from reconciler.sandbox import Sandbox
from tests.support.certificate import private_certificate
from tests.support.http_panel import serve_over_http

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.command_line import CommandLineProject

TARGET = """\
    secure:
      url: %s
      auth: {username: {env: PANEL_USER}, password: {env: PANEL_PASSWORD}}
      tls: {%s}
      timeouts: {settle: 0}
"""


@pytest.mark.parametrize("trust", ["caFile", "fingerprint"])
def test_round_over_https_with_a_certificate_of_our_own(
    project: CommandLineProject, monkeypatch: pytest.MonkeyPatch, trust: str
) -> None:
    """Plan, apply, an empty plan, no drift; and nothing at all without that trust."""
    monkeypatch.setenv("PANEL_USER", "admin")
    monkeypatch.setenv("PANEL_PASSWORD", "sandbox")
    _, chain, pin = private_certificate(project.root)
    trusted = {"caFile": "caFile: panel-ca.pem", "fingerprint": f'fingerprint: "sha256:{pin}"'}
    project.run("sandbox", "reset")
    with (
        closing(Sandbox(project.database)) as sandbox,
        serve_over_http(sandbox, certificate=str(chain)) as url,
    ):
        project.edit("reconciler.yaml", "  guards:", TARGET % (url, "") + "  guards:")
        refused = project.run("plan", "--target", "secure", code=8)
        assert project.asked() == []
        project.edit("reconciler.yaml", "tls: {}", f"tls: {{{trusted[trust]}}}")
        project.run("plan", "--target", "secure", "--detailed-exitcode", code=2)
        project.run("apply", "--yes", "--target", "secure")
        project.run("plan", "--target", "secure", "--detailed-exitcode")
        project.run("drift", "--target", "secure")
    assert "certificate" in refused.err


def test_pin_of_another_certificate_stops_everything(
    project: CommandLineProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No byte of ours, let alone a password, reaches a server that is not the pinned one."""
    monkeypatch.setenv("PANEL_USER", "admin")
    monkeypatch.setenv("PANEL_PASSWORD", "sandbox")
    _, chain, _ = private_certificate(project.root)
    project.run("sandbox", "reset")
    with (
        closing(Sandbox(project.database)) as sandbox,
        serve_over_http(sandbox, certificate=str(chain)) as url,
    ):
        pin = f'fingerprint: "sha256:{"0" * 64}"'
        project.edit("reconciler.yaml", "  guards:", TARGET % (url, pin) + "  guards:")
        project.run("apply", "--yes", "--target", "secure", code=8)
        assert project.asked() == []


CONTROL = """\
import socket, ssl, sys
context = ssl.create_default_context(cafile=sys.argv[2])
with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as plain:
    with context.wrap_socket(plain, server_hostname="127.0.0.1"):
        pass
"""


def _keys(file: Path) -> list[str]:
    """Read the lines of a key log that are keys; a library may write a heading when imported."""
    lines = file.read_text(encoding="ascii").splitlines() if file.exists() else []
    return [line for line in lines if line.strip() and not line.startswith("#")]


@pytest.mark.parametrize("trust", ["caFile", "fingerprint"])
def test_no_key_of_a_connection_is_written(
    project: CommandLineProject, monkeypatch: pytest.MonkeyPatch, trust: str
) -> None:
    """Reading and writing, each in a process of its own, where a variable asks for the keys."""
    monkeypatch.setenv("PANEL_USER", "admin")
    monkeypatch.setenv("PANEL_PASSWORD", "sandbox")
    authority, chain, pin = private_certificate(project.root)
    trusted = {"caFile": "caFile: panel-ca.pem", "fingerprint": f'fingerprint: "sha256:{pin}"'}
    log = project.root / "keys.log"
    project.run("sandbox", "reset")
    with (
        closing(Sandbox(project.database)) as sandbox,
        serve_over_http(sandbox, certificate=str(chain)) as url,
    ):
        target = TARGET % (url, trusted[trust])
        project.edit("reconciler.yaml", "  guards:", target + "  guards:")
        monkeypatch.setenv("SSLKEYLOGFILE", str(log))
        for command in (["plan"], ["apply", "--yes"], ["doctor"]):
            subprocess.run(
                [sys.executable, "-m", "reconciler", *command, "--target", "secure"],
                check=True,
                capture_output=True,
                timeout=120,
            )
        written = _keys(log)
        port = url.partition("//127.0.0.1:")[2].partition("/")[0]
        control = [sys.executable, "-c", CONTROL, port, str(authority)]
        subprocess.run(control, check=True, capture_output=True, timeout=60)

    assert written == []
    assert _keys(log)
