"""The commands that look at a panel, or work with it, by hand."""

from __future__ import annotations

from reconciler.cli import options

# Not imported from ``typing``, which costs as much as the parser itself; checkers know the name.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser


def declare_doctor(parser: ArgumentParser) -> None:
    """Declare ``doctor``."""
    parser.usage = "reconciler doctor [options]"
    parser.description = (
        "Check whether the target can be used: connection, TLS, sign-in, user level, version, "
        "clock, saved filters, and the functions, fields and columns that each kind needs. "
        "The command only reads; --clear-filters changes something, and asks first."
    )
    parser.epilog = (
        "Each check ends as ok, warning, problem or unknown. A problem stops plan or apply "
        "(exit code 8). Warnings and unknown results end with 0. Exit code 4 means that you "
        "declined --clear-filters.\n\n"
        "Examples:\n"
        "  reconciler doctor\n"
        "  reconciler doctor --json\n"
        "  reconciler doctor --clear-filters --yes"
    )
    parser.add_argument(
        "--clear-filters",
        action="store_true",
        help="remove this user's saved filters, and read again to prove it",
    )
    parser.add_argument("-y", "--yes", action="store_true", help="do not ask")
    options.declare_json(parser)


def declare_call(parser: ArgumentParser) -> None:
    """Declare ``call``."""
    parser.usage = "reconciler call [options] FUNC [KEY=VALUE ...]"
    parser.description = (
        "Call any function of the panel, and show its answer: rows, a form, a confirmation or "
        "a file. A function that is not known to be read-only, and any call with sok=ok, "
        "needs --confirm; a call that charges money or sends messages to a client says so "
        "first. The request is sent once, whatever happens to the answer."
    )
    parser.epilog = (
        "Write a secret as KEY=@env:VARIABLE or KEY=@file:PATH, and a value that begins with "
        "@ with two. Exit code 4 means that --confirm is missing, that the panel refused, or "
        "that it answered with a form instead of a confirmation. If the panel neither "
        "confirms nor refuses, the exit code is 7 if money may have moved, else 8: look in "
        "the panel before you send the request again.\n\n"
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
    parser.add_argument("--out", metavar="FILE", help="write the answer to a file as well")
    options.declare_json(parser)


def declare_from_log(parser: ArgumentParser) -> None:
    """Declare ``from-log``."""
    parser.usage = "reconciler from-log FILE"
    parser.description = (
        "Read the panel's own log (billmgr.log), and print each request that changed "
        "something as a call, and as a manifest if a kind knows the function. Parameters that "
        "browsers add, empty ones and those that the log hides (*) are left out; a call that "
        "does less without them says so. An order is printed as a call by the client in whose "
        "session it was. The command works offline."
    )
    parser.epilog = (
        "Lines that are not requests are skipped and counted. Exit code 3 means that a "
        "request cannot be read; the others are printed.\n\n"
        "Examples:\n"
        "  reconciler from-log billmgr.log\n"
        "  reconciler from-log billmgr.log > calls.txt\n"
        "  tail -n 1000 billmgr.log | reconciler from-log -"
    )
    parser.add_argument("file", metavar="FILE", help="the log, or - for standard input")


DECLARATIONS = {
    "doctor": declare_doctor,
    "call": declare_call,
    "from-log": declare_from_log,
}
