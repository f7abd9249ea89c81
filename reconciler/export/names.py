"""Names for what was exported: readable, the same whatever the order of answers, unique in a kind.

Invariants: a name that a manifest, an inventory or a marker gives is kept; a client's name holds no
dot, and a child's begins with its client's and a dot, so that no two clients' children clash.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from anyascii import anyascii

from reconciler.model.value import Choice

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from reconciler.export.read import ReadObject
    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.address import ElementId
    from reconciler.model.resource import Observed
    from reconciler.model.value import Value

LONGEST = 63
# So long may a client's name be: the rest is for what tells its children apart.
_OF_A_CLIENT = 40
_OTHER = re.compile(r"[^a-z0-9]+")
_NOT_DOMAIN = re.compile(r"[^a-z0-9.]+")


@dataclass(frozen=True, slots=True)
class Candidates:
    """The names that an object may have, the best first; the last one is nobody else's."""

    id: ElementId
    names: tuple[str, ...]


def client_names(
    kind: ResourceKind, rows: Iterable[Observed], taken: Collection[str]
) -> dict[ElementId, str]:
    """Name clients by their title, else by their login; two of one name by both.

    ``taken`` are names that manifests declare for others.
    """
    wanted = []
    for row in rows:
        login = slug(str(row.fields.get(kind.login, "")))
        title = slug(str(row.fields.get(kind.title, ""))) or login
        last = f"{kind.name.lower()}-{slug(row.row_id)}"
        both = _joined(title, login, most=_OF_A_CLIENT)
        names = (_cut(title, _OF_A_CLIENT), both, _joined(title, slug(row.row_id), most=50), last)
        wanted.append(Candidates(row.row_id, tuple(dict.fromkeys(n for n in names if n))))
    return settle(wanted, taken)


def child_names(
    kind: ResourceKind,
    stem: str,
    items: Sequence[ReadObject],
    taken: Collection[str],
) -> dict[ElementId, str]:
    """Name the children of one client by what they are known by, the fewest words that do."""
    spoken = [(item.observed, [*_words(kind, item.observed)]) for item in items]
    wanted = []
    for observed, words in spoken:
        names = [
            _joined(stem, "-".join(words[:count]), by=".") for count in range(1, len(words) + 1)
        ]
        names.append(f"{stem[: LONGEST - 20]}.id-{slug(observed.row_id)}")
        wanted.append(Candidates(observed.row_id, tuple(dict.fromkeys(names))))
    return settle(wanted, taken)


def stem_of(name: str, row_id: ElementId) -> str:
    """Return what the names of a client's children begin with, which is no other client's."""
    if "." not in name and len(name) <= _OF_A_CLIENT:
        return name
    return f"{name[:30].replace('.', '-').strip('-')}-{slug(row_id)}"


def settle(wanted: Iterable[Candidates], taken: Collection[str]) -> dict[ElementId, str]:
    """Assign each object the first of its names that nobody else claims.

    Order: none matters; a name that two claim in one round is given to neither of them.
    """
    used = set(taken)
    waiting = list(wanted)
    settled: dict[ElementId, str] = {}
    for turn in range(max((len(each.names) for each in waiting), default=0)):
        claims = Counter(each.names[turn] for each in waiting if turn < len(each.names))
        still = []
        for each in waiting:
            name = each.names[min(turn, len(each.names) - 1)]
            if turn < len(each.names) and claims[name] == 1 and name not in used:
                settled[each.id] = name
            else:
                still.append(each)
        used |= set(settled.values())
        waiting = still
    for each in sorted(waiting, key=lambda left: left.id):
        number = 2
        while (name := f"{each.names[-1][: LONGEST - 6]}-{number}") in used:
            number += 1
        settled[each.id] = name
        used.add(name)
    return settled


def slug(text: str) -> str:
    """Return a text in the letters of a name: those of other scripts as they are read aloud."""
    return _OTHER.sub("-", anyascii(text).replace("'", "").lower()).strip("-")


def variable(name: str, field: str) -> str:
    """Return the environment variable that would hold a secret of a resource."""
    words = re.sub(r"[^A-Z0-9]+", "_", f"{name} {field}".upper())
    return f"_{words}" if words[0].isdigit() else words


def _words(kind: ResourceKind, observed: Observed) -> Iterator[str]:
    """Yield the words that distinguish an object: of its identity as a whole, then one by one."""
    fields = observed.fields
    known = [word for name in kind.known_by if (word := _word(fields.get(name)))]
    if known:
        yield "-".join(known)
    yield from (word for name in kind.adopt_also if (word := _word(fields.get(name))))
    if kind.variant:
        yield observed.scope.variant


def _word(value: Value) -> str:
    match value:
        case Choice(label=str() as label) if slug(label):
            return slug(label)
        case Choice(id=str() as key):
            return slug(key)
        case date():
            return value.isoformat()
        case frozenset():
            return "-".join(sorted(filter(None, map(_word, value))))
        case str():
            return _NOT_DOMAIN.sub("-", anyascii(value).lower()).strip("-.")
        case _:
            return ""


def _joined(*parts: str, by: str = "-", most: int = LONGEST) -> str:
    return _cut(by.join(part for part in parts if part), most)


def _cut(name: str, most: int) -> str:
    return name[:most].rstrip("-.")
