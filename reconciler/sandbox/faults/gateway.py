"""Answers of whatever stands in front of a panel: web servers, proxies, guards against robots.

Invariants: none of these is the panel's own, and a real client believes none of them.
Source: what hosters' installs were seen to answer; the wordings are invented.
"""

from __future__ import annotations

from html import escape
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from reconciler.sandbox.faults.exchange import Exchange, Inner, page
from reconciler.sandbox.faults.fault import Fault, ReplaceReply

if TYPE_CHECKING:
    from reconciler.sandbox.faults.exchange import SentReply

_ELSEWHERE = "https://elsewhere.invalid/billmgr"
_PAGES = {
    "login": (
        "Sign in",
        (
            '<form method="post" action="/billmgr"><input name="username">'
            '<input name="password" type="password"><button>Sign in</button></form>'
        ),
    ),
    "maintenance": ("Maintenance", "<h1>We will be back soon</h1><p>Works are under way.</p>"),
    "robot": (
        "One moment",
        (
            "<p>Checking that you are no robot.</p><script>window.passed = false</script>"
            "<noscript>Switch JavaScript on.</noscript>"
        ),
    ),
}


class Status(ReplaceReply):
    """An error of HTTP, with a page; ``retry_after`` is sent as it stands."""

    do: Literal["status"] = "status"
    status: Annotated[int, Field(ge=400, le=599)] = 502
    retry_after: Annotated[str, Field(pattern=r"^[ -~]*$")] | int | None = None

    async def made(self, exchange: Exchange) -> SentReply:
        """Write the page."""
        del exchange
        known = {each.value: each.phrase for each in HTTPStatus}
        words = f"{self.status} {known.get(self.status, 'Error')}"
        later = {} if self.retry_after is None else {"retry-after": str(self.retry_after)}
        return page(_document(words, f"<h1>{words}</h1>"), status=self.status, headers=later)


class Redirect(ReplaceReply):
    """The answer is elsewhere."""

    do: Literal["redirect"] = "redirect"
    status: Literal[301, 302, 303, 307, 308] = 302
    to: Annotated[str, Field(pattern=r"^[!-~]+$")] = _ELSEWHERE

    async def made(self, exchange: Exchange) -> SentReply:
        """Return a redirect to another address."""
        del exchange
        link = f'<a href="{escape(self.to)}">Moved</a>'
        return page(_document("Moved", link), status=self.status, headers={"location": self.to})


class Refresh(ReplaceReply):
    """A page, or a header, that sends a browser elsewhere; the status is 200."""

    do: Literal["refresh"] = "refresh"
    to: Annotated[str, Field(pattern=r"^[!-~]+$")] = _ELSEWHERE
    by: Literal["meta", "header"] = "meta"

    async def made(self, exchange: Exchange) -> SentReply:
        """Return a page or a header that leads elsewhere."""
        del exchange
        if self.by == "header":
            return page(_document("Moved", ""), headers={"refresh": f"0; url={self.to}"})
        meta = f'<meta http-equiv="refresh" content="0; url={escape(self.to)}">'
        return page(f"<!DOCTYPE html><html><head>{meta}</head><body></body></html>\n")


class Page(ReplaceReply):
    """A page for a browser, with status 200."""

    do: Literal["page"] = "page"
    page: Literal["login", "maintenance", "robot"] = "login"

    async def made(self, exchange: Exchange) -> SentReply:
        """Write the page."""
        del exchange
        return page(_document(*_PAGES[self.page]))


class Long(Fault):
    """The panel takes long: a text names an address, where the answer is found in the end.

    ``polls``: how often that address answers with the pointer again. ``html``: the pointer is a
    page. The request itself is worked off at once.
    """

    do: Literal["long"] = "long"
    polls: Annotated[int, Field(ge=0)] = 1
    html: bool = False

    async def answer(self, exchange: Exchange, inner: Inner) -> SentReply:
        """Store the answer, and return a pointer to it."""
        return exchange.site.tasks.begin(await inner(exchange), self.polls, html=self.html)


def _document(title: str, body: str) -> str:
    head = f"<head><title>{title}</title></head>"
    return f"<!DOCTYPE html><html>{head}<body>{body}</body></html>\n"
