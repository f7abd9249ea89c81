"""``plan``: show the changes that an apply would make; reads only."""

from __future__ import annotations

from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.cli.approvals import review_saved
from reconciler.cli.arguments import now, plan_options, read_day_to_come
from reconciler.cli.context import open_context, open_records
from reconciler.cli.exit_codes import Planned
from reconciler.cli.paths import absolute
from reconciler.cli.progress import shown_progress
from reconciler.cli.remedies import (
    apply_line,
    approve_lines,
    command_line,
    full_line,
    way_lines,
)
from reconciler.cli.shards import (
    not_between_shards,
    read_shard,
    read_shards,
    require_fresh,
    with_answers,
)
from reconciler.cli.snapshot import check_target, load_snapshot, reference_of
from reconciler.cli.wiring import CLOCK, read_workspace, reading
from reconciler.documents.plan import plan_document, with_refusals
from reconciler.documents.refresh import refresh_document
from reconciler.engine.planner import find_refresh, make_reviewed_plan
from reconciler.errors import UsageError
from reconciler.model.value import Secret
from reconciler.offline.recorder import SnapshotRecorder
from reconciler.offline.replay import ReplayReader
from reconciler.planning.declared_difference import Declared, compare_declared
from reconciler.planning.explanation import with_explanations
from reconciler.planning.saved_plan import with_signature
from reconciler.policies.approvals import NO_APPROVALS, with_approvals
from reconciler.policies.review import review_plan
from reconciler.project.commit import read_declared
from reconciler.project.load import FILE_NAME
from reconciler.project.rule_changes import ProjectRules, find_rule_changes
from reconciler.report.escape import escape
from reconciler.report.inventory import refresh_text
from reconciler.report.reports import PlanReport
from reconciler.store.json_file import write_document

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
    from datetime import date

    from reconciler.cli.console import Console
    from reconciler.cli.context import ProjectContext
    from reconciler.documents.plan import PlanDocument
    from reconciler.model.explanation import BaseCommit
    from reconciler.model.plan import Plan
    from reconciler.model.shard import Shard
    from reconciler.model.target import Project
    from reconciler.offline.merge import ShardSet
    from reconciler.offline.snapshot import Snapshot
    from reconciler.planning.context import PlanContext, PlanOptions
    from reconciler.planning.guards import GuardReview
    from reconciler.policies.approvals import ApprovalReview
    from reconciler.ports import Reader


@dataclass(frozen=True, slots=True)
class _Source:
    """What a plan is made from: the records, and the panel, a snapshot or the files of shards."""

    context: ProjectContext
    work: PlanContext
    key: str
    snapshot: Snapshot | None = None
    shards: ShardSet | None = None
    shard: Shard | None = None
    began: float = 0.0
    loaded: float = 0.0
    asked: Counter[tuple[str, str]] = field(default_factory=Counter)

    def options(self, args: Namespace) -> PlanOptions:
        """Return the selection and the consents; merged shards have their selection."""
        options = plan_options(args, self.work)
        if self.shards:
            return replace(self.shards.options, allow=options.allow)
        return replace(options, shard=self.shard)

    @property
    def made_at(self) -> str:
        """The moment that a plan is of."""
        offline = self.snapshot or self.shards
        return offline.made_at if offline else now()

    def timing_lines(self) -> list[str]:
        """Return how long the plan took so far, and what it asked."""
        load, rest = self.loaded - self.began, CLOCK.now() - self.loaded
        spent = f"{load:.2f} s to load, {rest:.2f} s to read and to plan"
        return [f"Time: {spent}", *request_lines(self.asked)]


def _read_source(args: Namespace, console: Console) -> _Source:
    shard, shards = read_shard(args), read_shards(args)
    snapshot = load_snapshot(args.live) if args.live else None
    is_offline = snapshot is not None or shards is not None
    context = open_records(args, console) if is_offline else open_context(args, console)
    began = CLOCK.now()
    work = read_workspace(context)
    loaded = CLOCK.now()
    if snapshot:
        work = snapshot.records.within(work)
        check_target(snapshot, work.target, args.live)
    key = sign_key(context, args)
    if shards:
        require_fresh(shards, work, key)
    return _Source(context, work, key, snapshot, shards, shard, began, loaded)


async def run(args: Namespace, console: Console) -> Planned:
    """Make a plan, save it if requested, and show it."""
    at = _day_to_come(args)
    source = _read_source(args, console)
    context, work, snapshot = source.context, source.work, source.snapshot
    policies = context.policies()
    options = source.options(args)
    work = replace(work, today=at) if at else work
    before = _declared_before(args, context) if args.since is not None else None
    if args.only_changed:
        options = _changed_only(args, options, source, before[0] if before else None)
    with shown_progress(wanted=not (console.json or args.no_progress)) as progress:
        async with _opened(source) as found:
            recorder = SnapshotRecorder(found, context.catalogue)
            reader = recorder if source.shard else found
            plan = await make_reviewed_plan(reader, work, options, progress)
    if args.timings:
        for line in source.timing_lines():
            console.tell(line)
    if source.shards:
        source.shards.require_whole(plan)
    if before:
        rules = ProjectRules(context.project, policies)
        plan = _since(plan, work, before, now=rules, args=args)
    plan = replace(plan, at=at, snapshot=reference_of(snapshot) if snapshot else None)
    moment = f"{at}T00:00:00+00:00" if at else now()
    plan, verdict = review_plan(plan, work, policies, options.allow, moment=moment)
    document = plan_document(plan, source.made_at)
    if source.shard:
        document = with_answers(
            document, work, options, recorder.recording, secrets=context.secrets.known()
        )
    document = with_refusals(document, [*verdict.refusals, *verdict.consents])
    if source.key:
        document = with_signature(document, source.key)
    if args.out:
        write_document(Path(args.out), document)
    document.pop("answers", None)  # data of clients, for the merge alone
    is_applicable = not plan.is_for_reading and not source.shard
    approvals, ways = NO_APPROVALS, []
    if is_applicable:
        approvals = review_saved(context.project, document, args.out)
        ways = way_lines(args, verdict.ways, args.out)
    ways += approve_lines(args, args.out, approvals.missing)
    show_plan(
        plan,
        verdict,
        console,
        document=document,
        ways=ways,
        approvals=approvals,
        see=full_line(args),
    )
    if args.out and not plan.empty and console.text:
        passes = verdict.passes and not approvals.missing and is_applicable
        console.report(f"\n{_next_words(args, passes=passes)}\n")
    return Planned(
        pending=not plan.empty, refused=bool(verdict.refusals), detailed=args.detailed_exitcode
    )


@asynccontextmanager
async def _opened(source: _Source) -> AsyncIterator[Reader]:
    """Open what the plan is made against: the panel, a snapshot, or the answers of shards."""
    if source.snapshot:
        yield ReplayReader(source.snapshot.recording, source.context.catalogue)
    elif source.shards:
        with not_between_shards():
            yield ReplayReader(source.shards.recording(), source.context.catalogue)
    else:
        async with reading(source.context, source.asked) as live:
            yield live


async def refresh(args: Namespace, console: Console) -> Planned:
    """Show what an apply would write into the inventory without changing the panel."""
    others = [args.out, args.sign_key_env, args.allow, args.since, args.at, args.live]
    others += [args.shard, args.words, args.only_changed or None]
    if args.timings or any(other not in (None, [], ()) for other in others):
        raise UsageError(
            "--refresh-only goes with none of --out, --sign-key-env, --allow, --since, --at, "
            "--live, --shard, --timings, --only-changed and merge"
        )
    if not (console.text or console.json):
        raise UsageError("--refresh-only goes with --format text or json")
    setup = open_context(args, console)
    work = read_workspace(setup)
    options = plan_options(args, work)
    with shown_progress(wanted=not (console.json or args.no_progress)) as progress:
        async with reading(setup) as reader:
            report = await find_refresh(reader, work, options, progress)
    if console.json:
        console.document(refresh_document(report))
    else:
        drift = command_line(args, "drift")
        console.report(refresh_text(report, console.palette, drift=drift))
    return Planned(pending=bool(report.items), refused=False, detailed=args.detailed_exitcode)


def request_lines(asked: Mapping[tuple[str, str], int]) -> list[str]:
    """Return how many requests were sent, to which functions, and for what each form was read.

    ``asked`` counts them by their function, and by what they were asked for; the most stand first.
    """
    functions: Counter[str] = Counter()
    for (func, _), count in asked.items():
        functions[func] += count
    forms = [(count, f"{func}: {why}") for (func, why), count in asked.items() if why]
    lines = [f"Requests: {functions.total():,}"]
    lines += [f"  {count:,} × {func}" for count, func in _most(functions.items())]
    if forms:
        lines.append(f"Forms: {sum(count for count, _ in forms):,}")
        lines += [f"  {count:,} × {words}" for count, words in sorted(forms, key=_rank)]
    return lines


def _most(counts: Iterable[tuple[str, int]]) -> list[tuple[int, str]]:
    return sorted(((count, words) for words, count in counts), key=_rank)


def _rank(counted: tuple[int, str]) -> tuple[int, str]:
    return -counted[0], counted[1]


def _day_to_come(args: Namespace) -> date | None:
    """Return the day of ``--at``, if one is given. Raises: UsageError."""
    if args.at is None:
        return None
    if args.out or args.sign_key_env:
        raise UsageError("--at goes with neither --out nor --sign-key-env: no apply takes its plan")
    return read_day_to_come(args.at, CLOCK.today())


def _declared_now(work: PlanContext, project: Project) -> Declared:
    return Declared(work.desired, project.namespace, project.targets[work.target.name].url)


def _changed_only(
    args: Namespace, options: PlanOptions, source: _Source, before: Declared | None
) -> PlanOptions:
    """Narrow a plan to what the branch declares otherwise.

    It stays whole where the branch removes a resource or changes which lists are declared whole:
    what has to go is judged by everything that is declared and managed. ``args`` then names the
    selection, as if it had been typed.

    Raises: UsageError without ``--since``, or beside another selection.
    """
    if before is None or not options.whole or options.shard or source.shards:
        raise UsageError(
            "--only-changed goes with --since REF, and with none of --only, -l, --shard and merge"
        )
    now = _declared_now(source.work, source.context.project)
    found = compare_declared(before, now, source.context.catalogue)
    if not found or any(each.is_removed or each.moves_lists for each in found.values()):
        return options
    args.only = [str(address) for address in found]
    return replace(options, only=tuple(found))


def _since(
    plan: Plan,
    work: PlanContext,
    before: tuple[Declared, BaseCommit, ProjectRules | None],
    *,
    now: ProjectRules,
    args: Namespace,
) -> Plan:
    """Return a plan with what the branch explains, and the rules for it that the branch changes."""
    then, base, rules = before
    declared = _declared_now(work, now.project)
    plan = with_explanations(plan, work, then, now=declared, since=base)
    found = find_rule_changes(rules, now, _project_file(args), str(base)) if rules else ()
    return replace(plan, findings=(*plan.findings, *found))


def _project_file(args: Namespace) -> str:
    return Path(args.project).name if args.project else FILE_NAME


def _declared_before(
    args: Namespace, context: ProjectContext
) -> tuple[Declared, BaseCommit, ProjectRules | None]:
    """Return what was declared where the branch left ``--since``, and the rules there.

    Raises: UsageError, CommitError.
    """
    name = _project_file(args)
    return read_declared(
        context.project,
        name if (context.root / name).is_file() else None,
        context.target.name,
        catalogue=context.catalogue,
        reference=args.since,
        manifests=[absolute(path) for path in args.manifests],
    )


def _next_words(args: Namespace, *, passes: bool) -> str:
    """Return the next commands for a saved plan; a refused one already has its own."""
    lines = [
        f"Saved as {escape(args.out)}.",
        f"  to read it:  {command_line(args, 'show', args.out)}",
    ]
    if passes:
        lines.append(f"  to apply it: {apply_line(args, args.out)}")
    return "\n".join(lines)


def sign_key(context: ProjectContext, args: Namespace) -> str:
    """Return the key that signs plans, empty where there is none. Raises: SecretError."""
    name = args.sign_key_env
    if not name:
        return ""
    secret = Secret("env", (name,))
    context.secrets.locate(secret, "--sign-key-env")
    return context.secrets.resolve(secret)


def show_plan(
    plan: Plan,
    verdict: GuardReview,
    console: Console,
    *,
    document: PlanDocument | None = None,
    ways: Sequence[str] = (),
    approvals: ApprovalReview = NO_APPROVALS,
    see: str = "",
) -> None:
    """Print a plan with its approvals, missing consents and refusals."""
    report = PlanReport(
        plan,
        with_approvals(document or plan_document(plan, now()), approvals),
        refusals=verdict.refusals,
        consents=verdict.consents,
        ways=ways,
        approvals=approvals,
        see=see,
    )
    console.show(report)
    for reason in () if console.text else verdict.refusals:
        console.refuse(reason)
