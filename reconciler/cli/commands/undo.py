"""``undo``: plan the inverse of a run, to be reviewed and applied like any other plan."""

from __future__ import annotations

from reconciler.cli import options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from reconciler.cli.console import Console
    from reconciler.cli.context import ProjectContext
    from reconciler.cli.exit_codes import Planned, Succeeded


def declare(parser: ArgumentParser) -> None:
    """Declare ``undo``."""
    parser.usage = "reconciler undo [options] [RUN]"
    parser.description = (
        "Plan the inverse of a run of apply, and report of each change whether it is undone "
        "exactly, in part, or not at all: money, e-mails and passwords cannot be undone. "
        "Objects that were changed since are not touched. The command only reads: save the "
        "plan with --out, and apply that file. Without RUN, list the runs, the latest first."
    )
    parser.epilog = (
        "Examples:\n"
        "  reconciler undo\n"
        "  reconciler undo 20261121T093000Z-4be1d2\n"
        "  reconciler undo 20261121T093000Z-4be1d2 --out undo.json && reconciler apply undo.json"
    )
    parser.add_argument(
        "run", metavar="RUN", nargs="?", help="a run, as listed by `undo` or `journal`"
    )
    parser.add_argument("--out", metavar="FILE", help="save the plan, for `reconciler apply FILE`")
    options.declare_key(parser, "sign the plan with the key in this variable")
    options.declare_allow(parser)
    options.declare_format(parser, ("text", "json"))


async def run(args: Namespace, console: Console) -> Planned | Succeeded:
    """Show and save the plan that reverses a run; without a run, list the runs."""
    from pathlib import Path

    from reconciler.cli.approvals import review_saved
    from reconciler.cli.arguments import now
    from reconciler.cli.context import open_context
    from reconciler.cli.exit_codes import Planned, Succeeded
    from reconciler.cli.plan import show_plan, sign_key
    from reconciler.cli.progress import shown_progress
    from reconciler.cli.remedies import approve_lines, full_line, way_lines
    from reconciler.cli.wiring import read_records, reading
    from reconciler.documents.plan import plan_document, with_refusals
    from reconciler.engine.planner import make_followed_undo
    from reconciler.errors import UsageError
    from reconciler.planning.context import PlanOptions
    from reconciler.planning.saved_plan import with_signature
    from reconciler.policies.review import review_plan
    from reconciler.store.json_file import write_document

    context = open_context(args, console)
    if args.run is None:
        if args.out:
            raise UsageError("--out needs a run: reconciler undo RUN --out FILE")
        _list(context, console)
        return Succeeded()
    back = context.way_back(args.run)
    work = read_records(context)
    policies = context.policies()
    options = PlanOptions(allow=frozenset(args.allow))
    key = sign_key(context, args)
    with shown_progress(wanted=not (console.json or args.no_progress)) as progress:
        async with reading(context) as reader:
            plan, _ = await make_followed_undo(
                reader, work, options, progress, back=back, run=args.run
            )
    plan, verdict = review_plan(plan, work, policies, options.allow, moment=now())
    document = with_refusals(plan_document(plan, now()), [*verdict.refusals, *verdict.consents])
    document = with_signature(document, key) if key else document
    if args.out:
        write_document(Path(args.out), document)
    ways = way_lines(args, verdict.ways, args.out) if args.out else []
    approvals = review_saved(context.project, document, args.out)
    ways += approve_lines(args, args.out, approvals.missing) if args.out else []
    show_plan(
        plan,
        verdict,
        console,
        document=document,
        ways=ways,
        approvals=approvals,
        see=full_line(args),
    )
    if console.text and not plan.empty and not verdict.refusals:
        console.report(_next(args.out))
    return Planned(pending=not plan.empty, refused=bool(verdict.refusals), detailed=False)


def _list(context: ProjectContext, console: Console) -> None:
    from reconciler.documents.journal import undo_document
    from reconciler.documents.types import count_words
    from reconciler.model.undo import How

    known = set(context.undo.runs())
    begun = [line["run"] for line in context.journal.lines() if line["type"] == "run"]
    runs = {run: context.undo.read(run) for run in reversed(begun) if run in known}
    if console.json:
        console.document(undo_document(runs))
        return
    lines = []
    for run, back in runs.items():
        counts = count_words((item.how for item in back), How)
        lines.append(f"{run}  " + ", ".join(f"{n} {how}" for how, n in counts.items() if n))
    console.report("".join(f"{line}\n" for line in lines) or "No run is known.\n")


def _next(out: str | None) -> str:
    how = f"reconciler apply {out}" if out else "save this plan with --out FILE, then apply FILE"
    return (
        f"\nNext: {how}.\nUndo the change in the manifests too, or the next apply makes it again.\n"
    )
