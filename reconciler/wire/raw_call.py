"""A call as somebody typed it: any function with any parameters, but none that we set ourselves.

Invariants: the function and its parameters are what was typed, in that order; what confirms is a
write whatever the function; what would change whom we speak as, or how, cannot be typed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.errors import CodecError
from reconciler.model.address import names_one_element
from reconciler.model.value import Secret
from reconciler.wire.call import Call, Effect

if TYPE_CHECKING:
    from reconciler.wire.call import Params
    from reconciler.wire.functions import CallRisk

_FUNC = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*")
_PARAM = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_SESSION = re.compile(r"[A-Za-z0-9]{1,256}")
SIGNING_IN = frozenset({"auth", "logon", "logout"})
# Ours to set, each with the way to ask for it.
_OURS = {
    "func": "the function is the first argument",
    "su": "use --su",
    "out": "`format` of the target sets it",
    "lang": "the language is always English",
    "auth": "`auth` of the target sets it",
    "authinfo": "`auth` of the target sets it",
    "checkcookie": "`auth` of the target sets it",
    "redirect": "it only redirects a browser",
    "startform": "it only redirects a browser",
    "sfrom": "it is only for browsers",
    "progressid": "it is only for browsers",
    "operafake": "it is only for browsers",
}
# What nobody should write on a command line, which others can read.
CONFIDENTIAL = frozenset({"password", "passwd", "confirm", "userpassword", "key"})
_SECRET = re.compile(r"passw|secret|token|private|api_?key", re.IGNORECASE)


def is_confidential(name: str) -> bool:
    """Return whether a parameter holds what nobody else should read."""
    return name in CONFIDENTIAL or _SECRET.search(name) is not None


def raw_call(func: str, params: Params, demand: CallRisk, *, su: str = "") -> Call:
    """Build a call from what was typed.

    Raises: CodecError for a parameter that is ours to set, stands there twice, is misspelt, is
            empty where an id is meant, or holds a secret in plain sight; for more than one
            element at once.
    """
    if not _FUNC.fullmatch(func):
        raise CodecError(f"{func!r} is not the name of a function")
    if func in SIGNING_IN:
        raise CodecError(
            f"{func} cannot be called by hand: `auth` of the target sets how to sign in"
        )
    seen: set[str] = set()
    for name, value in params:
        _check_param(name, value, twice=name in seen)
        seen.add(name)
    elid = dict(params).get("elid")
    if demand.writes and elid is not None and not _names_one(func, elid):
        raise CodecError("elid: a call that changes something needs the id of one element")
    acting = (("su", su),) if su else ()
    effect = Effect.ACTION if demand.writes else Effect.READ
    # The panel shows the titles of fields only for a form, and only in that format.
    titled = demand.sort == "form" and not demand.writes
    return Call(func, acting + params, effect, labels=titled, file=demand.sort == "file")


def _names_one(func: str, elid: str | Secret) -> bool:
    if func == "session.delete":
        return isinstance(elid, Secret) or bool(_SESSION.fullmatch(elid))
    return isinstance(elid, str) and names_one_element(elid)


def _check_param(name: str, value: str | Secret, *, twice: bool) -> None:
    if name in _OURS:
        raise CodecError(f"{name} cannot be given: {_OURS[name]}")
    if not _PARAM.fullmatch(name):
        raise CodecError(f"{name!r} is not the name of a parameter")
    if name.startswith("p_"):
        raise CodecError(f"{name}: lists are always read completely")
    if twice:
        raise CodecError(f"{name} is given twice")
    if name in CONFIDENTIAL and not isinstance(value, Secret):
        raise CodecError(f"{name}: a command line is not private: write {name}=@env:VARIABLE")
    if name in {"elid", "plid", "sok"} and value == "":
        # The panel drops empty parameters: an edit would become a create.
        raise CodecError(f"{name} must not be empty")
