"""Both sides of the comparison: what the author asked for and what the panel holds.

Invariant: a field that is absent from ``Desired.fields`` is unmanaged, and one absent from
``Observed.fields`` is unknown; neither ever means empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, NamedTuple

from reconciler.model.finding import Source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from reconciler.model.address import Address, ElementId
    from reconciler.model.value import Fields, Ref

OnRemove = Literal["delete", "keep", "suspend"]
# What becomes of an object whose manifest is removed, for people.
REMOVALS: Mapping[OnRemove, str] = {
    "delete": "the next apply deletes the object, within the guards",
    "keep": "the object stays in the panel, and is no longer managed",
    "suspend": "the next apply suspends the service",
}


@dataclass(frozen=True, slots=True)
class Ignore:
    """A field that is left alone, with the reason and perhaps an end."""

    field: str
    reason: str
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """How a resource may end, which of its fields are left alone, and how its object is found.

    ``moved_from`` names what the resource was called before, ``adopt`` the live object that it is
    where several could be.
    """

    on_remove: OnRemove = "keep"
    protect: bool = False
    ignore: tuple[Ignore, ...] = ()
    moved_from: tuple[str, ...] = ()
    adopt: ElementId | None = None


@dataclass(frozen=True, slots=True)
class Layer:
    """One that had a say in a field: where, the value as it was written, and the set, if any."""

    source: Source
    value: object
    from_set: str = ""


class Places(Mapping[str, Source]):
    """The places of some values in one file, each made when somebody asks for it.

    Resources are many and few of their places are ever shown: numbers in a row take a quarter of
    the memory of a ``Source`` each. ``numbers`` are line and column of each name, by turns.
    """

    __slots__ = ("file", "names", "numbers")

    def __init__(self, file: str, names: tuple[str, ...], numbers: tuple[int, ...]) -> None:
        """Keep the names with their numbers."""
        self.file = file
        self.names = _shared(names)
        self.numbers = numbers

    def __getitem__(self, name: str) -> Source:
        """Return one place. Raises: KeyError."""
        try:
            at = 2 * self.names.index(name)
        except ValueError:
            raise KeyError(name) from None
        return Source(self.file, self.numbers[at], self.numbers[at + 1])

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names."""
        return iter(self.names)

    def __len__(self) -> int:
        """Return how many places there are."""
        return len(self.names)

    def __repr__(self) -> str:
        """Return the places as a map."""
        return repr(dict(self))


@lru_cache(maxsize=4096)
def _shared(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return one tuple for equal names: most resources of a kind set the same fields."""
    return names


class Desired(NamedTuple):
    """What the author asked for: only the fields that were set are wanted.

    ``parent`` is the reference that puts the resource into a scope (a child's client).
    ``whole`` names the child kinds whose inline list is the whole truth for this resource, and
    ``listed`` says that the resource stands in such a list itself.
    ``places`` has the place of each field's value, but for what a kind fills in by itself, of each
    inline list, each label (``labels.KEY``) and each key of the lifecycle, and
    ``layers`` all that had a say in one of these, the winner last, where overlays lie over it; of
    an inline list they hold the addresses in it.
    ``from_set`` names the ResourceSet that declares the resource.
    """

    address: Address
    fields: Fields
    source: Source
    lifecycle: Lifecycle = Lifecycle()
    parent: Ref | None = None
    labels: Mapping[str, str] = MappingProxyType({})
    whole: frozenset[str] = frozenset()
    places: Mapping[str, Source] = MappingProxyType({})
    layers: Mapping[str, tuple[Layer, ...]] = MappingProxyType({})
    from_set: str = ""
    listed: bool = False


@dataclass(frozen=True, slots=True)
class Scope:
    """One list worth reading: a kind, its variant (a service's type) and the parent's id."""

    kind: str
    variant: str = ""
    parent: ElementId | None = None


@dataclass(frozen=True, slots=True)
class Observed:
    """What the panel holds of one object; ``row_id`` is what its form and delete are called with.

    ``marker`` is the ownership marker of the object: None means that it was read and
    has none, an empty text that it was not read.
    ``from_form``: the form, which outranks the list, has been read.
    ``state`` is what the panel says of its life: live, or on its way out, or gone.
    ``listed_in`` is the list that shows it, where that is not the plain one of its variant: what
    is called for the object has that name.
    ``notes`` keeps what the list prints of its status and price, and under ``unclear_note`` of a
    field the number that it prints where that can be read in two ways. ``periods`` are
    the codes that its form has for numbers of months, by field, where it offers a list of them.
    """

    scope: Scope
    row_id: ElementId
    fields: Fields
    marker: str | None = ""
    from_form: bool = False
    state: Literal["live", "busy", "closing", "gone"] = "live"
    notes: Mapping[str, str] = field(default_factory=dict)
    periods: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    listed_in: str = ""

    @property
    def variant(self) -> str:
        """The word that the names of this object's functions are made with."""
        return self.listed_in or self.scope.variant


def unclear_note(field_name: str) -> str:
    """Return the key of the note about a field whose number can be read in two ways."""
    return f"unclear {field_name}"
