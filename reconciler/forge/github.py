"""GitHub's REST API: comments of a pull request, and issues.

Doubt: how soon a comment that was just written is listed; the author of a comment of the pipeline's
token is taken from GraphQL, because ``/user`` refuses that token.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, NotRequired

from typing_extensions import TypedDict

from reconciler.errors import ForgeRefusedError
from reconciler.forge.rows import read_row, read_rows
from reconciler.model.forge import Comment, Issue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.forge.exchange import ForgeExchange

# What a server answers about the user to tokens that belong to none.
_UNTOLD = frozenset({HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND})
_ENTERPRISE = "/api/v3"
_VIEWER = {"query": "query { viewer { login } }"}


class _User(TypedDict):
    login: str


class _CommentRow(TypedDict):
    id: int
    user: _User | None
    body: str | None
    html_url: NotRequired[str]


class _IssueRow(TypedDict):
    number: int
    user: _User | None
    title: str
    body: str | None
    html_url: NotRequired[str]
    pull_request: NotRequired[object]


class _Viewer(TypedDict):
    viewer: _User


class _Viewed(TypedDict):
    data: _Viewer


class GitHubForge:
    """Comments and issues of one repository on GitHub."""

    size = "per_page"

    def __init__(self, exchange: ForgeExchange, project: str, number: str) -> None:
        """Store the repository, and the number of the pull request."""
        self.exchange = exchange
        self.repository = f"/repos/{project}"
        self._base = f"{exchange.base}{self.repository}"
        self._number = number
        self._comments = f"the comments of pull request {number} of {project}"
        self.issues = f"the issues of {project}"

    async def whoami(self) -> str:
        """Return the name of the token's user, empty where the server does not return it."""
        what = "the user of the token"
        try:
            reply = await self.exchange.ask("GET", f"{self.exchange.base}/user", what)
        except ForgeRefusedError as error:
            if error.status not in _UNTOLD:
                raise
            return await self.other_name()
        return read_row(self.exchange, reply, _User, what)["login"]

    async def other_name(self) -> str:
        """Return the name of a token that belongs to an app, such as the pipeline's own."""
        what = "the user of the token"
        base = self.exchange.base
        place = "/api" if base == _ENTERPRISE else base
        try:
            reply = await self.exchange.ask(
                "POST", f"{place}/graphql", what, body=_VIEWER, safe=True
            )
        except ForgeRefusedError as error:
            if error.status not in _UNTOLD:
                raise
            return ""
        if isinstance(reply.value, dict) and not reply.value.get("data"):
            return ""  # GraphQL refuses with status 200
        return read_row(self.exchange, reply, _Viewed, what)["data"]["viewer"]["login"]

    async def comments(self) -> tuple[Comment, ...]:
        """Return all comments of the pull request."""
        rows = await read_rows(
            self.exchange,
            f"{self.repository}/issues/{self._number}/comments",
            _CommentRow,
            key=lambda row: row["id"],
            what=self._comments,
            size=self.size,
        )
        return tuple(map(_comment, rows))

    async def add_comment(self, text: str) -> Comment:
        """Write a new comment."""
        path = f"{self._base}/issues/{self._number}/comments"
        reply = await self.exchange.ask("POST", path, self._comments, body={"body": text})
        return _comment(read_row(self.exchange, reply, _CommentRow, self._comments))

    async def edit_comment(self, comment: Comment, text: str) -> Comment | None:
        """Replace the text of a comment; return None for one that was deleted."""
        path = f"{self._base}/issues/comments/{comment.id}"
        what = f"comment {comment.id}"
        reply = await self.exchange.ask_unless_gone("PATCH", path, what, body={"body": text})
        if reply is None:
            return None
        return _comment(read_row(self.exchange, reply, _CommentRow, what))

    async def delete_comment(self, comment: Comment) -> None:
        """Delete a comment; one that is gone already is no error."""
        path = f"{self._base}/issues/comments/{comment.id}"
        await self.exchange.ask_unless_gone("DELETE", path, f"comment {comment.id}")

    async def open_issues(self) -> tuple[Issue, ...]:
        """Return all open issues, without the pull requests that are listed among them."""
        rows = await read_rows(
            self.exchange,
            f"{self.repository}/issues",
            _IssueRow,
            key=lambda row: row["number"],
            what=self.issues,
            size=self.size,
            query={"state": "open"},
        )
        return tuple(_issue(row) for row in rows if not row.get("pull_request"))

    async def add_issue(self, title: str, text: str, labels: Sequence[str]) -> Issue:
        """Open a new issue."""
        body: dict[str, object] = {"title": title, "body": text}
        if labels:
            body["labels"] = await self.label_keys(labels)
        path = f"{self._base}/issues"
        reply = await self.exchange.ask("POST", path, self.issues, body=body)
        return _issue(read_row(self.exchange, reply, _IssueRow, self.issues))

    async def label_keys(self, labels: Sequence[str]) -> list[str] | list[int]:
        """Return labels as the API takes them: GitHub takes names, and makes what is new."""
        return list(labels)

    async def edit_issue(
        self, issue: Issue, title: str, text: str, *, close: bool = False
    ) -> Issue | None:
        """Replace the title and the text of an issue; return None for one that was deleted."""
        body = {"title": title, "body": text, "state": "closed" if close else "open"}
        what = f"issue {issue.number}"
        path = f"{self._base}/issues/{issue.number}"
        reply = await self.exchange.ask_unless_gone("PATCH", path, what, body=body)
        if reply is None:
            return None
        return _issue(read_row(self.exchange, reply, _IssueRow, what))


def _comment(row: _CommentRow) -> Comment:
    author = row["user"]["login"] if row["user"] else ""
    return Comment(row["id"], author, row["body"] or "", row.get("html_url", ""))


def _issue(row: _IssueRow) -> Issue:
    author = row["user"]["login"] if row["user"] else ""
    return Issue(row["number"], author, row["title"], row["body"] or "", row.get("html_url", ""))
