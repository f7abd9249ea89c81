"""Bodies that are no documents at all: pages for browsers, pointers to long tasks, busy notices.

Invariant: each becomes an error of its own type; none is ever read as an answer.
Doubt: the busy notice carries no code, so it is the one thing known by its English words; we
always ask for ``lang=en``.
"""

from __future__ import annotations

import re

from reconciler.errors import (
    BusyError,
    LongTaskError,
    NotAPanelError,
    UnsafeAnswerError,
    WebPageError,
)
from reconciler.wire.formats.node import not_a_panel

_SHORT = 1 << 14
_HTML = re.compile(
    rb"\s*(?:<\?xml[^>]{0,200}\?>\s*)?(?:<!--.{0,1000}?-->\s*){0,5}"
    rb"<(?:!doctype\s+html|html[\s>]|head[\s>]|body[\s>])",
    re.IGNORECASE | re.DOTALL,
)
# Only the path is taken, so a pointer to another host leads nowhere but to our own.
_LONG = re.compile(
    r"(?:^|[\s\"'=(>:,;]|https?://[\w.:\[\]-]{1,255})"
    r"(/long(?:\.?[\w-]){0,128}(?:/(?:\.?[\w-]){1,128}){0,4}/billmgr)(?![\w/-])"
)
_MOVED = re.compile(r"http-equiv\s*=\s*[\"']?\s*refresh", re.IGNORECASE)
_BUSY = re.compile(r"request\s+(?:is\s+)?in\s+process", re.IGNORECASE)


def is_page(body: bytes) -> bool:
    """Return whether a body is meant for a browser."""
    return _HTML.match(body[:_SHORT]) is not None


def is_busy(text: str) -> bool:
    """Return whether a text says that the same request is being carried out already."""
    return _BUSY.search(text[:_SHORT]) is not None


def page_error(body: bytes) -> NotAPanelError | BusyError | UnsafeAnswerError:
    """Return the error for a body that is no document of the requested format."""
    if not body.strip():
        return not_a_panel("it is empty")
    text = body[:_SHORT].decode("utf-8", "replace")
    pointer = _LONG.search(text) if len(body) <= _SHORT else None
    if pointer:
        return LongTaskError(pointer[1])
    if is_busy(text):
        return BusyError("the panel is still busy with the same request")
    if _MOVED.search(text):
        return UnsafeAnswerError("the panel's page redirects elsewhere; redirects are not followed")
    if is_page(body):
        return WebPageError(
            "the answer is a page for a browser: check that the url of the target ends in /billmgr"
        )
    return not_a_panel("it is neither a document nor a known page")
