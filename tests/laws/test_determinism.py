from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from hypothesis import given, strategies as st

from reconciler.documents.plan import plan_digest, plan_document
from reconciler.documents.values import canonical
from tests.support.large_example import keeping, large_example

ROOT = Path(__file__).resolve().parents[2]
WORLD = large_example()
DIGEST = plan_digest(WORLD.plan())


@given(data=st.data())
def test_plan_does_not_depend_on_the_order_of_files_or_rows(data: st.DataObject) -> None:
    """Manifests and rows come in any order, and the plan is the same byte for byte."""
    shuffled = replace(
        WORLD,
        declared=tuple(data.draw(st.permutations(WORLD.declared))),
        objects=tuple(data.draw(st.permutations(WORLD.objects))),
        inventory=dict(data.draw(st.permutations(list(WORLD.inventory.items())))),
    )

    assert plan_digest(shuffled.plan()) == DIGEST


def test_plan_does_not_depend_on_the_seed_of_hashes() -> None:
    """Three interpreters with three seeds make one plan."""
    digests = {
        subprocess.run(
            [sys.executable, "-m", "tests.support.large_example"],
            cwd=ROOT,
            env={"PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("0", "1", "4242")
    }

    assert digests == {DIGEST}


def test_digest_of_a_plan_ignores_its_time() -> None:
    """Two plans of one state differ in their time alone."""
    plan = WORLD.plan()
    morning, evening = (
        dict(plan_document(plan, f"2026-11-21T{hour}:00:00Z")) for hour in ("08", "20")
    )

    assert morning["digest"] == evening["digest"] == DIGEST
    assert {key for key in morning if morning[key] != evening[key]} == {"createdAt"}


def test_everything_but_the_time_moves_the_digest() -> None:
    """A change, a finding, the target and the manifests each count."""
    plan = WORLD.plan()
    others = [
        replace(plan, changes=plan.changes[:-1]),
        replace(plan, changes=(replace(plan.changes[0], reason="another"), *plan.changes[1:])),
        replace(plan, findings=plan.findings[1:]),
        replace(plan, target=replace(plan.target, url="https://other.invalid")),
        replace(plan, manifest_digest="sha256:other"),
        replace(plan, keeps=plan.keeps + 1),
    ]

    assert DIGEST not in {plan_digest(other) for other in others}


def test_large_example_contains_nearly_every_decision() -> None:
    """The laws above hold of a plan in which much happens; this says what."""
    plan = WORLD.plan()
    actions = {change.action for change in plan.changes}

    assert actions >= {"create", "adopt", "update", "delete", "blocked", "renew", "suspend"}
    assert plan.keeps == 0
    assert plan.forgets
    assert len(keeping(WORLD).plan().forgets) == len(plan.forgets)
    assert json.loads(canonical(plan_document(plan, ""))) == plan_document(plan, "")
