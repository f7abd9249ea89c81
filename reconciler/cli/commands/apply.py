"""``apply``: plan, ask, send, verify; or apply exactly a saved plan."""

from __future__ import annotations

from reconciler.cli import options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from reconciler.cli.console import Console
    from reconciler.cli.exit_codes import Applied, Planned


def declare(parser: ArgumentParser) -> None:
    """Declare ``apply``."""
    parser.usage = "reconciler apply [options] [PLAN]"
    parser.description = (
        "Change the panel to what the manifests declare, and read every change back. With "
        "PLAN, a file written by `plan --out`, exactly that plan is applied, or nothing if "
        "the manifests or the objects it touches have changed since (exit code 5). Without "
        "PLAN, a plan is made and shown, and you are asked for approval. Changes left out by "
        "--without are reported as skipped, each with the command that applies it (exit code "
        "6); a saved plan may then be applied once more. The plan of a shard is judged as if each "
        "of the others did as much; with --whole, the plan that `plan merge` made, guards and "
        "approvals are judged over all shards. What the project file has approved by "
        "somebody is applied only as a saved plan with these approvals: see `approve`."
    )
    parser.epilog = (
        "Examples:\n"
        "  reconciler apply\n"
        "  reconciler apply plan.json --max-plan-age 24h\n"
        "  reconciler apply --yes --allow charge --report outcome.json\n"
        "  reconciler apply plan.json --without charge --without delete\n"
        "  reconciler apply plan.json --only-allowed ''\n"
        "  reconciler apply plan.json --allow charge\n"
        "  reconciler apply shard-0.json --whole plan.json"
    )
    parser.add_argument("plan", metavar="PLAN", nargs="?", help="a saved plan")
    parser.add_argument(
        "--whole",
        metavar="FILE",
        help="the merged plan that PLAN is a shard of: its guards and approvals count",
    )
    parser.add_argument(
        "--approval",
        metavar="FILE",
        action="append",
        default=[],
        help="an approval that is not beside the plan as PLAN.NAME.sig; repeatable",
    )
    parser.add_argument("-y", "--yes", action="store_true", help="do not ask")
    parser.add_argument("--dry-run", action="store_true", help="only plan, and send nothing")
    parser.add_argument("--report", metavar="FILE", help="write the outcome to a file, as JSON")
    options.declare_making(parser)
    options.declare_selection(parser)
    options.declare_terms(parser)
    options.declare_without(parser)
    options.declare_consented(parser)
    options.declare_lock(parser)
    options.declare_format(parser)


async def run(args: Namespace, console: Console) -> Applied | Planned:
    """Plan and apply, or apply a saved plan; with ``--dry-run`` only plan."""
    from dataclasses import replace

    from reconciler.cli import apply
    from reconciler.cli.exit_codes import Planned

    may_wait = _choose_classes(args)
    end = await apply.run(args, console)
    return end if isinstance(end, Planned) else replace(end, may_wait=may_wait)


def _choose_classes(args: Namespace) -> bool:
    """Turn ``--only-allowed`` into consents and exclusions; return whether it was given."""
    from reconciler.errors import UsageError
    from reconciler.manifest.quote import quote
    from reconciler.planning.guards import CONSENTED

    # A consent lifts a guard as well, such as the one on deletions.
    known = {name for name in options.CLASSES if name != "adopt"}
    if args.only_allowed is None:
        return False
    if args.allow or args.without:
        raise UsageError("--only-allowed goes with neither --allow nor --without")
    named = set(args.only_allowed.replace(",", " ").split())
    if unknown := sorted(named - known):
        there = ", ".join(sorted(known))
        raise UsageError(f"--only-allowed does not take {quote(unknown[0])}; there are {there}")
    args.allow = sorted(named)
    args.without = sorted(CONSENTED - named)
    return True
