"""The law of the round: what was applied is as declared, and nothing else has moved."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import Phase, given, settings

from reconciler.sandbox import Sandbox, ledger, seed
from tests.support.project import Project
from tests.support.random_manifest import client_manifest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.model.plan import Change

OTHER_CLIENTS = 4


@pytest.fixture(scope="module")
def install() -> Iterator[Path]:
    """Build one install with clients of other people, to be copied for every example."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "install.sqlite3"
        seed(path, clients=OTHER_CLIENTS, seed=7)
        yield path


@settings(max_examples=6, phases=[Phase.generate])
@given(first=client_manifest(), second=client_manifest())
def test_applied_is_as_declared_and_nothing_else_moves(
    install: Path, first: dict[str, Any], second: dict[str, Any]
) -> None:
    """After an apply the next plan is empty, other clients are untouched, nothing was charged."""
    with TemporaryDirectory() as folder:
        copy = Path(folder) / "panel.sqlite3"
        shutil.copy(install, copy)
        with Sandbox(copy, lag=timedelta(0)) as sandbox:
            project = Project(Path(folder), sandbox)
            before = _other_clients(sandbox)
            # The panel deletes no account: those of the first manifest stay declared.
            second["spec"]["accounts"] = first["spec"].get("accounts", [])
            for manifest in (first, second):
                project.write(json.dumps(manifest, ensure_ascii=False))
                project.apply()
                assert not [o.message for o in project.outcomes if o.result != "verified"]
                again = project.plan()
                assert again.empty, _brief(again.changes)
                assert not project.drift().found
            assert _other_clients(sandbox) == before
            assert not [charge for charge in ledger(sandbox) if charge.what != "expense"]


def _brief(changes: tuple[Change, ...]) -> list[str]:
    return [f"{c.action} {c.address} {c.reason} {c.edits}" for c in changes]


def _other_clients(sandbox: Sandbox) -> list[bytes]:
    """Return everything that the panel shows of the clients that are not ours."""
    first = sorted(_ids(sandbox.call("account", out="JSONdata")), key=int)[:OTHER_CLIENTS]
    answers = []
    for client in first:
        answers.append(sandbox.call("account.edit", elid=client, out="JSONdata"))
        for func in ("account.discount", "account.taxrule", "account.currencyrate", "subaccount"):
            answers.append(sandbox.call(func, elid=client, out="JSONdata"))
            key = "idname" if func == "account.discount" else "id"
            rows = json.loads(answers[-1])
            answers += [
                sandbox.call(f"{func}.edit", plid=client, elid=row[key], out="JSONdata")
                for row in rows
            ]
    return answers


def _ids(body: bytes) -> list[str]:
    return [row["id"] for row in json.loads(body)]
