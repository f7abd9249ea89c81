"""Which clients are exported: those that are named, that bear a label, that are in a group.

Invariant: a selection that finds nobody is an error that says what comes near.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reconciler.errors import SelectionError
from reconciler.manifest.quote import did_you_mean, quote
from reconciler.model.text import fold_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.export.index import ClientIndex
    from reconciler.model.resource import Observed


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientSelection:
    """What narrows an export; ``clients`` are emails or ids, ``labels`` those of manifests.

    ``members`` says, by the field of a side list, one of which options is to be switched on.
    """

    clients: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    members: Mapping[str, str] = field(default_factory=dict)
    seen: dict[str, set[str]] = field(default_factory=dict)

    @property
    def whole(self) -> bool:
        """Whether every client is in scope."""
        return not (self.clients or self.labels or self.members)

    def of(self, index: ClientIndex) -> list[Observed]:
        """Return the clients that are named, or bear the labels. Raises: SelectionError."""
        by_word: dict[str, Observed] = {each.row_id: each for each in index.clients}
        by_word |= {login: each for each in index.clients if (login := index.login(each))}
        for word in self.clients:
            if fold_text(word) not in by_word:
                near = did_you_mean(word, by_word)
                raise SelectionError(f"--client {quote(word)} is no client of the panel{near}")
        chosen = {by_word[fold_text(word)].row_id for word in self.clients}
        found = [each for each in index.clients if not self.clients or each.row_id in chosen]
        if not self.labels:
            return found
        declared = index.declared
        marked = [
            each
            for each in found
            if each.row_id in declared and self._has_labels(declared[each.row_id].labels)
        ]
        if not marked:
            wanted = " ".join(f"-l {key}={value}" for key, value in self.labels.items())
            known = {f"{k}={v}" for d in declared.values() for k, v in d.labels.items()}
            near = did_you_mean(wanted.removeprefix("-l "), known) or _listed(known)
            raise SelectionError(f"{wanted} selects no declared client{near}")
        return marked

    def has_members(self, client: Observed) -> bool:
        """Return whether a client is in the groups that are asked for."""
        verdicts = []
        for name, wanted in self.members.items():
            value = client.fields.get(name)
            labels = {str(choice) for choice in value} if isinstance(value, frozenset) else set()
            self.seen.setdefault(name, set()).update(labels)
            verdicts.append(fold_text(wanted) in map(fold_text, labels))
        return all(verdicts)

    def require_some(self, found: int) -> None:
        """Raise where nobody was in the groups. Raises: SelectionError."""
        if found or not self.members:
            return
        for name, wanted in self.members.items():
            known = self.seen.get(name, set())
            near = did_you_mean(wanted, known) or _listed(known)
            raise SelectionError(f"no client has {quote(wanted)} among its {name}{near}")

    def _has_labels(self, labels: Mapping[str, str]) -> bool:
        return all(labels.get(key) == value for key, value in self.labels.items())


def _listed(known: Iterable[str]) -> str:
    names = sorted(known)[:5]
    return f"; there are {', '.join(names)}" if names else ""
