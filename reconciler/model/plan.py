"""A plan is data: printed, stored, digested, compared and tested without a panel.

Invariant: nothing here holds a callable, a connection or a secret's text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from reconciler.model.impact import NO_IMPACT
from reconciler.model.value import Secret

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal

    from reconciler.model.address import Address, ElementId
    from reconciler.model.explanation import BaseCommit, Explanation
    from reconciler.model.finding import Finding, Source
    from reconciler.model.impact import Impact
    from reconciler.model.reason import Reason, ReasonCode
    from reconciler.model.resource import Desired, Observed
    from reconciler.model.shard import Shard
    from reconciler.model.value import Fields, Ref, Value

# All that a plan can do to a resource; what is blocked is not done.
Operation = Literal["create", "adopt", "update", "delete", "renew", "suspend", "resume"]
Action = Literal[Operation, "blocked"]
ChangeClass = Literal["delete", "charge", "reinstall", "history", "adopt", "terminate", "prune"]


@dataclass(frozen=True, slots=True)
class Edit:
    """One field's change; ``before`` is None where nothing is known or nothing was."""

    field: str
    before: Value
    after: Value

    @property
    def root(self) -> str:
        """The manifest field that the edit is in: ``addons`` of ``addons.12``."""
        return self.field.partition(".")[0]

    @property
    def key(self) -> str:
        """The key of a map that the edit is at: ``12`` of ``addons.12``; else an empty text."""
        return self.field.partition(".")[2]


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in a currency; ``amount`` is None where the panel does not show the price.

    ``unclear`` is what the panel prints where that can be read in two ways. ``computed`` means that
    no form shows the amount for these terms. ``at_most`` holds, by currency, what the author lets
    it come to, or the highest of the amounts that it may be: it stands for one that is not known.
    ``before`` is the price as read, where earlier changes of the same plan move it; it bounds a
    charge whose amount they leave unknown.
    """

    amount: Decimal | None
    currency: str
    payer: str = ""
    unclear: str = ""
    computed: bool = False
    at_most: tuple[tuple[str, Decimal], ...] = ()
    before: Money | None = None


@dataclass(frozen=True, slots=True)
class Client:
    """Whose a change is: the name in the manifests or the panel, the email and id as known."""

    name: str = ""
    email: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing to do to one resource, with why, how risky, on what it rests and what it needs.

    ``precondition`` is a digest of what was observed and must still hold when the write is sent;
    ``precedent`` the row that a new dated one takes over from, or precedes, which bounds its move,
    ``client`` whose it is, as far as that is known, and ``from_set`` the ResourceSet that declares
    the resource, if any. ``explanation`` is None where no branch was asked for.
    """

    address: Address
    action: Action
    edits: tuple[Edit, ...] = ()
    desired: Desired | None = None
    observed: Observed | None = None
    reason: str = ""
    reason_code: ReasonCode | None = None
    classes: frozenset[ChangeClass] = frozenset()
    depends_on: tuple[Address, ...] = ()
    source: Source | None = None
    precondition: str = ""
    money: Money | None = None
    precedent: Fields | None = None
    client: Client | None = None
    from_set: str = ""
    explanation: Explanation | None = None

    @property
    def explained(self) -> bool | None:
        """Whether a line of the branch explains the change; None where no branch was asked for."""
        return self.explanation.explained if self.explanation else None

    @property
    def id(self) -> ElementId | None:
        """The panel's id of the object that is touched, where there is one."""
        return self.observed.row_id if self.observed else None

    def because(self, reason: Reason) -> Change:
        """Return the change with a reason."""
        return replace(self, reason=reason.text, reason_code=reason.code)

    def blocked(self, reason: Reason) -> Change:
        """Return the change as one that is not made, with the reason."""
        return replace(self.because(reason), action="blocked")


@dataclass(frozen=True, slots=True)
class TargetRef:
    """Which panel a plan speaks of: its name in the project file and its address."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class SnapshotRef:
    """The snapshot that stood in for the panel: when it was taken, and its age in words.

    ``pseudonyms``: people's data was replaced in it. ``age`` is empty in a plan that was saved.
    """

    taken_at: str
    pseudonyms: bool = False
    age: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that would be done, in the order in which it would be done.

    ``keeps`` counts what is as declared. ``kept`` maps those addresses to their live objects,
    ``parents`` references to the objects they mean, and ``forgets`` names what the inventory may
    drop; these three serve the apply and are not part of the printed or digested plan, nor is
    ``declared``, the number of all resources, whether they are in view or not. ``undoes`` names the
    run that it takes back, and ``impact`` is what it comes to for people. ``since`` is the commit
    that the changes were explained from. ``at`` is the day to come that it was made for; such a
    plan is read, and never applied. ``snapshot`` stood in for the panel. ``unchecked`` counts, by
    kind, the resources that a selection left out. ``shard`` is the part that it is of the whole
    plan, None for the whole.
    """

    target: TargetRef
    changes: tuple[Change, ...]
    keeps: int
    findings: tuple[Finding, ...]
    manifest_digest: str
    kept: Mapping[Address, tuple[Desired, Observed]]
    forgets: tuple[Address, ...] = ()
    parents: Mapping[Ref, Observed] = field(default_factory=dict)
    declared: int = 0
    undoes: str = ""
    impact: Impact = NO_IMPACT
    since: BaseCommit | None = None
    at: date | None = None
    snapshot: SnapshotRef | None = None
    unchecked: Mapping[str, int] = field(default_factory=dict)
    shard: Shard | None = None

    @property
    def is_for_reading(self) -> bool:
        """Return whether no apply takes the plan: it is for a day to come, or under pseudonyms."""
        return self.at is not None or (self.snapshot is not None and self.snapshot.pseudonyms)

    @property
    def unexplained(self) -> tuple[Address, ...]:
        """Return the addresses of the changes that no line of the branch explains, each once."""
        open_ones = (change.address for change in self.changes if change.explained is False)
        return tuple(dict.fromkeys(open_ones))

    def part(self, changes: tuple[Change, ...]) -> Plan:
        """Return the plan with some of its changes; what a part comes to is not known."""
        impact = self.impact if changes == self.changes else NO_IMPACT
        return replace(self, changes=changes, impact=impact)

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """The references that carrying the plan out will resolve."""
        edits = (edit for each in self.changes if each.action != "blocked" for edit in each.edits)
        return tuple(edit.after for edit in edits if isinstance(edit.after, Secret))

    @property
    def empty(self) -> bool:
        """Return whether there is nothing to do and nothing in the way."""
        return not self.changes
