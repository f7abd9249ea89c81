"""How well a panel can be worked with: checks with a remedy each, and what each kind finds there.

Invariant: what was not or cannot be found out is unknown, never ok.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from reconciler.model.plan import TargetRef

Status = Literal["ok", "warning", "problem", "unknown"]


@dataclass(frozen=True, slots=True)
class ConnectionReport:
    """What was seen when the panel was first touched, before anybody signed in.

    ``protocol`` is the TLS version, empty where none is spoken. ``skew`` is by how many seconds
    the panel's clock is ahead of ours, None where it shows none.
    """

    way: Literal["network", "embedded", "command"]
    protocol: str = ""
    skew: float | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at, what was found, and what to do about it."""

    name: str
    status: Status
    message: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class FunctionCheck:
    """Whether a function that a kind needs opens here, and what for it is needed."""

    name: str
    purpose: str
    status: Status
    message: str = ""


@dataclass(frozen=True, slots=True)
class KindCheck:
    """What a kind finds in this installation, and what would therefore not work."""

    kind: str
    status: Status
    functions: tuple[FunctionCheck, ...]
    missing_fields: tuple[str, ...] = ()
    missing_columns: tuple[str, ...] = ()
    consequences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SavedFilter:
    """A list under a saved filter: the fields it filters by, and whose filter it is."""

    func: str
    fields: tuple[str, ...]
    su: str = ""


@dataclass(frozen=True, slots=True)
class DoctorReport:
    """All that was found out about a target."""

    target: TargetRef
    checks: tuple[Check, ...]
    kinds: tuple[KindCheck, ...] = ()
    filtered: tuple[SavedFilter, ...] = ()
    by_client: bool = False

    @property
    def ok(self) -> bool:
        """Return whether nothing was found that stops a plan or an apply."""
        found = [each.status for each in self.checks] + [each.status for each in self.kinds]
        return "problem" not in found
