"""The page of a plan: what stands first at one change, at fifty and at five thousand."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from reconciler.documents.plan import plan_document
from reconciler.documents.restore import restore_plan
from reconciler.model.impact import NO_IMPACT, Amount, ClientImpact, Impact, MoneyImpact
from reconciler.model.plan import Client, Money, Plan, SnapshotRef
from reconciler.report.html.report import render
from reconciler.report.reports import Layout, PlanReport
from tests.support.large_plan import large_plan
from tests.unit.report import samples
from tests.unit.report.html.outline import outline

GOLDEN = Path(__file__).parent / "golden"
DOCUMENT = {"createdAt": "2026-11-29T10:15:00Z", "digest": "sha256:0"}


def page(plan: Plan, **more: tuple[str, ...]) -> str:
    """Return the page of a plan."""
    return render(PlanReport(plan, DOCUMENT, **more), Layout())  # type: ignore[arg-type]


@pytest.mark.parametrize("count", [1, 50, 5000])
def test_outline_of_a_plan_is_as_it_was(count: int) -> None:
    """Who is charged what, what is destroyed and who is notified come first at every size.

    ``UPDATE_GOLDEN=1`` writes the files anew, for a person to look at.
    """
    found = outline(page(large_plan(count), refusals=("too many deletes",)))
    file = GOLDEN / f"plan-{count}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(found, encoding="utf-8")

    assert found == file.read_text(encoding="utf-8")


def test_size_of_a_page_grows_by_less_than_a_kilobyte_a_change() -> None:
    """A page of five thousand changes is opened by every browser and mailed by every server."""
    small, large = (len(page(large_plan(count)).encode()) for count in (50, 5000))

    assert (large - small) / 4950 < 1000
    assert large < 4_000_000


def test_every_change_of_a_large_plan_is_in_its_page_once() -> None:
    """Alike ones are together, and none is counted away."""
    plan = large_plan(2000)
    text = page(plan)

    assert all(text.count(f'id="change-{place + 1}"') == 1 for place in range(len(plan.changes)))


def test_first_screen_says_what_is_not_known() -> None:
    """An unknown amount is no zero, and no message is not known of an old plan."""
    client = Client("acme", "a@acme.example")
    order = samples.change("Service/a", "create", classes=frozenset({"charge"}), client=client)

    first = outline(page(samples.plan(order))).partition("## Money")[0]

    assert "unknown amount now, besides" in first
    assert "Not known: this plan does not say." in first
    assert "Nothing is destroyed." in first


def test_overdrawn_client_stands_out_on_the_first_screen() -> None:
    """The number of them below the sums, and each beside the charge."""
    money = MoneyImpact(
        charges_now={"EUR": Amount(Decimal(54), "computed")},
        credit_left={"EUR": Amount(Decimal("-54.5"), "computed")},
    )
    impact = Impact(money, (ClientImpact("Client/acme", "a@acme.example", money),), 1)
    plan = replace(samples.plan(samples.change("Service/a", "create")), impact=impact)

    first = outline(page(plan)).partition("## Money")[0]

    assert "54.00 EUR now, computed\n" in first
    assert "1 client is overdrawn\n" in first
    assert "- acme 54.00 EUR a@acme.example −54.50 EUR, overdrawn" in first


def test_plan_of_another_moment_says_so_above_everything() -> None:
    """Of a day to come, and of a panel that a file stands for."""
    snapshot = SnapshotRef("2026-11-28T10:00:00Z", age="1 d")
    plan = replace(samples.plan(samples.delete()), at=date(2099, 1, 1), snapshot=snapshot)

    above = outline(page(plan)).partition("## Charged")[0]

    assert "From a snapshot of the panel, taken at 2026-11-28T10:00:00Z, 1 d ago." in above
    assert "As of 2099-01-01, with the snapshot. This plan cannot be applied." in above


def test_sums_of_a_plan_without_impact_come_from_its_charges() -> None:
    """A plan that an older version saved shows them, too, each currency alone."""
    prices = [("12.50", "EUR"), ("1", "EUR"), ("3", "USD")]
    changes = [
        samples.change(
            f"Service/s{place}",
            "create",
            classes=frozenset({"charge"}),
            money=Money(Decimal(amount), unit),
            client=Client(f"c{place % 2}"),
        )
        for place, (amount, unit) in enumerate(prices)
    ]
    plan = replace(samples.plan(*changes), impact=NO_IMPACT)

    first = outline(page(plan))

    assert "13.50 EUR now" in first
    assert "3.00 USD now" in first
    assert "- c0 12.50 EUR 3.00 USD" in first


def test_saved_plan_is_shown_as_the_fresh_one_is() -> None:
    """Of what is not saved only the days of objects that live are missing."""
    plan = large_plan(50)

    saved = restore_plan(plan_document(plan, DOCUMENT["createdAt"]))
    fresh_parts, saved_parts = (outline(page(each)).split("## Time line") for each in (plan, saved))

    assert saved_parts[0] == fresh_parts[0]


def test_empty_plan_has_no_first_screen_and_no_section() -> None:
    """Nothing to do is said calmly."""
    assert "No changes. 3 resources are as declared." in outline(page(samples.plan(keeps=3)))
    undone = replace(samples.plan(), undoes="20261129-1")
    assert "No changes. Nothing of run 20261129-1 is left to undo." in outline(page(undone))


def test_refusals_consents_and_the_way_on_stand_above_everything() -> None:
    """A reader knows at once that the plan cannot be applied as it is."""
    text = page(
        samples.plan(samples.delete()),
        refusals=("2 deletes, allowed: 1",),
        consents=("--allow delete",),
        ways=("reconciler apply plan.json --allow delete",),
    )

    words = ["Needs consent: --allow delete", "Refused: 2 deletes", "apply plan.json", "Charged"]
    places = [outline(text).index(each) for each in words]
    assert places == sorted(places)
