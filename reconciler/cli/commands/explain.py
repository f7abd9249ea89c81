"""``explain``: a kind, a field, a topic, a code, a command or an exit code, in words."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from reconciler.cli.console import Console
    from reconciler.cli.exit_codes import Succeeded


def declare(parser: ArgumentParser) -> None:
    """Declare ``explain``."""
    parser.usage = "reconciler explain [WHAT]"
    parser.description = (
        "Explain a kind or one of its fields: type, when it is set, the panel's parameter; "
        "a topic, such as lifecycle, Project, guards, secrets or consents; a command; or an "
        "exit code. Without an argument, list the kinds and topics."
    )
    parser.epilog = (
        "Examples:\n"
        "  reconciler explain\n"
        "  reconciler explain TaxRule\n"
        "  reconciler explain Service.paidThrough\n"
        "  reconciler explain lifecycle\n"
        "  reconciler explain Policy\n"
        "  reconciler explain sandbox seed\n"
        "  reconciler explain exit-codes"
    )
    parser.add_argument(
        "subject", metavar="WHAT", nargs="*", help="default: list what can be explained"
    )


def run(args: Namespace, console: Console) -> Succeeded:
    """Explain what was asked for."""
    from reconciler.cli.exit_codes import Succeeded
    from reconciler.cli.explain import explanation
    from reconciler.kinds.catalogue import discover

    console.report(explanation(" ".join(args.subject), discover()))
    return Succeeded()
