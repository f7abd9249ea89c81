"""``unlock``: show who holds the lock of a target, or break it when that machine is gone."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from reconciler.cli.console import Console
    from reconciler.cli.exit_codes import Succeeded
    from reconciler.model.lock import LockHolder, LockRecord


def declare(parser: ArgumentParser) -> None:
    """Declare ``unlock``."""
    parser.usage = "reconciler unlock [options]"
    parser.description = (
        "Show who holds the lock of the target, and since when. A lock in a folder ends with "
        "its process, even if the process is killed; one in a backend ends with its lease. Exit "
        "code 9 means that a run holds it. --force breaks the lock of a machine that is gone: if "
        "its run is still alive, it stops before its next request; run `reconciler resume` "
        "afterwards."
    )
    parser.epilog = (
        "Examples:\n"
        "  reconciler unlock\n"
        "  reconciler unlock --force\n"
        "  reconciler unlock --force && reconciler resume"
    )
    parser.add_argument("--force", action="store_true", help="break a lock that is held")


def run(args: Namespace, console: Console) -> Succeeded:
    """Show who holds the lock; with ``--force`` break it. Raises: LockedError while it is held."""
    from reconciler.cli.context import open_records
    from reconciler.cli.exit_codes import Succeeded
    from reconciler.cli.state import break_locks, held_locks
    from reconciler.errors import LockedError
    from reconciler.report.escape import escape

    context = open_records(args, console)
    name = context.target.name
    records = held_locks(context.project, name)
    if not records:
        console.report(f"Nobody holds the lock of {name}.\n")
        return Succeeded()
    who = "; ".join(f"{escape(str(each))}{_age(each.holder)}" for each in records)
    if not args.force:
        raise LockedError(f"{name} is locked by {who}: {_advice(records[0])}", records)
    break_locks(context.project, name, records)
    console.report(
        f"Broken: the lock of {name}, held by {who}.\n"
        "If that run is still alive, it stops before its next request; one may have been sent.\n"
        "Next: reconciler resume\n"
    )
    return Succeeded()


def _age(holder: LockHolder) -> str:
    from datetime import UTC, datetime

    if holder.started is None:
        return ""
    minutes = int((datetime.now(UTC) - holder.started).total_seconds() // 60)
    return f", for {minutes // 60} h {minutes % 60:02d} min" if minutes > 0 else ""


def _advice(record: LockRecord) -> str:
    from socket import gethostname

    holder = record.holder
    if holder.host == gethostname() and not record.lease:
        return f"wait for it to end, or end it (kill {holder.pid}); its lock goes with it"
    if record.expired:
        return "its lease ran out: run `apply` with --take-over, or break the lock with --force"
    return "wait for it to end; if its machine is gone, break the lock with --force"
