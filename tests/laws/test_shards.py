"""The law of shards: together they are the plan, each change once, whatever their number."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import Phase, given, settings, strategies as st

from reconciler.documents.plan import plan_document
from reconciler.engine.planner import make_reviewed_plan
from reconciler.model.shard import Shard, shard_of
from reconciler.offline.merge import join_shards, shard_of_plan
from reconciler.offline.recorder import SnapshotRecorder
from reconciler.offline.replay import ReplayReader
from reconciler.planning.context import PlanOptions
from reconciler.sandbox import Sandbox, seed
from tests.support.project import KINDS, NoProgress, Project
from tests.support.random_manifest import client_manifest
from tests.support.shards import saved_shard

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

    from reconciler.documents.plan import PlanDocument

COUNTS = (1, 2, 7, 32)
CLIENTS = 5
MOVED = """\
apiVersion: reconciler/v1
kind: Discount
metadata: {{name: moved}}
spec: {{client: client-{client}, percentage: {percentage}}}
"""


@pytest.fixture(scope="module")
def install() -> Iterator[Path]:
    """Build one install with clients of other people, to be copied for every example."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "install.sqlite3"
        seed(path, clients=3, seed=7)
        yield path


def named(manifest: dict[str, Any], number: int) -> dict[str, Any]:
    """Return a manifest as that of another client, with names of its own."""
    text = json.dumps(manifest).replace("billing@acme", f"c{number}@acme")
    found: dict[str, Any] = json.loads(text)
    found["metadata"]["name"] = f"client-{number}"
    for key in ("discounts", "taxRules", "currencyRates", "accounts", "services"):
        for child in found["spec"].get(key, []):
            child["name"] = f"c{number}-{child['name']}"
            if "domain" in child:
                child["domain"] = f"c{number}-{child['domain']}"
    return found


def write(project: Project, manifests: list[dict[str, Any]], moved: str) -> None:
    """Replace all manifests of a project."""
    for path in (project.root / "manifests").iterdir():
        path.unlink()
    for number, each in enumerate(manifests):
        project.write(json.dumps(named(each, number), ensure_ascii=False), f"{number}.yaml")
    project.write(moved, "moved.yaml")


def whole_plan(project: Project) -> PlanDocument:
    """Return the plan that one machine makes."""

    async def made() -> PlanDocument:
        async with project.reader() as reader:
            options = PlanOptions()
            plan = await make_reviewed_plan(reader, project.context(), options, NoProgress())
        return plan_document(plan, "2026-11-21T00:00:00+00:00")

    return project.clock.run(made())


def shard_plan(project: Project, shard: Shard) -> dict[str, Any]:
    """Return the saved plan of one shard, as it is read again."""

    async def made() -> dict[str, Any]:
        work, options = project.context(), PlanOptions(shard=shard)
        async with project.reader() as reader:
            recorder = SnapshotRecorder(reader, KINDS)
            plan = await make_reviewed_plan(recorder, work, options, NoProgress())
        return saved_shard(plan, work, options, recorder.recording)

    return project.clock.run(made())


def merged_plan(project: Project, saved: list[dict[str, Any]]) -> PlanDocument:
    """Return the plan that a merge makes of the files of all shards."""
    shards = join_shards([shard_of_plan(each, f"{n}.json") for n, each in enumerate(saved)])

    async def made() -> PlanDocument:
        work = project.context()
        shards.require_state(work)
        reader = ReplayReader(shards.recording(), KINDS)
        plan = await make_reviewed_plan(reader, work, shards.options, NoProgress())
        shards.require_whole(plan)
        return plan_document(plan, shards.made_at)

    return project.clock.run(made())


@settings(max_examples=4, phases=[Phase.generate], deadline=None)
@given(
    first=st.lists(client_manifest(), min_size=CLIENTS, max_size=CLIENTS),
    second=st.lists(client_manifest(), min_size=CLIENTS - 1, max_size=CLIENTS - 1),
    order=st.randoms(use_true_random=False),
)
def test_shards_are_the_whole_plan(
    install: Path,
    first: list[dict[str, Any]],
    second: list[dict[str, Any]],
    order: random.Random,
) -> None:
    """Shards of 1, 2, 7 and 32 hold each change once, and merge into the plan of one machine.

    Among the changes are creates, edits, deletes, drift, a client who is no longer declared and a
    resource that is declared for another client than it was applied for.
    """
    with TemporaryDirectory() as folder:
        copy = Path(folder) / "panel.sqlite3"
        shutil.copy(install, copy)
        with Sandbox(copy) as sandbox:
            project = Project(Path(folder), sandbox)
            write(project, first, MOVED.format(client=0, percentage=5))
            project.apply()
            spoil(sandbox)
            write(project, second, MOVED.format(client=1, percentage=6))
            whole = whole_plan(project)
            assert any(each["reasonCode"] == "parent-changed" for each in whole["changes"])
            for count in COUNTS:
                parts = [shard_plan(project, Shard(index, count)) for index in range(count)]
                keys = Counter(_key(item) for part in parts for item in part["changes"])
                assert keys == Counter(map(_key, whole["changes"]))
                kept = sum(part["summary"]["keep"] for part in parts)
                assert kept == whole["summary"]["keep"]
                order.shuffle(parts)
                assert merged_plan(project, parts)["digest"] == whole["digest"]


def spoil(sandbox: Sandbox) -> None:
    """Change by hand what was applied: a percentage, and a discount that nobody declared."""
    clients = json.loads(sandbox.call("account", out="JSONdata"))
    for client in clients[-CLIENTS:]:
        common = {"plid": client["id"], "sok": "ok", "percentage": "77"}
        rows = json.loads(sandbox.call("account.discount", elid=client["id"], out="JSONdata"))
        for row in rows[:1]:
            sandbox.call("account.discount.edit", elid=row["idname"], **common)


def _key(item: Any) -> str:  # noqa: ANN401 - a change as JSON
    return json.dumps({**item, "dependsOn": []}, sort_keys=True)


def test_the_hash_never_changes() -> None:
    """The shard of a client is the same in every version: these were computed once."""
    found = [shard_of(key, 7) for key in ("acme", "globex", "ünïcode", "")]
    assert found == [2, 2, 1, 1]
