"""What an author says to a rule of lint: not here, for this reason, and who answers for it.

Invariant: a waiver covers the resources of the document that it stands in, and no others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from reconciler.model.address import Address
    from reconciler.model.finding import LintCode, Source


@dataclass(frozen=True, slots=True)
class Waiver:
    """One rule that is not held against some resources, up to and including a day."""

    code: LintCode
    reason: str
    owner: str
    until: date | None
    source: Source
    covers: frozenset[Address] = frozenset()

    def holds_on(self, day: date) -> bool:
        """Return whether the waiver has not ended before a day."""
        return self.until is None or self.until >= day
