"""``drift --accept`` as a process of its own: asked on a terminal, and killed while it writes."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.support.terminal import run_on_terminal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.command_line import CommandLineProject

JUNE = "manifests/june.yaml"
# The real command, which dies right before the operation of this number on a file of manifests.
KILLED = """
import os, signal, sys
left = int(sys.argv.pop(1))
def strike(event, args):
    global left
    name = str(args[0]) if event in ("open", "os.rename", "os.remove") else ""
    if "/manifests/" in name or "/overlays/" in name:
        if event == "open" and not args[2] & os.O_CREAT:
            return
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(strike)
from reconciler.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize(("answer", "code"), [("yes\n", 0), ("no\n", 4), ("\n", 4), ("\x04", 4)])
def test_answer_on_a_terminal_decides(
    project: CommandLineProject, discount_by_hand: Callable[..., None], answer: str, code: int
) -> None:
    """The patch stands above the question; all but a yes leaves the file as it is."""
    project.run("apply", "--yes")
    discount_by_hand(percentage="40")
    before = (project.root / JUNE).read_text(encoding="utf-8")

    ended, shown = run_on_terminal("drift", "--accept", answer=lambda: answer)
    shown = shown.replace("\r\n", "\n")

    assert ended == code, shown
    assert "+  percentage: 40\n" in shown.partition("Write this into 1 file? [y/N] ")[0]
    after = before.replace("percentage: 15", "percentage: 40") if code == 0 else before
    assert (project.root / JUNE).read_text(encoding="utf-8") == after
    assert ("nothing was written" in shown) == (code == 4)


def test_file_that_changed_during_the_question_is_left_alone(
    project: CommandLineProject, discount_by_hand: Callable[..., None]
) -> None:
    """The patch was shown for another text, so the yes does not count for this one."""
    project.run("apply", "--yes")
    discount_by_hand(percentage="40")

    def answer() -> str:
        project.edit(JUNE, "percentage: 15", "percentage: 9")
        return "yes\n"

    ended, shown = run_on_terminal("drift", "--accept", answer=answer)

    assert ended == 5, shown
    assert f"{JUNE} changed meanwhile: run the command again" in shown
    assert "  percentage: 9\n" in (project.root / JUNE).read_text(encoding="utf-8")


def test_killed_at_any_write_each_file_is_whole_and_the_next_accept_ends_it(
    project: CommandLineProject,
) -> None:
    """Before each operation on a manifest, until one run is through them all."""
    folder = project.root / "manifests"
    texts = {folder / f"{month}.yaml": month for month in ("june", "july", "may")}
    before = {path: _discount(month).encode() for path, month in texts.items()}
    _restore(folder, before)
    project.run("apply", "--yes")
    owned = project.run("inventory", "--json").document["resources"]
    ids = {each["address"]: (each["parent"], each["id"]) for each in owned}
    for month in ("june", "july"):
        client, key = ids[f"Discount/globex-{month}"]
        project.panel("account.discount.edit", sok="ok", plid=client, elid=key, percentage="40")
    client, key = ids["Discount/globex-may"]
    project.panel("account.discount.delete", plid=client, elid=key)
    after = {
        path: b"" if month == "may" else text.replace(b"15", b"40")
        for (path, month), text in zip(texts.items(), before.values(), strict=True)
    }

    ends: list[int] = []
    mixed: set[int] = set()
    while not ends or ends[-1] != 0:
        _restore(folder, before)
        command = [sys.executable, "-c", KILLED, str(len(ends)), "drift", "--accept", "--yes"]
        ends.append(subprocess.run(command, check=False, capture_output=True).returncode)
        found = {path: path.read_bytes() if path.exists() else b"" for path in before}
        assert all(found[path] in {before[path], after[path]} for path in before)
        mixed.add(sum(found[path] == after[path] for path in before))
        if len(ends) == 4:  # one file was written
            project.run("drift", "--accept", "--yes")
            project.run("drift")

    assert ends == [-signal.SIGKILL] * 5 + [0]  # two drafts, two replacements, one deletion
    assert mixed == {0, 1, 2, 3}


def test_killed_between_two_files_it_leaves_manifests_that_are_sound(
    project: CommandLineProject,
) -> None:
    """An overlay goes before its document, and a client after what names it."""
    head = "apiVersion: reconciler/v1\n"
    other = f"{head}kind: Client\nmetadata: {{name: other}}\nspec: {{email: o@x.example}}\n"
    project.write("manifests/other.yaml", other)
    for name, kind, spec in (
        ("june", "Discount", "metadata: {name: globex-june}\nspec: {percentage: 33}\n"),
        ("other", "Client", "metadata: {name: other}\nspec: {name: Other}\n"),
    ):
        project.write(f"overlays/sandbox/{name}.yaml", f"{head}kind: {kind}\n{spec}")
    panel = "sandbox:.reconciler/sandbox.sqlite3\n"
    project.edit("reconciler.yaml", panel, f"{panel}      overlays: [overlays/sandbox]\n")
    project.run("apply", "--yes")
    owned = project.run("inventory", "--json").document["resources"]
    ids = {each["address"]: (each["parent"], each["id"]) for each in owned}
    client, key = ids["Discount/globex-june"]
    project.panel("account.discount.delete", plid=client, elid=key)
    project.panel("account.delete", elid=client)

    for _ in range(2):  # each of the runs dies before its second deletion
        command = [sys.executable, "-c", KILLED, "1", "drift", "--accept", "--yes"]
        subprocess.run(command, check=False, capture_output=True)
        project.run("validate", "--target", "sandbox")

    project.run("drift", "--accept", "--yes")
    project.run("drift")
    left = sorted(path.name for path in project.root.glob("*/**/[jgo]*.yaml"))
    assert left == ["other.yaml", "other.yaml"]


def _discount(month: str) -> str:
    return (
        "apiVersion: reconciler/v1\nkind: Discount\n"
        f"metadata: {{name: globex-{month}}}\n"
        "spec:\n  client: globex\n  percentage: 15  # agreed\n  type: Percentage discount\n"
        "  appliesTo: Order and renewal\n"
    )


def _restore(folder: Path, texts: dict[Path, bytes]) -> None:
    for draft in folder.glob(".*"):
        draft.unlink()
    for path, raw in texts.items():
        path.write_bytes(raw)
