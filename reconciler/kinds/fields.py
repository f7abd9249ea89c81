"""What a spec's field says of itself on the wire: its parameter, codec, mode and columns.

Invariant: everything that reading, comparing and writing a field needs stands beside the field.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING

from reconciler.wire.codec import TEXT, Codec

if TYPE_CHECKING:
    from reconciler.model.impact import MessageKind
    from reconciler.model.plan import ChangeClass


class Mode(Enum):
    """When and how a field reaches the panel."""

    EDIT = "edit"  # a form's field, compared and edited
    CREATE_ONLY = "create only"  # set at creation; a later difference is blocked
    SENT_ONCE = "sent once"  # sent at creation, never compared (notifications)
    WRITE_ONLY = "write only"  # a secret: sent at creation and when its rotation label changes
    MEMBERS = "members"  # exactly these rows of a side list are switched on
    SWITCH = "switch"  # a pair of actions, read from the status
    RENEW = "renew"  # reached by renewing until the date is met
    PAID = "paid"  # numbered parameters that may cost money (add-ons)
    LOCAL = "local"  # ours alone: steers calls, is no parameter


# What a form does not set: an action of its own brings it about, and proves it apart.
TRIGGERED = frozenset({Mode.SWITCH, Mode.RENEW})


class ValueType(Enum):
    """Whether a field holds one plain value, one choice, several choices, or a reference."""

    PLAIN = "plain"
    CHOICE = "choice"
    CHOICES = "choices"
    REF = "ref"


@dataclass(frozen=True, slots=True)
class ToggleList:
    """A side list of a parent whose rows are switched on and off by two actions."""

    list: str
    resume: str
    suspend: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelField:
    """The facets of one field; what is left out takes the plainest meaning.

    ``param`` defaults to the field's name in lower case. ``also`` names parameters that repeat
    the value, ``fallback`` fields that hold it where ``param`` is empty. ``columns`` are list
    columns that hold exactly this value. ``options`` names the option list of a choice; ``free``
    allows a text where the form has no such list. ``months`` says that the options are periods,
    meant by their number of months and never by their code, ``people`` that they name people.
    ``gate`` is a flag parameter that must
    be on for the field to count, and is off when the field is empty. ``none`` allows null.
    ``every`` says that an empty list means every option, ``needed`` that no object is made without
    the field. ``moves`` names other parameters that an edit of this one may move. ``meanings`` says
    what each word of a closed set means. ``message`` is the email that the panel sends where a
    flag is on.
    """

    param: str = ""
    codec: Codec = TEXT
    mode: Mode = Mode.EDIT
    columns: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    fallback: tuple[str, ...] = ()
    shape: ValueType = ValueType.PLAIN
    options: str = ""
    free: bool = False
    months: bool = False
    people: bool = False
    iso: str = ""
    ref: str = ""
    gate: str = ""
    moves: tuple[str, ...] = ()
    meanings: tuple[tuple[str, str], ...] = ()
    none: bool = False
    every: bool = False
    needed: bool = False
    classes: frozenset[ChangeClass] = frozenset()
    message: MessageKind | None = None
    members: ToggleList | None = None
    suspend: str = ""
    resume: str = ""
    elsewhere: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Field:
    """A field of a kind, resolved: its name in manifests, its attribute, its wire facets."""

    name: str
    attribute: str
    wire: PanelField
    required: bool = False
    doc: str = ""

    @cached_property
    def param(self) -> str:
        """The parameter that carries the value."""
        return self.wire.param or self.attribute.replace("_", "")

    @cached_property
    def compared(self) -> bool:
        """Return whether the live value is read and compared."""
        return self.wire.mode not in {Mode.SENT_ONCE, Mode.WRITE_ONLY, Mode.LOCAL}

    @cached_property
    def on_form(self) -> bool:
        """Return whether the value stands in the object's form."""
        return self.wire.mode in {Mode.EDIT, Mode.CREATE_ONLY}
