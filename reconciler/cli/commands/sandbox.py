"""``sandbox``: serve, seed or reset the embedded panel, or write its command ``mgrctl``."""

from __future__ import annotations

from reconciler.cli.options import declare_shared

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from reconciler.cli.console import Console
    from reconciler.cli.exit_codes import Succeeded


def declare(parser: ArgumentParser) -> None:
    """Declare ``sandbox`` and its subcommands."""
    parser.usage = "reconciler sandbox serve|seed|reset|mgrctl [options]"
    parser.description = (
        "Serve, fill or empty an embedded panel in a database file: the project's `sandbox:` "
        "target, or the file named by --database. A target with a `sandbox:` URL needs no "
        "server; `serve` makes the panel available over HTTP, on loopback only, with faults "
        "from a file. `mgrctl` writes a stand-in for the panel's own program."
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
    subcommands = parser.add_subparsers(
        dest="subcommand", metavar="serve|seed|reset|mgrctl", required=True
    )
    for name, (summary, declare) in _DECLARED.items():
        subcommand = subcommands.add_parser(
            name,
            help=summary,
            usage=f"reconciler sandbox {name} [options]",
            prog=f"reconciler sandbox {name}",
            description=f"{summary[:1].upper()}{summary[1:]}.",
            allow_abbrev=False,
            formatter_class=parser.formatter_class,
        )
        declare(subcommand)
        subcommand.add_argument(
            "--database", metavar="PATH", help="use this file instead of the target"
        )
        declare_shared(subcommand)


def run(args: Namespace, console: Console) -> Succeeded:
    """Run a subcommand on the database of the target, or on the named one."""
    from reconciler.cli import sandbox

    return sandbox.run(args, console)


_INSTALL = (
    "An installation file is YAML. It says how this panel differs from others. It is kept\n"
    "in the database, also by `reset`. The keys, the default first:\n"
    "  allowDeleteItem: false|true         clients may delete services\n"
    "  allowSuspendItem: false|true        clients may suspend and resume services\n"
    "  allServices: none|item|service      the one list of services of all types\n"
    "  bjsonIds: text|object               a new id in bjson: a text, or an object\n"
    "  cart: basket|cart                   where unpaid orders wait\n"
    "  codes: marked|bare                  codes beside texts, or instead of them\n"
    "  columns: full|documented            the columns of lists\n"
    "  countryFlags: true|false            options of a country carry its flag\n"
    "  deletedForm: missed|value|text|message\n"
    "                                      the error of a deleted object's form\n"
    "  discountCreate: edit|add|steps      the function that creates a discount\n"
    "  discountKey: number|text            what `idname` is\n"
    "  edits: partial|clearing             edits clear what they do not name\n"
    "  emptyFields: shown|absent           forms leave empty fields out\n"
    "  emptyTotal: shown|missing           an empty list has no total\n"
    "  hiddenColumns: {FUNC: [COLUMN]}     columns hidden: a right is missing\n"
    "  hiddenLists: [FUNC]                 lists that are empty: a right is missing\n"
    "  labels: full|missing|doubled        the labels of options\n"
    "  lag: 0.2                            seconds that opening and closing take\n"
    "  levels: {FUNC: 30}                  functions that need another level\n"
    "  menu: true|false                    there is a menu\n"
    "  money: {decimal: '.', thousands: '',\n"
    "    decimals: always|needed, forms: true|false}\n"
    "                                      how amounts and rates are printed\n"
    "  names: captured|plain               columns of payments and accounts\n"
    "  newId: usual|id|table|both|none     where the id of a new object is returned\n"
    "  orders: wizard|bare|v2              what an order form needs to open\n"
    "  orderAnswer: ok|nothing             what a confirmed order answers\n"
    "  orderSteps: both|order|pricelist    which step before it lists the tariffs\n"
    "  page: 1000                          the most rows of a page\n"
    "  secondFactor: false|true            a session needs a code (`totp.confirm`)\n"
    "  serviceLists: {vds: vds.vps}        a dotted list holds the services of a type\n"
    "  singleRow: array|object             a single row in JSON\n"
    "  sort: newest|oldest                 which row of a list comes first\n"
    "  tax: included|added                 prices contain the tax, or it is added\n"
    "  texts: kept|normalised              notes get a browser's line ends\n"
    "  units: false|true                   rates in lists carry a unit\n"
)


def _declare_install(parser: ArgumentParser) -> None:
    parser.add_argument("--install", metavar="FILE", help="behave as the installation in this file")


def _declare_serve(parser: ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=0, help="default: any free one")
    parser.add_argument("--certfile", metavar="FILE", help="serve HTTPS with this certificate")
    parser.add_argument("--keyfile", metavar="FILE", help="the certificate's key")
    parser.add_argument("--faults", metavar="FILE", help="misbehave as this file says")
    _declare_install(parser)
    parser.epilog = (
        f"{_INSTALL}\n"
        "A fault file is JSON. A fault names what it does (`do`), and which function (`func`) and\n"
        "which requests (`count`, from `call` on) it hits; many take `when`: before or\n"
        "after the panel has done its work:\n"
        '  {"faults": [{"func": "vds.order.param", "call": 1, "do": "drop", "when": "after"}]}\n\n'
        "What a fault may do:\n"
        "  also, broken, busy, cart, charset, contradict, cut, drip, drop, error,\n"
        "  expire, filter, hang, huge, ignore, lag, late, long, ok, other, page,\n"
        "  redirect, refresh, reuse, rights, second-factor, shift, slow, stale,\n"
        "  status, total, twice\n\n"
        "A wrong or missing key is reported with its place."
    )


def _declare_seed(parser: ArgumentParser) -> None:
    parser.add_argument("--clients", type=int, default=12, help="how many (default: 12)")
    parser.add_argument(
        "--seed", type=int, default=1, help="the same number gives the same content (default: 1)"
    )
    _declare_install(parser)
    parser.epilog = _INSTALL


def _declare_reset(_parser: ArgumentParser) -> None:
    """Declare nothing: ``reset`` has no options of its own."""


def _declare_mgrctl(parser: ArgumentParser) -> None:
    parser.add_argument("--folder", metavar="DIR", default=".", help="where (default: here)")


_DECLARED = {
    "serve": ("serve the panel on loopback until interrupted", _declare_serve),
    "seed": ("replace its content with made-up clients", _declare_seed),
    "reset": ("empty the panel; its installation settings are kept", _declare_reset),
    "mgrctl": ("write a program `mgrctl` that calls the panel", _declare_mgrctl),
}
