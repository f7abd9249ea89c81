"""How a panel writes numbers: which mark stands before the decimals, which between thousands.

Invariant: what is not known is not guessed; a shape of which nothing is known has no marks.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NumberShape:
    """The marks of a panel's numbers.

    ``decimal`` is empty where the mark is not known. ``thousands`` is None where it is not known,
    and empty where thousands are not grouped; a blank stands for every sort of blank.
    """

    decimal: str = ""
    thousands: str | None = None

    def __str__(self) -> str:
        """Return the shape as the project file spells it."""
        parts = [f'decimal: "{self.decimal}"'] if self.decimal else []
        parts += [f'thousands: "{self.thousands}"'] if self.thousands is not None else []
        return f"{{{', '.join(parts)}}}"


# Nothing is known: a number that can be read in two ways is not read at all.
UNPROVED = NumberShape()
# As we write numbers ourselves.
PLAIN = NumberShape(".", "")
