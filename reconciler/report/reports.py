"""What the commands report, as values: one for each command, rendered into any format.

Invariants: a renderer takes all that it says from the value; ``document`` is the same report as a
program reads it; commands to paste are complete, with the options that chose the target.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reconciler.errors import UsageError
from reconciler.report.colors import PLAIN, Colors

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from reconciler.model.drift import DriftReport as Drift
    from reconciler.model.finding import Finding
    from reconciler.model.outcome import Outcome
    from reconciler.model.plan import Plan
    from reconciler.policies.approvals import ApprovalReview


def _no_approvals() -> ApprovalReview:
    # Imported with a plan: `validate` has none.
    from reconciler.policies.approvals import NO_APPROVALS

    return NO_APPROVALS


@dataclass(frozen=True, slots=True)
class Layout:
    """How a report is laid out: colours, the width of a terminal (0 is none), and how much.

    ``full`` shows everything that is rolled up or left out otherwise. ``folder`` is the path from
    the root of the repository to the project, for programs that want places from there; empty where
    they are one.
    """

    palette: Colors = PLAIN
    width: int = 0
    full: bool = False
    folder: str = ""


@dataclass(frozen=True, slots=True)
class PlanReport:
    """A plan and what stands in its way.

    ``document`` is empty where only people read the plan, before they are asked. ``ways`` are the
    commands that apply a refused plan; ``see`` is the one that shows all of it;
    ``approvals`` are those that it needs, has and lacks.
    """

    plan: Plan
    document: Mapping[str, object] = field(default_factory=dict)
    refusals: Sequence[str] = ()
    consents: Sequence[str] = ()
    ways: Sequence[str] = ()
    approvals: ApprovalReview = field(default_factory=_no_approvals)
    see: str = ""


@dataclass(frozen=True, slots=True)
class DriftReport:
    """What the panel changed by itself, with the commands that restore or accept it."""

    drift: Drift
    document: Mapping[str, object]
    apply: str
    accept: str
    resume: str = ""


@dataclass(frozen=True, slots=True)
class OutcomeReport:
    """The end of an apply of a plan; ``resume`` is the command for what is in doubt."""

    plan: Plan
    outcomes: Sequence[Outcome]
    document: Mapping[str, object]
    resume: str = ""


@dataclass(frozen=True, slots=True)
class RehearsalReport:
    """An apply on a copy of the live state; ``second`` is the plan that follows it."""

    plan: Plan
    outcomes: Sequence[Outcome]
    second: Plan
    document: Mapping[str, object]
    charges: Mapping[str, Decimal] = field(default_factory=dict)
    clients: int = 0


@dataclass(frozen=True, slots=True)
class ValidationReport:
    """The findings in the manifests and policies."""

    resources: int
    findings: Sequence[Finding]
    document: Mapping[str, object]


Report = PlanReport | DriftReport | OutcomeReport | RehearsalReport | ValidationReport


def validation_report(report: Report, form: str) -> ValidationReport:
    """Return a report that a format of findings alone can show. Raises: UsageError."""
    if isinstance(report, ValidationReport):
        return report
    raise UsageError(f"--format {form} is for findings: reconciler validate --format {form}")
