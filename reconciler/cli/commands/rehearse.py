"""``rehearse``: a saved plan on a copy of the live state; the panel itself is only read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.cli.apply import PlanSource, check_making, saved_plan
from reconciler.cli.context import open_context, with_embedded_login
from reconciler.cli.exit_codes import Rehearsed
from reconciler.cli.policies import read_policies, review_plan
from reconciler.cli.progress import shown_progress
from reconciler.cli.wiring import CLOCK, read_workspace, reading
from reconciler.documents.rehearsal import rehearsal_document
from reconciler.planning.saved_plan import check_terms
from reconciler.rehearsal.rehearse import RehearsalInput, rehearse
from reconciler.report.escape import escape
from reconciler.report.layout import counted
from reconciler.report.outcome import outcome_line
from reconciler.report.rehearsal import rehearsal_text

if TYPE_CHECKING:
    from argparse import Namespace

    from reconciler.cli.console import Console
    from reconciler.model.outcome import Outcome


async def run(args: Namespace, console: Console) -> Rehearsed:
    """Rehearse a saved plan, and say what an apply of it would come to."""
    saved = saved_plan(args)
    setup = open_context(args, console)
    check_making(args, setup, saved)
    policies = read_policies(setup)
    work = read_workspace(setup)
    if saved is not None:
        check_terms(saved, work.target, work.manifest_digest)

    def told(outcome: Outcome) -> None:
        if not console.json:
            console.report(f"{outcome_line(outcome, console.palette)}\n")

    async with reading(setup) as reader:
        plan = await PlanSource(args, console, setup, reader).plan(work, saved)
        plan, verdict = review_plan(plan, work, policies, args.allow)
        back = setup.way_back(plan.undoes) if plan.undoes else ()
        with shown_progress(wanted=not (console.json or args.no_progress)) as progress:
            target, secrets = with_embedded_login(setup)
            piece = RehearsalInput(work, plan, target, secrets, CLOCK, back)
            ended = await rehearse(piece, reader, progress=progress, told=told)
    if console.json:
        console.document(rehearsal_document(plan, ended.outcomes, ended.second, ended.books))
    else:
        text = rehearsal_text(
            plan, ended.outcomes, ended.second, ended.books, palette=console.palette
        )
        copied = counted(ended.clients, "client")
        name = escape(setup.target.name)
        console.report(f"\n{text}\nOn a copy of {copied}; {name} was asked, and nothing else.\n")
    for reason in verdict.refusals:
        console.refuse(reason)
    return Rehearsed(ended.outcomes, done=ended.second.empty, refused=bool(verdict.refusals))
