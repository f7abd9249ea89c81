"""A project's own rules over a plan, and what they may look at.

Invariants: a policy comes from the project's files, never from a plan; what an expression can see
is in ``VARIABLES`` and nowhere else, and no secret is among it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import date

    from reconciler.model.address import Address
    from reconciler.model.finding import Source
    from reconciler.model.plan import Action, Change

Effect = Literal["deny", "warn"]
Subject = Literal["change", "plan"]
VariableType = Literal[
    "string",
    "int",
    "timestamp",
    "list of strings",
    "map of strings",
    "map of ints",
    "map of doubles",
    "map of values",
    "map of edits",
    "list of changes",
]


@dataclass(frozen=True, slots=True)
class Variable:
    """One thing that an expression can name."""

    name: str
    type: VariableType
    doc: str


_ALWAYS = (
    Variable("target.name", "string", "the target, as the project file names it"),
    Variable("target.url", "string", "the panel's address"),
    Variable("now", "timestamp", "the time of the check, in UTC"),
    Variable("today", "string", "its day: '2026-11-21'"),
)
VARIABLES: dict[Subject, tuple[Variable, ...]] = {
    "change": (
        Variable("change.address", "string", "'Discount/acme-spring'"),
        Variable("change.kind", "string", "'Discount'"),
        Variable("change.name", "string", "'acme-spring'"),
        Variable("change.action", "string", "what is done: 'create', 'update', 'delete', …"),
        Variable("change.id", "string", "the panel's id; '' where there is no object yet"),
        Variable("change.parent", "string", "'Client/acme', or the panel's id; '' for none"),
        Variable("change.reason", "string", "why, where the plan says so; else ''"),
        Variable("change.classes", "list of strings", "'charge', 'delete', 'reinstall', …"),
        Variable("change.labels", "map of strings", "the manifest's labels"),
        Variable("change.edits", "map of edits", "by field: {before, after}"),
        Variable("change.before", "map of values", "what the panel holds, by field"),
        Variable("change.after", "map of values", "what it will hold; empty when deleted"),
        Variable("change.charge", "map of values", "{amount, currency}; empty without a charge"),
        Variable("change.source.file", "string", "where it is declared; '' when it no longer is"),
        Variable("change.source.line", "int", "the line there; else 0"),
        *_ALWAYS,
    ),
    "plan": (
        Variable("plan.changes", "list of changes", "those that match, each a map as of a change"),
        Variable(
            "plan.counts", "map of ints", "how many of them, by action; every action is a key"
        ),
        Variable("plan.charges", "map of doubles", "what they charge together, by currency"),
        Variable(
            "plan.unknownCharges", "int", "how many charge an amount that the panel does not show"
        ),
        Variable("plan.resources", "int", "how many resources the manifests declare"),
        *_ALWAYS,
    ),
}


@dataclass(frozen=True, slots=True)
class Expression:
    """A text in the language of policies, and where it stands.

    ``lines`` says where each of its lines begins, and is empty where the file writes them otherwise
    (folded, escaped).
    """

    text: str
    source: Source
    lines: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class PolicyException:
    """What a policy excuses up to and including a day, and who answers for it.

    ``address`` is None in a policy over the whole plan.
    """

    address: Address | None
    owner: str
    until: date
    reason: str
    source: Source


@dataclass(frozen=True, slots=True)
class Policy:
    """One rule: it is violated where its expression is true, or cannot be judged."""

    name: str
    effect: Effect
    subject: Subject
    when: Expression
    message: str
    kinds: frozenset[str] = frozenset()
    actions: frozenset[Action] = frozenset()
    exemptions: tuple[PolicyException, ...] = ()

    @property
    def source(self) -> Source:
        """Where its expression stands."""
        return self.when.source

    def matches(self, change: Change) -> bool:
        """Return whether the policy is about a change; nothing is about what is blocked."""
        if change.action == "blocked":
            return False
        about = not self.kinds or change.address.kind in self.kinds
        return about and (not self.actions or change.action in self.actions)


@dataclass(frozen=True, slots=True)
class PolicyCheck:
    """One policy asked about one change, or about all that match (``change`` is None)."""

    policy: Policy
    changes: tuple[Change, ...]

    @property
    def change(self) -> Change | None:
        """The one change, for a policy that is about one."""
        return self.changes[0] if self.policy.subject == "change" else None


@dataclass(frozen=True, slots=True)
class PolicyResult:
    """What became of a question; ``fault`` says why it could not be judged, which violates, too."""

    violated: bool
    fault: str = ""
