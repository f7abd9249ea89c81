"""A reader that records what it is answered, refusals included, without secrets.

Invariant: a value of a field that hides what is typed, or that is sent and never shown, is not
recorded; nor is one whose name is that of a secret.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.kinds.fields import Mode
from reconciler.wire.recording import REFUSALS, Recording, question_of, refusal_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.kinds.catalogue import Catalogue
    from reconciler.ports import Reader
    from reconciler.wire.call import Call
    from reconciler.wire.reply import Form, Identity, Row, TypeLists

_TELLING = re.compile(r"pass(w|phrase|$)|secret|token|private|(^|_)(auth|key|pin|session)($|_|id)")


class SnapshotRecorder:
    """Records the answers of another reader; satisfies ``ports.Reader``."""

    def __init__(self, reader: Reader, catalogue: Catalogue) -> None:
        """Record what ``reader`` answers, but for the secrets of these kinds."""
        self._reader = reader
        facets = [facet for kind in catalogue.resources for facet in kind.facets]
        self._shown = {facet.param for facet in facets if facet.compared}
        self._hidden = {
            name
            for facet in facets
            if facet.wire.mode is Mode.WRITE_ONLY
            for name in (facet.param, *facet.wire.also)
        }
        self.recording = Recording()

    async def whoami(self, su: str | None = None) -> Identity:
        """Return the identity under which the panel answers."""
        try:
            found = await self._reader.whoami(su)
        except REFUSALS as error:
            self.recording.identities[su or ""] = refusal_of(error)
            raise
        self.recording.identities[su or ""] = found
        return found

    async def rows(self, call: Call) -> tuple[Row, ...]:
        """Read a complete list. Raises: IncompleteError when it cannot be proved complete."""
        question = question_of(call)
        try:
            found = await self._reader.rows(call)
        except REFUSALS as error:
            self.recording.lists[question] = refusal_of(error)
            raise
        # What is recorded is what is returned: a question may be made of an earlier answer.
        self.recording.lists[question] = safe = tuple(map(self._safe_row, found))
        return safe

    async def type_lists(self, func: str, su: str = "") -> TypeLists:
        """Find the lists beside the plain list of a type."""
        try:
            found = await self._reader.type_lists(func, su)
        except REFUSALS as error:
            self.recording.type_lists[func, su] = refusal_of(error)
            raise
        self.recording.type_lists[func, su] = found
        return found

    async def form(self, call: Call) -> Form:
        """Open a form. Raises: RejectedError."""
        question = question_of(call, labels=call.labels)
        try:
            found = await self._reader.form(call)
        except REFUSALS as error:
            self.recording.forms[question] = refusal_of(error)
            raise
        self.recording.forms[question] = safe = self._safe_form(found)
        return safe

    def _safe_form(self, form: Form) -> Form:
        secret = {name for name, control in form.controls.items() if control == "secret"}
        values = {
            name: text for name, text in self._safe(form.values).items() if name not in secret
        }
        lists = {name: tuple(map(self._safe_row, rows)) for name, rows in form.lists.items()}
        return replace(form, values=values, lists=lists, parts=())

    def _safe_row(self, row: Row) -> Row:
        return replace(row, values=self._safe(row.values), codes=self._safe(row.codes))

    def _safe(self, values: Mapping[str, str]) -> dict[str, str]:
        return {
            name: text
            for name, text in values.items()
            if name not in self._hidden
            and (name in self._shown or not _TELLING.search(name.lower()))
        }
