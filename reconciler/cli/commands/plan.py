"""``plan``: show the changes that an apply would make; reads only."""

from __future__ import annotations

from reconciler.cli import options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from reconciler.cli.console import Console
    from reconciler.cli.exit_codes import Planned


def declare(parser: ArgumentParser) -> None:
    """Declare ``plan``."""
    parser.usage = "reconciler plan [options] [merge FILE ...]"
    parser.description = (
        "Compare the manifests with the panel, and show the changes that an apply would make. "
        "The command only reads. Exit code 4 means that a guard or a policy refuses the plan; "
        "the plan is shown all the same. Where one machine is not enough, --shard I/N makes one "
        "part of the plan, by the clients that fall into it, and `plan merge` makes the whole plan "
        "of the files of all parts, without the panel."
    )
    parser.epilog = (
        "Signs: + create, ~ update, - delete, = adopt, x blocked, ! charges money\n\n"
        "Examples:\n"
        "  reconciler plan\n"
        "  reconciler plan --out plan.json --detailed-exitcode\n"
        "  reconciler plan --only Discount/acme-welcome\n"
        "  reconciler plan --since origin/main\n"
        "  reconciler plan --since origin/main --only-changed\n"
        "  reconciler plan --format markdown\n"
        "  reconciler plan --at 2099-01-01\n"
        "  reconciler snapshot --out live.json && reconciler plan --live live.json\n"
        "  reconciler plan --refresh-only\n"
        "  reconciler plan --format html > plan.html\n"
        "  reconciler plan --timings\n"
        "  reconciler plan -l team=sales --json\n"
        "  reconciler plan --shard 0/2 --out shard-0.json\n"
        "  reconciler plan --shard 1/2 --out shard-1.json\n"
        "  reconciler plan merge shard-0.json shard-1.json --out plan.json"
    )
    _declare_own(parser)
    _declare_shards(parser)
    options.declare_key(parser, "sign the plan with the key in this variable")
    options.declare_selection(parser)
    options.declare_terms(parser)
    options.declare_format(parser)


def _declare_own(parser: ArgumentParser) -> None:
    parser.add_argument("--out", metavar="FILE", help="save the plan, for `reconciler apply FILE`")
    parser.add_argument(
        "--detailed-exitcode", action="store_true", help="exit code 2 when changes are pending"
    )
    parser.add_argument(
        "--refresh-only",
        action="store_true",
        help="show what an apply would write into the inventory without changing the panel",
    )
    parser.add_argument(
        "--since",
        metavar="REF",
        help="name first what no line explains since this branch left REF: drift that the plan "
        "reverts, work of earlier commits, renewals that fell due; warn of each guard, policy and "
        "approval that the branch changes",
    )
    parser.add_argument(
        "--only-changed",
        action="store_true",
        help="with --since: read and plan only the resources that this branch declares otherwise; "
        "where it removes one, the plan is of everything",
    )
    parser.add_argument(
        "--at",
        metavar="DATE",
        help="show the plan and the prices of a day to come, as YYYY-MM-DD; such a plan can be "
        "neither saved nor applied",
    )
    parser.add_argument(
        "--live",
        metavar="FILE",
        help="plan against a snapshot of the panel (reconciler snapshot), without credentials",
    )
    parser.add_argument(
        "--timings",
        action="store_true",
        help="say on standard error how long the plan took, how many requests it sent to which "
        "functions, and for what each form was read",
    )


def _declare_shards(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--shard",
        metavar="I/N",
        help="plan only the clients of part I of N, counted from 0; what belongs to no client is "
        "in part 0",
    )
    parser.add_argument(
        "words",
        nargs="*",
        metavar="merge FILE",
        help="make the whole plan of the files of all shards",
    )


async def run(args: Namespace, console: Console) -> Planned:
    """Make a plan, save it if requested, and show it."""
    from reconciler.cli import plan

    return await (plan.refresh if args.refresh_only else plan.run)(args, console)
