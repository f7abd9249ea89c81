"""A log of GitHub shows the report, and a pull request what needs a look, beside its line."""

from __future__ import annotations

from reconciler.model.address import Address
from reconciler.model.drift import DriftEdit, DriftItem, DriftReport as Drift
from reconciler.model.finding import Finding, Source
from reconciler.model.outcome import Outcome
from reconciler.report.github import failure_commands, render
from reconciler.report.reports import DriftReport, Layout, OutcomeReport, PlanReport
from tests.unit.report.samples import PROD, change, plan

AT = Source("manifests/a.yaml", 14, 3)
ORDER = change("Service/web", "create", classes=frozenset({"charge"}), source=AT)
BLOCKED = change("Discount/x", "blocked", reason="two\n::error::match", source=AT)


def commands(text: str) -> list[str]:
    """Return the workflow commands of a report."""
    return [line for line in text.splitlines() if line.startswith("::")]


def test_plan_marks_refusals_findings_and_what_charges() -> None:
    """What refuses the plan comes first; an update that charges nothing needs no note."""
    found = Finding("warning", "policy", "too deep", AT)
    made = plan(change("Discount/y", "update", "7"), ORDER, BLOCKED, findings=(found,))

    shown = render(PlanReport(made, {}, refusals=["too many deletes"]), Layout(folder="b"))

    assert shown.startswith("Plan for prod")
    place = "file=b/manifests/a.yaml,line=14,col=3"
    assert commands(shown) == [
        "::error title=refused::too many deletes",
        f"::warning title=policy,{place}::too deep",
        f"::notice title=charge,{place}::create Service/web",
        f"::error title=blocked,{place}::Discount/x is blocked: two\\n:\\:error::match",
    ]


def test_outcome_marks_what_is_not_verified() -> None:
    """A change that was left out waits, and is no error."""
    ended = [
        Outcome(change("Discount/y", "update", "7", source=AT), "verified"),
        Outcome(ORDER, "skipped", "left out (charge)"),
        Outcome(change("Discount/z", "update", "8"), "failed", "no"),
    ]

    shown = render(OutcomeReport(plan(), ended, {}), Layout())

    assert [line.partition(" ")[0] for line in commands(shown)] == ["::warning", "::error"]
    assert "Service/web: left out (charge)" in commands(shown)[0]
    assert "Discount/y" in shown


def test_drift_marks_each_resource_where_it_is_declared() -> None:
    """The class of the drift is the title."""
    edit = DriftEdit("percentage", 10, 50, 10)
    item = DriftItem(Address("Discount", "y"), None, (edit,), "drift", AT)

    shown = render(
        DriftReport(Drift(PROD, (item,), 1), {}, apply="apply", accept="accept"), Layout()
    )

    assert commands(shown) == [
        "::warning title=drift,file=manifests/a.yaml,line=14,col=3::Discount/y: percentage"
    ]


def test_failure_names_each_reason_and_each_finding() -> None:
    """A stale plan says what moved, and an error of a manifest stands beside its line."""
    found = Finding("error", "syntax", "no", AT)

    shown = failure_commands("stale-plan", ["x moved\n::error::y"], [found], "")

    assert shown.splitlines() == [
        "::error title=syntax,file=manifests/a.yaml,line=14,col=3::no",
        "::error title=stale-plan::x moved\\n:\\:error::y",
    ]
