"""The commands that look at a panel, or work with it, by hand."""

from __future__ import annotations

from reconciler.cli.syntax import option

# Not imported from ``typing``, which costs as much as the parser itself; checkers know the name.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser


def declare_doctor(parser: ArgumentParser) -> None:
    """Declare ``doctor``."""
    parser.usage = "reconciler doctor [options]"
    parser.description = (
        "Find out whether the target can be worked with: reach, TLS, sign-in, level, version,\n"
        "clock, saved filters, and which functions, fields and columns of each kind this\n"
        "installation has. It only reads; --clear-filters alone changes something, and asks first."
    )
    parser.epilog = (
        "Each check ends as ok, warning, problem, or unknown where nothing could be found out. A\n"
        "problem stops plan or apply: exit code 8. Warnings and unknowns exit with 0; declining\n"
        "--clear-filters exits with 4.\n\n"
        "Examples:\n"
        "  reconciler doctor\n"
        "  reconciler doctor --json\n"
        "  reconciler doctor --clear-filters --yes"
    )
    parser.add_argument(
        "--clear-filters",
        action="store_true",
        help="take off this user's saved filters, and prove it by reading again",
    )
    parser.add_argument("-y", "--yes", action="store_true", help="do not ask")
    option.declare_json(parser)


def declare_call(parser: ArgumentParser) -> None:
    """Declare ``call``."""
    parser.usage = "reconciler call [options] FUNC [KEY=VALUE ...]"
    parser.description = (
        "Call any function of the panel and show the answer for what it is: rows, a form, a\n"
        "confirmation, a file. A function that is not known to read only, and whatever confirms\n"
        "(sok=ok), needs --confirm; what charges, or writes to a client, is said before it. It is\n"
        "sent once, whatever becomes of the answer."
    )
    parser.epilog = (
        "A secret is written KEY=@env:VARIABLE or KEY=@file:PATH; a value that begins with @ is\n"
        "written with two. Exit code 4 when --confirm is missing, the panel says no, or a form\n"
        "comes back in place of a confirmation. Where it neither confirms nor refuses what was\n"
        "sent: 7 when that may have moved money, else 8; look before it is sent again.\n\n"
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
    parser.add_argument("--confirm", action="store_true", help="yes, it may change something")
    parser.add_argument("--su", metavar="LOGIN", help="act as this user")
    parser.add_argument("--out", metavar="FILE", help="write what came to a file, too")
    option.declare_json(parser)


def declare_from_log(parser: ArgumentParser) -> None:
    """Declare ``from-log``."""
    parser.usage = "reconciler from-log FILE"
    parser.description = (
        "Read the panel's own log (billmgr.log) and print what changed something, as calls to be\n"
        "typed, and as manifests where a kind knows the function. What browsers add, what is\n"
        "empty and what the log hides (*) is left out, and named where a call then does less. An\n"
        "order is typed as the client in whose session it was. Offline: nothing is sent."
    )
    parser.epilog = (
        "Lines that are no requests are skipped and counted. Exit code 3 when a request cannot be\n"
        "read; the others are printed all the same.\n\n"
        "Examples:\n"
        "  reconciler from-log billmgr.log\n"
        "  tail -n 1000 billmgr.log | reconciler from-log -"
    )
    parser.add_argument("file", metavar="FILE", help="the log, or - for standard input")


DECLARATIONS = {
    "doctor": declare_doctor,
    "call": declare_call,
    "from-log": declare_from_log,
}
