"""``snapshot``: record the live state of a target as a file, and read such a file again.

Invariants: the panel is only read; a snapshot is written when a plan of it is the plan of the
panel, and not otherwise.
"""

from __future__ import annotations

import secrets
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.cli.arguments import now
from reconciler.cli.context import open_context
from reconciler.cli.exit_codes import Succeeded
from reconciler.cli.paths import require_writable
from reconciler.cli.progress import shown_progress
from reconciler.cli.remedies import command_line
from reconciler.cli.wiring import read_workspace, reading
from reconciler.documents.plan import plan_digest
from reconciler.documents.values import canonical
from reconciler.engine.planner import make_reviewed_plan
from reconciler.errors import IncompleteError, RefusedError, StalePlanError, StoreError
from reconciler.model.plan import SnapshotRef
from reconciler.model.redaction import redact
from reconciler.model.refusal import Refusal
from reconciler.offline.collect import Collected, collect
from reconciler.offline.pseudonyms import with_pseudonyms
from reconciler.offline.recorder import SnapshotRecorder
from reconciler.offline.replay import ReplayReader
from reconciler.offline.snapshot import Records, Snapshot, read_snapshot, snapshot_document
from reconciler.planning.context import PlanOptions
from reconciler.planning.saved_plan import length_words
from reconciler.report.escape import escape
from reconciler.store.atomic_file import read_file, write_output
from reconciler.store.strict_json import JsonError, parse_json

if TYPE_CHECKING:
    from argparse import Namespace

    from reconciler.cli.console import Console
    from reconciler.model.plan import Change, Plan, TargetRef
    from reconciler.planning.context import PlanContext
    from reconciler.ports import Progress

MAX_BYTES = 256 << 20


async def run(args: Namespace, console: Console) -> Succeeded:
    """Record what plans of these clients need, prove it by a plan, and write it."""
    require_writable(args.out)
    context = open_context(args, console)
    work = read_workspace(context)
    taken_at = now()
    with shown_progress(wanted=not args.no_progress) as progress:
        async with reading(context) as reader:
            recorder = SnapshotRecorder(reader, context.catalogue)
            plan = await make_reviewed_plan(recorder, work, PlanOptions(), progress)
            found = await collect(recorder, context.catalogue, plan, progress)
        snapshot = Snapshot(
            work.target,
            taken_at,
            pseudonyms=False,
            records=Records.of(work),
            recording=recorder.recording,
        )
        again = await _plan_of(snapshot, work, progress)
        if plan_digest(again) != plan_digest(plan):
            raise IncompleteError("the panel changed while it was read: run the command again")
        if args.pseudonymise:
            snapshot = _hidden(snapshot, work)
            require_same_changes(plan, await _plan_of(snapshot, work, progress))
    text = redact(canonical(snapshot_document(snapshot)), context.secrets.known())
    raw = f"{text}\n".encode("utf-8", "surrogatepass")
    if len(raw) > MAX_BYTES:
        raise StoreError(f"{args.out}: the snapshot is larger than {MAX_BYTES >> 20} MiB")
    write_output(Path(args.out), raw)
    console.tell(_summary(args, found, len(raw)))
    return Succeeded()


async def _plan_of(snapshot: Snapshot, work: PlanContext, progress: Progress) -> Plan:
    reader = ReplayReader(snapshot.recording, work.catalogue)
    return await make_reviewed_plan(reader, snapshot.records.within(work), PlanOptions(), progress)


def _hidden(snapshot: Snapshot, work: PlanContext) -> Snapshot:
    """Return a snapshot under pseudonyms, by a key that is not kept."""
    recording, records = with_pseudonyms(
        snapshot.recording,
        snapshot.records,
        catalogue=work.catalogue,
        declared=work.desired,
        key=secrets.token_bytes(32),
    )
    return replace(snapshot, pseudonyms=True, recording=recording, records=records)


def require_same_changes(plan: Plan, hidden: Plan) -> None:
    """Raise RefusedError unless a plan under pseudonyms changes the same fields for as much."""
    was, now = (Counter(map(_meaning, each.changes)) for each in (plan, hidden))
    moved = sorted({address for address, *_ in (was - now) + (now - was)})
    texts = [f"{address}: pseudonyms change its plan" for address in moved]
    if plan.impact.money != hidden.impact.money:
        texts.append("pseudonyms change what the plan comes to")
    if texts:
        texts.append("no snapshot was written: take it without --pseudonymise")
        raise RefusedError([Refusal("not-faithful", text) for text in texts])


def _meaning(change: Change) -> tuple[str, ...]:
    fields = (edit.field for edit in change.edits)
    return (str(change.address), change.action, *sorted(change.classes), *fields)


def load_snapshot(name: str) -> Snapshot:
    """Read a snapshot from a file. Raises: StoreError."""
    raw = read_file(Path(name), MAX_BYTES)
    if raw is None:
        raise StoreError(f"{name} does not exist: make it with `reconciler snapshot --out {name}`")
    try:
        document = parse_json(raw)
    except JsonError as error:
        raise StoreError(f"{name} is not a JSON document ({error})") from error
    return read_snapshot(document if isinstance(document, dict) else {}, name)


def check_target(snapshot: Snapshot, target: TargetRef, name: str) -> None:
    """Raise StalePlanError unless a snapshot is of the chosen target."""
    if snapshot.target == target:
        return
    message = (
        f"{name} is a snapshot of {snapshot.target.name} ({snapshot.target.url}), and not of "
        f"{target.name} ({target.url}): name the target with --target"
    )
    raise StalePlanError([Refusal("other-target", message)])


def reference_of(snapshot: Snapshot) -> SnapshotRef:
    """Return what a plan says of its snapshot."""
    try:
        taken = datetime.fromisoformat(snapshot.taken_at).astimezone(UTC)
    except (ValueError, OverflowError):
        return SnapshotRef(snapshot.taken_at, snapshot.pseudonyms, "an unknown time")
    age = max(datetime.now(UTC) - taken, timedelta(0))
    return SnapshotRef(snapshot.taken_at, snapshot.pseudonyms, length_words(age))


def _summary(args: Namespace, found: Collected, size: int) -> str:
    clients = "1 client" if found.clients == 1 else f"{found.clients:,} clients"
    lines = [f"{escape(args.out)}: {clients}, {size:,} bytes, for the owner of the file only."]
    if found.without_orders:
        lines.append(
            f"Of {found.without_orders:,} clients not all order forms were read; a plan that "
            "orders for them says so."
        )
    lines.append(f"  to plan against it: {command_line(args, 'plan', '--live', args.out)}")
    return "\n".join(lines)
