"""``demo``: run the daily commands on the embedded panel, in a temporary folder.

Invariants: every step is a command that a reader can type; a step with an unexpected exit code ends
the demo with an error.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.cli.exit_codes import Exit, Succeeded
from reconciler.cli.help import PROGRAM
from reconciler.cli.main import main
from reconciler.errors import ReconcilerError
from reconciler.model.address import Address
from reconciler.sandbox import Sandbox
from reconciler.store.inventory import FileInventory

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterator

    from reconciler.cli.console import Console

_DISCOUNT = Address("Discount", "acme-welcome")


@dataclass(frozen=True, slots=True)
class _Step:
    """A command, its purpose, and its expected exit code."""

    why: str
    words: tuple[str, ...]
    end: Exit = Exit.DONE


_FIRST = _Step("Create a project.", ("init", "."))
_BEFORE = (
    _Step("Fill the embedded panel with other clients.", ("sandbox", "seed", "--clients", "12")),
    _Step("Show the changes, and save the plan.", ("plan", "--out", "plan.json")),
    _Step("Apply exactly that plan, and verify it.", ("apply", "plan.json", "--allow", "charge")),
    _Step("Nothing is left to do.", ("plan", "--detailed-exitcode")),
)
_AFTER = (
    _Step("The drift is found.", ("drift",), Exit.PENDING),
    _Step("Restore what the manifests declare.", ("apply", "--yes")),
    _Step("No drift is left.", ("drift",)),
)


def run(args: Namespace, console: Console) -> Succeeded:
    """Run all steps; each prints its own output."""
    with tempfile.TemporaryDirectory(prefix="reconciler-demo-") as folder, _inside(Path(folder)):
        _take(_FIRST, args, console)
        console.report("\n# Declare a service of the client: manifests/vm.yaml\n")
        service = files("reconciler") / "templates" / "demo-service.yaml"
        Path("manifests", "vm.yaml").write_text(service.read_text("utf-8"), encoding="utf-8")
        for step in _BEFORE:
            _take(step, args, console)
        console.report("\n# Somebody raises the discount by hand, in the panel.\n")
        _meddle(Path(folder))
        for step in _AFTER:
            _take(step, args, console)
    console.report("\nDone: declared, planned, applied, verified, drift found and restored.\n")
    return Succeeded()


def _take(step: _Step, args: Namespace, console: Console) -> None:
    console.report(f"\n# {step.why}\n$ {PROGRAM} {' '.join(step.words)}\n")
    code = main([*step.words, "--color", args.color])
    if code != step.end:
        raise ReconcilerError(f"the step ended with exit code {code} instead of {step.end}")
    if code:
        console.report(f"(exit code {code})\n")


@contextlib.contextmanager
def _inside(folder: Path) -> Iterator[None]:
    """Change into a folder, without variables that choose a real panel."""
    ours = {key: os.environ.pop(key) for key in list(os.environ) if key.startswith("RECONCILER_")}
    try:
        with contextlib.chdir(folder):
            yield
    finally:
        os.environ.update(ours)


def _meddle(folder: Path) -> None:
    inventory = FileInventory(folder / ".reconciler" / "inventory.json", "sandbox")
    entry = inventory.load()[_DISCOUNT]
    sandbox = Sandbox(folder / ".reconciler" / "sandbox.sqlite3")
    try:
        sandbox.call(
            "account.discount.edit",
            plid=str(entry.scope.parent),
            elid=str(entry.row_id),
            percentage="25",
            sok="ok",
        )
    finally:
        sandbox.close()
