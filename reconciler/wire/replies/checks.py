"""What every answer is checked for before it is read: a refusal, and contradictions.

Invariant: an answer that says yes and no, or that answers another function, is no answer.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NoReturn

from reconciler.errors import BusyError, RejectedError, SignInIncompleteError
from reconciler.wire.formats.html import is_busy
from reconciler.wire.formats.node import not_a_panel

if TYPE_CHECKING:
    from reconciler.wire.formats.node import Document, Node

_LONGEST = 1000
_FORM = re.compile(r"\s*(?:\?|startform=|func=)*([a-z][\w.]*)", re.IGNORECASE)
_SIGN_IN = re.compile(
    r"(?:totp|otp|2fa|auth|logon|login|usrparam|captcha)\b|.*passw", re.IGNORECASE
)
# What a refusal has none of: a confirmation, rows, a user, a session.
_ANSWERS = ("ok", "elem", "p_elems", "user", "auth")
# What may stand around any answer, and says nothing by itself.
_ECHOED = frozenset({"tparams", "saved_filters", "metadata", "messages", "doc"})
# An ended session may be answered by the sign-in's own function.
_ANY_FUNCTION = frozenset({"access", "auth"})


def check_reply(document: Document, asked: str, *, wider: bool = False) -> None:
    """Check that a document is no refusal and does not contradict itself.

    Shape:  the root's attribute ``func`` is absent, the function asked for, or a narrower one
            (``vds.vps`` for ``vds``); with ``wider``, the other way round as well.
    Raises: RejectedError, BusyError, NotAPanelError.
    Source: a captured list of ``vds`` that calls itself ``vds.vps``.
    """
    if document.file:
        raise not_a_panel("a file came in place of a document")
    root = document.root
    error = root.first("error") or _bare_message(document)
    if error is not None and any(root.has(name) for name in _ANSWERS):
        raise not_a_panel("it holds both a result and an error")
    same = is_reply_to(document, asked, wider=wider)
    if error is not None:
        _reject(error, same=same)
    if not same:
        raise not_a_panel(f"{asked!r} was called, but another function answered")


def is_reply_to(document: Document, asked: str, *, wider: bool = False) -> bool:
    """Return whether a document does not claim to answer something else than was asked."""
    said = document.func
    if not said or said == asked or said.startswith(f"{asked}."):
        return True
    return wider and asked.startswith(f"{said}.")


def check_question(document: Document) -> None:
    """Check that a document confirms nothing: a read has nothing to confirm.

    Raises: HalfSignedInError when it names a form to fill in first, NotAPanelError.
    Source: the answer while a second factor is pending.
    """
    ok = document.root.first("ok")
    if ok is None:
        return
    if read_form_name(ok.text):
        raise incomplete_sign_in(ok.text)
    raise not_a_panel("it confirms a change, but the request only reads")


def read_form_name(text: str) -> str:
    """Return the form that the text of an ``<ok>`` names, or nothing where it names none."""
    match = _FORM.fullmatch(text.split("&", 1)[0].strip()) if "func=" in text else None
    return match[1] if match else ""


def is_sign_in(form: str) -> bool:
    """Return whether a form belongs to signing in."""
    return _SIGN_IN.match(form) is not None


def incomplete_sign_in(text: str) -> SignInIncompleteError:
    """Make the error for a session that waits for a person; the caller raises it."""
    form = read_form_name(text)
    named = f" (form {form!r})" if form else ""
    return SignInIncompleteError(
        f"the panel asks for a step by hand{named}, such as a second factor or a new password: "
        "sign in as a user that needs none, or write `method: authinfo` under `auth` of this "
        "target in reconciler.yaml"
    )


def _reject(error: Node, *, same: bool) -> NoReturn:
    code = error.attrs.get("type", "").strip()
    about = error.attrs.get("object", "").strip()
    message = _message(error)
    if not code and is_busy(message):
        raise BusyError("the panel is still busy with the same request")
    if not same and code not in _ANY_FUNCTION:
        raise not_a_panel("another function answered, with an error")
    raise RejectedError(code, about, message)


def _bare_message(document: Document) -> Node | None:
    """Return a document that holds a message and nothing else: it says no, though not of what.

    Doubt: whether a panel sends a message alone that is no refusal; it is never taken for a form.
    """
    root = document.root
    names = {*root.leaves, *(child.name for child in root.children)} - _ECHOED
    return root if names == {"msg"} and not document.listed else None


def _message(error: Node) -> str:
    for name in ("msg", "group"):
        part = error.first(name)
        if part is not None and part.text.strip():
            return part.text.strip()[:_LONGEST]
    return error.text.strip()[:_LONGEST]
