"""Read functions of an unknown installation, and record which open and which do not.

Invariants: everything here only reads; a refusal by one function does not stop the others; every
filter that a reply names is recorded.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from reconciler.errors import (
    AccessError,
    IncompleteError,
    LostAnswerError,
    PanelError,
    RejectedError,
    SecurityStopError,
    SignInError,
)
from reconciler.model.diagnostics import FunctionCheck, SavedFilter
from reconciler.wire.reply import TypeLists

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.address import ElementId
    from reconciler.ports import Inspector, Progress
    from reconciler.wire.call import Call
    from reconciler.wire.reply import Form, Row, Rows


@dataclass(frozen=True, slots=True)
class SampleClient:
    """A client whose lists are read as a sample."""

    id: ElementId
    login: str


@dataclass(slots=True)
class KindProbe:
    """The results for one kind: how each function opened, its inputs and columns."""

    functions: list[FunctionCheck] = field(default_factory=list)
    inputs: set[str] = field(default_factory=set)
    columns: set[str] = field(default_factory=set)
    offered: set[str] = field(default_factory=set)
    purposes: set[str] = field(default_factory=set)
    rows: dict[str, tuple[Row, ...]] = field(default_factory=dict)

    def add(self, other: KindProbe) -> None:
        """Add the results of another probe; a function counts once for each purpose."""
        had = {(each.name, each.purpose) for each in self.functions}
        self.functions += [e for e in other.functions if (e.name, e.purpose) not in had]
        self.inputs |= other.inputs
        self.columns |= other.columns
        self.offered |= other.offered
        self.purposes |= other.purposes
        self.rows |= other.rows

    def failed(self, purpose: str) -> bool:
        """Return whether a function for this purpose did not open."""
        return any(e.purpose == purpose and e.status == "warning" for e in self.functions)


@dataclass(slots=True)
class Probe:
    """Reads lists and forms, and collects filters and numbers found in them."""

    inspector: Inspector
    progress: Progress
    filtered: dict[tuple[str, str], SavedFilter] = field(default_factory=dict)
    listed: set[str] = field(default_factory=set)
    printed: dict[str, list[str]] = field(default_factory=dict)

    async def type_lists(self, func: str, login: str = "") -> TypeLists | PanelError:
        """Return the lists beside a type's plain one, or the error that hides them."""
        self.progress.step()
        try:
            return await self.inspector.type_lists(func, login)
        except (RejectedError, IncompleteError, LostAnswerError) as error:
            if isinstance(error, SecurityStopError | SignInError):
                raise
            return error

    async def lists_of(self, kind: ResourceKind, variant: str) -> tuple[str, ...]:
        """Return the known lists of a type, the plain one first."""
        plain = kind.func(kind.list, variant)
        found = await self.type_lists(plain) if variant else None
        return (plain, *(found.others if isinstance(found, TypeLists) else ()))

    async def page(self, call: Call, seen: KindProbe, purpose: str) -> Rows | None:
        """Read a list's first page; None when it does not open."""
        self.progress.step()
        try:
            page = await self.inspector.page(call)
        except (RejectedError, AccessError, LostAnswerError) as error:
            seen.functions.append(_refused(call.func, purpose, error))
            return None
        self.note(call, page)
        _note_opened(call.func, seen, purpose)
        seen.columns |= page.columns
        for row in page.rows:
            seen.columns |= row.values.keys() | row.codes.keys()
        seen.offered |= page.offered
        seen.rows[call.func] = page.rows
        return page

    async def form(self, call: Call, seen: KindProbe, purpose: str) -> Form | None:
        """Open a form; None when it does not open."""
        self.progress.step()
        try:
            form = await self.inspector.form(replace(call, labels=True))
        except (RejectedError, AccessError, LostAnswerError) as error:
            seen.functions.append(_refused(call.func, purpose, error))
            return None
        _note_opened(call.func, seen, purpose)
        seen.inputs |= form.inputs | form.values.keys() | form.options.keys()
        return form

    async def any_form(self, calls: Iterable[Call], seen: KindProbe, purpose: str) -> Form | None:
        """Open the first form that opens; record a refusal only if none does."""
        refused: list[FunctionCheck] = []
        for call in calls:
            tried = KindProbe()
            form = await self.form(call, tried, purpose)
            if form is not None:
                seen.inputs |= tried.inputs
                _note_opened(call.func, seen, purpose)
                return form
            refused += tried.functions
        seen.functions += refused[:1]
        return None

    def note(self, call: Call, page: Rows) -> None:
        """Record the saved filters of a list."""
        self.listed.add(call.func)
        if page.filters and call.param("filter") != "on":
            su = call.param("su")
            login = su if isinstance(su, str) else ""
            self.filtered[call.func, login] = SavedFilter(call.func, page.filters, login)


def _note_opened(func: str, seen: KindProbe, purpose: str) -> None:
    seen.purposes.add(purpose)
    if not any((each.name, each.purpose) == (func, purpose) for each in seen.functions):
        seen.functions.append(FunctionCheck(func, purpose, "ok"))


def _refused(func: str, purpose: str, error: PanelError) -> FunctionCheck:
    if isinstance(error, SecurityStopError | SignInError):
        raise error
    if isinstance(error, LostAnswerError):
        error.asked = ""  # the check names the function already
    return FunctionCheck(func, purpose, "warning", str(error))
