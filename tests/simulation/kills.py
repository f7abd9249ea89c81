"""Real deaths: the real command, killed with SIGKILL, against a panel in a process of its own.

``python -m tests.simulation.kills --kills 200 --seed 1`` prints figures, and exits with 1 when the
oracle finds a promise broken or the store cannot be read afterwards. With ``--state git`` or
``--state postgresql`` the machine is lost with the process: what goes on has only the backend.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import shutil
import sys
import time
from collections import Counter
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Literal, get_args

from reconciler.sandbox import ADMIN, PASSPHRASE, seed
from tests.simulation.change_log import count_asked, install, query_panel
from tests.simulation.declaration import NAMESPACE, Declaration, documents
from tests.simulation.manifest_edits import EDITS
from tests.simulation.new_resources import ManifestAuthor, new_child, new_client
from tests.simulation.oracle import Oracle, Run, Violation
from tests.simulation.panel_rows import read_codes
from tests.simulation.project import ALLOWED
from tests.simulation.stop_proxy import Point, StopProxy
from tests.support.git_server import bare_repository, serve_git
from tests.support.postgres import PASSWORD, serve_postgres

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

StateKind = Literal["file", "git", "postgresql"]
_CHANGES = ("add", "add", "add a client", "change", "change", "remove", "renew", "add-ons")
_MOST = 6
_PANEL = 25
_PROJECT = """\
apiVersion: reconciler/v1
kind: Project
metadata: {{name: {namespace}}}
spec:
  manifests: [manifests]
{state}  targets:
    real:
      url: http://127.0.0.1:{port}/billmgr
      auth: {{method: session, username: {login}, password: {{env: KILLS_PASSPHRASE}}}}
      timeouts: {{settle: 0}}
"""
# Every consent that the in-process world gives: who plays both asks both the same.
_CONSENTS = tuple(word for name in sorted(ALLOWED) for word in ("--allow", name))
# How a plan asks whether a new name is that of what lost its manifest.
_FORMER = re.compile(r"add `lifecycle: \{movedFrom: ([\w.-]+)\}` to (\w+/[\w.-]+)")
_APPLY = ("apply", "--yes", "--json", *_CONSENTS)
# A machine that is lost leaves its lock behind, which ends with its lease.
_LEASE = 10
_WAITING = ("--take-over", "--lock-timeout", "60s")


@dataclass(frozen=True, slots=True)
class RunState:
    """Where the state is: what the project says of it, and the environment that it needs."""

    spec: str = ""
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def words(self) -> tuple[str, ...]:
        """What a command is told of locks."""
        return _WAITING if self.spec else ()

    def lose_machine(self, root: Path) -> None:
        """Remove all that the machine held beside the manifests, where the state is elsewhere."""
        if self.spec:
            shutil.rmtree(root / ".reconciler", ignore_errors=True)


@contextmanager
def state_place(kind: StateKind, root: Path) -> Iterator[RunState]:
    """Yield a new place for a state: a folder, a repository over HTTP, or a database."""
    match kind:
        case "file":
            yield RunState()
        case "git":
            bare_repository(root / "remotes" / "state.git")
            with serve_git(root / "remotes") as server:
                remote = f"{server.url}/state.git"
                yield RunState(_state(url="git:refs/heads/state", remote=remote))
        case "postgresql":
            with serve_postgres() as database:
                url = database.url.replace(f":{PASSWORD}@", "@")
                yield RunState(_state(url=url), {"PGPASSWORD": PASSWORD})


def _state(**settings: str) -> str:
    return f"  state: {json.dumps({**settings, 'lease': _LEASE})}\n"


@dataclass(slots=True)
class RealProject:
    """A project in a folder, the real command, and a panel behind a turnstile."""

    root: Path
    proxy: StopProxy
    oracle: Oracle
    author: ManifestAuthor
    figures: Counter[str] = field(default_factory=Counter)
    violations: list[Violation] = field(default_factory=list)
    place: RunState = field(default_factory=RunState)
    duration: float = 1.0
    said: str = ""
    shown: str = ""

    def write(self) -> None:
        """Write the manifests as they are declared by now."""
        text = "\n---\n".join(json.dumps(each) for each in documents(self.author.declaration))
        (self.root / "manifests" / "all.yaml").write_text(text)

    async def command(
        self, *words: str, started: Callable[[asyncio.subprocess.Process], None] = lambda _: None
    ) -> tuple[int | None, str]:
        """Run the real command; give its exit code, None when it was killed, and its output."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "reconciler", "--project", str(self.root / "reconciler.yaml")),
            *words,
            env=os.environ | {"KILLS_PASSPHRASE": PASSPHRASE} | self.place.environ,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        started(process)
        out, err = await process.communicate()
        code = process.returncode
        self.shown = out.decode()
        self.said = err.decode() or self.shown
        self.figures["commands"] += 1
        if code in {1, 10}:
            self.violations.append(Violation("S16", f"{words[0]} exits {code}: {self.said}"))
        return (None if code is not None and code < 0 else code), out.decode()

    async def apply(
        self,
        started: Callable[[asyncio.subprocess.Process], None] = lambda _: None,
        *,
        idle: bool = False,
    ) -> int | None:
        """Apply, and let the oracle judge what it did."""
        begun = max(1, count_asked(self.oracle.panel))
        began = time.monotonic()
        code, out = await self.command(*_APPLY, *self.place.words, started=started)
        self.duration = self.duration if code is None else time.monotonic() - began
        reported = _outcomes(out)
        run = Run(
            self.author.declaration, begun, code, reported=reported, changes=reported, idle=idle
        )
        # What was passed on for a dead client is worked off before it is judged.
        await self.proxy.still()
        self.violations += self.oracle.watch(run)
        return code

    async def heal(self, before: Declaration) -> None:
        """Apply until all is done; a person answers what only a person can know.

        ``before`` is what was declared last, and done.
        """
        self.proxy.rest()
        code = None
        left = 3
        while left and not self.violations:
            left -= 1
            code, out = await self.command("resume", "--json", *self.place.words)
            if code == 7:
                await self._answer(json.loads(out))
            code = await self.apply()
            if code == 0:
                self.violations += self.oracle.converged(self.author.declaration)
                return
            if code == 6:
                left += self._declare_again(before) or self._say_what_it_was()
        if not self.violations:
            self.violations.append(Violation("L1", f"does not converge, exit {code}: {self.said}"))

    def _declare_again(self, before: Declaration) -> bool:
        """Keep what cannot be let go of while it waits in the cart; tell whether anything was."""
        asked = self.author.declaration
        for each in json.loads(self.shown)["outcomes"]:
            item = before.items.get(each["address"])
            if item is not None and "remove it from the cart" in each["message"]:
                self.author.declaration = self.author.declaration.having(item)
                self.figures["answer: declares it again"] += 1
        self.write()
        return self.author.declaration != asked

    def _say_what_it_was(self) -> bool:
        """Give a resource the former name that a plan asks for; tell whether any got one."""
        asked = self.author.declaration
        for each in json.loads(self.shown)["outcomes"]:
            found = _FORMER.search(each["message"])
            item = asked.items.get(found[2]) if found else None
            if found and item is not None and found[1] not in item.former:
                life = {**item.life, "movedFrom": [*item.former, found[1]]}
                self.author.declaration = self.author.declaration.having(replace(item, life=life))
                self.figures["answer: says its former name"] += 1
        self.write()
        return self.author.declaration != asked

    async def _answer(self, document: dict[str, Any]) -> None:
        """Say of each charge in doubt that there is none, where the panel's ledger has none."""
        query = "SELECT 1 FROM ledger WHERE what = 'order' AND remoteid = ?"
        for each in document["outcomes"]:
            if each["result"] != "in-doubt":
                continue
            item = self.author.declaration.items.get(each["address"])
            mark = item.mark if item is not None and each["action"] == "create" else None
            if query_panel(self.oracle.panel, query, mark):
                text = f"{each['address']} is charged, and resume does not see it"
                self.violations.append(Violation("L4", text))
                continue
            self.figures["answer: --none-exists"] += 1
            words = ("--none-exists", each["address"], *self.place.words)
            await self.command("resume", "--json", *words)


def _outcomes(out: str) -> int:
    try:
        return len(json.loads(out).get("outcomes", ()))
    except ValueError:
        return 0


@asynccontextmanager
async def opened(root: Path, number: int, kind: StateKind = "file") -> AsyncIterator[RealProject]:
    """Serve a new panel in a process of its own, and apply a new project to it once."""
    with state_place(kind, root) as place:
        async with _opened(root, number, place) as made:
            yield made


@asynccontextmanager
async def _opened(root: Path, number: int, place: RunState) -> AsyncIterator[RealProject]:
    file = root / "panel.sqlite3"
    seed(file, clients=2, seed=number % 97)
    install(file)
    serve = ("-m", "reconciler", "sandbox", "serve", "--database", str(file), "--port", "0")
    server = await asyncio.create_subprocess_exec(
        sys.executable, *serve, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert server.stdout is not None
        port = re.search(rb":(\d+)/", await server.stdout.readline())
        assert port is not None
        proxy = StopProxy(int(port[1]))
        async with proxy.open() as entrance:
            (root / "reconciler.yaml").write_text(
                _PROJECT.format(namespace=NAMESPACE, port=entrance, login=ADMIN, state=place.spec)
            )
            (root / "manifests").mkdir()
            oracle = Oracle(file, read_codes(file))
            author = ManifestAuthor(Declaration(), Random(number), oracle.reading, (), 0)
            made = RealProject(root, proxy, oracle, author, place=place)
            for _ in range(2):
                client, *rest = new_client(author)
                children = [new_child(author, client.name) for _ in range(3)]
                author.declaration = author.declaration.having(client, *rest, *children)
            made.write()
            await made.apply()
            yield made
    finally:
        server.terminate()
        await server.wait()


async def kill_once(made: RealProject, dice: Random, aim: tuple[int, Point] | None) -> None:
    """Change the manifests, kill the apply, and let it recover.

    ``aim`` is the write, and the point on its way, at which it dies; None for any time.
    """
    made.author.dice = dice
    before = made.author.declaration
    for _ in range(_PANEL):
        made.author.declaration = before
        for name in dice.choices(_CHANGES, k=4):
            EDITS[name](made.author)
        made.write()
        # What means one object twice is turned away at the door: draw again.
        if (await made.command("validate", "--json"))[0] == 0:
            break
    delay = dice.uniform(0.2, 1.0) * made.duration
    handles: list[asyncio.TimerHandle] = []

    def started(process: asyncio.subprocess.Process) -> None:
        if aim is not None:
            made.proxy.aim(*aim, lambda: _kill(process))
        else:
            handles.append(asyncio.get_running_loop().call_later(delay, _kill, process))

    code = await made.apply(started)
    for handle in handles:
        handle.cancel()
    made.figures["kills" if code is None else "survived"] += 1
    made.figures[f"killed: {aim[1] if aim else 'any time'}"] += code is None
    if code is None:
        made.place.lose_machine(made.root)
    await made.heal(before)


def _kill(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):  # it may have come to its end just now
        process.kill()


def draw_aim(dice: Random) -> tuple[int, Point] | None:
    """Draw where a run dies."""
    points: tuple[Point, ...] = get_args(Point)
    point = dice.choice((*points, None))
    return (dice.randrange(1, _MOST), point) if point else None


async def play(
    kills: int, number: int, kind: StateKind = "file"
) -> tuple[Counter[str], list[Violation]]:
    """Kill so many times; a new panel and project every so often."""
    figures: Counter[str] = Counter()
    dice = Random(number)
    while figures["kills"] < kills:
        number += 1
        with TemporaryDirectory() as folder:
            async with opened(Path(folder), number, kind) as made:
                for _ in range(_PANEL):
                    if made.violations or figures["kills"] + made.figures["kills"] >= kills:
                        break
                    await kill_once(made, dice, draw_aim(dice))
                figures += made.figures + made.oracle.figures
                if made.violations:
                    return figures, made.violations
    return figures, []


def main() -> int:
    """Kill, print, and judge."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.kills", description=__doc__)
    parser.add_argument("--kills", type=int, default=200, help="how many")
    parser.add_argument("--seed", type=int, default=1, help="of the dice")
    parser.add_argument("--state", choices=get_args(StateKind), default="file", help="where it is")
    args = parser.parse_args()
    began = time.monotonic()
    figures, violations = asyncio.run(play(args.kills, args.seed, args.state))
    lines = [f"{figures[name]:>9}  {name}" for name in sorted(figures)]
    lines += [f"{len(violations):>9}  violations", f"{time.monotonic() - began:>9.0f}  seconds"]
    sys.stdout.write("\n".join([*lines, *map(str, violations)]) + "\n")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
