"""Options that several commands share, declared once.

Invariants: every option takes one value and is repeated for a list, so that no option takes the
saved plan after it as a value; options may not be abbreviated.
"""

from __future__ import annotations

from reconciler.cli.formats import FORMATS
from reconciler.cli.help import SHARED

# Not imported from ``typing``, which costs as much as the parser itself; checkers know the name.
TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

CLASSES = ("delete", "charge", "reinstall", "history", "adopt", "terminate", "prune")
# An adoption needs no consent: ``--no-adopt`` refuses it.
_ASKED_FOR = tuple(name for name in CLASSES if name != "adopt")
# The places of a shared option: before the command, between it and its subcommand, after all.
# Each place stores its values separately; otherwise a later parser would reset an earlier one's.
FIRST, BETWEEN, LAST = "first_", "between_", ""
_DEFAULTS = {
    "project": None,
    "target": None,
    "manifests": (),
    "color": "auto",
    "verbose": 0,
    "log_format": "text",
    "no_progress": False,
}


def declare_shared(parser: argparse.ArgumentParser, prefix: str = LAST) -> None:
    """Declare the options of every command, at one of their places."""
    group = parser.add_argument_group("options of every command, before or after its name")
    _declare(group, "--project FILE", prefix)
    _declare(group, "--target NAME", prefix)
    _declare(group, "--manifests PATH", prefix, action="append")
    _declare(group, "--color WHEN", prefix, choices=("auto", "always", "never"))
    _declare(group, "-v, --verbose", prefix, action="count")
    _declare(group, "--log-format FORMAT", prefix, choices=("text", "json"))
    _declare(group, "--no-progress", prefix, action="store_const", const=True)


def merge_shared(args: argparse.Namespace) -> argparse.Namespace:
    """Merge the options of the different places; the last wins, lists and counts add up."""
    found: dict[str, list[object]] = {}
    for prefix in (FIRST, BETWEEN, LAST):
        for name in _DEFAULTS:
            value = vars(args).pop(f"{prefix}{name}", None)
            found.setdefault(name, []).extend([] if value is None else [value])
    for name, default in _DEFAULTS.items():
        setattr(args, name, _joined(found[name], default))
    return args


def _joined(values: list[object], default: object) -> object:
    if isinstance(default, tuple):
        return [item for value in values if isinstance(value, list) for item in value]
    if type(default) is int:
        return sum(value for value in values if isinstance(value, int))
    return values[-1] if values else default


def declare_json(parser: argparse.ArgumentParser) -> None:
    """Declare ``--json``: one document on standard output and nothing else."""
    parser.add_argument(
        "--json", action="store_true", help="print one JSON document and nothing else"
    )


def declare_lock(parser: argparse.ArgumentParser) -> None:
    """Declare what to do while another run holds the lock."""
    parser.add_argument(
        "--lock-timeout",
        metavar="TIME",
        help="wait so long for the lock, such as 90s or 5m; by default it is not waited for",
    )
    parser.add_argument(
        "--take-over",
        action="store_true",
        help="take the lock of a run whose lease ran out, as a lost machine leaves it",
    )


def declare_format(parser: argparse.ArgumentParser, formats: tuple[str, ...] = FORMATS) -> None:
    """Declare the format of a report, with ``--json`` for short."""
    parser.add_argument(
        "--format", choices=formats, default="text", help="how the report is printed"
    )
    parser.add_argument(
        "--full",
        action="store_true",
        help="show each change, also what reads alike, however long the report becomes",
    )
    declare_json(parser)


def declare_selection(parser: argparse.ArgumentParser) -> None:
    """Declare the options that select resources."""
    parser.add_argument(
        "-l",
        "--selector",
        metavar="LABEL=VALUE",
        action="append",
        default=[],
        help="only resources with this label; repeatable: all of them",
    )
    parser.add_argument(
        "--only",
        metavar="KIND/NAME",
        action="append",
        default=[],
        help="only this resource; repeatable",
    )


def declare_key(parser: argparse.ArgumentParser, purpose: str) -> None:
    """Declare the environment variable that holds the key of signed plans."""
    parser.add_argument("--sign-key-env", metavar="NAME", help=purpose)


def declare_making(parser: argparse.ArgumentParser) -> None:
    """Declare the checks of a saved plan: its digest, its age and its signature."""
    parser.add_argument(
        "--digest",
        metavar="DIGEST",
        default="",
        help="refuse a saved plan with another digest; an empty one is no check",
    )
    parser.add_argument(
        "--max-plan-age", metavar="TIME", help="refuse an older plan, for example 90m, 24h or 7d"
    )
    parser.add_argument(
        "--require-signature",
        action="store_true",
        help="refuse a saved plan that is not signed",
    )
    declare_key(parser, "check the plan's signature with the key in this variable")


def declare_terms(parser: argparse.ArgumentParser) -> None:
    """Declare ``--no-adopt`` and the consents."""
    parser.add_argument(
        "--no-adopt",
        action="store_true",
        help="refuse to adopt existing objects that are not managed",
    )
    declare_allow(parser)


def declare_allow(parser: argparse.ArgumentParser) -> None:
    """Declare the consents."""
    parser.add_argument(
        "--allow",
        metavar="CLASS",
        choices=CLASSES,
        action="append",
        default=[],
        help=f"allow a class of changes: {', '.join(_ASKED_FOR)}; repeatable (adopt is accepted "
        "too, but never needed)",
    )
    parser.add_argument(
        "--rewrite-history",
        action="append_const",
        const="history",
        dest="allow",
        help="the same as --allow history",
    )


def declare_consented(parser: argparse.ArgumentParser) -> None:
    """Declare the consents of a pipeline, which leaves out what lacks one."""
    parser.add_argument(
        "--only-allowed",
        metavar="CLASSES",
        help="allow these classes, for example 'charge, prune', or none: leave out what needs "
        "another consent, and end with 0 if nothing else was left undone",
    )


def declare_without(parser: argparse.ArgumentParser) -> None:
    """Declare the classes of changes that an apply leaves out."""
    parser.add_argument(
        "--without",
        metavar="CLASS",
        choices=CLASSES,
        action="append",
        default=[],
        help=f"leave out changes of this class, and those that depend on them: "
        f"{', '.join(CLASSES)}; repeatable",
    )


def _declare(group: argparse._ArgumentGroup, label: str, prefix: str, **settings: object) -> None:
    flags, _, metavar = label.partition(" ") if label.startswith("--") else (label, "", "")
    names = flags.split(", ")
    if metavar:
        settings["metavar"] = metavar
    dest = prefix + names[-1].removeprefix("--").replace("-", "_")
    group.add_argument(*names, dest=dest, help=SHARED[label], **settings)  # type: ignore[arg-type]
