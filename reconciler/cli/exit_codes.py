"""Exit codes: one function chooses them, the same for text and for JSON.

Invariants: no other module names a number; a doubt outranks a failure, and partial work never
exits with 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from reconciler.errors import (
    AccessError,
    CommitError,
    DoubtError,
    ForgeError,
    IncompleteError,
    LockedError,
    LostAnswerError,
    ManifestsError,
    NotAPanelError,
    NotRecordedError,
    PanelError,
    RefusedError,
    RejectedError,
    SecretError,
    SecurityStopError,
    SelectionError,
    SignInError,
    StalePlanError,
    StoreError,
    UnreachableError,
    UsageError,
)
from reconciler.model.outcome import STALE
from reconciler.model.reason import ReasonCode

if TYPE_CHECKING:
    from reconciler.documents.findings import ErrorCode
    from reconciler.model.outcome import Outcome


class Exit(IntEnum):
    """The exit codes."""

    DONE = 0
    BUG = 1
    PENDING = 2
    INVALID = 3
    REFUSED = 4
    STALE = 5
    PARTIAL = 6
    IN_DOUBT = 7
    PANEL = 8
    LOCKED = 9
    STORE = 10
    USAGE = 64
    INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Succeeded:
    """A command that was done and has no other result."""


@dataclass(frozen=True, slots=True)
class Validated:
    """Manifests that were checked, offline."""

    valid: bool


@dataclass(frozen=True, slots=True)
class Formatted:
    """Manifests that were formatted; ``found`` where a check found one that is not."""

    found: bool


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan that was shown; ``detailed`` when the exit code must report pending changes."""

    pending: bool
    refused: bool
    detailed: bool


@dataclass(frozen=True, slots=True)
class Applied:
    """An apply, or the resolving of an earlier one.

    ``diverged``: an earlier run had side effects. ``unrecorded``: why the results could not be
    written. ``may_wait``: what was left out is no failure, for it waits for a consent.
    """

    outcomes: tuple[Outcome, ...]
    in_doubt: bool = False
    diverged: bool = False
    interrupted: bool = False
    unrecorded: StoreError | LockedError | None = None
    may_wait: bool = False


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """A plan that was applied to a copy; ``done`` when a second plan there is empty.

    ``refused``: a guard or a policy would refuse it on the panel itself.
    """

    outcomes: tuple[Outcome, ...]
    done: bool
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Drifted:
    """A check for drift."""

    found: bool


@dataclass(frozen=True, slots=True)
class Exported:
    """Manifests written for what lives; ``proved`` when a plan of them changes nothing."""

    proved: bool


@dataclass(frozen=True, slots=True)
class Diagnosed:
    """A target that was examined; not ``ok`` when something prevents a plan or an apply."""

    ok: bool


@dataclass(frozen=True, slots=True)
class Answered:
    """A call by hand that was answered.

    ``applied`` is False where it took no effect, None where that is unknown; ``charges``: it may
    have charged money.
    """

    applied: bool | None
    charges: bool = False


@dataclass(frozen=True, slots=True)
class Several:
    """The ends of one command for several targets; the worst counts."""

    codes: tuple[Exit, ...]


# From the worst: what nobody can rely on, what is in doubt, what was done in part or not at all.
_WORST_FIRST = (
    Exit.BUG,
    Exit.INTERRUPTED,
    Exit.STORE,
    Exit.IN_DOUBT,
    Exit.PANEL,
    Exit.LOCKED,
    Exit.PARTIAL,
    Exit.STALE,
    Exit.REFUSED,
    Exit.INVALID,
    Exit.USAGE,
    Exit.PENDING,
    Exit.DONE,
)

End = (
    Several
    | Rehearsed
    | Diagnosed
    | Exported
    | Answered
    | Succeeded
    | Validated
    | Formatted
    | Planned
    | Applied
    | Drifted
    | BaseException
)

# The first class that fits an error gives the exit code, and the code of the error in JSON.
_FAILURES: tuple[tuple[type[BaseException], Exit, ErrorCode], ...] = (
    (UsageError, Exit.USAGE, "usage"),
    (ManifestsError, Exit.INVALID, "manifests"),
    (SelectionError, Exit.INVALID, "selection"),
    (SecretError, Exit.INVALID, "secret"),
    (CommitError, Exit.INVALID, "commit"),
    (RefusedError, Exit.REFUSED, "refused"),
    (StalePlanError, Exit.STALE, "stale-plan"),
    (UnreachableError, Exit.PANEL, "unreachable"),
    (RejectedError, Exit.PANEL, "rejected"),
    (SignInError, Exit.PANEL, "sign-in"),
    (AccessError, Exit.PANEL, "access"),
    (IncompleteError, Exit.PANEL, "incomplete"),
    (NotRecordedError, Exit.PANEL, "not-recorded"),
    (SecurityStopError, Exit.PANEL, "security-stop"),
    # After those above, some of which are lost answers too.
    (NotAPanelError, Exit.PANEL, "not-a-panel"),
    (LostAnswerError, Exit.PANEL, "lost-answer"),
    (PanelError, Exit.PANEL, "panel"),
    (ForgeError, Exit.PANEL, "forge"),
    (DoubtError, Exit.IN_DOUBT, "in-doubt"),
    (LockedError, Exit.LOCKED, "locked"),
    (StoreError, Exit.STORE, "store"),
    (KeyboardInterrupt, Exit.INTERRUPTED, "interrupted"),
    # A reader that closed the pipe (`| head`) has interrupted us.
    (BrokenPipeError, Exit.INTERRUPTED, "interrupted"),
)


def exit_code(end: End) -> Exit:
    """Choose the exit code of a run."""
    match end:
        case Succeeded():
            return Exit.DONE
        case Several(codes):
            return min(codes, key=_WORST_FIRST.index)
        case Validated(valid):
            return Exit.DONE if valid else Exit.INVALID
        case Planned(pending, refused, detailed):
            if refused:
                return Exit.REFUSED
            return Exit.PENDING if pending and detailed else Exit.DONE
        case Applied(unrecorded=BaseException() as error):
            return _failure(error)[0]
        case Applied(outcomes, in_doubt, diverged, interrupted):
            counted = tuple(
                each
                for each in outcomes
                if not (end.may_wait and each.cause is ReasonCode.LEFT_OUT)
            )
            code = Exit.IN_DOUBT if in_doubt else _applied(counted)
            code = Exit.PARTIAL if diverged and code == Exit.DONE else code
            return Exit.INTERRUPTED if interrupted and code == Exit.PARTIAL else code
        case Rehearsed():
            return _rehearsed(end)
        case Drifted() | Formatted() | Diagnosed() | Exported():
            return _looked(end)
        case Answered():
            return _answered(end)
        case BaseException():
            return _failure(end)[0]


def _looked(end: Drifted | Formatted | Diagnosed | Exported) -> Exit:
    match end:
        case Drifted(found) | Formatted(found):
            return Exit.PENDING if found else Exit.DONE
        case Diagnosed(ok):
            return Exit.DONE if ok else Exit.PANEL
        case Exported(proved):
            return Exit.DONE if proved else Exit.PARTIAL


def _answered(end: Answered) -> Exit:
    if end.applied is None:
        return Exit.IN_DOUBT if end.charges else Exit.PANEL
    return Exit.DONE if end.applied else Exit.REFUSED


def _rehearsed(end: Rehearsed) -> Exit:
    if end.refused:
        return Exit.REFUSED
    code = _applied(end.outcomes)
    return Exit.PARTIAL if code == Exit.DONE and not end.done else code


def _applied(outcomes: tuple[Outcome, ...]) -> Exit:
    """Choose for outcomes; a cause that prevented every write has its own code."""
    open_ends = [outcome for outcome in outcomes if outcome.result != "verified"]
    if any(outcome.result == "in-doubt" for outcome in open_ends):
        return Exit.IN_DOUBT
    if any(outcome.cause is ReasonCode.CREATED_UNLISTED for outcome in open_ends):
        return Exit.PANEL
    if not open_ends:
        return Exit.DONE
    if any(outcome.requests for outcome in outcomes):
        return Exit.PARTIAL
    causes = [outcome for outcome in open_ends if outcome.result != "skipped"]
    if causes and all(outcome.cause in STALE for outcome in causes):
        return Exit.STALE
    if causes and all(outcome.cause is ReasonCode.UNSERVED for outcome in causes):
        return Exit.PANEL
    return Exit.PARTIAL


def error_code(error: BaseException) -> ErrorCode:
    """Return the code of an error in JSON reports."""
    return _failure(error)[1]


def _failure(error: BaseException) -> tuple[Exit, ErrorCode]:
    for kind, code, word in _FAILURES:
        if isinstance(error, kind):
            return code, word
    return Exit.BUG, "unexpected"
