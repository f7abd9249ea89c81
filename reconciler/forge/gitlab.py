"""GitLab's REST API: notes of a merge request, and issues.

Invariant: no line of ours is a quick action, as ``/close`` at the beginning of a line would be.
Doubt: how each version finds fences; a line in a fence gets the same backslash as any other.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, NotRequired

from typing_extensions import TypedDict

from reconciler.errors import ForgeRefusedError
from reconciler.forge.rows import read_row, read_rows
from reconciler.model.forge import Comment, Issue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.forge.exchange import ForgeExchange

_QUICK_ACTION = re.compile(r"^([ \t>]*)(?=/)", re.MULTILINE)
_UNTOLD = frozenset({HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND})


class _User(TypedDict):
    username: str


class _NoteRow(TypedDict):
    id: int
    author: _User | None
    body: str
    system: NotRequired[bool]


class _IssueRow(TypedDict):
    iid: int
    author: _User | None
    title: str
    description: str | None
    web_url: NotRequired[str]


class GitLabForge:
    """Notes and issues of one project on GitLab."""

    def __init__(self, exchange: ForgeExchange, project: str, number: str) -> None:
        """Store the project's id, and the number of the merge request in it."""
        self._exchange = exchange
        self._project = f"/projects/{project}"
        self._list = f"{self._project}/merge_requests/{number}/notes"
        self._place = f"{exchange.base}{self._list}"
        self._notes = f"the notes of merge request {number} of project {project}"
        self._issues = f"the issues of project {project}"

    async def whoami(self) -> str:
        """Return the name of the token's user, empty where the server does not return it."""
        what = "the user of the token"
        try:
            reply = await self._exchange.ask("GET", f"{self._exchange.base}/user", what)
        except ForgeRefusedError as error:
            if error.status in _UNTOLD:
                return ""
            raise
        return read_row(self._exchange, reply, _User, what)["username"]

    async def comments(self) -> tuple[Comment, ...]:
        """Return all notes of the merge request that people or programs wrote."""
        rows = await read_rows(
            self._exchange,
            self._list,
            _NoteRow,
            key=lambda row: row["id"],
            what=self._notes,
            query={"sort": "asc", "order_by": "created_at"},
        )
        return tuple(_note(row) for row in rows if not row.get("system"))

    async def add_comment(self, text: str) -> Comment:
        """Write a new note."""
        body = {"body": _inert(text)}
        reply = await self._exchange.ask("POST", self._place, self._notes, body=body)
        return _note(read_row(self._exchange, reply, _NoteRow, self._notes))

    async def edit_comment(self, comment: Comment, text: str) -> Comment | None:
        """Replace the text of a note; return None for one that was deleted."""
        path, what = f"{self._place}/{comment.id}", f"note {comment.id}"
        body = {"body": _inert(text)}
        reply = await self._exchange.ask_unless_gone("PUT", path, what, body=body)
        if reply is None:
            return None
        return _note(read_row(self._exchange, reply, _NoteRow, what))

    async def delete_comment(self, comment: Comment) -> None:
        """Delete a note; one that is gone already is no error."""
        path, what = f"{self._place}/{comment.id}", f"note {comment.id}"
        await self._exchange.ask_unless_gone("DELETE", path, what)

    async def open_issues(self) -> tuple[Issue, ...]:
        """Return all open issues."""
        rows = await read_rows(
            self._exchange,
            f"{self._project}/issues",
            _IssueRow,
            key=lambda row: row["iid"],
            what=self._issues,
            query={"state": "opened", "scope": "all"},
        )
        return tuple(map(_issue, rows))

    async def add_issue(self, title: str, text: str, labels: Sequence[str]) -> Issue:
        """Open a new issue."""
        body = {"title": title, "description": _inert(text)}
        if labels:
            body["labels"] = ",".join(labels)
        path = f"{self._exchange.base}{self._project}/issues"
        reply = await self._exchange.ask("POST", path, self._issues, body=body)
        return _issue(read_row(self._exchange, reply, _IssueRow, self._issues))

    async def edit_issue(
        self, issue: Issue, title: str, text: str, *, close: bool = False
    ) -> Issue | None:
        """Replace the title and the text of an issue; return None for one that was deleted."""
        body = {"title": title, "description": _inert(text)}
        if close:
            body["state_event"] = "close"
        what = f"issue {issue.number}"
        path = f"{self._exchange.base}{self._project}/issues/{issue.number}"
        reply = await self._exchange.ask_unless_gone("PUT", path, what, body=body)
        if reply is None:
            return None
        return _issue(read_row(self._exchange, reply, _IssueRow, what))


def _inert(text: str) -> str:
    return _QUICK_ACTION.sub(r"\1\\", text)


def _note(row: _NoteRow) -> Comment:
    return Comment(row["id"], row["author"]["username"] if row["author"] else "", row["body"])


def _issue(row: _IssueRow) -> Issue:
    author = row["author"]["username"] if row["author"] else ""
    text = row["description"] or ""
    return Issue(row["iid"], author, row["title"], text, row.get("web_url", ""))
