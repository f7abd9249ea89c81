"""What an author wrote wrong, as a value with its place.

Invariant: findings are collected and shown whole; none of them is raised alone.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

if TYPE_CHECKING:
    from collections.abc import Sequence

Severity = Literal["error", "warning", "note"]
# How much a rule of lint counts; `off` asks it nothing.
Level = Literal["off", "note", "warning", "error"]
# The rules of lint: structure, references, money, operations. `reconciler.lint` says what each is.
LintCode = Literal[
    "BM101",
    "BM102",
    "BM103",
    "BM104",
    "BM105",
    "BM106",
    "BM107",
    "BM108",
    "BM109",
    "BM110",
    "BM111",
    "BM112",
    "BM113",
    "BM190",
    "BM191",
    "BM201",
    "BM202",
    "BM203",
    "BM204",
    "BM205",
    "BM206",
    "BM207",
    "BM208",
    "BM209",
    "BM210",
    "BM211",
    "BM212",
    "BM301",
    "BM302",
    "BM303",
    "BM304",
    "BM305",
    "BM306",
    "BM310",
    "BM311",
    "BM312",
    "BM313",
    "BM314",
    "BM315",
    "BM320",
    "BM321",
    "BM322",
    "BM323",
    "BM324",
    "BM330",
    "BM331",
    "BM332",
    "BM333",
    "BM334",
    "BM335",
    "BM336",
    "BM337",
    "BM338",
    "BM401",
    "BM402",
    "BM403",
    "BM404",
    "BM405",
    "BM406",
    "BM407",
    "BM408",
    "BM409",
    "BM410",
    "BM411",
    "BM412",
    "BM413",
    "BM414",
]
# What is wrong, or worth to know, as programs read it: none of them ever changes its meaning.
FindingCode = Literal[
    LintCode,
    "alias",
    "ambiguous-reference",
    "anchor",
    "api-version",
    "character",
    "circular-need",
    "credentials",
    "directive",
    "duplicate-address",
    "duplicate-adoption",
    "duplicate-identity",
    "duplicate-key",
    "duplicate-marker",
    "empty-file",
    "encoding",
    "faults",
    "forgotten",
    "identity-moved",
    "install",
    "invalid-label",
    "invalid-lifecycle",
    "invalid-name",
    "invalid-value",
    "invalid-waiver",
    "key-type",
    "kind",
    "lifecycle-changed",
    "marker",
    "merge-key",
    "missing-field",
    "missing-key",
    "missing-name",
    "moved-from-idle",
    "needed-at-creation",
    "no-manifests",
    "no-policies",
    "not-a-manifest",
    "not-editable",
    "nothing-to-adopt",
    "null",
    "number",
    "parent-inline",
    "overlay-empty",
    "overlay-folder",
    "overlay-name",
    "overlay-unmatched",
    "override-unmatched",
    "path-missing",
    "path-name",
    "path-outside",
    "policy",
    "policy-exception",
    "policy-expression",
    "policy-library",
    "price-may-move",
    "project",
    "renamed",
    "request",
    "resembles-live",
    "rules-changed",
    "set-clients",
    "set-name",
    "set-resources",
    "skipped-file",
    "special-file",
    "symlink",
    "syntax",
    "tag",
    "too-deep",
    "too-large",
    "too-long",
    "undeclared",
    "undo-compensating",
    "undo-done",
    "undo-exact",
    "undo-impossible",
    "undo-unmanaged",
    "unknown-choice",
    "unknown-code",
    "unknown-field",
    "unknown-key",
    "unknown-reference",
    "unreadable",
    "waits-for-payment",
    "wrong-type",
]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
# The code of a file that is skipped by its name although it declares something.
SKIPPED_FILE: FindingCode = "skipped-file"


class Source(NamedTuple):
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
    """One message to the author: severity, a stable code, words, and place."""

    severity: Severity
    code: FindingCode
    message: str
    source: Source | None = None


def placed(finding: Finding) -> str:
    """Return the words of a finding, after the place where it is known."""
    return f"{finding.source}: {finding.message}" if finding.source else finding.message


def has_errors(findings: tuple[Finding, ...] | list[Finding]) -> bool:
    """Return whether any finding stops the work."""
    return any(finding.severity == "error" for finding in findings)


@dataclass(frozen=True, slots=True)
class Bound:
    """How many findings are shown: of one file, and in all."""

    in_file: int
    in_all: int

    def keep(self, findings: Sequence[Finding]) -> list[Finding]:
        """Return as many findings as are shown, in the order given; errors first."""
        if len(findings) <= self.in_file:
            return list(findings)
        by_severity = sorted(
            range(len(findings)), key=lambda number: SEVERITIES.index(findings[number].severity)
        )
        files: Counter[str] = Counter()
        kept: set[int] = set()
        for number in by_severity:
            source = findings[number].source
            name = source.file if source else ""
            if len(kept) < self.in_all and (not name or files[name] < self.in_file):
                kept.add(number)
                files[name] += 1
        return [finding for number, finding in enumerate(findings) if number in kept]


# As many as anybody reads, and as many as a program is given.
IN_TEXT = Bound(20, 200)
IN_DOCUMENTS = Bound(1000, 10_000)


def by_place(finding: Finding) -> tuple[str, str, str]:
    """Return what findings are put in order by."""
    return str(finding.source or ""), finding.code, finding.message
