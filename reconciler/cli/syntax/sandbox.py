"""The commands of the embedded panel."""

from __future__ import annotations

from reconciler.cli.syntax.option import declare_shared

# Not imported from ``typing``, which costs as much as the parser itself; checkers know the name.
TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse


def declare_sandbox(parser: argparse.ArgumentParser) -> None:
    """Declare ``sandbox`` and what it does."""
    parser.usage = "reconciler sandbox serve|seed|reset|mgrctl [options]"
    parser.description = (
        "An embedded panel over a database file: the project's `sandbox:` target, or any file by\n"
        "--database. A target with a `sandbox:` URL needs no server; `serve` is for trying the\n"
        "panel over HTTP, with faults as a file of them says. It listens on this machine only.\n"
        "`mgrctl` writes a stand-in for the panel's own command line."
    )
    parser.epilog = (
        "Examples:\n"
        "  reconciler sandbox seed --clients 50\n"
        "  reconciler sandbox serve --port 1500\n"
        "  reconciler sandbox serve --faults faults.json\n"
        "  reconciler sandbox serve --install install.yaml\n"
        "  reconciler sandbox mgrctl --folder bin\n"
        "  reconciler sandbox reset"
    )
    deeds = parser.add_subparsers(dest="deed", metavar="serve|seed|reset|mgrctl", required=True)
    for name, (summary, declare) in _DECLARED.items():
        deed = deeds.add_parser(
            name,
            help=summary,
            usage=f"reconciler sandbox {name} [options]",
            prog=f"reconciler sandbox {name}",
            description=f"{summary[:1].upper()}{summary[1:]}.",
            allow_abbrev=False,
            formatter_class=parser.formatter_class,
        )
        declare(deed)
        deed.add_argument("--database", metavar="PATH", help="act on this file, not on the target")
        declare_shared(deed)


def declare_demo(parser: argparse.ArgumentParser) -> None:
    """Declare ``demo``."""
    parser.usage = "reconciler demo"
    parser.description = (
        "The whole round in under a minute, on the embedded panel in a temporary folder: a\n"
        "project, a plan, an apply, a change behind its back, the drift it is, and the healing."
    )


DECLARATIONS = {
    "sandbox": declare_sandbox,
    "demo": declare_demo,
}


# Commands that are followed by what they do.
DEEDS = frozenset({"sandbox"})


_INSTALL = (
    "A file of an install is YAML. It says how this panel differs from others; every opener of\n"
    "the database meets it from then on, and `reset` keeps it. The keys, the default first:\n"
    "  allowDeleteItem: false|true         clients may delete services\n"
    "  allowSuspendItem: false|true        clients may suspend and resume services\n"
    "  allServices: none|item|service      the one list of services of all types\n"
    "  bjsonIds: text|object               a new id in bjson: a text, or an object\n"
    "  cart: basket|cart                   where unpaid orders wait\n"
    "  codes: marked|bare                  codes beside words, or in their place\n"
    "  columns: full|documented            the columns of lists\n"
    "  countryFlags: true|false            options of a country carry its flag\n"
    "  deletedForm: missed|value|text|message\n"
    "                                      the error of a deleted object's form\n"
    "  discountCreate: edit|add|steps      what makes a discount\n"
    "  discountKey: number|text            what `idname` is\n"
    "  edits: partial|clearing             what an edit does not name is cleared\n"
    "  emptyFields: shown|absent           forms leave empty fields out\n"
    "  emptyTotal: told|missing            an empty list has no total\n"
    "  hiddenColumns: {FUNC: [COLUMN]}     columns that a right is missing for\n"
    "  hiddenLists: [FUNC]                 lists that come empty for want of a right\n"
    "  labels: full|missing|doubled        the labels of options\n"
    "  lag: 0.2                            seconds that opening and closing take\n"
    "  levels: {FUNC: 30}                  functions that ask for another level\n"
    "  menu: true|false                    there is a menu\n"
    "  money: {decimal: '.', thousands: '',\n"
    "    decimals: always|needed, forms: true|false}\n"
    "                                      how amounts and rates are printed\n"
    "  names: captured|plain               columns of payments and accounts\n"
    "  newId: usual|id|table|both|none     how the id of a new object is told\n"
    "  orders: wizard|bare|v2              what an order form needs to open\n"
    "  orderAnswer: ok|nothing             what a confirmed order answers\n"
    "  orderSteps: both|order|pricelist    which step before it lists the tariffs\n"
    "  page: 1000                          the most rows of a page\n"
    "  secondFactor: false|true            a session asks for a code (`totp.confirm`)\n"
    "  serviceLists: {vds: vds.vps}        a dotted list holds the services of a type\n"
    "  singleRow: array|object             a row that stands alone in JSON\n"
    "  sort: newest|oldest                 which row of a list comes first\n"
    "  texts: kept|normalised              notes get a browser's line ends\n"
    "  units: false|true                   rates in lists carry a unit\n"
)


def _declare_install(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--install", metavar="FILE", help="be the installation of this file")


def _serve(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=0, help="default: any free one")
    parser.add_argument("--certfile", metavar="FILE", help="serve HTTPS with this certificate")
    parser.add_argument("--keyfile", metavar="FILE", help="the certificate's key")
    parser.add_argument("--faults", metavar="FILE", help="misbehave as this file of faults says")
    _declare_install(parser)
    parser.epilog = (
        f"{_INSTALL}\n"
        "A file of faults is JSON. A fault says what it does, and which function (`func`) and\n"
        "which request (`call`, then `count` of them) it hits; many take `when`, before or after\n"
        "the panel has done its work:\n"
        '  {"faults": [{"func": "vds.order.param", "call": 1, "do": "drop", "when": "after"}]}\n\n'
        "What a fault may do:\n"
        "  also, broken, busy, cart, charset, contradict, cut, drip, drop, error,\n"
        "  expire, filter, hang, huge, ignore, lag, late, long, ok, other, page,\n"
        "  redirect, refresh, reuse, rights, second-factor, shift, slow, stale,\n"
        "  status, total, twice\n\n"
        "A key that is wrong or missing is told with its place."
    )


def _seed(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--clients", type=int, default=12, help="how many (default: 12)")
    parser.add_argument("--seed", type=int, default=1, help="the same number, the same install")
    _declare_install(parser)
    parser.epilog = _INSTALL


def _reset(_parser: argparse.ArgumentParser) -> None:
    """Declare nothing: emptying knows no degrees."""


def _mgrctl(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--folder", metavar="DIR", default=".", help="where (default: here)")


_DECLARED = {
    "serve": ("put it on loopback until interrupted", _serve),
    "seed": ("fill it anew with a plausible install", _seed),
    "reset": ("empty it, and leave it the installation that it is", _reset),
    "mgrctl": ("write a program `mgrctl` that asks it", _mgrctl),
}
