"""Documents → replies, each checked first for a refusal and for contradictions.

Invariants: only direct children of the outer document are read; what neither lists, shows nor
confirms is an error, never an empty list and never success. A list of a menu counts only where the
menu says that it is one, and only under a name that no documented function has but as a list.
Source: ``menu``, nodes with an action and the type ``list``.
Doubt: how deep the groups of a menu are nested, and whether every panel names its nodes in this
way; what is written otherwise names no list.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.errors import RejectedError, SignInError
from reconciler.model.address import is_numeric_id, names_one_element
from reconciler.wire.formats.node import not_a_panel
from reconciler.wire.functions import may_list
from reconciler.wire.metadata import read_controls
from reconciler.wire.replies.checks import (
    check_question,
    check_reply,
    incomplete_sign_in,
    is_reply_to,
    is_sign_in,
    read_form_name,
)
from reconciler.wire.replies.elements import FRAME, read_fields, read_inner_lists
from reconciler.wire.reply import CodedOptions, Confirmation, Form, Identity, Session

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.wire.formats.node import Document, Node


_SESSION = re.compile(r"[!-~]{1,256}")
_IMAGE = re.compile(r"(?:^|/)([A-Za-z]{2,3})\.[a-z]{3,4}(?:\?|\Z)")
_LEVEL = re.compile(r"[0-9]{1,3}")


def parse_form(document: Document, asked: str) -> Form:
    """Read an opened form.

    Shape:  fields as direct children, option lists as ``slist``, labels in ``messages``.
    Raises: RejectedError, HalfSignedInError, NotAPanelError when there is no field at all.
    Source: captured forms; ``….edit`` without ``sok``.
    """
    root = document.root
    if root.has("error") and root.has("slist"):
        raise not_a_panel("it holds both a form and an error")
    check_reply(document, asked, wider=True)
    check_question(document)
    if document.listed or root.has("elem") or root.has("p_elems"):
        raise not_a_panel("a list came in place of a form")
    values = read_fields(root)
    options: dict[str, dict[str, str]] = {}
    for slist in root.named("slist"):
        name = slist.attrs.get("name", "")
        if name and name not in options:
            options[name] = _options(slist)
    lists, _ = read_inner_lists(root)
    if not values and not options and not lists:
        raise not_a_panel("the form has no fields")
    labels = _labels(root, values.keys() | options.keys())
    there = {*root.leaves, *(child.name for child in root.children if child.scalar)}
    withheld = frozenset(there - FRAME - values.keys())
    controls = read_controls(root)
    return Form(values, options, labels, frozenset(controls), controls, withheld, lists)


def parse_confirmation(document: Document, asked: str) -> Confirmation:
    """Read the confirmation of a submit or an action.

    Shape:  ``<ok>``, empty or naming an address or a form; the form as it stood before in an
            inner ``<doc>``; a new id in ``<id>`` or ``<table.id>``.
    Raises: RejectedError, with the code ``unapplied`` when the form came back instead;
            HalfSignedInError, NotAPanelError.
    Source: captured actions and submits.
    """
    check_reply(document, asked, wider=True)
    root = document.root
    ok = root.first("ok")
    if ok is None:
        if read_fields(root) or root.has("slist"):
            message = "the form came back, so nothing was applied"
            unapplied = RejectedError("unapplied", asked, message)
            unapplied.step = read_fields(root)
            raise unapplied
        raise not_a_panel("it holds neither a confirmation nor an error")
    form = read_form_name(ok.text)
    if form and is_sign_in(form):
        raise incomplete_sign_in(ok.text)
    inner = root.first("doc")
    values = read_fields(root)
    # A form's name alone may be a next step as well as an obstacle: perhaps it is done.
    certain = not form or inner is not None or bool(values)
    before = read_fields(inner) if inner is not None else {}
    return Confirmation(_new_id(values), ok.text.strip(), values, before, certain)


def parse_order(document: Document, asked: str) -> Confirmation:
    """Read the answer to an order, which may be an empty document.

    Shape:  as in ``as_done``, or a document without anything: then ``confirmed`` is False.
    Raises: RejectedError, HalfSignedInError, NotAPanelError.
    Source: a fixture modelled on a real order answered by ``{"doc":{}}``.
    """
    check_reply(document, asked, wider=True)
    root = document.root
    if root.first("ok") is not None:
        return parse_confirmation(document, asked)
    values = read_fields(root)
    new_id = _new_id(values)
    listed = document.listed or root.has("elem") or root.has("p_cnt")
    if new_id is not None or not (values or listed or root.has("slist")):
        return Confirmation(new_id, "", values, confirmed=False)
    return parse_confirmation(document, asked)


def parse_identity(document: Document, asked: str = "whoami") -> Identity:
    """Read who we are.

    Shape:  ``<user name level id email/>``, ``<mgr version/>``; flat formats write ``user_name``.
    Raises: RejectedError, HalfSignedInError, NotAPanelError when no user is named.
    Source: captured ``whoami``.
    """
    check_reply(document, asked)
    check_question(document)
    user = _attributes(document.root, "user")
    name, level = user.get("name", ""), user.get("level", "")
    if not name or not _LEVEL.fullmatch(level):
        raise not_a_panel("it names no user and level")
    version = _attributes(document.root, "mgr").get("version", "")
    return Identity(name, int(level), user.get("email", ""), user.get("id", ""), version)


def parse_session(document: Document, asked: str = "auth") -> Session:
    """Read a session that was opened.

    Shape:  ``<auth id="…" level="…">…</auth>``, older panels without text; flat: ``auth_id``.
    Raises: RejectedError, SignInError when there is no session in it, its leaf HalfSignedInError
            when there is one that waits for a person.
    Source: the vendor's guides, both versions.
    """
    check_reply(document, asked, wider=True)
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
    if ok is not None and is_sign_in(read_form_name(ok.text)):
        raise incomplete_sign_in(ok.text)
    level = parts.get("level", "")
    return Session(session, int(level) if _LEVEL.fullmatch(level) else None)


def is_list(document: Document, asked: str) -> bool:
    """Return whether a document without rows or paging still speaks of the list asked for."""
    return document.listed or (bool(document.func) and is_reply_to(document, asked))


def _options(slist: Node) -> dict[str, str]:
    """Read an option list, and the codes that the images of its options are called by.

    Source: the flags of countries: ``image="/manimg/common/flag/DE.png"``.
    """
    options: dict[str, str] = {}
    codes: dict[str, str] = {}
    for val in slist.named("val"):
        key = val.attrs.get("key", val.text)
        options.setdefault(key, val.text)
        shown = val.attrs.get("image")
        if shown and (image := _IMAGE.search(shown)):
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


def parse_menu(document: Document, asked: str) -> frozenset[str]:
    """Return the lists that a menu leads to; none where it leads nowhere.

    Raises: RejectedError, NotAPanelError.
    """
    check_reply(document, asked)
    nodes = _nodes(document.root)
    return frozenset(action for action, sort in nodes if sort == "list" and may_list(action))


def _nodes(node: Node) -> Iterator[tuple[str, str]]:
    given = {**node.leaves, **node.attrs}
    yield given.get("action", ""), given.get("type", "")
    for child in node.children:
        yield from _nodes(child)
