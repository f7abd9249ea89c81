"""What a panel function answers, before any format is chosen.

Invariants: answers are frozen values; every text in them is already in the caller's language;
the rows of a list are flat tuples of texts: those of a cell's attributes, then the cell's own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Pairs = tuple[tuple[str, str], ...]
Stack = tuple[tuple[str, str, str], ...]


class PanelError(Exception):
    """A refusal that the panel returns to its caller: type, object and the value it is about."""

    def __init__(self, sort: str, subject: str = "", value: str = "") -> None:
        """Store the three parts apart for the formats."""
        super().__init__(sort, subject, value)
        self.sort = sort
        self.subject = subject
        self.value = value


class NotFoundError(PanelError):
    """The refusal of a form whose object is not there; installs put it in different ways."""

    def __init__(self, subject: str, value: str) -> None:
        """Make the refusal of an object that does not exist."""
        super().__init__("missed", subject, value)


@dataclass(frozen=True, slots=True)
class Node:
    """One element of a document."""

    name: str
    text: str = ""
    attrs: Pairs = ()
    kids: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class ColumnHead:
    """The head of a column.

    ``attrs``: attributes that a row gives a text of its own, such as ``orig``; ``fixed``: those
    that are the same in every row; ``companion``: in the rows alone, not described.
    """

    name: str
    label: str
    attrs: tuple[str, ...] = ()
    fixed: Pairs = ()
    companion: bool = False


@dataclass(frozen=True, slots=True)
class ListReply:
    """One page of a list; ``totalled``: an empty one says that it is, by its total."""

    key: str
    keyname: str
    cells: tuple[ColumnHead, ...]
    rows: list[tuple[str, ...]]
    number: int
    size: int
    total: int
    filters: Pairs = ()
    plid: str | None = None
    sorted_by: str = ""
    descending: bool = False
    totalled: bool = True


@dataclass(frozen=True, slots=True)
class Input:
    """One field of a form as the interface describes it."""

    name: str
    label: str
    sort: str = "text"
    required: bool = False
    readonly: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A list inside a form."""

    name: str
    cells: tuple[ColumnHead, ...]
    rows: list[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class FormReply:
    """A form with its values, its option lists and its tables; ``images``: of some options."""

    inputs: tuple[Input, ...]
    values: Pairs
    choices: tuple[tuple[str, Pairs], ...] = ()
    tables: tuple[Table, ...] = ()
    images: tuple[tuple[str, Pairs], ...] = ()


@dataclass(frozen=True, slots=True)
class ConfirmationReply:
    """A confirmed submit, or an action: the form as it stood before, and the new ids."""

    before: FormReply | None = None
    ok: str = ""
    ok_type: str = ""
    ids: Pairs = ()
    back: str = ""

    @property
    def ok_attrs(self) -> Pairs:
        """The attributes of ``ok``: what its text is, and where to go on after a new window."""
        attrs = (("type", self.ok_type), ("on_blank_redirect_action", self.back))
        return tuple(pair for pair in attrs if pair[1])


@dataclass(frozen=True, slots=True)
class ErrorReply:
    """An error document.

    ``stack``: user, level and function of each call that failed; ``wordy``: it has a message and
    nothing that a program goes by.
    """

    sort: str
    subject: str
    params: tuple[Node, ...] = ()
    group: str = ""
    message: str = ""
    lang: str = "en"
    stack: Stack = ()
    wordy: bool = False


@dataclass(frozen=True, slots=True)
class RawReply:
    """A document of its own shape, such as the answer to a sign-in, or a file in its place."""

    nodes: tuple[Node, ...] = ()
    file: bytes = b""


Reply = ListReply | FormReply | ConfirmationReply | ErrorReply | RawReply


@dataclass(frozen=True, slots=True)
class ReplyHeader:
    """What every document says about the request it answers, and how flat ones show new ids.

    ``lone``: how JSON writes a row, an option or a parameter that stands alone.
    """

    func: str
    lang: str
    host: str
    echo: Pairs
    features: str = ""
    notify: str = "0"
    lone: Literal["array", "object"] = "array"
    theme: str = field(default="/manimg/plain/")
    wrapped_ids: bool = False

    def attrs(self) -> Pairs:
        """Return the attributes of the root element."""
        return (
            ("lang", self.lang),
            ("func", self.func),
            ("binary", "/billmgr"),
            ("host", self.host),
            ("themename", "plain"),
            ("features", self.features),
            ("notify", self.notify),
            ("theme", self.theme),
        )
