"""``call``: call any function of the panel once, and show its reply."""

from __future__ import annotations

from reconciler.cli import options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from reconciler.cli.console import Console
    from reconciler.cli.exit_codes import Answered


def declare(parser: ArgumentParser) -> None:
    """Declare ``call``."""
    parser.usage = "reconciler call [options] FUNC [KEY=VALUE ...]"
    parser.description = (
        "Call any function of the panel, and show its reply: rows, a form, a confirmation or "
        "a file. A function that is not known to be read-only, and any call with sok=ok, "
        "needs --confirm; a call that charges money or sends messages to a client is "
        "announced as such. The request is sent once, even if the reply is lost."
    )
    parser.epilog = (
        "Write a secret as KEY=@env:VARIABLE or KEY=@file:PATH, and a value that begins with "
        "@ with two. Exit code 4 means that --confirm is missing, that the panel refused, or "
        "that it returned a form instead of a confirmation. If the panel neither confirms "
        "nor refuses, the exit code is 7 if money may have moved, else 8: check in the panel "
        "before you send the request again.\n\n"
        "Examples:\n"
        "  reconciler call account.payment elid=334\n"
        "  reconciler call payment.edit plid=334 elid=1256\n"
        "  reconciler call payment.edit plid=334 elid=1256 note=checked sok=ok --confirm\n"
        "  reconciler call payment.setpaid elid=1256 --confirm\n"
        "  reconciler call payment.print.pdf elid=1256 --out invoice.pdf\n"
        "  reconciler call session.newkey username=ann key=@env:ONE_TIME_KEY --confirm"
    )
    parser.add_argument("func", metavar="FUNC", help="the function, such as account.payment")
    parser.add_argument("params", metavar="KEY=VALUE", nargs="*", default=[], help="its parameters")
    parser.add_argument("--confirm", action="store_true", help="the call may change something")
    parser.add_argument("--su", metavar="LOGIN", help="act as this user")
    parser.add_argument("--out", metavar="FILE", help="write the reply to a file as well")
    options.declare_json(parser)


async def run(args: Namespace, console: Console) -> Answered:
    """Call the function and show its reply."""
    from reconciler.cli import call

    return await call.run(args, console)
