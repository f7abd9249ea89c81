"""``apply``: plan, ask, send, verify; or apply exactly a saved plan.

Invariants: the lock is held from the first reading to the last write; nothing is sent before all
checks have passed; every outcome is reported, also when the apply was interrupted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reconciler.cli.apply_report import OutcomeLines, report_end
from reconciler.cli.approvals import approval_refusals, approver_words, review_apply
from reconciler.cli.arguments import now, plan_options, read_duration, user_name
from reconciler.cli.context import locked, open_context
from reconciler.cli.exit_codes import Applied, Planned
from reconciler.cli.interrupt import interruptible
from reconciler.cli.paths import read_plan_file, require_writable
from reconciler.cli.plan import show_plan, sign_key
from reconciler.cli.progress import shown_progress
from reconciler.cli.remedies import approve_lines, full_line, left_out_words, way_lines
from reconciler.cli.resume import resolve_first
from reconciler.cli.shards import policy_refusals, read_whole, shard_lines
from reconciler.cli.state import lock_waiting
from reconciler.cli.wiring import CLOCK, read_workspace, reader_of, reading, writing
from reconciler.documents.plan import plan_digest
from reconciler.documents.restore import restore_plan
from reconciler.engine.apply.context import ApplyDeps
from reconciler.engine.apply.run import apply_plan
from reconciler.engine.planner import (
    make_followed_plan,
    make_followed_undo,
    make_plan,
    make_undo,
)
from reconciler.errors import (
    LockedError,
    RefusedError,
    StalePlanError,
    StoreError,
    UsageError,
)
from reconciler.model.impact import NO_IMPACT
from reconciler.model.outcome import Outcome
from reconciler.model.reason import ReasonCode
from reconciler.model.refusal import Refusal
from reconciler.planning.exclusions import exclude
from reconciler.planning.guards import guards_of_shard
from reconciler.planning.saved_plan import (
    check_age,
    check_signature,
    check_terms,
    compare_saved,
    open_changes,
    touched_clients,
)
from reconciler.planning.undo import inverse_changes, with_moved
from reconciler.policies.approvals import depend_on_money
from reconciler.policies.review import review_plan
from reconciler.report.reports import PlanReport
from reconciler.store.json_file import read_document

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from reconciler.cli.console import Console
    from reconciler.cli.context import ProjectContext
    from reconciler.cli.shards import WholePlan
    from reconciler.model.impact import Impact
    from reconciler.model.plan import Plan
    from reconciler.model.target import Guards
    from reconciler.model.undo import InverseChange
    from reconciler.planning.context import PlanContext
    from reconciler.planning.exclusions import ExcludedChange
    from reconciler.planning.guards import GuardReview
    from reconciler.policies.approvals import ApprovalReview
    from reconciler.ports import Panel, Reader
    from reconciler.store.journal import Journal


async def run(args: Namespace, console: Console) -> Applied | Planned:
    """Plan and apply, or apply a saved plan; with ``--dry-run`` only plan."""
    saved = saved_plan(args)
    if args.approval and saved is None:
        raise UsageError("--approval needs a saved plan: reconciler apply PLAN --approval FILE")
    whole = read_whole(args, saved)
    require_writable(args.report)
    context = open_context(args, console)
    check_making(args, context, saved)
    if whole is not None:
        check_making(args, context, whole.saved)
    if args.dry_run:
        async with reading(context) as reader:
            source = PlanSource(args, console, context, reader, whole)
            return await _preview(source, read_workspace(context), saved)
    waiting = lock_waiting(args, console)
    parts = touched_clients(saved) if saved else frozenset[str]()
    with locked(context, "reconciler apply", parts=parts, waiting=waiting) as context:
        # Errors in manifests or in a saved plan are reported before the first request.
        work = read_workspace(context)
        context.policies()
        plan_options(args, work)
        if saved is not None:
            check_terms(saved, work.target, work.manifest_digest)
        journal = context.journal
        async with writing(context) as panel:
            with shown_progress(wanted=not (console.json or args.no_progress)):
                diverged = await resolve_first(context, reader_of(panel, context), journal, console)
            work = read_workspace(context)
            source = PlanSource(args, console, context, reader_of(panel, context), whole)
            found = await source.review(work, saved)
            plan, left, approvals = found.plan, found.left, found.approvals
            if console.text and (plan.changes or not left):
                report = PlanReport(plan, approvals=approvals, see=full_line(args))
                console.show(report)
            if not found.verdict.passes or approvals.missing:
                lacking = approval_refusals(approvals, saved)
                verdict = found.verdict
                reasons = [*verdict.refusals, *verdict.consents, *lacking]
                raise RefusedError(reasons, found.remedies)
            await _require_approval(args, console, plan)
            for secret in plan.secrets:  # a missing secret is found before the first write
                context.secrets.resolve(secret)
            run_name = _begin(args, journal, plan, saved, approvals=approvals)
            back = inverse_changes(work, plan)
            if not plan.empty:
                context.undo.write(run_name, back)
            work = replace(work, guards=found.guards)
            run_input = _RunInput(context, work, panel, journal, run_name, back)
            ended = await _carry_out(args, console, plan, run_input, left=left)
            return replace(ended, diverged=diverged)


def saved_plan(args: Namespace) -> dict[str, Any] | None:
    """Read the named saved plan, if any. Raises: UsageError, StoreError, RefusedError."""
    if args.require_signature and not (args.plan and args.sign_key_env):
        raise UsageError("--require-signature needs a saved plan and --sign-key-env NAME")
    if both := sorted({*args.allow} & {*args.without}):
        raise UsageError(f"--allow {both[0]} and --without {both[0]} exclude each other")
    if args.max_plan_age and not args.plan:
        raise UsageError(
            "--max-plan-age needs a saved plan: reconciler apply PLAN --max-plan-age TIME"
        )
    if args.digest and not args.plan:
        raise UsageError("--digest needs a saved plan: reconciler apply PLAN --digest DIGEST")
    if not args.plan:
        return None
    if args.only or args.selector:
        raise UsageError("--only and --selector do not go with a saved plan: leave them out")
    saved = read_plan_file(args)
    named = saved if getattr(args, "whole", None) is None else read_document(Path(args.whole))
    if args.digest and named.get("digest") != args.digest:
        text = f"the plan has another digest than the one that was named: {named.get('digest')}"
        raise StalePlanError([Refusal("other-plan", text)])
    return saved


def check_making(args: Namespace, context: ProjectContext, saved: Mapping[str, Any] | None) -> None:
    """Check the signature and the age of a saved plan; needs no panel."""
    key = sign_key(context, args)
    if saved is None:
        return
    if key:
        check_signature(saved, key)
    most = read_duration(args.max_plan_age) if args.max_plan_age else None
    check_age(saved, datetime.now(UTC), most)


@dataclass(frozen=True, slots=True)
class _Reviewed:
    """A plan that is to be applied, what was left out of it, and how it was judged.

    ``guards`` are the bounds of its apply.
    """

    plan: Plan
    left: tuple[ExcludedChange, ...]
    verdict: GuardReview
    approvals: ApprovalReview
    guards: Guards
    remedies: list[str]


@dataclass(frozen=True, slots=True)
class PlanSource:
    """Builds a plan: a fresh one, or the part of it that a saved plan approved."""

    args: Namespace
    console: Console
    context: ProjectContext
    reader: Reader
    whole: WholePlan | None = None

    async def review(self, work: PlanContext, saved: dict[str, Any] | None) -> _Reviewed:
        """Build the plan that is to be applied, and judge it. Raises: as ``make``."""
        args, project, whole = self.args, self.context.project, self.whole
        policies = self.context.policies()
        part, impact_of = await self.make(work, saved)
        plan, left = exclude(part, args.without)
        around = whole.around(plan, saved or {}, declared=plan.declared) if whole else None
        guards = work.guards
        if plan.shard and not around:
            guards = replace(guards, shards=plan.shard.count)
        judged = replace(work, guards=guards)
        plan, verdict = review_plan(plan, judged, policies, args.allow, moment=now(), whole=around)
        of_all = policy_refusals(plan, policies, whole)
        verdict = replace(verdict, refusals=(*verdict.refusals, *of_all))
        approvals = review_apply(args, project, saved, plan, impact_of=impact_of, whole=whole)
        remedies = way_lines(args, verdict.ways, args.plan)
        remedies += approve_lines(args, whole.name if whole else args.plan, approvals.missing)
        if verdict.refusals or approvals.missing:
            remedies += shard_lines(args, plan, whole)
        if around is not None:
            plan, guards = guards_of_shard(plan, around, guards)
        return _Reviewed(plan, left, verdict, approvals, guards, remedies)

    async def plan(self, work: PlanContext, saved: dict[str, Any] | None) -> Plan:
        """Build the plan that is to be applied. Raises: as ``make``."""
        return (await self.make(work, saved))[0]

    async def make(
        self, work: PlanContext, saved: dict[str, Any] | None
    ) -> tuple[Plan, Callable[[Plan], Impact]]:
        """Build the plan that is to be applied, and return it with what finds what it comes to.

        That finds the same of a part of the plan, and ``NO_IMPACT`` where the money of this plan
        was not followed. Raises: StalePlanError when a saved plan no longer fits.
        """
        args, reader = self.args, self.reader
        earlier = _earlier_runs(self.context.journal, saved)
        options = plan_options(args, work)
        if saved is not None:
            options = replace(options, shard=restore_plan(saved).shard)
        run = str((saved or {}).get("undo", ""))
        impact_of: Callable[[Plan], Impact] = _not_followed
        with shown_progress(wanted=not (self.console.json or args.no_progress)) as progress:
            follows = saved is None or depend_on_money(self.context.project.approvals)
            back = self.context.way_back(run) if run else ()
            if run and follows:
                plan, impact_of = await make_followed_undo(
                    reader, work, options, progress, back=back, run=run
                )
            elif run:
                plan = await make_undo(reader, work, options, progress, back=back, run=run)
            elif follows:
                plan, impact_of = await make_followed_plan(reader, work, options, progress)
            else:
                plan = await make_plan(reader, work, options, progress)
        whole = self.whole.saved if self.whole else None
        part = plan if saved is None else compare_saved(saved, plan, earlier, whole=whole)
        return part, impact_of


def _not_followed(_plan: Plan) -> Impact:
    return NO_IMPACT


async def _preview(source: PlanSource, work: PlanContext, saved: dict[str, Any] | None) -> Planned:
    args = source.args
    found = await source.review(work, saved)
    see = full_line(args)
    show_plan(
        found.plan,
        found.verdict,
        source.console,
        ways=found.remedies,
        approvals=found.approvals,
        see=see,
    )
    for each in found.left:
        source.console.tell(f"{each.change.address}: {left_out_words(args, each)}")
    refused = bool(found.verdict.refusals)
    return Planned(pending=not found.plan.empty, refused=refused, detailed=False)


async def _require_approval(args: Namespace, console: Console, plan: Plan) -> None:
    count = sum(change.action != "blocked" for change in plan.changes)
    if args.plan or args.yes or not count:
        return
    if not console.interactive:
        message = "cannot ask for approval (no terminal): use --yes or apply a saved plan"
        raise RefusedError([Refusal("not-approved", message)])
    what = "this change" if count == 1 else f"these {count} changes"
    if not await console.confirm(f"Apply {what}?"):
        raise RefusedError([Refusal("not-approved", "not applied")])


@dataclass(frozen=True, slots=True)
class _RunInput:
    """Everything that applying a plan needs."""

    context: ProjectContext
    work: PlanContext
    panel: Panel
    journal: Journal
    run: str
    back: tuple[InverseChange, ...]

    def keep_moved(self, outcomes: Iterable[Outcome]) -> None:
        """Add the side effects to the stored inverse changes. Raises: StoreError, LockedError."""
        moved = [outcome for outcome in outcomes if outcome.moved]
        if moved:
            back = with_moved(self.work.catalogue, self.back, moved)
            self.context.undo.write(self.run, back)


def _earlier_runs(journal: Journal, saved: dict[str, Any] | None) -> tuple[frozenset[str], ...]:
    """Return what each earlier run of a saved plan left out.

    Raises: StalePlanError when the plan was applied completely.
    """
    if saved is None:
        return ()
    earlier = journal.runs_of(str(saved["digest"]), str(saved["createdAt"]))
    if earlier and not open_changes(saved, earlier):
        raise StalePlanError(
            [Refusal("applied-before", "this plan was applied before: plan again")]
        )
    return earlier


def _begin(
    args: Namespace,
    journal: Journal,
    plan: Plan,
    saved: dict[str, Any] | None,
    *,
    approvals: ApprovalReview,
) -> str:
    """Begin a run in the journal, under the digest of the approved plan, not of the new one."""
    digest = str(saved["digest"]) if saved else plan_digest(plan)
    made_at = str(saved["createdAt"]) if saved else ""
    return journal.begin(
        digest,
        made_at,
        without=args.without,
        user=user_name(),
        approved_by={each.approver: approver_words(each.key) for each in approvals.given},
    )


async def _carry_out(
    args: Namespace,
    console: Console,
    plan: Plan,
    run_input: _RunInput,
    *,
    left: Sequence[ExcludedChange] = (),
) -> Applied:
    whole = replace(plan, changes=(*plan.changes, *(each.change for each in left)))
    lines = OutcomeLines(console)
    ended = lines.ended
    if whole.changes and console.text:
        console.report("\n")
    for each in left:
        message, cause = left_out_words(args, each), ReasonCode.LEFT_OUT
        lines(Outcome(each.change, "skipped", message, each.change.id, cause=cause))
    wanted = not (console.json or args.no_progress)
    unrecorded: StoreError | LockedError | None = None
    with shown_progress(wanted=wanted) as progress, interruptible(console) as interrupt:
        try:
            deps = ApplyDeps(
                run_input.panel,
                run_input.work,
                run_input.context.target,
                CLOCK,
                journal=run_input.context.state.writer(run_input.journal),
                inventory=run_input.context.inventory,
                progress=progress,
                edit_memory=run_input.context.edit_effects,
            )
            await apply_plan(
                deps,
                plan,
                allow=args.allow,
                on_outcome=lines,
                is_interrupted=lambda: interrupt.asked() or lines.lost is not None,
            )
            run_input.keep_moved(ended)
            run_input.context.state.end_run(run_input.journal)
        except (StoreError, LockedError) as error:
            unrecorded = error
    unrecorded = unrecorded or lines.unrecorded
    unrecorded = report_end(args, console, whole, ended, unrecorded=unrecorded)
    stopped = interrupt.asked() or lines.lost is not None
    return Applied(tuple(ended), interrupted=stopped, unrecorded=unrecorded)
