"""``apply --without``: one missing consent does not hold up everything else."""

from __future__ import annotations

import shlex
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from reconciler.sandbox import Sandbox, ledger
from tests.support.command_line import SERVICE
from tests.support.paying_client import SERVICE_FOR_HALF_A_YEAR, open_shop

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.command_line import CommandLineProject


@pytest.fixture
def charging(project: CommandLineProject) -> CommandLineProject:
    """A project with an order that charges beside a new client and its discount."""
    project.write("manifests/web.yaml", SERVICE % project.seeded_client())
    project.edit("reconciler.yaml", "maxCharge: {EUR: 500}", "maxCharge: null")
    return project


def _remedy(err: str, words: str) -> list[str]:
    line = next(line for line in err.splitlines() if words in line)
    return shlex.split(line.partition(": reconciler ")[2])


def _charges(project: CommandLineProject) -> int:
    with closing(Sandbox(project.database)) as sandbox:
        return len(ledger(sandbox))


def test_refusal_prints_both_ways_as_commands(charging: CommandLineProject) -> None:
    """Each of them, pasted, ends as it says: the rest with 6, all of it with 0."""
    refused = charging.run("apply", "--yes", code=4)

    rest = charging.run(*_remedy(refused.err, "to apply the rest of it"), code=6)
    assert "skipped: left out (charge); to do it: reconciler apply" in rest.out
    assert "Apply: 2 verified, 1 skipped." in rest.out
    assert _charges(charging) == 0

    charging.run(*_remedy(refused.err, "to apply all of it"))
    assert _charges(charging) == 1


def test_saved_plan_is_applied_in_parts_and_no_part_twice(charging: CommandLineProject) -> None:
    """The same approved file gives the rest first, then what needs the consent, then nothing."""
    planned = charging.run("plan", "--out", "plan.json")
    assert "Saved as plan.json.\n  to read it:  reconciler show plan.json\n" in planned.out

    first = charging.run("apply", "plan.json", "--without", "charge", "--json", code=6)
    results = {each["address"]: each for each in first.document["outcomes"]}
    assert results["Service/globex-web"]["result"] == "skipped"
    assert first.document["summary"]["verified"] == 2

    second = charging.run(*_remedy(results["Service/globex-web"]["message"], "to do it"))
    assert "Apply: 1 verified." in second.out
    assert _charges(charging) == 1
    again = charging.run("apply", "plan.json", "--allow", "charge", code=5)
    assert "applied before" in again.err
    assert _charges(charging) == 1


@pytest.fixture
def dearer(project: CommandLineProject) -> CommandLineProject:
    """A saved plan that lowers a discount and renews a service by the price that this leads to."""
    open_shop(project)
    project.write("manifests/web.yaml", SERVICE_FOR_HALF_A_YEAR)
    project.run("apply", "--yes", "--allow", "charge")
    later = datetime.now(UTC).date() + timedelta(days=200)
    project.write("manifests/web.yaml", f"{SERVICE_FOR_HALF_A_YEAR}  paidThrough: {later}\n")
    project.edit("manifests/june.yaml", "percentage: 15", "percentage: 10")
    planned = project.run("plan", "--out", "plan.json").out
    assert "27.00 EUR (computed; 25.50 EUR by the terms before this plan)" in planned
    assert "price-may-move" not in planned
    return project


def test_price_that_a_plan_moves_is_the_one_of_its_rest(dearer: CommandLineProject) -> None:
    """What was left out is charged at the amount of the plan, after the discount has moved."""
    dearer.run("apply", "plan.json", "--without", "charge", code=6)
    assert _charges(dearer) == 1
    dearer.run("apply", "plan.json", "--allow", "charge")
    with closing(Sandbox(dearer.database)) as sandbox:
        assert [(each.what, str(each.amount)) for each in ledger(sandbox)][1:] == [
            ("prolong", "27")
        ]


def test_price_that_moves_between_two_parts_of_a_plan_is_not_paid(
    dearer: CommandLineProject, discount_by_hand: Callable[..., None]
) -> None:
    """Neither what was planned nor what is asked for now: somebody has to see it first."""
    dearer.run("apply", "plan.json", "--without", "charge", code=6)
    discount_by_hand(percentage="5")

    refused = dearer.run("apply", "plan.json", "--allow", "charge", code=5)

    assert "28.50 EUR" in refused.err
    assert _charges(dearer) == 1


def test_excluded_changes_do_not_count_for_guards(project: CommandLineProject) -> None:
    """Deletes beyond the guard are left out, and the rest is done."""
    project.run("apply", "--yes")
    (project.root / "manifests" / "june.yaml").unlink()
    project.edit("manifests/globex.yaml", "name: Globex", "name: Globex Corp")
    refused = project.run("apply", "--yes", code=4)
    assert "maxDeleteShare" in refused.err

    result = project.run(*_remedy(refused.err, "to apply the rest of it"), code=6)

    assert "- Discount/globex-june" in result.out
    assert "left out (delete); to do it: reconciler apply --yes\n" in result.out
    assert project.writes().count("account.discount.delete") == 0
    assert "account.edit" in project.writes()


def test_change_class_is_either_allowed_or_excluded(project: CommandLineProject) -> None:
    """Both at once mean nothing."""
    project.run("apply", "--allow", "charge", "--without", "charge", code=64)


def test_dry_run_reports_excluded_changes(charging: CommandLineProject) -> None:
    """Beside the plan of the rest, with the command that would do it."""
    result = charging.run("apply", "--dry-run", "--without", "charge")

    assert "Plan: 2 to create" in result.out
    assert "Service/globex-web: left out (charge)" in result.err
    assert charging.writes() == []


def test_pipeline_applies_what_is_allowed_and_lets_the_rest_wait(
    charging: CommandLineProject,
) -> None:
    """Exit code 0 while only consents are missing; each class is allowed by its name."""
    charging.run("plan", "--out", "plan.json")

    merged = charging.run("apply", "plan.json", "--only-allowed", "", "--json")
    results = {each["address"]: each["result"] for each in merged.document["outcomes"]}
    assert results["Service/globex-web"] == "skipped"
    assert _charges(charging) == 0
    charging.run("apply", "plan.json", "--only-allowed", "terminate, prune")
    assert _charges(charging) == 0
    charging.run("apply", "plan.json", "--only-allowed", "charge")
    assert _charges(charging) == 1
    charging.run("apply", "plan.json", "--only-allowed", "charge", code=5)
    assert _charges(charging) == 1


@pytest.mark.parametrize(
    "words",
    [
        ("--only-allowed", "money"),
        ("--only-allowed", "charge", "--allow", "charge"),
        ("--only-allowed", "charge", "--without", "prune"),
        ("--digest", "sha256:0"),
    ],
)
def test_pipeline_options_that_say_nothing_are_refused(
    charging: CommandLineProject, words: tuple[str, ...]
) -> None:
    """A typing error must not leave out or allow anything by itself."""
    charging.run("apply", *words, code=64)
    assert charging.writes() == []


def test_plan_with_another_digest_is_not_applied(charging: CommandLineProject) -> None:
    """A person named the plan that was read; an empty digest names none."""
    charging.run("plan", "--out", "plan.json")
    digest = charging.run("show", "plan.json", "--json").document["digest"]

    refused = charging.run("apply", "plan.json", "--digest", "sha256:0", code=5)

    assert digest in refused.err
    assert charging.writes() == []
    charging.run("apply", "plan.json", "--digest", digest, "--only-allowed", "")
