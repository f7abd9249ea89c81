"""Calls have constructors, one per sort, and no parameters of their own.

Invariants: ``sok``, ``elid``, ``plid``, ``su`` and ``skipbasket`` are set here alone, so an edit
without its ``elid`` cannot be built; a ``Call`` knows whether it writes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING

from reconciler.errors import CodecError
from reconciler.model.value import Secret

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.model.address import ElementId

RESERVED = frozenset(
    {
        *("func", "auth", "authinfo", "su", "sok", "out", "lang", "elid", "plid", "elname"),
        *("redirect", "skipbasket", "clicked_button", "key", "username", "password", "filter"),
        *("checkcookie", "startform", "sfrom", "progressid"),
    }
)
# Parameters that turn a read into a write.
CONFIRMING = frozenset({"sok", "clicked_button", "skipbasket"})
# A service's login in its hosting panel has the name of a sign-in's. No call that takes
# parameters signs in, so the one field that owns the name may set it.
OWNED = frozenset({"username"})
_FUNC = re.compile(r"[a-z][a-z0-9]*(\.[a-z0-9_]+)*\Z")
_PARAM = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


class Effect(Enum):
    """What a call may do to the panel, which decides how it may be sent and sent again."""

    READ = "read"
    EDIT = "edit"
    ACTION = "action"
    DELETE = "delete"
    CREATE = "create"
    CHARGE = "charge"


@dataclass(frozen=True, slots=True)
class Call:
    """One request: a function, its parameters in order, and its effect.

    A parameter's value may be a ``Secret``: its text is fetched when the request is written.
    ``labels`` asks for the panel's own names of the fields beside their values (``out=devel``);
    ``file`` lets a file be the answer. ``needs`` names fields that a form is opened for: one that
    it leaves out is empty where the panel's description of the form names it. ``why`` says to
    people for what it is asked; it is never sent.
    """

    func: str
    params: tuple[tuple[str, str | Secret], ...]
    effect: Effect
    labels: bool = False
    file: bool = False
    needs: frozenset[str] = frozenset()
    why: str = field(default="", compare=False)

    @property
    def writes(self) -> bool:
        """Return whether the call can change the panel."""
        return self.effect is not Effect.READ

    @property
    def title(self) -> str:
        """The function, and whose element, for people: ``vds.edit (elid 7)``."""
        named = ((name, self.param(name)) for name in ("su", "plid", "elid"))
        shown = ", ".join(f"{name} {value}" for name, value in named if isinstance(value, str))
        return f"{self.func} ({shown})" if shown else self.func

    def param(self, name: str) -> str | Secret | None:
        """Return the value of one parameter, or None where it is not sent."""
        return next((value for key, value in self.params if key == name), None)


Params = tuple[tuple[str, str | Secret], ...]


def list_call(func: str, *, parent: ElementId | None = None, su: str | None = None) -> Call:
    """Ask for a list; paging is added by the one who pages."""
    return _call(func, Effect.READ, elid=parent, su=su)


def filtered_call(base: Call, column: str, text: str) -> Call:
    """Ask for those rows of a list that fit a filter; it holds for this call alone.

    Raises: CodecError for a column that is none.
    """
    return replace(base, params=(*base.params, ("filter", "on"), *checked(((column, text),))))


def page_call(base: Call, page: int, size: int) -> Call:
    """Ask for one page of the list that ``base`` asks for."""
    paging = (("p_num", str(page)), ("p_cnt", str(size)))
    return Call(base.func, base.params + paging, Effect.READ)


def menu_call(*, su: str | None = None) -> Call:
    """Ask for the menu of the user who is signed in.

    Of the formats, that with the panel's own names alone keeps what a node of it says of itself.
    """
    return replace(_call("menu", Effect.READ, su=su), labels=True)


def form_call(
    func: str,
    elid: ElementId,
    *,
    plid: ElementId | None = None,
    labels: bool = False,
    needs: frozenset[str] = frozenset(),
    why: str = "",
) -> Call:
    """Open the form of one object, which changes nothing."""
    call = _call(func, Effect.READ, plid=plid, elid=elid)
    return Call(func, call.params, Effect.READ, labels, needs=needs, why=why)


def create_form_call(
    func: str, *, plid: ElementId | None = None, su: str | None = None, params: Params = ()
) -> Call:
    """Open the form that would create an object, with some of it filled in; changes nothing."""
    call = _call(func, Effect.READ, checked(params), plid=plid, su=su)
    return Call(func, call.params, Effect.READ, why="the options that it offers")


def edit_call(func: str, elid: ElementId, params: Params, *, plid: ElementId | None = None) -> Call:
    """Change the given fields of one object, and no others."""
    return _call(func, Effect.EDIT, checked(params), plid=plid, elid=elid, sok="ok")


def paid_edit_call(
    func: str, elid: ElementId, params: Params, *, plid: ElementId | None = None
) -> Call:
    """Change fields that cost money, charged to the balance at once."""
    return _call(
        func, Effect.CHARGE, checked(params), plid=plid, elid=elid, skipbasket="on", sok="ok"
    )


def create_call(func: str, params: Params, *, plid: ElementId | None = None) -> Call:
    """Create an object: an edit without an element."""
    return _call(func, Effect.CREATE, checked(params), plid=plid, sok="ok")


def delete_call(func: str, elid: ElementId, *, plid: ElementId | None = None) -> Call:
    """Delete one object."""
    return _call(func, Effect.DELETE, plid=plid, elid=elid, sok="ok")


def action_call(func: str, elid: ElementId, *, plid: ElementId | None = None) -> Call:
    """Switch one object on or off; such functions act without any ``sok``, and ignore it."""
    return _call(func, Effect.ACTION, plid=plid, elid=elid, sok="ok")


def order_call(func: str, params: Params, *, su: str, charge: bool, confirms: Params = ()) -> Call:
    """Order a service as a client: into the cart, or charged to the balance at once.

    ``confirms`` are constants that go with a confirmation, such as the button that is clicked.
    """
    effect = Effect.CHARGE if charge else Effect.CREATE
    paid = (("skipbasket", "on"),) if charge else ()
    call = _call(func, effect, checked(params), su=su)
    return replace(call, params=(*call.params, *confirms, *paid, ("sok", "ok")))


def renew_call(func: str, elid: ElementId, months: int) -> Call:
    """Renew a service by some months, charged to the balance at once."""
    period = (("period", str(months)),)
    return _call(func, Effect.CHARGE, period, elid=elid, skipbasket="on", sok="ok")


def plain_call(func: str) -> Call:
    """Ask something that takes no parameters, such as who we are."""
    return _call(func, Effect.READ)


def clear_filter_call(func: str, *, su: str | None = None) -> Call:
    """Take off the filter that a user has saved for one list; no row is touched.

    Doubt: that a confirmed filter without values is none.
    """
    return _call(f"{func}.filter", Effect.ACTION, su=su, sok="ok")


def clear_client_filter_call() -> Call:
    """Take off the filter by client, which shortens other lists and their totals alike.

    Doubt: that naming no client takes it off.
    """
    return _call("account.setfilter", Effect.ACTION, sok="ok")


def with_fields(call: Call, params: Params) -> Call:
    """Return an edit with other fields of its form beside those that it carries.

    Raises: CodecError, as ``checked``.
    """
    fixed = tuple(pair for pair in call.params if pair[0] in RESERVED - OWNED)
    return replace(call, params=fixed + checked(params))


def is_free(name: str) -> bool:
    """Return whether a name is that of a field, and not of what steers a call."""
    reserved = name in RESERVED - OWNED or name.startswith("p_")
    return not reserved and _PARAM.match(name) is not None


def checked(params: Params) -> Params:
    """Return the parameters when each may come from a manifest and none comes twice.

    Raises: CodecError for a reserved, misspelt or repeated name.
    """
    seen: set[str] = set()
    for name, _ in params:
        if not is_free(name) or name in seen:
            message = f"parameter {name!r} cannot be set from a manifest"
            raise CodecError(message)
        seen.add(name)
    return params


def _call(func: str, effect: Effect, params: Params = (), **fixed: str | None) -> Call:
    if not _FUNC.match(func):
        message = f"{func!r} is not the name of a panel function"
        raise CodecError(message)
    if fixed.get("elid", "-") is None and effect is not Effect.READ:
        message = f"{func}: a call that changes an element needs its id"
        raise CodecError(message)
    empty = [name for name, value in fixed.items() if value == ""]
    if empty:
        # The panel drops empty parameters: an edit would become a create, an order our own.
        message = f"{func}: {', '.join(empty)} must not be empty"
        raise CodecError(message)
    return Call(func, tuple(_present(fixed.items())) + params, effect)


def _present(pairs: Iterable[tuple[str, str | None]]) -> Iterable[tuple[str, str]]:
    return ((name, value) for name, value in pairs if value is not None)
