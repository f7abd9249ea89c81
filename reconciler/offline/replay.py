"""A reader that answers from a recording, and sends nothing.

Invariant: a question that was not recorded is an error that names it. The one exception is an order
form with more terms than a recorded one: the recorded form is answered, which shows its own terms,
so that the price of the others is unknown and not guessed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.errors import NotRecordedError
from reconciler.wire.recording import Question, RecordedRefusal, question_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reconciler.kinds.catalogue import Catalogue
    from reconciler.wire.call import Call
    from reconciler.wire.recording import Recording
    from reconciler.wire.reply import Form, Identity, Row, TypeLists


class ReplayReader:
    """Answers from a recording; satisfies ``ports.Reader``."""

    def __init__(self, recording: Recording, catalogue: Catalogue) -> None:
        """Answer what was recorded."""
        self._recording = recording
        self._deciding = _deciding_params(catalogue)
        self._orders = _by_client(recording.forms)

    async def whoami(self, su: str | None = None) -> Identity:
        """Return the identity under which the panel answered. Raises: NotRecordedError."""
        found = self._recording.identities.get(su or "")
        if found is None:
            raise _missing(f"who the panel takes us for as the client {su}")
        if isinstance(found, RecordedRefusal):
            raise found.error()
        return found

    async def rows(self, call: Call) -> tuple[Row, ...]:
        """Return a complete list. Raises: NotRecordedError, and what was raised then."""
        found = self._recording.lists.get(question_of(call))
        if found is None:
            raise _missing(f"the list {call.title}")
        if isinstance(found, RecordedRefusal):
            raise found.error()
        return found

    async def type_lists(self, func: str, su: str = "") -> TypeLists:
        """Return the lists beside the plain list of a type. Raises: as ``rows``."""
        known = self._recording.type_lists
        # Which lists an installation has does not depend on the client.
        others = (found for (name, _), found in known.items() if name == func)
        found = known.get((func, su)) or next(others, None)
        if found is None:
            raise _missing(f"which lists there are beside {func}")
        if isinstance(found, RecordedRefusal):
            raise found.error()
        return found

    async def form(self, call: Call) -> Form:
        """Return a form. Raises: NotRecordedError, and what was raised then."""
        question = question_of(call, labels=call.labels)
        found = self._recording.forms.get(question)
        if found is None and not call.labels:
            found = self._recording.forms.get(question._replace(labels=True))
        found = found or self._order_with_fewer_terms(question)
        if found is None:
            raise _missing(f"the form {call.title}")
        if isinstance(found, RecordedRefusal):
            raise found.error()
        return found

    def _order_with_fewer_terms(self, question: Question) -> Form | None:
        """Return the form of the same tariff, place and period with as many terms as possible."""
        asked = dict(question.params)
        if "su" not in asked or "elid" in asked:
            return None
        wanted = {name: text for name, text in asked.items() if name in self._deciding}
        best: tuple[int, Question] | None = None
        for known in self._orders.get((question.func, asked["su"]), ()):
            given = dict(known.params)
            fits = given.items() <= asked.items() and wanted.items() <= given.items()
            if fits and known.labels >= question.labels and (not best or len(given) > best[0]):
                best = (len(given), known)
        found = self._recording.forms[best[1]] if best and wanted else None
        return None if isinstance(found, RecordedRefusal) else found


def _missing(what: str) -> NotRecordedError:
    return NotRecordedError(
        f"the snapshot does not hold {what}: take it again with the manifests of this branch, or "
        "plan against the panel"
    )


def _by_client(forms: Iterable[Question]) -> Mapping[tuple[str, str], list[Question]]:
    found: dict[tuple[str, str], list[Question]] = {}
    for question in forms:
        params = dict(question.params)
        if "su" in params and "elid" not in params:
            found.setdefault((question.func, params["su"]), []).append(question)
    return found


def _deciding_params(catalogue: Catalogue) -> frozenset[str]:
    """Return the parameters that decide which order form opens."""
    found: set[str] = set()
    for kind in catalogue.resources:
        terms = kind.terms
        found |= {kind.param(name) for name in (terms.product, terms.place, terms.period)}
        found |= {name for way in kind.orders for name in way.period}
    return frozenset(found - {""})
