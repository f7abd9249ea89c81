"""``approve``: approve a saved plan with an SSH key, beside the plan."""

from __future__ import annotations

from reconciler.cli import options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from reconciler.cli.console import Console
    from reconciler.cli.exit_codes import Succeeded


def declare(parser: ArgumentParser) -> None:
    """Declare ``approve``."""
    parser.usage = "reconciler approve [options] PLAN --as NAME --key FILE"
    parser.description = (
        "Approve a saved plan as one of the approvers that the project file names. The command "
        "writes PLAN.NAME.sig, a signature as ssh-keygen makes it; `apply` looks for it beside "
        "the plan. It needs no panel and no credentials of one. ssh-keygen reads the key, and asks "
        "for its passphrase on the terminal; for a key in ssh-agent or on a hardware key, name "
        "the .pub file. Exit code 4 means that the key is not a key of this approver, 10 that "
        "the plan is incomplete or was edited."
    )
    parser.epilog = (
        "Examples:\n"
        "  reconciler approve plan.json --as finance --key ~/.ssh/id_ed25519\n"
        "  reconciler approve plan.json --as finance --key ~/.ssh/id_ed25519.pub --json\n"
        "  reconciler show plan.json && "
        "reconciler approve plan.json --as finance --key ~/.ssh/id_ed25519"
    )
    parser.add_argument("plan", metavar="PLAN", help="a file written by `plan --out`")
    parser.add_argument(
        "--as",
        dest="approver",
        metavar="NAME",
        required=True,
        help="the approver, as spec.approvers names it",
    )
    parser.add_argument("--key", metavar="FILE", required=True, help="a key of this approver")
    options.declare_json(parser)


def run(args: Namespace, console: Console) -> Succeeded:
    """Sign the digest of a saved plan, and write the signature beside the plan."""
    from reconciler.cli import approvals

    return approvals.approve(args, console)
