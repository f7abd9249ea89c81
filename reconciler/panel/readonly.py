"""A reader that cannot write, proved twice: by the calls it lets in and by the fields it lets out.

Invariants: there is no way to submit; a function that is not on the list, and a parameter that
confirms, raise before anything is sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.errors import WriteForbiddenError
from reconciler.kinds.kind import LookupKind, ResourceKind
from reconciler.wire.call import CONFIRMING, RESERVED, list_call

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.kinds.kind import AnyKind
    from reconciler.panel.request import Fields
    from reconciler.ports import Inspector, Reader
    from reconciler.wire.call import Call
    from reconciler.wire.reply import Answer, Form, Identity, Row, Rows, TypeLists

# Asked by every run, whatever kinds it knows.
ALWAYS = frozenset({"whoami", "auth", "menu"})
_PLACE = frozenset({"elid", "plid", "su", "filter", "p_num", "p_cnt"})
_SENT = frozenset({"func", "out", "lang", "auth", "authinfo"})
_SIGN_IN = frozenset({"username", "password", "key", "checkcookie"})


def read_functions(kinds: Iterable[AnyKind]) -> frozenset[str]:
    """Return the functions that read some kinds: lists, side lists, and forms to open."""
    return ALWAYS.union(*(_functions(kind) for kind in kinds))


class ReadOnly:
    """Hands on what reads, and nothing else."""

    def __init__(
        self, reader: Reader, allowed: frozenset[str], guard: ReadGuard | None = None
    ) -> None:
        """Read through ``reader``, the allowed functions alone.

        ``guard`` learns of the lists that are found later.
        """
        self._reader = reader
        self._allowed = allowed
        self._guard = guard

    async def whoami(self, su: str | None = None) -> Identity:
        """Ask who the panel takes us for."""
        return await self._reader.whoami(su)

    async def rows(self, call: Call) -> tuple[Row, ...]:
        """Read a whole list. Raises: WriteForbiddenError, and what the reader raises."""
        self._check(call)
        return await self._reader.rows(call)

    async def form(self, call: Call) -> Form:
        """Open a form. Raises: WriteForbiddenError, and what the reader raises."""
        self._check(call)
        return await self._reader.form(call)

    async def type_lists(self, func: str, su: str = "") -> TypeLists:
        """Find the lists beside the plain list of a type. Raises: as ``rows``."""
        self._check(list_call(func))
        found = await self._reader.type_lists(func, su)
        names = frozenset(form for each in found.others for form in (each, f"{each}.edit"))
        self._allowed |= names
        if self._guard is not None:
            self._guard.allow(names)
        return found

    def _check(self, call: Call) -> None:
        if call.writes:
            raise WriteForbiddenError(
                f"internal error: read-only connection refused the writing call {call.func}"
            )
        if call.func == "auth" or call.func not in self._allowed:
            raise WriteForbiddenError(
                f"internal error: read-only connection refused {call.func}, which is not known to "
                "be read-only"
            )
        for name, _ in call.params:
            if name in CONFIRMING or (name in RESERVED and name not in _PLACE):
                raise WriteForbiddenError(
                    f"internal error: read-only connection refused parameter {name!r} of "
                    f"{call.func}"
                )


class InspectingReader(ReadOnly):
    """A reader that may also look at single pages and at answers of any shape."""

    def __init__(
        self, inspector: Inspector, allowed: frozenset[str], guard: ReadGuard | None = None
    ) -> None:
        """Read through ``inspector``, the allowed functions alone."""
        super().__init__(inspector, allowed, guard)
        self._inspector = inspector

    async def page(self, call: Call) -> Rows:
        """Read the first page of a list. Raises: as ``rows``."""
        self._check(call)
        return await self._inspector.page(call)

    async def answer(self, call: Call) -> Answer:
        """Ask something of any shape. Raises: as ``rows``."""
        self._check(call)
        return await self._inspector.answer(call)


class ReadGuard:
    """Sees the fields of a request last, right before it is sent; for ``Exchange.guard``."""

    def __init__(self, allowed: frozenset[str]) -> None:
        """Allow these functions."""
        self._allowed = allowed

    def allow(self, names: frozenset[str]) -> None:
        """Allow further functions: lists that the panel or its target names."""
        self._allowed |= names

    def __call__(self, fields: Fields) -> None:
        """Check that a call only reads. Raises: WriteForbiddenError."""
        names = [name for name, _ in fields]
        func = dict(fields).get("func", "")
        if names.count("func") != 1 or func not in self._allowed:
            raise WriteForbiddenError(
                f"internal error: read-only connection refused {func}, which is not known to be "
                "read-only"
            )
        known = _SENT | (_SIGN_IN if func == "auth" else _PLACE)
        for name in names:
            if name in CONFIRMING or (name in RESERVED and name not in known):
                raise WriteForbiddenError(
                    f"internal error: read-only connection refused parameter {name!r} of {func}"
                )


def _functions(kind: AnyKind) -> frozenset[str]:
    match kind:
        case LookupKind():
            return frozenset({kind.list})
        case ResourceKind():
            templates = {
                kind.list,
                kind.form,
                kind.create,
                kind.create_add,
                kind.order,
                kind.update,
                kind.expenses,
                kind.renew,
                *kind.undeclared,
            }
            templates |= {func for way in kind.orders for func in (way.func, *way.steps)}
            members = (facet.wire.members for facet in kind.facets)
            templates |= {member.list for member in members if member is not None}
            variants = kind.variants or ("",)
            return frozenset(kind.func(t, v) for t in templates if t for v in variants)
