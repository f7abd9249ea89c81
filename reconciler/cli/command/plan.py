"""``plan``: what an apply would do; reads only."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.cli.exit import Planned
from reconciler.cli.progress import shown_progress
from reconciler.cli.request import now, plan_options
from reconciler.cli.setup import open_setup
from reconciler.cli.wiring import read_workspace, reading
from reconciler.engine.round import make_plan
from reconciler.planning.document import plan_document
from reconciler.planning.policy import review
from reconciler.report.plan import plan_text
from reconciler.store.planfile import write_document

if TYPE_CHECKING:
    from argparse import Namespace

    from reconciler.cli.console import Console
    from reconciler.model.plan import Plan
    from reconciler.planning.policy import Review


async def run(args: Namespace, console: Console) -> Planned:
    """Make a plan, save it where asked to, and show it."""
    setup = open_setup(args, console)
    work = read_workspace(setup)
    options = plan_options(args, work)
    with shown_progress(wanted=not (console.json or args.no_progress)) as progress:
        async with reading(setup) as reader:
            plan = await make_plan(reader, work, options, progress)
    verdict = review(plan, work.guards, options.allow, work.catalogue)
    if args.out:
        write_document(Path(args.out), plan_document(plan, now()))
    show_plan(plan, verdict, console)
    return Planned(
        pending=not plan.empty, refused=bool(verdict.refusals), detailed=args.detailed_exitcode
    )


def show_plan(plan: Plan, verdict: Review, console: Console) -> None:
    """Print a plan with what an apply of it would ask or refuse."""
    if console.json:
        console.document(plan_document(plan, now()))
        for reason in verdict.refusals:
            console.refuse(reason)
        return
    console.report(
        plan_text(
            plan,
            refusals=verdict.refusals,
            consents=verdict.consents,
            palette=console.palette,
        )
    )
