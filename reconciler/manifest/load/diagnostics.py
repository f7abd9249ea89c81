"""The state of loading: the valid resources, all addresses, all findings.

Invariant: the address of an invalid resource stays known, so that one mistake is not reported
again for each reference to it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reconciler.manifest.quote import did_you_mean
from reconciler.model.finding import Finding, FindingCode, Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reconciler.manifest.load.section import Section
    from reconciler.model.address import Address
    from reconciler.model.resource import Desired
    from reconciler.model.waiver import Waiver

# The sections beside `spec` in every kind, and the keys of each.
SECTIONS = {
    "metadata": ("name", "labels"),
    "lifecycle": ("onRemove", "protect", "ignore", "movedFrom", "adopt", "overrides"),
}


@dataclass(slots=True)
class LoadState:
    """A growing collection; ``hints`` limits how often similar words are searched.

    ``clients`` holds the labels of each client by its name, ``overrides`` the sets that resources
    override, with the places where they do, and ``sets`` the documents of the sets.
    """

    desired: list[Desired] = field(default_factory=list)
    seen: dict[Address, Source] = field(default_factory=dict)
    clients: dict[str, Mapping[str, str]] = field(default_factory=dict)
    overrides: dict[Address, tuple[str, Source]] = field(default_factory=dict)
    sets: list[Section] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    waivers: list[Waiver] = field(default_factory=list)
    hints: int = 20

    def marks(self) -> tuple[int, int, int, int, int]:
        """Return how many resources, findings, sets, waivers and overrides there are."""
        parts = (self.desired, self.findings, self.sets, self.waivers, self.overrides)
        counted = [len(each) for each in parts]
        return (counted[0], counted[1], counted[2], counted[3], counted[4])

    def refuse(self, code: FindingCode, message: str, source: Source | None) -> None:
        """Add an error."""
        self.findings.append(Finding("error", code, message, source))

    def hint(self, word: str, known: Iterable[str]) -> str:
        """Return where a key belongs, or similar words, up to a number of searches."""
        for section, keys in SECTIONS.items():
            if word in keys:
                return f": it belongs to `{section}`, beside `spec`"
        if not self.hints:
            return ""
        self.hints -= 1
        return did_you_mean(word, known)

    def claim(self, address: Address, source: Source) -> bool:
        """Register an address; False, with an error that names both places, if it is taken."""
        first = self.seen.setdefault(address, source)
        if first is source:
            return True
        message = f"{address} is declared twice: the other one is at {first}; rename one of them"
        self.refuse("duplicate-address", message, source)
        return False
