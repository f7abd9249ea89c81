"""``rehearse``: apply a saved plan to a copy of the live state; the panel itself is only read."""

from __future__ import annotations

from reconciler.cli import options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from reconciler.cli.console import Console
    from reconciler.cli.exit_codes import Rehearsed
    from reconciler.model.outcome import Outcome


def declare(parser: ArgumentParser) -> None:
    """Declare ``rehearse``."""
    parser.usage = "reconciler rehearse [options] PLAN"
    parser.description = (
        "Copy what a saved plan touches into an embedded panel, apply the plan to the copy, "
        "and plan once more. The report shows the outcomes, the charges, and whether the "
        "second plan is empty. The real panel is only read. Exit code 4 means that the copy "
        "cannot show the plan, or that a guard or a policy refuses it; 6 means that a change "
        "was not done."
    )
    parser.epilog = (
        "Charges are those that the panel quoted. An order for a client that the plan itself "
        "creates cannot be rehearsed, because the panel has quoted no price for it.\n\n"
        "Examples:\n"
        "  reconciler rehearse plan.json\n"
        "  reconciler rehearse plan.json --allow charge\n"
        "  reconciler rehearse plan.json --json"
    )
    parser.add_argument("plan", metavar="PLAN", help="a saved plan")
    options.declare_making(parser)
    options.declare_allow(parser)
    parser.set_defaults(only=[], selector=[], no_adopt=False, without=[])
    options.declare_format(parser)


async def run(args: Namespace, console: Console) -> Rehearsed:
    """Rehearse a saved plan, and show what an apply of it would do and cost."""
    from reconciler.cli.apply import PlanSource, check_making, saved_plan
    from reconciler.cli.arguments import now
    from reconciler.cli.context import open_context, with_embedded_login
    from reconciler.cli.exit_codes import Rehearsed
    from reconciler.cli.progress import shown_progress
    from reconciler.cli.wiring import CLOCK, read_workspace, reading
    from reconciler.documents.rehearsal import rehearsal_document
    from reconciler.planning.saved_plan import check_terms
    from reconciler.policies.review import review_plan
    from reconciler.rehearsal.rehearse import RehearsalInput, rehearse
    from reconciler.report.outcome import is_plain_adoption, outcome_line
    from reconciler.report.reports import RehearsalReport

    saved = saved_plan(args)
    context = open_context(args, console)
    check_making(args, context, saved)
    policies = context.policies()
    work = read_workspace(context)
    if saved is not None:
        check_terms(saved, work.target, work.manifest_digest)

    def report(outcome: Outcome) -> None:
        if console.text and not is_plain_adoption(outcome):
            console.report(f"{outcome_line(outcome, console.palette)}\n")

    async with reading(context) as reader:
        plan = await PlanSource(args, console, context, reader).plan(work, saved)
        plan, verdict = review_plan(plan, work, policies, args.allow, moment=now())
        back = context.way_back(plan.undoes) if plan.undoes else ()
        with shown_progress(wanted=not (console.json or args.no_progress)) as progress:
            target, secrets = with_embedded_login(context)
            given = RehearsalInput(work, plan, target, secrets, CLOCK, back)
            ended = await rehearse(given, reader, progress=progress, on_outcome=report)
    document = rehearsal_document(plan, ended.outcomes, ended.second, ended.charged)
    console.show(
        RehearsalReport(plan, ended.outcomes, ended.second, document, ended.charged, ended.clients)
    )
    for reason in verdict.refusals:
        console.refuse(reason)
    return Rehearsed(ended.outcomes, done=ended.second.empty, refused=bool(verdict.refusals))
