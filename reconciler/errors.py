"""Failures of the panel, the disk and the network, as one tree; an author's mistake is a Finding.

    ReconcilerError                  exit
    ├── UsageError                   64   the command line is not valid
    ├── SelectionError               3    what the command line selects is not there
    ├── ManifestsError               3    findings of severity error, collected
    ├── CommitError                  3    the manifests of a commit cannot be read
    ├── RefusedError                 4    a guard, a policy or a missing --allow refuses
    ├── StalePlanError               5    the panel or the manifests changed since the plan
    ├── PanelError                   8    the panel, or what stands in front of it
    │   ├── UnreachableError              the request provably did not leave
    │   ├── LostAnswerError               it left; whether it took effect is unknown
    │   │   ├── BusyError                 the panel still works on the same request
    │   │   │   └── LongTaskError         the answer will be found at another path
    │   │   ├── ThrottledError            asked to wait before the next request
    │   │   ├── SessionEndedError         a write was refused: its session had ended
    │   │   └── NotAPanelError            what answered does not speak like a panel
    │   │       ├── StatusError           an HTTP status that no panel gives
    │   │       └── WebPageError          a page for a browser: sign-in, anti-bot, maintenance
    │   ├── RejectedError                 the panel refused, in its own words
    │   ├── SignInError                   no session with these credentials
    │   │   └── HalfSignedInError         (also a lost answer) a person must act first
    │   ├── AccessError                   signed in, but without the right
    │   ├── IncompleteError               a list that cannot be proved complete
    │   │   └── UncertainListError        an empty one; another may hold the row
    │   ├── NotRecordedError              a snapshot in place of the panel lacks the answer
    │   └── SecurityStopError             nothing further may be sent (TLS, redirect, size)
    │       └── UnsafeAnswerError         (also a lost answer) the request had left before
    ├── ForgeError                   8    GitHub, GitLab or Gitea, or what stands in front of it
    │   ├── ForgeRefusedError             it refused, with an HTTP status
    │   └── ForgeLostError                whether the request took effect is unknown
    ├── DoubtError                   7    a charge is in doubt; it must be resolved first
    ├── LockedError                  9    another run holds the lock
    ├── StoreError                   10   the journal or the inventory cannot be read or written
    │   ├── MovedError                    another run wrote to the state meanwhile
    │   ├── UncertainError                whether the state was written is unknown
    │   └── OutputError                   standard output takes nothing more
    ├── SecretError                  3    a secret's reference leads nowhere
    ├── CodecError                   1    a text is not of the shape its codec reads
    │   └── AmbiguousNumberError          a number can be read in two ways
    └── WriteForbiddenError          1    a read-only transport was asked to write: a bug of ours

Callers distinguish errors by type and by ``code``, never by the words of a message.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from reconciler.model.finding import Finding
    from reconciler.model.lock import LockRecord
    from reconciler.model.refusal import Refusal


# The most frequent cause of a status.
_PATH_HINT = {
    400: "; the server may expect https, but the target says http",
    404: "; check that the url of the target ends in /billmgr",
    405: "; check that the url of the target ends in /billmgr",
}


class ReconcilerError(Exception):
    """The root: everything that this project raises on purpose."""


class UsageError(ReconcilerError):
    """The command line is not valid."""


class SelectionError(ReconcilerError):
    """A well-formed label, address or client on the command line selects nothing."""


class ManifestsError(ReconcilerError):
    """The manifests or the project file have errors; ``findings`` holds all of them."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        """Store the findings in the order of their places."""
        self.findings = tuple(findings)
        first = f": {self.findings[0].message}" if self.findings else ""
        super().__init__(f"{len(self.findings)} findings in the manifests{first}")


class CommitError(ReconcilerError):
    """The manifests of the commit that a branch is compared with cannot be read."""


class RefusedError(ReconcilerError):
    """A guard, a policy or a missing consent refuses; ``reasons`` has one line for each.

    ``remedies`` are commands that would be allowed, each with its effect.
    """

    def __init__(self, reasons: Sequence[Refusal], remedies: Sequence[str] = ()) -> None:
        """Store each reason as a sentence of its own."""
        self.reasons = tuple(reasons)
        self.remedies = tuple(remedies)
        super().__init__("; ".join(self.reasons))


class StalePlanError(ReconcilerError):
    """The manifests or objects of the plan changed since; ``reasons`` names them."""

    def __init__(self, reasons: Sequence[Refusal]) -> None:
        """Store each reason as a sentence of its own."""
        self.reasons = tuple(reasons)
        super().__init__("; ".join(self.reasons))


class PanelError(ReconcilerError):
    """The panel, or a server before it, did not serve a request; ``place`` is its address."""

    place = ""


class UnreachableError(PanelError):
    """The request provably did not leave: nothing can have happened."""


class LostAnswerError(PanelError):
    """The request left and no usable answer came back: it may or may not have taken effect.

    ``asked`` is the question in words, where the caller does not name it.
    """

    asked = ""

    def __str__(self) -> str:
        """Return the message, after the question where that is known."""
        message = super().__str__()
        return f"{self.asked}: {message}" if self.asked else message


class SessionEndedError(LostAnswerError):
    """A write was refused without a session; an earlier copy of it may have been accepted."""


class NotAPanelError(LostAnswerError):
    """What came back is not a panel's answer: HTML, a broken document, a contradiction."""


class StatusError(NotAPanelError):
    """Something in front of the panel answered; ``status`` is its HTTP status."""

    def __init__(self, status: int, *, known: bool = False) -> None:
        """Store the status; no hint is added for an address that has answered in this run."""
        self.status = status
        hint = "" if known else _PATH_HINT.get(status, "")
        super().__init__(f"HTTP status {status}: a panel always answers with 200{hint}")


class WebPageError(NotAPanelError):
    """A page for a browser came back: a sign-in, an anti-bot check, a maintenance notice."""


class BusyError(LostAnswerError):
    """The panel is still busy with the same request, sent before or by somebody else."""


class LongTaskError(BusyError):
    """The panel is still working; ``path`` is where the answer will be, on the same origin."""

    def __init__(self, path: str) -> None:
        """Store the path of the answer."""
        self.path = path
        super().__init__("the panel runs this request as a long task")


class ThrottledError(LostAnswerError):
    """We were asked to wait; ``wait`` is for how long, in seconds, within bounds of our own."""

    def __init__(self, status: int, wait: float) -> None:
        """Store the wait and the status."""
        self.wait = wait
        pause = f" and asks to wait {wait:.0f} s" if round(wait) else ""
        super().__init__(f"the panel answered with status {status}{pause}")


# Refusals that speak of the moment: the same question may be answered a little later.
_TROUBLES = frozenset({"db", "query", "xml"})


class RejectedError(PanelError):
    """The panel answered with an error document; ``code`` is its type, ``object`` what it names.

    ``step`` holds the fields of a form that came back in place of a confirmation.
    """

    step: Mapping[str, str] = MappingProxyType({})

    def __init__(self, code: str, obj: str, message: str) -> None:
        """Store the panel's error type, the object it names and its text."""
        self.code = code
        self.object = obj
        self.message = message
        about = f" ({obj})" if obj else ""
        super().__init__(f"the panel says {code or 'no'}{about}: {message}")

    @property
    def is_missed(self) -> bool:
        """Return whether the panel knows no such function, or no such object.

        It is the one refusal that proves absence by itself; what else is answered for an object
        that is not there differs from panel to panel: the type ``value``, or a text without any.
        """
        return self.code == "missed"

    @property
    def is_trouble(self) -> bool:
        """Return whether the panel reports trouble of its own, unrelated to the request."""
        return self.code in _TROUBLES


class SignInError(PanelError):
    """No session can be had: wrong password, blocked address, a pending second factor."""


class SignInIncompleteError(SignInError, LostAnswerError):
    """The panel asks for a step by hand first: a second factor, a new password."""


class AccessError(PanelError):
    """The user is signed in, but lacks the right."""


class IncompleteError(PanelError):
    """A list cannot be proved complete, so nothing may be judged absent from it."""


class UncertainListError(IncompleteError):
    """A list is empty, and another one may hold the row."""


class NotRecordedError(PanelError):
    """A plan asks something that the snapshot, which stands in for the panel, does not hold."""


class SecurityStopError(PanelError):
    """Nothing further may be sent: a TLS failure, a redirect, an answer over its bounds."""


class UnsafeAnswerError(SecurityStopError, LostAnswerError):
    """The request left, and what came back forbids any further one: a redirect, a flood."""


class ForgeError(ReconcilerError):
    """A forge (GitHub, GitLab, Gitea) did not serve a request."""


class ForgeRefusedError(ForgeError):
    """A forge refused a request; ``status`` is its HTTP status."""

    def __init__(self, status: int, message: str) -> None:
        """Store the status and the whole message."""
        self.status = status
        super().__init__(message)


class ForgeLostError(ForgeError):
    """A request left and no usable answer came back: it may or may not have taken effect."""


class DoubtError(ReconcilerError):
    """A charge is in doubt and must be resolved first."""


class LockedError(ReconcilerError):
    """Another run holds the lock of this target, or took ours; ``records`` are such locks."""

    def __init__(self, message: str, records: Sequence[LockRecord] = ()) -> None:
        """Store the locks that are in the way, where they are known."""
        self.records = tuple(records)
        super().__init__(message)


class StoreError(ReconcilerError):
    """The inventory, a plan file or the journal cannot be read or written."""


class MovedError(StoreError):
    """Another run wrote to the state since it was read: read it again and write behind that."""


class UncertainError(StoreError):
    """The connection to the state broke, and it is unknown whether a batch was written."""


class OutputError(StoreError):
    """Standard output cannot be written: a full disk; what was to be reported is lost."""


class SecretError(ReconcilerError):
    """A secret's reference leads nowhere: an unset variable, an unreadable file."""


class CodecError(ReconcilerError):
    """A text is not of the shape that its codec reads."""


class AmbiguousNumberError(CodecError):
    """A number can be read in two ways: ``readings`` are both, ``unit`` is what stands behind it.

    ``text`` is what the panel printed.
    """

    def __init__(self, text: str, readings: frozenset[Decimal], unit: str) -> None:
        """Store both readings."""
        self.text = text
        self.readings = readings
        self.unit = unit
        low, high = min(readings), max(readings)
        super().__init__(f"{text!r} is {low.normalize():f} or {high.normalize():f}")


class WriteForbiddenError(ReconcilerError):
    """A read-only transport was asked to write; no user can cause this."""
