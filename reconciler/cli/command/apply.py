"""``apply``: plan, ask, do, prove; or exactly what a saved plan says.

Invariants: the lock is held from the first reading to the last writing; nothing is sent before
every refusal had its say; whatever ended is reported, also when the apply was cut short.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reconciler.cli.command.plan import show_plan, sign_key
from reconciler.cli.command.resume import settle_first
from reconciler.cli.ending import report_end
from reconciler.cli.exit import Applied, Planned
from reconciler.cli.interrupt import heeded
from reconciler.cli.place import require_writable
from reconciler.cli.policing import read_policies, review_plan
from reconciler.cli.progress import shown_progress
from reconciler.cli.request import plan_options, read_duration
from reconciler.cli.setup import locked, open_setup
from reconciler.cli.wiring import CLOCK, read_workspace, reader_of, reading, writing
from reconciler.engine.apply import apply_plan
from reconciler.engine.round import make_plan, make_undo
from reconciler.errors import (
    LockedError,
    RefusedError,
    StalePlanError,
    StoreError,
    UsageError,
)
from reconciler.planning.document import plan_digest
from reconciler.planning.reversal import reversals
from reconciler.planning.saved import check_age, check_saved, check_terms, compare_saved
from reconciler.planning.signature import check_signature
from reconciler.report.outcome import outcome_line
from reconciler.report.plan import plan_text
from reconciler.store.planfile import read_document

if TYPE_CHECKING:
    from argparse import Namespace

    from reconciler.cli.console import Console
    from reconciler.cli.setup import Setup
    from reconciler.model.outcome import Outcome
    from reconciler.model.plan import Plan
    from reconciler.planning.work import Workspace
    from reconciler.ports import Panel, Reader
    from reconciler.store.journal import FileJournal


async def run(args: Namespace, console: Console) -> Applied | Planned:
    """Plan and apply, or apply what was saved; with ``--dry-run`` only plan."""
    saved = saved_plan(args)
    require_writable(args.report)
    setup = open_setup(args, console)
    check_making(args, setup, saved)
    if args.dry_run:
        async with reading(setup) as reader:
            draw = Draw(args, console, setup, reader)
            return await _preview(draw, read_workspace(setup), saved)
    with locked(setup, "reconciler apply") as setup:
        # What the manifests, or a saved plan, get wrong is said before anything is asked.
        work = read_workspace(setup)
        policies = read_policies(setup)
        if saved is not None:
            check_terms(saved, work.target, work.manifest_digest)
        journal = setup.journal
        async with writing(setup) as panel:
            await settle_first(setup, reader_of(panel, setup), journal)
            work = read_workspace(setup)
            _require_unused(journal, saved)
            draw = Draw(args, console, setup, reader_of(panel, setup))
            plan = await draw.plan(work, saved)
            plan, verdict = review_plan(plan, work, policies, args.allow)
            if not console.json:
                console.report(plan_text(plan, palette=console.palette))
            if not verdict.passes:
                raise RefusedError([*verdict.refusals, *verdict.consents])
            await _require_approval(args, console, plan)
            for secret in plan.secrets:  # one that leads nowhere is found before the first write
                setup.secrets.resolve(secret)
            run_name = _begin(journal, plan, saved)
            if not plan.empty:
                setup.undo.write(run_name, reversals(work, plan))
            site = _Site(setup, work, panel, journal)
            return await _carry_out(args, console, plan, site)


def saved_plan(args: Namespace) -> dict[str, Any] | None:
    """Read the saved plan that is named, if any. Raises: UsageError, StoreError, RefusedError."""
    if args.require_signature and not (args.plan and args.sign_key_env):
        raise UsageError("--require-signature needs a saved plan and --sign-key-env NAME")
    if args.max_plan_age and not args.plan:
        raise UsageError("--max-plan-age is about a saved plan: name one")
    if not args.plan:
        return None
    if args.only or args.selector:
        raise UsageError("a saved plan says what is applied: leave out --only and --selector")
    saved = read_document(Path(args.plan))
    check_saved(saved)
    return saved


def check_making(args: Namespace, setup: Setup, saved: dict[str, Any] | None) -> None:
    """Make sure that a saved plan is signed and young enough; needs no panel."""
    key = sign_key(setup, args)
    if saved is None:
        return
    if key:
        check_signature(saved, key)
    most = read_duration(args.max_plan_age) if args.max_plan_age else None
    check_age(saved, datetime.now(UTC), most)


@dataclass(frozen=True, slots=True)
class Draw:
    """What draws a plan: fresh, or as much of it as a saved one approved."""

    args: Namespace
    console: Console
    setup: Setup
    reader: Reader

    async def plan(self, work: Workspace, saved: dict[str, Any] | None) -> Plan:
        """Draw it. Raises: StalePlanError when a saved plan no longer fits."""
        args, reader = self.args, self.reader
        options = plan_options(args, work)
        run = str((saved or {}).get("undo", ""))
        with shown_progress(wanted=not (self.console.json or args.no_progress)) as progress:
            if run:
                back = self.setup.undo.read(run)
                plan = await make_undo(reader, work, options, progress, back=back, run=run)
            else:
                plan = await make_plan(reader, work, options, progress)
        return plan if saved is None else compare_saved(saved, plan)


async def _preview(draw: Draw, work: Workspace, saved: dict[str, Any] | None) -> Planned:
    policies = read_policies(draw.setup)
    plan = await draw.plan(work, saved)
    plan, verdict = review_plan(plan, work, policies, draw.args.allow)
    show_plan(plan, verdict, draw.console)
    return Planned(pending=not plan.empty, refused=bool(verdict.refusals), detailed=False)


async def _require_approval(args: Namespace, console: Console, plan: Plan) -> None:
    count = sum(change.action != "blocked" for change in plan.changes)
    if args.plan or args.yes or not count:
        return
    if not console.interactive:
        raise RefusedError(["nobody is there to ask: approve with --yes, or apply a saved plan"])
    what = "this change" if count == 1 else f"these {count} changes"
    if not await console.confirm(f"Apply {what}?"):
        raise RefusedError(["not applied"])


@dataclass(frozen=True, slots=True)
class _Site:
    """Where a plan is carried out."""

    setup: Setup
    work: Workspace
    panel: Panel
    journal: FileJournal


def _require_unused(journal: FileJournal, saved: dict[str, Any] | None) -> None:
    if saved and journal.was_applied(str(saved["digest"]), str(saved["createdAt"])):
        raise StalePlanError(["this plan was applied before: make a new one"])


def _begin(journal: FileJournal, plan: Plan, saved: dict[str, Any] | None) -> str:
    """Note the plan under the digest that was approved: what is found now may differ from then."""
    digest = str(saved["digest"]) if saved else plan_digest(plan)
    return journal.begin(digest, str(saved["createdAt"]) if saved else "")


async def _carry_out(args: Namespace, console: Console, plan: Plan, site: _Site) -> Applied:
    ended: list[Outcome] = []

    def told(outcome: Outcome) -> None:
        ended.append(outcome)
        if not console.json:
            console.report(f"{outcome_line(outcome, console.palette)}\n")

    if plan.changes and not console.json:
        console.report("\n")
    # On a terminal the lines themselves show the progress, and a bar would run into them.
    wanted = not (console.json or args.no_progress or sys.stdout.isatty())
    unrecorded: StoreError | LockedError | None = None
    with shown_progress(wanted=wanted) as progress, heeded(console) as interrupt:
        try:
            await apply_plan(
                site.panel,
                plan,
                site.work,
                site.setup.target,
                allow=args.allow,
                clock=CLOCK,
                inventory=site.setup.inventory,
                journal=site.journal,
                progress=progress,
                told=told,
                interrupted=interrupt.asked,
            )
        except (StoreError, LockedError) as error:
            unrecorded = error
    unrecorded = report_end(args, console, plan, ended, unrecorded=unrecorded)
    return Applied(tuple(ended), interrupted=interrupt.asked(), unrecorded=unrecorded)
