"""Documents → replies, each checked first for a refusal and for contradictions.

Invariants: only direct children of the outer document are read; what neither lists, shows nor
confirms is an error, never an empty list and never success.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.errors import RejectedError, SignInError
from reconciler.model.address import is_numeric_id, names_one_element
from reconciler.wire.content import FRAME, fields, inner_lists
from reconciler.wire.document import refuse
from reconciler.wire.metadata import controls, inputs
from reconciler.wire.refusal import (
    answers,
    check,
    check_question,
    form_named,
    half_signed_in,
    is_sign_in,
)
from reconciler.wire.reply import CodedOptions, Done, Form, Identity, Session

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.wire.document import Document, Node

_SESSION = re.compile(r"[!-~]{1,256}")
_IMAGE = re.compile(r"(?:^|/)([A-Za-z]{2,3})\.[a-z]{3,4}(?:\?|\Z)")
_LEVEL = re.compile(r"[0-9]{1,3}")


def as_form(document: Document, asked: str) -> Form:
    """Read an opened form.

    Shape:  fields as direct children, option lists as ``slist``, labels in ``messages``.
    Raises: RejectedError, HalfSignedInError, NotAPanelError when there is no field at all.
    Source: captured forms; ``….edit`` without ``sok``.
    """
    root = document.root
    if root.has("error") and root.has("slist"):
        raise refuse("it shows a form and refuses at once")
    check(document, asked, wider=True)
    check_question(document)
    if document.listed or root.has("elem") or root.has("p_elems"):
        raise refuse("a list came where a form was asked for")
    values = fields(root)
    options: dict[str, dict[str, str]] = {}
    for slist in root.named("slist"):
        name = slist.attrs.get("name", "")
        if name and name not in options:
            options[name] = _options(slist)
    lists, _ = inner_lists(root)
    if not values and not options and not lists:
        raise refuse("a form without any field")
    labels = _labels(root, values.keys() | options.keys())
    there = {*root.leaves, *(child.name for child in root.children if child.scalar)}
    withheld = frozenset(there - FRAME - values.keys())
    return Form(values, options, labels, inputs(root), controls(root), withheld, lists)


def as_done(document: Document, asked: str) -> Done:
    """Read the confirmation of a submit or an action.

    Shape:  ``<ok>``, empty or naming an address or a form; the form as it stood before in an
            inner ``<doc>``; a new id in ``<id>`` or ``<table.id>``.
    Raises: RejectedError, with the code ``unapplied`` when the form came back instead;
            HalfSignedInError, NotAPanelError.
    Source: captured actions and submits.
    """
    check(document, asked, wider=True)
    root = document.root
    ok = root.first("ok")
    if ok is None:
        if fields(root) or root.has("slist"):
            message = "the form came back, so nothing was applied"
            unapplied = RejectedError("unapplied", asked, message)
            unapplied.step = fields(root)
            raise unapplied
        raise refuse("it neither confirms nor refuses")
    form = form_named(ok.text)
    if form and is_sign_in(form):
        raise half_signed_in(ok.text)
    inner = root.first("doc")
    values = fields(root)
    # A form's name alone may be a next step as well as an obstacle: perhaps it is done.
    certain = not form or inner is not None or bool(values)
    before = fields(inner) if inner is not None else {}
    return Done(_new_id(values), ok.text.strip(), values, before, certain)


def as_order(document: Document, asked: str) -> Done:
    """Read the answer to an order, which may be an empty document.

    Shape:  as in ``as_done``, or a document without anything: then ``confirmed`` is False.
    Raises: RejectedError, HalfSignedInError, NotAPanelError.
    Source: a fixture modelled on a real order answered by ``{"doc":{}}``.
    """
    check(document, asked, wider=True)
    root = document.root
    if root.first("ok") is not None:
        return as_done(document, asked)
    values = fields(root)
    new_id = _new_id(values)
    listed = document.listed or root.has("elem") or root.has("p_cnt")
    if new_id is not None or not (values or listed or root.has("slist")):
        return Done(new_id, "", values, confirmed=False)
    return as_done(document, asked)


def as_identity(document: Document, asked: str = "whoami") -> Identity:
    """Read who we are.

    Shape:  ``<user name level id email/>``, ``<mgr version/>``; flat formats write ``user_name``.
    Raises: RejectedError, HalfSignedInError, NotAPanelError when no user is named.
    Source: captured ``whoami``.
    """
    check(document, asked)
    check_question(document)
    user = _attributes(document.root, "user")
    name, level = user.get("name", ""), user.get("level", "")
    if not name or not _LEVEL.fullmatch(level):
        raise refuse("it names no user and level")
    version = _attributes(document.root, "mgr").get("version", "")
    return Identity(name, int(level), user.get("email", ""), user.get("id", ""), version)


def as_session(document: Document, asked: str = "auth") -> Session:
    """Read a session that was opened.

    Shape:  ``<auth id="…" level="…">…</auth>``, older panels without text; flat: ``auth_id``.
    Raises: RejectedError, SignInError when there is no session in it, its leaf HalfSignedInError
            when there is one that waits for a person.
    Source: the vendor's guides, both versions.
    """
    check(document, asked, wider=True)
    auth = document.root.first("auth")
    parts = _attributes(document.root, "auth")
    session = (parts.get("id", "") or (auth.text if auth else "")).strip()
    if not session:
        check_question(document)
    if not _SESSION.fullmatch(session):
        message = "the panel answered the sign-in without a session"
        raise SignInError(message)
    # A session may be given before the second factor, which it then waits for.
    ok = document.root.first("ok")
    if ok is not None and is_sign_in(form_named(ok.text)):
        raise half_signed_in(ok.text)
    level = parts.get("level", "")
    return Session(session, int(level) if _LEVEL.fullmatch(level) else None)


def lists(document: Document, asked: str) -> bool:
    """Tell whether a document without rows or paging still speaks of the list asked for."""
    return document.listed or (bool(document.func) and answers(document, asked))


def _options(slist: Node) -> dict[str, str]:
    """Read an option list, and the codes that the images of its options are called by.

    Source: the flags of countries: ``image="/manimg/common/flag/DE.png"``.
    """
    options: dict[str, str] = {}
    codes: dict[str, str] = {}
    for val in slist.named("val"):
        key = val.attrs.get("key", val.text)
        options.setdefault(key, val.text)
        if image := _IMAGE.search(val.attrs.get("image", "")):
            codes.setdefault(key, image[1].upper())
    return CodedOptions(options, codes) if codes else options


def _labels(root: Node, names: set[str]) -> dict[str, str]:
    labels: dict[str, str] = {}
    for messages in root.named("messages"):
        for msg in messages.named("msg"):
            name = msg.attrs.get("name", "")
            if name in names and msg.text.strip():
                labels.setdefault(name, msg.text.strip())
    return labels


def _new_id(values: Mapping[str, str]) -> str | None:
    for name in ("id", "item.id"):
        if names_one_element(values.get(name, "").strip()):
            return values[name].strip()
    found = {text.strip() for name, text in values.items() if name.endswith(".id")}
    numbers = [text for text in found if is_numeric_id(text)]
    ids = numbers or [text for text in found if names_one_element(text)]
    return ids[0] if len(ids) == 1 else None


def _attributes(root: Node, name: str) -> dict[str, str]:
    parts = {
        key.removeprefix(f"{name}_"): text
        for key, text in root.leaves.items()
        if key.startswith(f"{name}_")
    }
    for node in root.named(name):
        return parts | node.scalars() | dict(node.attrs)
    return parts
