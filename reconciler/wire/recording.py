"""What a panel answered, by what it was asked: enough to plan again without the panel.

Invariant: a question is its function and its parameters, whatever their order; nothing that writes
is a question.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

from reconciler.errors import (
    AccessError,
    CodecError,
    IncompleteError,
    RejectedError,
    UncertainListError,
)

if TYPE_CHECKING:
    from reconciler.errors import PanelError
    from reconciler.wire.call import Call
    from reconciler.wire.reply import Form, Identity, Row, TypeLists

RefusalSort = Literal["rejected", "access", "incomplete", "uncertain"]
# The refusals that a planner takes for an answer; whatever else fails ends the reading.
REFUSALS = (RejectedError, AccessError, IncompleteError)


class Question(NamedTuple):
    """What a call asks; ``labels`` where the panel's own names of the fields were asked for."""

    func: str
    params: tuple[tuple[str, str], ...] = ()
    labels: bool = False


@dataclass(frozen=True, slots=True)
class RecordedRefusal:
    """A refusal in place of an answer, as it is raised again."""

    sort: RefusalSort
    message: str
    code: str = ""
    object: str = ""

    def error(self) -> PanelError:
        """Return the refusal as the error that it was."""
        match self.sort:
            case "rejected":
                return RejectedError(self.code, self.object, self.message)
            case "access":
                return AccessError(self.message)
            case "incomplete":
                return IncompleteError(self.message)
            case "uncertain":
                return UncertainListError(self.message)


@dataclass(slots=True)
class Recording:
    """The answers: who we are (by the client that we act as), side lists of types, lists, forms."""

    identities: dict[str, Identity | RecordedRefusal] = field(default_factory=dict)
    type_lists: dict[tuple[str, str], TypeLists | RecordedRefusal] = field(default_factory=dict)
    lists: dict[Question, tuple[Row, ...] | RecordedRefusal] = field(default_factory=dict)
    forms: dict[Question, Form | RecordedRefusal] = field(default_factory=dict)


def question_of(call: Call, *, labels: bool = False) -> Question:
    """Return what a call asks. Raises: CodecError for a call that writes, or carries a secret."""
    params = [(name, value) for name, value in call.params if isinstance(value, str)]
    if call.writes or len(params) < len(call.params):
        raise CodecError(f"{call.func} is not a question")
    return Question(call.func, tuple(sorted(params)), labels)


def refusal_of(error: RejectedError | AccessError | IncompleteError) -> RecordedRefusal:
    """Return an error as it is recorded."""
    match error:
        case RejectedError():
            return RecordedRefusal("rejected", error.message, error.code, error.object)
        case AccessError():
            return RecordedRefusal("access", str(error))
        case UncertainListError():
            return RecordedRefusal("uncertain", str(error))
        case IncompleteError():
            return RecordedRefusal("incomplete", str(error))
