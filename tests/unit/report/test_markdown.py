"""Markdown for a forge: the worst first, within its room, and nothing of others live."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import example, given, settings, strategies as st

from reconciler.model.address import Address, ElementId
from reconciler.model.drift import DriftEdit, DriftItem, DriftReport as Drift
from reconciler.model.finding import Finding, Source
from reconciler.model.impact import Amount, Impact, MoneyImpact
from reconciler.model.outcome import Outcome, Result
from reconciler.model.plan import Client, Edit, Money
from reconciler.report import markdown
from reconciler.report.escape import code_span, escape, fenced
from reconciler.report.markdown_page import MOST_CHARACTERS
from reconciler.report.plan_markdown import plan_markdown
from reconciler.report.reports import (
    DriftReport,
    Layout,
    OutcomeReport,
    PlanReport,
    RehearsalReport,
    ValidationReport,
)
from tests.support.forge_markdown import code_of, live_elements, tokens
from tests.support.large_plan import HOSTILE, TARGET, hostile_plan
from tests.unit.report import samples
from tests.unit.report.golden import FOLDER, reports

GOLDEN = dict(reports())
SEE = "reconciler show plan.json --full"


@pytest.mark.parametrize("name", GOLDEN)
def test_reports_of_large_plans_are_as_they_were_looked_at(name: str) -> None:
    """One that changed is written anew and looked at: make golden."""
    assert GOLDEN[name] == (FOLDER / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [name for name in GOLDEN if name.endswith(".md")])
def test_nothing_in_the_markdown_of_a_plan_is_live(name: str) -> None:
    """Every hostile text is in the plan, and all of them are shown as code."""
    assert live_elements(GOLDEN[name]) == []
    assert len(GOLDEN[name]) <= MOST_CHARACTERS


@pytest.mark.parametrize("name", [name for name in GOLDEN if name.endswith(".txt")])
def test_no_line_of_a_plan_is_obeyed_by_a_terminal_or_a_runner(name: str) -> None:
    """The same texts on a terminal: one printable line each."""
    for line in GOLDEN[name].splitlines():
        assert line.isprintable()
        assert not line.lstrip().startswith("::")
        assert "##[" not in line


@given(st.text() | st.sampled_from(HOSTILE))
@example("`")
@example(" ` ")
@example("a|b\\")
@example("\\|")
def test_code_span_shows_a_text_as_it_is_escaped_and_nothing_else(text: str) -> None:
    """Outside of a table and inside of one, where a bar ends a cell."""
    shown = escape(text) or '""'

    assert list(code_of(f"x {code_span(text)} y")) == [shown]
    table = f"| a | b |\n| --- | --- |\n| {code_span(text, cell=True)} | end |\n"
    assert list(code_of(table)) == [shown]
    assert [each.type for each in tokens(table)].count("td_open") == 2
    assert live_elements(table) == []


@given(st.lists(st.text() | st.sampled_from(HOSTILE), min_size=1))
def test_no_line_ends_a_fence(texts: list[str]) -> None:
    """A fence is longer than any run of ticks in it."""
    block = fenced([f"+ {escape(text)}" for text in texts], "diff")

    assert [each.type for each in tokens(block)] == ["fence"]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_inert_in_every_place_of_every_report(text: str) -> None:
    """Names, emails, notes, currencies, files, reasons and commands are all of others."""
    client = Client(text, text, "1")
    base = samples.change("Discount/a", "update", "1", client=client, source=Source(text, 1))
    changes = (
        replace(base, edits=(Edit(text, text, f"{text}x"),), reason=text),
        replace(base, action="delete", classes=frozenset({"delete"}), reason=text),
        replace(base, classes=frozenset({"charge"}), money=Money(Decimal(1), text, text)),
        replace(base, action="blocked", reason=text),
    )
    money = MoneyImpact(charges_now={text: Amount(Decimal(-1), "quoted")})
    plan = replace(
        samples.plan(*changes, findings=(Finding("error", "null", text, Source(text, 1, 1)),)),
        impact=Impact(money),
        target=replace(TARGET, name=text, url=text),
    )
    results: tuple[Result, ...] = ("verified", "failed", "in-doubt", "skipped")
    outcomes = [
        Outcome(change, result, text, charged=Money(Decimal(1), text, text))
        for change, result in zip(changes, results, strict=True)
    ]
    item = DriftItem(
        Address("Client", "a"),
        ElementId("1"),
        (DriftEdit(text, text, text, text),),
        "drift",
        client=text,
    )
    drift = Drift(plan.target, (item,), 1, plan.findings)
    each_report = (
        PlanReport(plan, {"digest": text}, [text], [text], [text], see=text),
        DriftReport(drift, {}, apply=text, accept=text, resume=text),
        OutcomeReport(plan, outcomes, {}, text),
        RehearsalReport(plan, outcomes, plan, {}, {text: Decimal(1)}, 3),
        ValidationReport(3, plan.findings, {}),
    )
    for report in each_report:
        assert live_elements(markdown.render(report, Layout())) == []
    assert live_elements(plan_markdown(plan, approvals=[escape(text)], see=text)) == []


def test_what_charges_and_destroys_is_whole_where_the_rest_is_cut() -> None:
    """Details give way, then the rest; the page says how much is left out and how to see it."""
    risks = [
        samples.change(
            f"Service/risk-{n}",
            "create",
            edits=(Edit(f"field{n}", None, "x" * 250),),
            classes=frozenset({"charge"}),
            money=Money(Decimal("12.5"), "EUR"),
        )
        for n in range(300)
    ]
    rest = [
        samples.change(f"TaxRule/rest-{n}", "update", "1", edits=(Edit(f"f{n}", "a", "x" * 250),))
        for n in range(300)
    ]

    page = plan_markdown(samples.plan(*rest, *risks), see=SEE)

    assert len(page) <= MOST_CHARACTERS
    assert all(f"`Service/risk-{n}`" in page for n in range(300))
    assert page.rstrip().endswith(f"To see all of it: `{SEE}`")
    assert "lines of the other changes" in page


def test_charges_that_do_not_fit_are_counted_with_their_sum() -> None:
    """Even the worst has an end on a page; its sum is told."""
    risks = [
        samples.change(
            f"Service/risk-{n}",
            "create",
            edits=(Edit(f"field{n}", None, "x"),),
            classes=frozenset({"charge"}),
            money=Money(Decimal("12.5"), "EUR"),
            client=Client("c" * 80, "e" * 80),
        )
        for n in range(1000)
    ]

    page = plan_markdown(samples.plan(*risks), see=SEE)
    shown = page.count("`Service/risk-")

    assert len(page) <= MOST_CHARACTERS
    assert 0 < shown < 1000
    left = 1000 - shown
    assert f"{left} changes under “Charges money”, which charge `{left * 12.5:.2f} EUR`" in page
    assert plan_markdown(samples.plan(*risks), limit=None).count("`Service/risk-") == 1000


@settings(max_examples=30)
@given(count=st.integers(1, 400), limit=st.integers(2_000, 20_000))
def test_page_never_has_more_characters_than_its_room(count: int, limit: int) -> None:
    """A comment that is too long would be refused whole."""
    assert len(plan_markdown(hostile_plan(count), see=SEE, limit=limit)) <= limit


def test_page_without_room_for_a_headline_is_refused() -> None:
    """A caller that has no room left learns it before the forge does."""
    with pytest.raises(ValueError, match="at least 2000"):
        plan_markdown(hostile_plan(1), limit=100)


def test_plan_begins_with_its_money_and_ends_with_the_rest() -> None:
    """Who reads the first lines has seen what cannot be undone."""
    page = GOLDEN["plan-50.md"]
    places = [
        page.index(words)
        for words in (
            "### Plan for",
            "#### Money",
            "#### Charges money",
            "#### Cannot be undone",
            "**Sends",
            "Other changes",
            "Findings",
        )
    ]

    assert places == sorted(places)


def test_empty_plan_says_so() -> None:
    """A comment is updated to nothing left to do."""
    page = plan_markdown(samples.plan(keeps=3))

    assert page.startswith("### Plan for `prod`: 0 to create")
    assert "No changes." in page


def test_refused_plan_says_why_before_anything_else() -> None:
    """The reason stands above the money, with the commands to paste."""
    page = plan_markdown(hostile_plan(50), refusals=["max-deletes"], ways=["reconciler apply x"])

    assert page.index("**This plan is refused**") < page.index("#### Money")
    assert "refused: max-deletes\nreconciler apply x" in page


def test_many_reasons_cut_off_neither_approvals_nor_commands() -> None:
    """A guard may refuse each of thousands of changes, and whom to ask still stands there."""
    reasons = [f"reason {number}" for number in range(300)]
    page = plan_markdown(
        hostile_plan(50), refusals=reasons, approvals=["Needs approval: x"], ways=["y"]
    )

    assert "refused: reason 19\n" in page
    assert "refused: reason 20\n" not in page
    assert "280 reasons" in page
    assert "\nNeeds approval: x\ny\n" in page


def test_apply_shows_what_is_not_done_before_what_is() -> None:
    """A failure is not put away among a thousand changes that went well."""
    plan = samples.plan(samples.update(Source("a.yaml", 1)))
    (change,) = plan.changes
    outcomes = [Outcome(change, "verified"), Outcome(change, "in-doubt", "lost")]

    page = markdown.render(OutcomeReport(plan, outcomes, {}, "reconciler resume"), Layout())

    assert page.startswith("### Apply on `prod`: 1 verified, 1 in doubt.")
    assert page.index("in doubt: lost") < page.index("<summary>Done (1)</summary>")
    assert "**In doubt.** A request was sent" in page
    assert "`reconciler resume`" in page


def test_calm_reports_are_one_line() -> None:
    """No drift, no findings: a headline."""
    drift = DriftReport(Drift(TARGET, (), 9), {}, apply="a", accept="b")
    valid = ValidationReport(3, (), {})

    assert markdown.render(drift, Layout()) == "### No drift on `prod`: 9 resources checked\n"
    assert markdown.render(valid, Layout()) == "### 3 resources, no errors: valid.\n"
