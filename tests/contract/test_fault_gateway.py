"""Answers of whatever stands in front of a panel."""

from __future__ import annotations

from typing import Literal

import pytest

from reconciler.sandbox import FaultMiddleware, Sandbox
from reconciler.sandbox.faults import Long, Page, Redirect, Refresh, Status
from tests.contract.wire import send, send_to
from tests.support.sandbox_client import Client, fields, is_ok, name_of, parse, rename, sign_in


@pytest.mark.parametrize(("when", "name"), [("before", "Acme Anvils"), ("after", "Other")])
@pytest.mark.parametrize("status", [403, 404, 500, 502, 599])
def test_error_of_http_is_a_page(
    panel: Sandbox, client: Client, status: int, when: Literal["before", "after"], name: str
) -> None:
    """No panel said that, and it does not tell what the panel did."""
    front = FaultMiddleware(panel, [Status(func="account.edit", status=status, when=when)])

    came = send(front, **rename(client, sign_in(panel)))

    assert came.status == status
    assert came.headers["content-type"].startswith("text/html")
    assert "retry-after" not in came.headers
    assert name_of(panel, client) == name


@pytest.mark.parametrize("later", ["1000000000", "-5", "Wed, 21 Oct 2015 07:28:00 GMT", "soon", ""])
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_sent_as_it_stands(panel: Sandbox, status: int, later: str) -> None:
    """However absurd."""
    came = send(FaultMiddleware(panel, [Status(status=status, retry_after=later)]), func="whoami")

    assert (came.status, came.headers["retry-after"]) == (status, later)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_names_any_place(panel: Sandbox, status: Literal[301, 302, 303, 307, 308]) -> None:
    """Even one to which nobody should go."""
    place = "http://billing.example.com/billmgr?func=whoami"

    came = send(FaultMiddleware(panel, [Redirect(status=status, to=place)]), func="whoami")

    assert (came.status, came.headers["location"]) == (status, place)


def test_page_sends_a_browser_elsewhere(panel: Sandbox) -> None:
    """By its head, with status 200."""
    came = send(
        FaultMiddleware(panel, [Refresh(to="https://elsewhere.invalid/?a=1&b=2")]), func="whoami"
    )

    assert came.status == 200
    assert b'http-equiv="refresh" content="0; url=https://elsewhere.invalid/?a=1&amp;' in came.body


def test_header_sends_a_browser_elsewhere(panel: Sandbox) -> None:
    """By a header that is no standard and that browsers follow."""
    came = send(FaultMiddleware(panel, [Refresh(by="header", to="/x")]), func="whoami")

    assert (came.status, came.headers["refresh"]) == (200, "0; url=/x")


@pytest.mark.parametrize(
    ("page", "sign"),
    [("login", b'name="password"'), ("maintenance", b"be back"), ("robot", b"<script>")],
)
def test_page_comes_with_status_200(
    panel: Sandbox, page: Literal["login", "maintenance", "robot"], sign: bytes
) -> None:
    """In the place of an answer."""
    came = send(FaultMiddleware(panel, [Page(page=page)]), func="whoami")

    assert came.status == 200
    assert came.headers["content-type"].startswith("text/html")
    assert sign in came.body


@pytest.mark.parametrize("html", [False, True])
def test_long_task_is_polled(panel: Sandbox, client: Client, *, html: bool) -> None:
    """The pointer, as often as it says, then the real answer, which stays there."""
    auth = sign_in(panel)
    front = FaultMiddleware(panel, [Long(func="account.edit", polls=2, html=html)])

    pointer = send(front, **rename(client, auth))
    path = next(word for word in pointer.body.decode().split('"' if html else None) if "/" in word)
    polled = [send_to(front, path, auth=auth).body for _ in range(4)]

    assert (path[:5], path[-8:]) == ("/long", "/billmgr")
    assert polled[:2] == [pointer.body] * 2
    assert is_ok(polled[2])
    assert polled[3] == polled[2]
    assert name_of(panel, client) == "Other"


def test_address_of_no_task_leads_nowhere(panel: Sandbox) -> None:
    """An invented one is a page not found."""
    assert send_to(FaultMiddleware(panel, [Long()]), "/long9/billmgr").status == 404


def test_request_that_no_fault_hits_is_answered_by_the_panel(panel: Sandbox) -> None:
    """Byte by byte."""
    auth = sign_in(panel)
    front = FaultMiddleware(panel, [Status(func="account*"), Page(call=2)])

    came = send(front, func="currency", auth=auth)

    assert came == send(panel, func="currency", auth=auth)
    assert "email" not in fields(came.body)
    assert parse(came.body).get("func") == "currency"
