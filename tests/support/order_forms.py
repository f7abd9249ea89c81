"""A panel that answers questions about orders, as one test says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.errors import RejectedError
from reconciler.wire.reply import Form, Row
from tests.support.reader import SilentReader

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reconciler.wire.call import Call

    Asked = Mapping[str, str]
    Answer = Form | Exception | Callable[[Asked], Form | RejectedError]

MISSED = RejectedError("missed", "", "no such function")
NOT_OPEN = RejectedError("wizard_unavailable", "vds.order.param", "the wizard is not available")


class OrderFormReader(SilentReader):
    """A reader whose forms are known by their functions; every other function is not there.

    ``asked`` holds what was asked, in order, with what was named.
    """

    def __init__(self, **forms: Answer) -> None:
        """Answer these, named with ``_`` for a dot: ``vds_order=Form(…)``."""
        self.forms = {name.replace("_", "."): answer for name, answer in forms.items()}
        self.asked: list[tuple[str, dict[str, str]]] = []

    @property
    def opened(self) -> list[str]:
        """The functions that were asked, in order."""
        return [func for func, _ in self.asked]

    async def form(self, call: Call) -> Form:
        """Open a form for what is named."""
        asked = {name: str(text) for name, text in call.params if name != "su"}
        self.asked.append((call.func, asked))
        answer = self.forms.get(call.func, MISSED)
        found = answer(asked) if callable(answer) else answer
        if isinstance(found, Exception):
            raise found
        return found


def tariffs(*rows: Mapping[str, str], **fields: Mapping[str, str]) -> Form:
    """Return a step that lists these tariffs; of each menu it proposes the first."""
    proposed = {name: next(iter(menu)) for name, menu in fields.items() if menu}
    return Form(proposed, dict(fields), lists={"tariflist": tuple(Row(row) for row in rows)})


def needing(*names: str, form: Form) -> Callable[[Asked], Form | RejectedError]:
    """Return a form that opens once these are named, and shows them."""

    def answer(asked: Asked) -> Form | RejectedError:
        if any(not asked.get(name) for name in names):
            return NOT_OPEN
        return Form({**form.values, **asked}, form.options, form.labels)

    return answer
