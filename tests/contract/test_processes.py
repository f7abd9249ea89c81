"""Several processes on one file, and processes that are killed."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

from reconciler.sandbox import Sandbox, audit, ledger
from tests.support.sandbox_client import fields, new_client, rows, terms

if TYPE_CHECKING:
    from pathlib import Path

# Each waits until all are there, so that they meet.
MAKER = """
import sys
from reconciler.sandbox import Sandbox
print("ready", flush=True)
sys.stdin.readline()
with Sandbox(sys.argv[1]) as panel:
    for n in range(int(sys.argv[3])):
        body = panel.call("account.edit", email=f"p{sys.argv[2]}n{n}@example.com", sok="ok")
        assert b"<ok/>" in body, body
        print(n, flush=True)
"""
BUYER = """
import json
import sys
from reconciler.sandbox import Sandbox
with Sandbox(sys.argv[1]) as panel:
    for n in range(100_000):
        body = panel.call(
            "vds.order.param", su=sys.argv[2], sok="ok", skipbasket="on",
            remoteid=f"{sys.argv[4]}-{n}", **json.loads(sys.argv[3]),
        )
        assert b"<ok/>" in body, body
        print(f"{sys.argv[4]}-{n}", flush=True)
"""
HOLDER = """
import sys
from reconciler.sandbox import schema
db = schema.connect(sys.argv[1])
db.execute("BEGIN IMMEDIATE")
db.execute("UPDATE account SET name = 'half done'")
print("held", flush=True)
sys.stdin.readline()
"""


def start(code: str, *arguments: object) -> subprocess.Popen[str]:
    """Start a process that talks through its pipes."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def hear(process: subprocess.Popen[str], lines: int) -> list[str]:
    """Wait for so many lines of a process."""
    assert process.stdout is not None
    return [process.stdout.readline().strip() for _ in range(lines)]


def is_sound(path: Path) -> bool:
    """Whether the file is a whole database in write-ahead mode."""
    with closing(sqlite3.connect(path)) as db:
        checked = db.execute("PRAGMA integrity_check").fetchone()[0]
        return (checked, db.execute("PRAGMA journal_mode").fetchone()[0]) == ("ok", "wal")


def test_processes_make_and_fill_a_file_together(tmp_path: Path) -> None:
    """Nobody is turned away, and nothing is lost, from the first moment on."""
    path = tmp_path / "panel.sqlite3"
    makers = [start(MAKER, path, number, 10) for number in range(6)]
    for maker in makers:
        hear(maker, 1)
    for maker in makers:
        assert maker.stdin is not None
        maker.stdin.write("\n")
        maker.stdin.flush()
    ends = [maker.communicate(timeout=60) for maker in makers]

    assert [(maker.returncode, err) for maker, (_, err) in zip(makers, ends, strict=True)] == [
        (0, "")
    ] * 6
    with Sandbox(path) as panel:
        assert len({row["email"] for row in rows(panel.call("account"))}) == 60
    assert [each.number for each in audit(path)] == list(range(1, 62))
    assert is_sound(path)


def test_killed_process_loses_nothing_that_was_answered(tmp_path: Path) -> None:
    """And leaves nothing half done: each service is there with its charge, or not at all."""
    path = tmp_path / "panel.sqlite3"
    with Sandbox(path) as panel:
        client = new_client(panel, credit="1000000")
        wanted = json.dumps(terms(panel, client))
        for round_ in range(3):
            process = start(BUYER, path, client.email, wanted, round_)
            answered = hear(process, 5 + round_)
            process.kill()
            process.communicate(timeout=60)

            assert is_sound(path)
            bought = [row["remoteid"] for row in rows(panel.call("vds"))]
            assert bought[::-1] == [charge.remoteid for charge in ledger(path)]
            assert len(set(bought)) == len(bought)
            assert set(answered) < {*bought, "more"}


def test_kill_inside_a_transaction_leaves_no_lock(tmp_path: Path) -> None:
    """The next to come writes at once, on what was there before."""
    path = tmp_path / "panel.sqlite3"
    with Sandbox(path) as panel:
        client = new_client(panel)
        holder = start(HOLDER, path)
        hear(holder, 1)
        holder.kill()
        holder.communicate(timeout=60)

        panel.call("account.edit", elid=client.id, note="mine", sok="ok")

        form = fields(panel.call("account.edit", elid=client.id))
    assert (form["name"], form["note"]) == ("Acme Anvils", "mine")
    assert is_sound(path)


def test_writer_waits_for_another_process(tmp_path: Path) -> None:
    """As long as it takes, and is not refused."""
    path = tmp_path / "panel.sqlite3"
    with Sandbox(path) as panel:
        client = new_client(panel)
    holder, maker = start(HOLDER, path), start(MAKER, path, 1, 1)
    hear(holder, 1)
    maker_reported = hear(maker, 1)
    assert maker.stdin is not None
    maker.stdin.write("\n")
    maker.stdin.flush()
    holder.communicate("\n", timeout=60)  # ends without a commit
    printed, complaint = maker.communicate(timeout=60)

    assert (maker_reported, printed, complaint) == (["ready"], "0\n", "")
    with Sandbox(path) as panel:
        assert fields(panel.call("account.edit", elid=client.id))["name"] == "Acme Anvils"
        assert len(rows(panel.call("account"))) == 2
