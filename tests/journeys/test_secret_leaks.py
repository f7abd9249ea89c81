"""Secrets that would be recognised anywhere, and a run of every command: they are found nowhere."""

from __future__ import annotations

import base64
import json
from contextlib import closing
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, quote_plus, urlencode

import pytest

from reconciler.cli import plan as plan_command
from reconciler.cli.help import COMMANDS
from reconciler.cli.main import main
from reconciler.sandbox import ADMIN, PASSPHRASE, Sandbox
from tests.support.forge import serve_forge
from tests.support.http_panel import App, Message, Receive, Send, serve_over_http
from tests.support.ssh_keys import make_key

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from reconciler.model.forge import Provider
    from reconciler.ports import Reader
    from tests.support.command_line import CommandLineProject

PASSWORD = "K4narie/n+v&gel %41 \u00fc-eins"
CLIENT_PASSWORD = 'Kl13nt"en<v>gel/\u00e4=zwei'
ONE_TIME = "Schl0ssvogel-drei-0123456789"
ARGUMENT = "Arg0ment&vogel vier"
SECRETS = (PASSWORD, CLIENT_PASSWORD, ONE_TIME, ARGUMENT)
PROJECT = """\
apiVersion: reconciler/v1
kind: Project
metadata: {{name: billing}}
spec:
  targets:
    plain: {{url: "{url}", auth: {{username: admin, password: {{env: PANEL_PASSWORD}}}}, {soon}}}
    info:
      url: "{url}"
      auth: {{method: authinfo, username: admin, password: {{env: PANEL_PASSWORD}}}}
      format: json
      {soon}
    once: {{url: "{url}", auth: {{method: key, username: admin, key: {{env: KEY}}}}, {soon}}}
    wrong: {{url: "{url}", auth: {{username: nobody, password: {{env: PANEL_PASSWORD}}}}, {soon}}}
    away:
      url: http://127.0.0.1:9/billmgr
      auth: {{username: admin, password: {{env: PANEL_PASSWORD}}}}
"""
SOON = "timeouts: {settle: 0, read: 5}"
MANIFEST = """\
apiVersion: reconciler/v1
kind: Client
metadata: {name: globex}
spec:
  email: pay@globex.example
  name: Globex
  password: {env: CLIENT_PASSWORD}
"""
# Commands without --json.
TEXT_ONLY = frozenset(
    {"forget", "explain", "schema", "completion", "from-log", "unlock", "fetch-plan"}
)
QUIET = frozenset({"demo", "sandbox", "init"})  # they meet no secret of ours, and are tried apart


@dataclass
class RecordingPanel:
    """Stands before the panel: lets the canary in as the password, and may repeat what it saw."""

    panel: App
    gossip: str = ""
    sessions: set[str] = field(default_factory=set)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        message = await receive()
        fields = dict(parse_qsl(message.get("body", b"").decode(), keep_blank_values=True))
        self.sessions |= {fields["auth"]} if "auth" in fields else set()
        if self.gossip and fields.get("func") == self.gossip:
            await _say(send, _repeat(fields))
            return
        if fields.get("password") == PASSWORD and fields.get("username") == ADMIN:
            fields["password"] = PASSPHRASE
        if fields.get("authinfo") == f"{ADMIN}:{PASSWORD}":
            fields["authinfo"] = f"{ADMIN}:{PASSPHRASE}"
        body = urlencode(fields).encode()

        async def again() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        await self.panel(scope, again, send)


def _repeat(fields: dict[str, str]) -> bytes:
    """Refuse, and say everything that was sent, in several encodings."""
    said = " | ".join(f"{value} {quote(value)} {value!r}" for value in fields.values())
    said += " ".join(base64.b64encode(value.encode()).decode() for value in fields.values())
    if fields["out"] == "json":
        return json.dumps({"doc": {"error": {"$type": "value", "msg": {"$": said}}}}).encode()
    return f'<doc><error type="value"><msg>{escape(said)}</msg></error></doc>'.encode()


async def _say(send: Send, body: bytes) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


@dataclass
class Watched:
    """A project whose every word is kept."""

    project: CommandLineProject
    front: RecordingPanel
    words: list[str] = field(default_factory=list)

    def run(self, *words: str) -> int:
        """Run a command, whatever becomes of it, and keep what it printed."""
        self.project.capsys.readouterr()
        code = main([*words, "--no-progress"])
        self.words += [*self.project.capsys.readouterr()]
        return code

    def run_all_ways(self, *words: str) -> set[int]:
        """Run a command as people do, as programs do, and with everything logged."""
        ways = [(), ("-vv",), ("-vv", "--log-format", "json")]
        if words[0] not in {
            "forget",
            "explain",
            "schema",
            "completion",
            "from-log",
            "unlock",
            "comment",
            "fetch-plan",
        }:
            ways.append(("--json", "-vv"))
        if words[0] in {"plan", "show", "apply", "rehearse", "drift", "validate"}:
            ways += [("--format", name, "-vv") for name in ("html", "markdown")]
        return {self.run(*words, *way) for way in ways}


@pytest.fixture
def watched(
    project: CommandLineProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Watched]:
    """A project on a panel that lets the canary in."""
    monkeypatch.setenv("PANEL_PASSWORD", PASSWORD)
    monkeypatch.setenv("CLIENT_PASSWORD", CLIENT_PASSWORD)
    monkeypatch.setenv("KEY", ONE_TIME)
    monkeypatch.setenv("ARGUMENT", ARGUMENT)
    project.write("manifests/globex.yaml", MANIFEST)
    with closing(Sandbox(tmp_path / "panel.sqlite3")) as sandbox:
        front = RecordingPanel(sandbox)
        with serve_over_http(front) as url:
            project.write("reconciler.yaml", PROJECT.format(url=url, soon=SOON))
            sandbox.call("session.newkey", username=ADMIN, key=ONE_TIME)
            yield Watched(project, front)


def forms(secret: str) -> set[str]:
    """Return a secret in every encoding in which it could slip out."""
    raw = secret.encode()
    pair = f"{ADMIN}:{secret}".encode()
    return {
        secret,
        quote(secret),
        quote(secret, safe=""),
        quote_plus(secret),
        escape(secret),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        repr(secret)[1:-1],
        base64.b64encode(raw).decode().rstrip("="),
        base64.urlsafe_b64encode(raw).decode().rstrip("="),
        base64.b64encode(pair).decode().rstrip("="),
        raw.hex(),
        raw.hex().upper(),
    }


def leaks(watched: Watched) -> list[str]:
    """Name what was printed, logged or stored and holds a secret."""
    held = {"printed": "\n".join(watched.words)}
    for path in watched.project.root.rglob("*"):
        if path.is_file():
            held[str(path.relative_to(watched.project.root))] = path.read_bytes().decode(
                "utf-8", "replace"
            )
    known = {form for secret in SECRETS for form in forms(secret)} | watched.front.sessions
    return [f"{where}: {form}" for where, text in held.items() for form in known if form in text]


def test_encodings_of_a_secret_would_be_found(watched: Watched) -> None:
    """The test can see what it looks for."""
    watched.words.append(base64.b64encode(PASSWORD.encode()).decode())
    watched.project.write("leak.txt", quote_plus(CLIENT_PASSWORD))

    assert len(leaks(watched)) == 2


def test_no_command_lets_a_secret_slip_when_all_goes_well(watched: Watched, tmp_path: Path) -> None:
    """Every command, by every way of signing in, in text and JSON, with everything logged."""
    watched.project.write(
        "billmgr.log", "INFO Request [::1][root] 'func=account.edit&elid=1&note=x&sok=ok'\n"
    )
    key = make_key(tmp_path / "keys", "ben")
    approvers = f'spec:\n  approvers: {{ops: {{keys: ["{key.line}"]}}}}\n'
    watched.project.edit("reconciler.yaml", "spec:\n", approvers)
    tried = {
        "validate": ("validate",),
        "plan": ("plan", "--target", "plain", "--out", "plan.json"),
        "show": ("show", "plan.json"),
        "comment": ("comment", "plan.json"),
        "approve": ("approve", "plan.json", "--as", "ops", "--key", str(key.path)),
        "snapshot": ("snapshot", "--target", "plain", "--out", "live.json"),
        "fetch-plan": ("fetch-plan", "0" * 40, "--out", "fetched.json"),
        "rehearse": ("rehearse", "plan.json", "--target", "plain"),
        "apply": ("apply", "--target", "plain", "--yes", "--report", "outcome.json"),
        "undo": ("undo", "--target", "plain"),
        "unlock": ("unlock", "--target", "plain"),
        "drift": ("drift", "--target", "info", "--out", "drift.json"),
        "resume": ("resume", "--target", "plain"),
        "receipts": ("receipts", "--target", "plain"),
        "journal": ("journal", "--target", "plain"),
        "state": ("state", "pull", "--target", "plain", "--out", "state.jsonl"),
        "inventory": ("inventory", "--target", "plain"),
        "doctor": ("doctor", "--target", "info"),
        "call": ("call", "account", "--target", "plain", "--out", "rows.txt"),
        "from-log": ("from-log", "billmgr.log"),
        "explain": ("explain", "Client.password"),
        "schema": ("schema",),
        "graph": ("graph",),
        "fmt": ("fmt", "--check"),
        "export": ("export", "--target", "plain", "--stdout", "--all-fields"),
        "import": ("import", "Client/globex", "1", "--target", "plain", "--yes"),
        "completion": ("completion", "bash"),
        "forget": ("forget", "Client/globex", "--target", "plain"),
    }
    assert watched.run("call", "whoami", "--target", "once", "-vv") == 0
    for words in tried.values():
        watched.run_all_ways(*words)
    shard = ("plan", "--target", "plain", "--shard", "0/1", "--out", "shard.json")
    assert watched.run_all_ways(*shard) == {0}
    merge = ("plan", "merge", "shard.json", "--target", "plain", "--out", "whole.json")
    assert watched.run_all_ways(*merge) == {0}
    run = next((watched.project.root / ".reconciler/plain.undo").glob("*.json")).stem
    assert watched.run_all_ways("undo", run, "--target", "plain", "--out", "undo.json") <= {0, 4}
    words = ("key=@env:ARGUMENT", "username=admin", "--confirm", "--target", "info")
    assert watched.run_all_ways("call", "session.newkey", *words) == {0}

    assert set(COMMANDS) - QUIET - tried.keys() == set()
    assert watched.front.sessions
    assert leaks(watched) == []


@pytest.mark.parametrize(
    ("target", "gossip"),
    [
        ("plain", ""),
        ("plain", "whoami"),
        ("plain", "account"),
        ("plain", "account.edit"),
        ("info", "whoami"),
        ("info", "account.edit"),
        ("once", "auth"),
        ("once", "account"),
        ("wrong", ""),
        ("wrong", "auth"),
    ],
)
def test_no_failure_lets_a_secret_slip(watched: Watched, target: str, gossip: str) -> None:
    """Refusals, also by a panel that repeats all that it was sent."""
    watched.front.gossip = gossip
    for words in (
        ("plan",),
        ("apply", "--yes"),
        ("drift",),
        ("snapshot", "--out", "live.json"),
        ("doctor",),
        ("call", "account"),
        ("call", "account.edit", "elid=999999", "passwd=@env:ARGUMENT", "sok=ok", "--confirm"),
    ):
        watched.run(*words, "--target", target, "-vv")
        watched.run(*words, "--target", target, "--json", "-vv", "--log-format", "json")

    assert leaks(watched) == []


def test_unreachable_panel_receives_no_secret(watched: Watched) -> None:
    """Nor is anybody else."""
    assert watched.run("doctor", "--target", "away", "-vv") == 8

    assert leaks(watched) == []


@pytest.mark.parametrize("way", [(), ("-vv",), ("-vv", "--log-format", "json"), ("--json", "-vv")])
def test_internal_error_leaks_no_secret(
    watched: Watched, monkeypatch: pytest.MonkeyPatch, way: tuple[str, ...]
) -> None:
    """A traceback with secrets in its message and in its chain."""

    async def broken(reader: Reader, *_: Any) -> None:
        await reader.whoami()
        raise RuntimeError(urlencode({"password": PASSWORD})) from ValueError(PASSWORD)

    monkeypatch.setattr(plan_command, "make_reviewed_plan", broken)

    assert watched.run("plan", "--target", "info", *way) == 1
    assert leaks(watched) == []


@pytest.mark.parametrize("provider", ["github", "gitlab", "gitea"])
@pytest.mark.parametrize("status", [0, 403, 429, 502])
def test_token_of_a_forge_does_not_slip(
    watched: Watched, monkeypatch: pytest.MonkeyPatch, provider: Provider, status: int
) -> None:
    """Nor does it when the server repeats it, in several encodings."""
    watched.project.run("plan", "--target", "plain", "--out", "plan.json")
    said = " ".join([ONE_TIME, quote(ONE_TIME), base64.b64encode(ONE_TIME.encode()).decode()])
    with serve_forge(provider) as forge:
        forge.users = {ONE_TIME: "robot"}
        for name, value in forge.variables(ONE_TIME).items():
            monkeypatch.setenv(name, value)
        if status:
            forge.answer("POST", "", status, {"message": said, "error": said}, times=99)
            forge.answer("GET", "/commits/", status, {"message": said, "error": said}, times=99)
        watched.run_all_ways("fetch-plan", "0" * 40, "--out", "fetched.json")
        for words in ((), ("--best-effort",)):
            watched.run_all_ways("comment", "plan.json", *words)
        assert len(forge.comments) == (0 if status else 1)
        assert ONE_TIME not in "".join(each.body for each in forge.comments)

    assert leaks(watched) == []
