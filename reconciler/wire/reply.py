"""What a panel can answer, as values: rows, a form, a confirmation, an identity, a file.

Invariant: an answer that fits none of these is an error, never an empty list and never success.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from reconciler.model.number import UNPROVED, NumberShape

Options = Mapping[str, str]


class CodedOptions(dict[str, str]):
    """An option list whose options show a code beside their label: ``codes``, by their ids."""

    __slots__ = ("codes",)

    def __init__(self, labels: Mapping[str, str], codes: Mapping[str, str]) -> None:
        """Store both."""
        super().__init__(labels)
        self.codes = codes


Control = Literal["edit", "flag", "readonly", "hidden", "secret"]


@dataclass(frozen=True, slots=True)
class ReplyPart:
    """An element of an answer that is none of the known shapes, as it came."""

    name: str
    text: str = ""
    attrs: Mapping[str, str] = field(default_factory=dict)
    parts: tuple[ReplyPart, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One element of a list: the text of each column, and the code behind a localized text.

    ``parts`` holds what is no text, and every value of a column that came with several; such a
    column has neither a value nor a code. ``numbers`` is the shape that its numbers are known to
    be written in.
    """

    values: Mapping[str, str]
    codes: Mapping[str, str] = field(default_factory=dict)
    parts: tuple[ReplyPart, ...] = ()
    numbers: NumberShape = UNPROVED

    def code(self, column: str) -> str | None:
        """Return a column's code, or its text where it has none; None when the column is absent."""
        return self.codes.get(column, self.values.get(column))

    def is_unclear(self, column: str) -> bool:
        """Return whether a column came with several values, so that it has none."""
        several = any(part.name == column and not part.parts for part in self.parts)
        return several and column not in self.values


@dataclass(frozen=True, slots=True)
class Rows:
    """One page of a list.

    ``total`` is what the panel says the whole list holds, None when it does not say.
    ``filters`` names the filters in force, ``key`` the key column where metadata shows it.
    ``columns`` and ``offered`` (functions of the toolbar) are filled for ``out=devel`` alone.
    """

    rows: tuple[Row, ...]
    page: int | None = None
    page_size: int | None = None
    total: int | None = None
    filters: tuple[str, ...] = ()
    key: str | None = None
    columns: frozenset[str] = frozenset()
    offered: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Form:
    """An opened form: its fields as text, its option lists (id → label), its fields' names.

    ``labels`` is filled where the answer carried messages (``out=devel``), and empty elsewhere;
    so are ``inputs``, the names of all inputs, those without a value included, and ``controls``,
    how each of them is edited. ``withheld`` names the fields that are there without one value that
    is shown. ``lists`` are the lists that stand in the form, by name. ``parts`` is filled for an
    answer of any shape alone: what is neither a field nor a list, as in a row. ``numbers`` is
    as in a row.
    """

    values: Mapping[str, str]
    options: Mapping[str, Options] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    inputs: frozenset[str] = frozenset()
    controls: Mapping[str, Control] = field(default_factory=dict)
    withheld: frozenset[str] = frozenset()
    lists: Mapping[str, tuple[Row, ...]] = field(default_factory=dict)
    parts: tuple[ReplyPart, ...] = ()
    numbers: NumberShape = UNPROVED


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A confirmed submit: the new id where the panel shows one, and its other values.

    ``before`` is the form as it stood before the change, which proves nothing about the change.
    ``confirmed`` is False where the panel neither confirmed nor refused: perhaps it is done.
    ``parts`` is filled for an answer of any shape alone, as in a form.
    """

    id: str | None = None
    text: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    before: Mapping[str, str] = field(default_factory=dict)
    confirmed: bool = True
    parts: tuple[ReplyPart, ...] = ()


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the panel takes us for; ``level`` is 16 for a client, 29 and more for administrators."""

    name: str
    level: int
    email: str = ""
    id: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class TypeLists:
    """The lists beside a type's plain one that may hold what was ordered as that type.

    ``certain``: there are no others; else an empty plain list proves nothing.
    """

    others: tuple[str, ...] = ()
    certain: bool = True


@dataclass(frozen=True, slots=True)
class Session:
    """A session that was opened."""

    id: str
    level: int | None = None


@dataclass(frozen=True, slots=True)
class OtherReply:
    """An answer that neither lists, shows nor confirms: its elements, to be looked at."""

    parts: tuple[ReplyPart, ...]


@dataclass(frozen=True, slots=True)
class FileReply:
    """A file that came in place of a document, such as a printed invoice."""

    body: bytes = field(repr=False)


Answer = Rows | Form | Confirmation | OtherReply | FileReply
