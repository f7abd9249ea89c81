"""What an author wrote wrong, as a value with its place.

Invariant: findings are collected and shown whole; none of them is raised alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "note"]
# The code of a file that is skipped by its name although it declares something.
SKIPPED_FILE = "skipped-file"


@dataclass(frozen=True, slots=True, order=True)
class Source:
    """A place in a file; line and column count from one, and zero means the file as a whole."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        """Return ``file:line:column`` as editors read it."""
        if not self.line:
            return self.file
        return (
            f"{self.file}:{self.line}:{self.column}" if self.column else f"{self.file}:{self.line}"
        )


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to tell the author: how grave, what (a stable code), in words, and where."""

    severity: Severity
    code: str
    message: str
    source: Source | None = None


def has_errors(findings: tuple[Finding, ...] | list[Finding]) -> bool:
    """Tell whether any finding stops the work."""
    return any(finding.severity == "error" for finding in findings)


def by_place(finding: Finding) -> tuple[str, str, str]:
    """Return what findings are put in order by."""
    return str(finding.source or ""), finding.code, finding.message
