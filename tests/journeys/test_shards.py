"""Plans in shards on the command line: planned apart, merged, applied and refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.command_line import new_project

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.command_line import CommandLineProject

CLIENT = """\
apiVersion: reconciler/v1
kind: Client
metadata: {name: client-%(n)d}
spec:
  email: c%(n)d@shards.example
  name: Client %(n)d
  provider: Main provider
  discounts:
    - {name: client-%(n)d-spring, percentage: %(percentage)d}
    - {name: client-%(n)d-autumn, percentage: 7}
"""
# Two fall into each of two shards.
CLIENTS = (0, 1, 2, 4)


@pytest.fixture
def project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> CommandLineProject:
    """A project of four clients, two in each of two shards."""
    monkeypatch.chdir(tmp_path)
    made = new_project(tmp_path, capsys)
    (tmp_path / "manifests" / "globex.yaml").unlink()
    (tmp_path / "manifests" / "june.yaml").unlink()
    for guard in ("maxDeleteShare: 0.2", "maxUpdateShare: 0.5"):
        made.edit("reconciler.yaml", guard, f"# {guard}")
    declare(made, percentage=5)
    return made


def declare(project: CommandLineProject, percentage: int) -> None:
    """Declare all clients, with their first discount at this percentage."""
    for number in CLIENTS:
        text = CLIENT % {"n": number, "percentage": percentage}
        project.write(f"manifests/{number}.yaml", text)


def remove_discounts(project: CommandLineProject) -> None:
    """Take both discounts of every client out of the manifests: eight deletes."""
    for number in CLIENTS:
        text = CLIENT % {"n": number, "percentage": 5}
        project.write(
            f"manifests/{number}.yaml", text.partition("  discounts")[0] + "  discounts: []\n"
        )


def plan_shards(project: CommandLineProject, count: int = 2) -> list[str]:
    """Save the plan of each shard and return the names of the files."""
    names = [f"shard-{index}.json" for index in range(count)]
    for index, name in enumerate(names):
        project.run("plan", "--shard", f"{index}/{count}", "--out", name)
    return names


def saved(project: CommandLineProject, name: str) -> dict[str, Any]:
    """Return a saved plan."""
    found: dict[str, Any] = json.loads((project.root / name).read_text(encoding="utf-8"))
    return found


def reasons(project: CommandLineProject, *words: str, code: int) -> list[str]:
    """Return the codes with which a command is refused."""
    error = project.run(*words, "--json", code=code).document["error"]
    return list(error["reasonCodes"])


def test_shards_are_planned_merged_and_applied(project: CommandLineProject) -> None:
    """The merged plan has the digest of the whole one, and its shards converge one by one."""
    whole = project.run("plan", "--json").document
    names = plan_shards(project)
    parts = [saved(project, name) for name in names]
    assert all(part["changes"] for part in parts)
    assert {part["shard"]["index"] for part in parts} == {0, 1}
    merged = project.run("plan", "merge", *reversed(names), "--out", "plan.json", "--json")
    assert merged.document["digest"] == whole["digest"] == saved(project, "plan.json")["digest"]
    for name in names:
        project.run("apply", name, "--whole", "plan.json")
    project.run("plan", "--detailed-exitcode")


def test_options_are_read_by_the_shard_that_declares_a_choice(
    project: CommandLineProject,
) -> None:
    """A client without choices comes first in the whole plan; its shard reads no options."""
    project.run("apply", "--yes")
    declare(project, percentage=6)
    last = max(CLIENTS)
    text = CLIENT % {"n": last, "percentage": 6}
    chosen = text.replace("percentage: 7}", "percentage: 7, appliesTo: Renewal}")
    project.write(f"manifests/{last}.yaml", chosen)
    whole = project.run("plan", "--json").document
    merged = project.run("plan", "merge", *plan_shards(project), "--json").document
    assert merged["digest"] == whole["digest"]


def test_a_shard_shows_which_part_it_is(project: CommandLineProject) -> None:
    """Every format of a shard's plan names it, and none prints what the panel answered."""
    (name,) = plan_shards(project)[:1]
    shown = project.run("show", name)
    assert "Shard 0/2" in shown.out
    assert project.run("show", name, "--json").document["shard"]["count"] == 2
    assert "Shard 0/2" in project.run("show", name, "--format", "markdown").out
    assert "Shard 0/2" in project.run("show", name, "--format", "html").out
    printed = project.run("plan", "--shard", "0/2", "--json").document
    assert "answers" not in printed
    assert printed["shard"]["count"] == 2


def test_a_shard_opens_no_form_of_a_client_of_another(project: CommandLineProject) -> None:
    """Lists of clients are shared; lists and forms below a client are read by its shard alone."""
    project.run("apply", "--yes")
    declare(project, percentage=6)
    read: list[set[str]] = []
    for index in range(2):
        before = len(project.asked())
        project.run("plan", "--shard", f"{index}/2")
        asked = project.asked()[before:]
        read.append({f"{each.func} {each.params}" for each in asked if each.func != "account"})
    common = {each.split()[0] for each in read[0] & read[1]}
    assert not common & {"account.discount", "account.discount.edit"}, common


@pytest.mark.parametrize(
    "text", ["2/2", "-1/2", "1", "1/0", "a/b", "0/1/2", "01/2", "٠/2", "0/9999"]
)
def test_a_meaningless_shard_is_wrong_usage(project: CommandLineProject, text: str) -> None:
    """A shard counts from 0 to one less than their number."""
    result = project.run("plan", f"--shard={text}", code=64)
    assert "from 0 to N - 1" in result.err


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("--since", "HEAD"), "--since"),
        (("--at", "2099-01-01"), "--at"),
        (("--live", "x.json"), "--live"),
        (("--refresh-only",), "--refresh-only"),
    ],
)
def test_a_shard_goes_with_no_other_moment(
    project: CommandLineProject, words: tuple[str, ...], named: str
) -> None:
    """A shard is a part of the plan against the panel as it is now."""
    assert named in project.run("plan", "--shard", "0/2", *words, code=64).err


def test_a_merge_needs_every_shard_once(project: CommandLineProject) -> None:
    """A shard that is missing, there twice, of another number, or no shard is refused."""
    first, second = plan_shards(project)
    project.run("plan", "--shard", "0/3", "--out", "third.json")
    project.run("plan", "--out", "plan.json")
    assert reasons(project, "plan", "merge", first, code=4) == ["shard-missing"]
    assert reasons(project, "plan", "merge", first, second, first, code=4) == ["shard-twice"]
    assert reasons(project, "plan", "merge", first, "third.json", code=4) == [
        "shard-of-other-count"
    ]
    assert reasons(project, "plan", "merge", first, "plan.json", code=4) == ["not-a-shard"]
    assert "--shard 1/2" in project.run("plan", "merge", first, code=4).err
    project.run("plan", "merge", code=64)
    unknown = project.run("plan", "join", first, code=64)
    assert "unexpected argument 'join'; see: reconciler plan --help" in unknown.err
    project.run("plan", "merge", first, "nowhere.json", code=10)


def test_a_merge_refuses_shards_of_different_things(project: CommandLineProject) -> None:
    """Manifests, state, selection and what is edited by hand: a difference is named."""
    first, second = plan_shards(project)
    project.run("plan", "--shard", "1/2", "--no-adopt", "--out", "strict.json")
    assert reasons(project, "plan", "merge", first, "strict.json", code=5) == ["state-changed"]
    declare(project, percentage=6)
    assert reasons(project, "plan", "merge", first, second, code=5) == ["manifests-changed"]
    project.run("plan", "--shard", "1/2", "--out", second)
    assert reasons(project, "plan", "merge", first, second, code=5) == ["manifests-changed"]
    declare(project, percentage=5)
    project.run("apply", "--yes", "--only", "Client/client-0")
    project.run("plan", "--shard", "1/2", "--out", second)
    assert reasons(project, "plan", "merge", first, second, code=5) == ["state-changed"]


def test_a_merge_refuses_what_was_edited(project: CommandLineProject) -> None:
    """Neither the plan nor the answers of a shard can be changed by hand, nor be left out."""
    first, second = plan_shards(project)
    plan = saved(project, second)
    plan["answers"]["lists"] = []
    project.write(second, json.dumps(plan))
    assert reasons(project, "plan", "merge", first, second, code=4) == ["plan-altered"]
    del plan["answers"]
    project.write(second, json.dumps(plan))
    assert "holds no answers" in project.run("plan", "merge", first, second, code=10).err
    plan["shard"]["index"] = 0
    project.write(second, json.dumps(plan))
    assert reasons(project, "plan", "merge", first, second, code=4) == ["plan-altered"]


def test_a_merge_refuses_a_panel_that_changed_between(project: CommandLineProject) -> None:
    """What a shard found is what the whole plan has, or the merge names the difference."""
    project.run("plan", "--shard", "0/2", "--out", "shard-0.json")
    words = {"email": "c0@shards.example", "realname": "By hand", "sok": "ok"}
    project.panel("account.edit", **words, passwd="Long-enough-1", confirm="Long-enough-1")
    project.run("plan", "--shard", "1/2", "--out", "shard-1.json")
    found = project.run("plan", "merge", "shard-0.json", "shard-1.json", code=5)
    assert "the panel changed while the shards were planned" in found.err


def test_the_guards_hold_over_all_shards(project: CommandLineProject) -> None:
    """Four deletes in each of two shards are eight: no order of applies gets past maxDeletes."""
    project.run("apply", "--yes")
    remove_discounts(project)
    project.edit("reconciler.yaml", "maxDeletes: 10", "maxDeletes: 6")
    names = plan_shards(project)
    assert [len(saved(project, name)["changes"]) for name in names] == [4, 4]
    merged = project.run("plan", "merge", *names, "--out", "plan.json", code=4)
    assert "8 deletes are more than maxDeletes (6)" in merged.err + merged.out
    writes = len(project.writes())
    for name in names:
        assert reasons(project, "apply", name, "--whole", "plan.json", code=4) == ["max-deletes"]
        alone = project.run("apply", name, code=4)
        assert "4 deletes in each of 2 shards would be more than maxDeletes (6)" in alone.err
        assert "plan merge" in alone.err
    assert len(project.writes()) == writes
    project.edit("reconciler.yaml", "maxDeletes: 6", "maxDeletes: 8")
    project.run("plan", "merge", *names, "--out", "plan.json")
    for name in names:
        project.run("apply", name, "--whole", "plan.json")
    project.run("plan", "--detailed-exitcode")


def test_a_shard_that_takes_only_its_part_is_applied_alone(project: CommandLineProject) -> None:
    """Where every shard could do as much within the guards, none needs the others."""
    names = plan_shards(project)
    for name in names:
        project.run("apply", name)
    project.run("plan", "--detailed-exitcode")
    assert reasons(project, "apply", names[0], code=5) == ["applied-before"]


def test_whole_is_the_plan_of_that_shard(project: CommandLineProject) -> None:
    """--whole takes a merged plan that holds the shard, and goes with a shard alone."""
    first, second = plan_shards(project)
    project.run("plan", "merge", first, second, "--out", "plan.json")
    project.run("apply", "--whole", "plan.json", code=64)
    project.run("apply", "plan.json", "--whole", "plan.json", code=64)
    found = reasons(project, "apply", first, "--whole", second, code=4)
    assert found == ["shard-of-other-plan"]
    declare(project, percentage=6)
    project.run("plan", "--shard", "0/2", "--out", first)
    found = reasons(project, "apply", first, "--whole", "plan.json", code=4)
    assert found == ["shard-of-other-plan"]
