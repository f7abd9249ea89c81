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


@dataclass(frozen=True, slots=True)
class SignatureFile:
    """A file that may hold an approval: its path, and its bytes or why it cannot be read.

    ``approver`` is whose approval its path promises; empty where a user named the file.
    """

    path: str
    raw: bytes = b""
    fault: str = ""
    approver: str = ""
