"""Read arguments: selections and consents.

Invariant: a meaningless argument is refused before the first request to a panel.
"""

from __future__ import annotations

import os
import pwd
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from reconciler.documents.values import listed
from reconciler.errors import CodecError, SelectionError, UsageError
from reconciler.manifest.quote import did_you_mean
from reconciler.model.address import Address, parse_address

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterable, Sequence

    from reconciler.model.resource import Desired
    from reconciler.planning.context import PlanContext, PlanOptions


_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_DIGITS = 6
# The variables in which pipelines name their user: GitHub and Gitea, GitLab, Buildkite.
_ACTORS = ("GITHUB_ACTOR", "GITLAB_USER_LOGIN", "BUILDKITE_BUILD_CREATOR")


def plan_options(args: Namespace, work: PlanContext) -> PlanOptions:
    """Read the selection and the consents of a plan.

    Raises: UsageError for a meaningless selection, SelectionError for one without a resource.
    """
    selection = read_selection(args, work.desired)
    if args.no_adopt and "adopt" in args.allow:
        raise UsageError("--no-adopt and --allow adopt exclude each other")
    return replace(selection, adopt=not args.no_adopt, allow=frozenset(args.allow))


def read_selection(args: Namespace, desired: Sequence[Desired]) -> PlanOptions:
    """Read which resources are in view.

    Raises: UsageError for a selection that means nothing,
            SelectionError for one that finds nothing.
    """
    from reconciler.planning.context import PlanOptions

    only = tuple(read_address(text) for text in args.only)
    labels = [read_label(text) for text in args.selector]
    require_declared(only, desired, "--only")
    for key, value in labels:
        if all(each.labels.get(key) != value for each in desired):
            known = {f"{k}={v}" for each in desired for k, v in each.labels.items()}
            message = f"-l {key}={value} selects nothing: no manifest has this label"
            raise SelectionError(f"{message}{_near(f'{key}={value}', known)}")
    selection = PlanOptions(only=only, labels=dict(labels))
    narrowed = len(labels) > len(selection.labels) or not any(map(selection.selects, desired))
    if not selection.whole and narrowed:
        given = " ".join([*(f"-l {k}={v}" for k, v in labels), *(f"--only {a}" for a in only)])
        raise SelectionError(f"no resource fits all of {given}: leave one of them out")
    return selection


def require_declared(
    addresses: Iterable[Address], desired: Sequence[Desired], option: str = ""
) -> None:
    """Raise SelectionError for an address that no manifest declares."""
    known = {str(each.address) for each in desired}
    for address in map(str, addresses):
        if address not in known:
            given = f"{option} {address} selects nothing: " if option else f"{address}: "
            message = f"{given}no manifest declares it"
            raise SelectionError(f"{message}{_near(address, known)}")


def _near(word: str, known: Iterable[str]) -> str:
    """Return a hint: a similar word, or all known ones."""
    names = sorted(known)
    return did_you_mean(word, names) or (f"; there are {listed(names)}" if names else "")


def read_address(text: str) -> Address:
    """Read ``Kind/name`` from the command line. Raises: UsageError."""
    try:
        return parse_address(text)
    except CodecError as error:
        raise UsageError(str(error)) from error


def read_duration(text: str) -> timedelta:
    """Read a length of time, as ``90m``; units are s, m, h and d. Raises: UsageError."""
    unit = _UNITS.get(text[-1:])
    number = text[:-1]
    if unit is None or not (number.isascii() and number.isdigit() and len(number) <= _DIGITS):
        raise UsageError(f"{text!r} is not a length of time: write for example 90m, 24h or 7d")
    return timedelta(seconds=int(number) * unit)


def read_day_to_come(text: str, today: date) -> date:
    """Read a day that is not over, as ``2027-01-31``. Raises: UsageError."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:  # ``2027-W01-1`` is a day, too
        raise UsageError(f"{text!r} is not a day: write it as YYYY-MM-DD, for example 2027-01-31")
    if day < today:
        raise UsageError(f"{day} is over: name today ({today}) or a later day")
    return day


def user_name() -> str:
    """Return the system's user, with the user of the pipeline if there is one."""
    system = _system_user()
    actor = next((os.environ[name] for name in _ACTORS if os.environ.get(name)), "")
    return f"{actor} (as {system})" if actor and actor != system else system


def now() -> str:
    """Return the current time in the format of documents."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _system_user() -> str:
    # Anybody can set a variable such as USER, but not the number; a container may have no name.
    number = os.getuid()
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"uid {number}"


def read_label(text: str) -> tuple[str, str]:
    """Read ``name=value`` from the command line. Raises: UsageError."""
    key, sign, value = text.partition("=")
    if not (key and sign):
        raise UsageError(f"{text!r} is not a label: write -l name=value")
    return key, value
