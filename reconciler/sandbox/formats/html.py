"""No ``out``: a page for a browser, which has nothing for a program.

Invariants: the status is 200 and the body HTML, errors included; nothing of the answer's data.
"""

from __future__ import annotations

from reconciler.sandbox.formats.xml import escape
from reconciler.sandbox.reply import ErrorReply, Reply, ReplyHeader


def render(answer: Reply, head: ReplyHeader) -> str:
    """Write a page with a title, and the sign-in when the answer is an error."""
    form = "<form><input name=username><input name=password type=password></form>"
    body = form if isinstance(answer, ErrorReply) else "<div id=app></div>"
    title = escape(head.func or "sign in")
    return f"<!DOCTYPE html><html><head><title>{title}</title></head><body>{body}</body></html>\n"


def not_found() -> bytes:
    """Write the page of an address that leads nowhere."""
    return b"<!DOCTYPE html><html><head><title>404</title></head><body>Not here</body></html>\n"
