"""``unlock``: show who holds the lock of a target, or break it when that machine is gone."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from reconciler.cli.console import Console
    from reconciler.cli.exit_codes import Succeeded
    from reconciler.model.lock import LockHolder


def declare(parser: ArgumentParser) -> None:
    """Declare ``unlock``."""
    parser.usage = "reconciler unlock [options]"
    parser.description = (
        "Show who holds the lock of the target, and since when. A lock ends with its process, "
        "even if the process is killed. Exit code 9 means that a run holds it. --force breaks "
        "the lock of a machine that is gone: if its run is still alive, it stops before its "
        "next request; run `reconciler resume` afterwards."
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
    from reconciler.errors import LockedError
    from reconciler.report.escape import escape
    from reconciler.store.lock import break_lock, lock_holder, lock_path

    context = open_records(args, console)
    path = lock_path(context.root, context.target.name)
    holder = lock_holder(path)
    if holder is None:
        console.report(f"Nobody holds the lock of {context.target.name}.\n")
        return Succeeded()
    who = f"{escape(str(holder) or 'an unknown run')}{_age(holder)}"
    if not args.force:
        raise LockedError(f"{context.target.name} is locked by {who}: {_advice(holder)}")
    break_lock(path)
    console.report(
        f"Broken: the lock of {context.target.name}, held by {who}.\n"
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


def _advice(holder: LockHolder) -> str:
    from socket import gethostname

    if holder.host == gethostname():
        return f"wait for it to end, or end it (kill {holder.pid}); its lock goes with it"
    return "wait for it to end; if its machine is gone, break the lock with --force"
