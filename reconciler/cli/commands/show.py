"""``show``: show a saved plan, without the panel and the manifests; offline."""

from __future__ import annotations

from reconciler.cli import options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from reconciler.cli.console import Console
    from reconciler.cli.exit_codes import Succeeded


def declare(parser: ArgumentParser) -> None:
    """Declare ``show``."""
    parser.usage = "reconciler show [options] PLAN"
    parser.description = (
        "Show a saved plan as it was made. The command needs no panel, no credentials and no "
        "project. Exit code 10 means that the plan is incomplete, was edited, or has a newer "
        "version."
    )
    parser.epilog = (
        "Examples:\n"
        "  reconciler show plan.json\n"
        "  reconciler show plan.json --format json\n"
        "  reconciler show plan.json --format html > plan.html\n"
        "  reconciler show plan.json --color always | less -R"
    )
    parser.add_argument("plan", metavar="PLAN", help="a file written by `plan --out`")
    options.declare_format(parser)


def run(args: Namespace, console: Console) -> Succeeded:
    """Show a saved plan. Raises: StoreError for one that is incomplete, edited or too new."""
    from reconciler.cli.approvals import shown_approvals
    from reconciler.cli.exit_codes import Succeeded
    from reconciler.cli.paths import read_for_review
    from reconciler.cli.remedies import apply_all_line, full_line
    from reconciler.documents.plan import refusals_of
    from reconciler.documents.restore import read_plan
    from reconciler.policies.approvals import with_approvals
    from reconciler.project.targets import DEFAULT_TARGET
    from reconciler.report.reports import PlanReport

    saved, plan = read_for_review(args)
    read = read_plan(saved)
    approvals = shown_approvals(args, console, read)
    refusals, consents = refusals_of(read)
    report = PlanReport(
        plan,
        with_approvals(saved, approvals),
        refusals=refusals,
        consents=consents,
        approvals=approvals,
        see=full_line(args),
    )
    console.show(report)
    if console.text and not plan.empty and not plan.is_for_reading:
        if args.target is None and plan.target.name != DEFAULT_TARGET:
            args.target = plan.target.name
        command = apply_all_line(args, args.plan, plan)
        console.tell(f"Made at {saved.get('createdAt')}. To apply all of it: {command}")
    return Succeeded()
