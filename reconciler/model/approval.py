"""Who must approve a plan, when, and with which key.

Invariants: rules and approvers come from the project file, never from a plan; a key belongs to one
approver; keys with one comment are one person's, and a key without a comment is a person of its
own.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decimal import Decimal

    from reconciler.model.plan import ChangeClass

# By the ISO code of a currency.
AmountLimits = Mapping[str, "Decimal"]


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public SSH key: its type, the bytes that OpenSSH encodes it in, and its comment."""

    type: str
    blob: bytes
    comment: str = ""

    @property
    def fingerprint(self) -> str:
        """The fingerprint, as ``ssh-keygen -l`` prints it."""
        text = base64.b64encode(hashlib.sha256(self.blob).digest()).decode()
        return f"SHA256:{text.rstrip('=')}"

    @property
    def person(self) -> str:
        """Whose the key is: two keys with the same result are one person's."""
        return self.comment.casefold() or self.fingerprint

    @property
    def owner(self) -> str:
        """The comment of the key, or its fingerprint: its owner for a reader."""
        return self.comment or self.fingerprint


@dataclass(frozen=True, slots=True)
class Approver:
    """A role that approves plans, with the keys of the people who have it."""

    name: str
    keys: tuple[PublicKey, ...]


@dataclass(frozen=True, slots=True)
class ApprovalRule:
    """When a plan needs the approval of each one ``of`` some approvers.

    Every condition that is given must hold: the plan has a change of one of the ``classes``; it
    charges more than ``charges_above``; what recurs each month falls by more than
    ``decrease_above`` or rises by more than ``increase_above``. None and an empty set are no
    condition.
    """

    of: tuple[str, ...]
    classes: frozenset[ChangeClass] = frozenset()
    charges_above: AmountLimits | None = None
    decrease_above: AmountLimits | None = None
    increase_above: AmountLimits | None = None

    def in_shards(self, count: int) -> tuple[ApprovalRule, ...]:
        """Return the rules for one of several shards, of which the others are not known.

        Each condition counts alone, for another shard may fulfil the others, and each limit is
        divided: where the shards together are above it, one of them is above its part.
        """
        if count == 1:
            return (self,)
        named, (charges, fall, rise) = self.of, self._limits_in(count)
        rules = (
            ApprovalRule(named, classes=self.classes) if self.classes else None,
            ApprovalRule(named, charges_above=charges) if charges is not None else None,
            ApprovalRule(named, decrease_above=fall) if fall is not None else None,
            ApprovalRule(named, increase_above=rise) if rise is not None else None,
        )
        return tuple(rule for rule in rules if rule is not None)

    def _limits_in(self, count: int) -> list[AmountLimits | None]:
        limits = (self.charges_above, self.decrease_above, self.increase_above)
        return [
            None if each is None else {unit: most / count for unit, most in each.items()}
            for each in limits
        ]


@dataclass(frozen=True, slots=True)
class SignatureFile:
    """A file that may hold an approval: its path, and its bytes or why it cannot be read.

    ``approver`` is whose approval its path promises; empty where a user named the file.
    """

    path: str
    raw: bytes = b""
    fault: str = ""
    approver: str = ""
