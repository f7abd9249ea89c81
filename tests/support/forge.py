"""A stand-in for the REST APIs of GitHub, GitLab and Gitea, as far as comments and issues go.

Written from their public documentation: paths, statuses, shapes, pages, limits and validation. A
test may answer some requests in its place (``answer``), and do something right before one is served
(``before``), as another run or a person would.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from tests.support.http_panel import serve_over_http

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from reconciler.model.forge import Provider
    from tests.support.http_panel import Message, Receive, Send

TOKEN = "f0rge-T0ken/with+signs=42"
ROBOT = "billing-robot"
PULL = 12
MERGED = "2026-11-29T10:00:00Z"
LONGEST = {"github": 65_536, "gitlab": 1_000_000, "gitea": 1 << 31}
_BASES = {"github": "/api/v3", "gitlab": "/api/v4", "gitea": "/api/v1"}
_FENCED = re.compile(r"^(`{3,}).*?^\1", re.MULTILINE | re.DOTALL)
_REPO = r"/repos/acme/billing"
_GITLAB = r"/projects/7"
Headers = dict[str, str]
Reply = tuple[int, Any, Headers]


@dataclass
class Canned:
    """An answer in place of the server's own, to some requests that fit."""

    method: str
    path: str
    reply: Reply
    times: int
    serve_first: bool


@dataclass
class StoredText:
    """A comment or an issue as the server holds it."""

    number: int
    author: str
    body: str
    title: str = ""
    open: bool = True
    labels: list[Any] = field(default_factory=list)
    is_pull: bool = False


@dataclass
class StoredPlan:
    """A plan that the pipeline of a commit has kept; an expired one is listed and not given."""

    commit: str
    raw: bytes
    number: int
    expired: bool = False
    run_commit: str = ""
    made: str | None = "2026-11-29T09:59:59Z"


@dataclass
class ForgeServer:
    """One project with one pull request; ``requests`` are those that were seen.

    ``merges`` are the commits of merges with the commits that they merged; ``storage`` is the
    origin that keeps artifacts, empty for the server itself; ``merge_commit`` is what the pull
    request says of its merge where that is another commit than the one that was asked about.
    """

    provider: Provider
    users: dict[str, str] = field(default_factory=lambda: {TOKEN: ROBOT})
    apps: set[str] = field(default_factory=set)
    comments: list[StoredText] = field(default_factory=list)
    issues: list[StoredText] = field(default_factory=list)
    labels: dict[str, int] = field(default_factory=lambda: {"drift": 3})
    tells_user: bool = True
    requests: list[tuple[str, str]] = field(default_factory=list)
    hosts: list[str] = field(default_factory=list)
    quick_actions: list[str] = field(default_factory=list)
    url: str = ""
    merges: dict[str, str] = field(default_factory=dict)
    plans: list[StoredPlan] = field(default_factory=list)
    storage: str = ""
    merge_commit: str = ""
    _canned: list[Canned] = field(default_factory=list)
    _before: list[tuple[str, str, Callable[[], object]]] = field(default_factory=list)
    _last: int = 100

    def answer(
        self,
        method: str,
        path: str,
        status: int,
        body: object = None,
        *,
        headers: Headers | None = None,
        times: int = 1,
        serve_first: bool = False,
    ) -> None:
        """Answer the next fitting requests so; ``serve_first``: they take effect all the same."""
        reply = (status, body, headers or {})
        self._canned.append(Canned(method, path, reply, times, serve_first))

    def before(self, method: str, path: str, act: Callable[[], object]) -> None:
        """Do something once, right before the next fitting request is served."""
        self._before.append((method, path, act))

    def write(self, author: str, body: str) -> StoredText:
        """Write a comment as somebody."""
        comment = StoredText(self._number(), author, body)
        self.comments.append(comment)
        return comment

    def open(self, author: str, body: str, title: str = "an issue") -> StoredText:
        """Open an issue as somebody."""
        issue = StoredText(self._number(), author, body, title)
        self.issues.append(issue)
        return issue

    def keep(
        self,
        commit: str,
        raw: bytes,
        *,
        expired: bool = False,
        run: str = "",
        made: str | None = "2026-11-29T09:59:59Z",
    ) -> None:
        """Keep the plan of a commit, as its pipeline does; ``run`` is the commit of the run."""
        self.plans.append(StoredPlan(commit, raw, self._number(), expired, run or commit, made))

    def asked(self, method: str) -> list[str]:
        """Return the paths of the requests of a method."""
        return [path for how, path in self.requests if how == method]

    def variables(self, token: str = TOKEN) -> dict[str, str]:
        """Return what a pipeline of this server has in its environment."""
        if self.provider == "gitlab":
            return {
                "GITLAB_CI": "true",
                "CI_API_V4_URL": self.url,
                "CI_PROJECT_ID": "7",
                "CI_MERGE_REQUEST_IID": str(PULL),
                "CI_COMMIT_SHA": "c0ffee" * 6 + "c0ff",
                "CI_JOB_URL": "https://gitlab.example/acme/billing/-/jobs/5",
                "GITLAB_TOKEN": token,
            }
        own = {"GITEA_ACTIONS": "true"} if self.provider == "gitea" else {}
        return {
            **own,
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": self.url,
            "GITHUB_REPOSITORY": "acme/billing",
            "GITHUB_REF": f"refs/pull/{PULL}/merge",
            "GITHUB_SHA": "c0ffee" * 6 + "c0ff",
            "GITHUB_SERVER_URL": "https://forge.example",
            "GITHUB_RUN_ID": "99",
            "GITEA_TOKEN" if self.provider == "gitea" else "GITHUB_TOKEN": token,
        }

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        raw = b""
        more = True
        while more:
            message = await receive()
            raw += message.get("body", b"")
            more = message.get("more_body", False)
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        method, path = scope["method"], scope["path"]
        self.requests.append((method, path))
        for entry in self._fitting(self._before, method, path):
            self._before.remove(entry)
            entry[2]()
        status, body, extra = self._reply(method, path, scope, headers, raw)
        content = body if isinstance(body, bytes) else b""
        if body is not None and not isinstance(body, bytes):
            content = json.dumps(body).encode()
        found = {"content-type": "application/json", **extra}
        pairs = [(name.encode(), value.encode()) for name, value in found.items()]
        await send({"type": "http.response.start", "status": status, "headers": pairs})
        await send({"type": "http.response.body", "body": content})

    def _fitting(self, entries: list[Any], method: str, path: str) -> list[Any]:
        return [each for each in entries if each[0] == method and each[1] in path][:1]

    def _reply(self, method: str, path: str, scope: Message, headers: Headers, raw: bytes) -> Reply:
        canned = next((c for c in self._canned if c.method == method and c.path in path), None)
        if canned is not None:
            canned.times -= 1
            if canned.times == 0:
                self._canned.remove(canned)
            if canned.serve_first:
                self._served(method, path, scope, headers, raw)
            return canned.reply
        return self._served(method, path, scope, headers, raw)

    def _served(
        self, method: str, path: str, scope: Message, headers: Headers, raw: bytes
    ) -> Reply:
        if path.startswith("/storage/"):
            return self._stored(path, scope, headers)
        scheme, _, token = headers.get("authorization", "").partition(" ")
        right = {"github": "Bearer", "gitea": "token"}.get(self.provider)
        token = headers.get("private-token", "") if right is None else token
        user = self.users.get(token)
        if user is None or (right is not None and scheme != right):
            return self._error(401)
        is_form = headers.get("content-type", "").startswith("multipart/")
        body = raw if is_form else json.loads(raw) if raw else {}
        query = dict(parse_qsl(scope["query_string"].decode()))
        if path == "/api/graphql" and self.provider == "github":
            return (200, {"data": {"viewer": {"login": user}}} if self.tells_user else {}, {})
        path = path.removeprefix(_BASES[self.provider])
        if path == "/user":
            refused = user in self.apps or not self.tells_user
            key = "username" if self.provider == "gitlab" else "login"
            return self._error(403) if refused else (200, {"id": 5, key: user}, {})
        for pattern, serve in self._routes():
            if found := re.fullmatch(pattern, f"{method} {path}"):
                words = (int(each) if each.isdecimal() else each for each in found.groups())
                return serve(user, body, query, *words)
        return self._error(404)

    def _routes(self) -> list[tuple[str, Callable[..., Reply]]]:
        if self.provider == "gitlab":
            notes, issues = f"{_GITLAB}/merge_requests/{PULL}/notes", f"{_GITLAB}/issues"
            one, change = rf"{notes}/(\d+)", "PUT"
        else:
            notes, issues = f"{_REPO}/issues/{PULL}/comments", f"{_REPO}/issues"
            one, change = rf"{_REPO}/issues/comments/(\d+)", "PATCH"
        return [
            *self._plan_routes(),
            (f"GET {notes}", self._list_comments),
            (f"POST {notes}", self._add_comment),
            (f"{change} {one}", self._edit_comment),
            (f"DELETE {one}", self._delete_comment),
            (f"GET {issues}", self._list_issues),
            (f"POST {issues}", self._add_issue),
            (rf"{change} {issues}/(\d+)", self._edit_issue),
            (f"GET {_REPO}/labels", self._list_labels),
        ]

    def _plan_routes(self) -> list[tuple[str, Callable[..., Reply]]]:
        commit = r"([0-9a-f]*[a-f][0-9a-f]*)"
        if self.provider == "gitlab":
            file = "approvals/plan.json"
            return [
                (rf"GET {_GITLAB}/repository/commits/{commit}/merge_requests", self._pulls),
                (rf"GET {_GITLAB}/merge_requests/{PULL}/pipelines", self._runs),
                (rf"GET {_GITLAB}/pipelines/(\d+)/jobs", self._jobs),
                (rf"GET {_GITLAB}/jobs/(\d+)/artifacts/{file}", self._plan),
            ]
        return [
            (rf"GET {_REPO}/commits/{commit}/pulls?", self._pulls),
            (rf"GET {_REPO}/issues/{PULL}/assets", self._assets),
            (rf"POST {_REPO}/issues/{PULL}/assets", self._attach),
            (r"GET /attachments/(\d+)", self._plan),
            (rf"GET {_REPO}/actions/artifacts", self._artifacts),
            (rf"GET {_REPO}/actions/artifacts/(\d+)/zip", self._archive),
        ]

    def _pulls(self, _user: str, _body: Any, query: Headers, commit: str) -> Reply:  # noqa: ANN401
        head = self.merges.get(commit)
        if self.provider == "gitlab":
            row = {
                "iid": PULL,
                "sha": head,
                "state": "merged",
                "merged_at": MERGED,
                "merge_commit_sha": self.merge_commit or commit,
            }
            return self._page([row] if head else [], query)
        pull = {
            "number": PULL,
            "head": {"sha": head},
            "merged_at": MERGED,
            "merge_commit_sha": self.merge_commit or commit,
        }
        if self.provider == "gitea":
            return (200, pull, {}) if head else self._error(404)
        return self._page([pull] if head else [], query)

    def _runs(self, _user: str, _body: Any, query: Headers) -> Reply:  # noqa: ANN401
        return self._page([{"id": e.number, "sha": e.run_commit} for e in self.plans], query)

    def _jobs(self, _user: str, _body: Any, query: Headers, number: int) -> Reply:  # noqa: ANN401
        plan = next(each for each in self.plans if each.number == number)
        jobs = [
            {"id": number, "name": "billing-plan", "finished_at": plan.made},
            {"id": 1, "name": "billing-validate", "finished_at": plan.made},
        ]
        return self._page(jobs, query)

    def _assets(self, _user: str, _body: Any, _query: Headers) -> Reply:  # noqa: ANN401
        base = self.url.removesuffix(_BASES[self.provider])
        rows = [
            {
                "id": each.number,
                "name": f"plan-{each.commit}.json",
                "created_at": each.made,
                "browser_download_url": f"{base}/attachments/{each.number}",
            }
            for each in self.plans
        ]
        return 200, rows, {}

    def _attach(self, _user: str, form: bytes, query: Headers) -> Reply:
        """Take a form with one file."""
        head, _, rest = form.partition(b"\r\n\r\n")
        if b'name="attachment"' not in head:
            return self._error(422)
        commit = query["name"].removeprefix("plan-").removesuffix(".json")
        self.keep(commit, rest.rpartition(b"\r\n--")[0])
        return 201, {"id": self._last, "name": query["name"]}, {}

    def _artifacts(self, _user: str, _body: Any, query: Headers) -> Reply:  # noqa: ANN401
        rows = [
            {
                "id": each.number,
                "name": f"plan-{each.commit}",
                "expired": each.expired,
                "created_at": each.made,
                "workflow_run": {"id": each.number, "head_sha": each.run_commit},
            }
            for each in self.plans
            if query.get("name") == f"plan-{each.commit}"
        ]
        return 200, {"total_count": len(rows), "artifacts": rows}, {}

    def _archive(self, _user: str, _body: Any, _query: Headers, number: int) -> Reply:  # noqa: ANN401
        origin = self.storage or self.url.removesuffix(_BASES[self.provider])
        return 302, None, {"location": f"{origin}/storage/{number}?sig=s1gned"}

    def _plan(self, _user: str, _body: Any, _query: Headers, number: int) -> Reply:  # noqa: ANN401
        found = next((each for each in self.plans if each.number == number), None)
        return (200, found.raw, {}) if found else self._error(404)

    def _stored(self, path: str, scope: Message, headers: Headers) -> Reply:
        """Answer from the storage, whose addresses are signed; it refuses a credential."""
        if "authorization" in headers or scope["query_string"] != b"sig=s1gned":
            return self._error(403)
        number = int(path.rpartition("/")[2])
        found = next(each for each in self.plans if each.number == number)
        with io.BytesIO() as file:
            with zipfile.ZipFile(file, "w") as archive:
                archive.writestr("plan.json", found.raw)
            return 200, file.getvalue(), {}

    def _list_comments(self, _user: str, _body: Any, query: Headers) -> Reply:  # noqa: ANN401
        rows = [self._comment(each) for each in self.comments]
        return (200, rows, {}) if self.provider == "gitea" else self._page(rows, query)

    def _add_comment(self, user: str, body: Any, _query: Headers) -> Reply:  # noqa: ANN401
        if wrong := self._wrong(body["body"]):
            return wrong
        comment = self.write(user, self._obeyed(body["body"]))
        return 201, self._comment(comment), {}

    def _edit_comment(self, _user: str, body: Any, _query: Headers, number: int) -> Reply:  # noqa: ANN401
        comment = self._found(self.comments, number)
        if comment is None:
            return self._error(404)
        if wrong := self._wrong(body["body"]):
            return wrong
        comment.body = self._obeyed(body["body"])
        return 200, self._comment(comment), {}

    def _delete_comment(self, _user: str, _body: Any, _query: Headers, number: int) -> Reply:  # noqa: ANN401
        comment = self._found(self.comments, number)
        if comment is None:
            return self._error(404)
        self.comments.remove(comment)
        return 204, None, {}

    def _list_issues(self, _user: str, _body: Any, query: Headers) -> Reply:  # noqa: ANN401
        wanted = {"open": True, "opened": True, "closed": False}.get(query.get("state", ""))
        found = [each for each in self.issues if wanted is None or each.open is wanted]
        return self._page([self._issue(each) for each in reversed(found)], query)

    def _add_issue(self, user: str, body: Any, _query: Headers) -> Reply:  # noqa: ANN401
        text = body["description" if self.provider == "gitlab" else "body"]
        if wrong := self._wrong(text):
            return wrong
        labels = body.get("labels", "" if self.provider == "gitlab" else [])
        if self.provider == "gitlab":
            labels = labels.split(",") if labels else []
        if self.provider == "gitea" and any(each not in self.labels.values() for each in labels):
            return self._error(422)
        issue = self.open(user, self._obeyed(text), body["title"])
        issue.labels = labels
        return 201, self._issue(issue), {}

    def _edit_issue(self, _user: str, body: Any, _query: Headers, number: int) -> Reply:  # noqa: ANN401
        issue = self._found(self.issues, number)
        if issue is None:
            return self._error(404)
        text = body["description" if self.provider == "gitlab" else "body"]
        if wrong := self._wrong(text):
            return wrong
        issue.title, issue.body = body["title"], self._obeyed(text)
        if self.provider == "gitlab":
            issue.open = issue.open and body.get("state_event") != "close"
        else:
            issue.open = body["state"] == "open"
        return 201 if self.provider == "gitea" else 200, self._issue(issue), {}

    def _list_labels(self, _user: str, _body: Any, query: Headers) -> Reply:  # noqa: ANN401
        return self._page([{"id": n, "name": name} for name, n in self.labels.items()], query)

    def _page(self, rows: list[Any], query: Headers) -> Reply:
        key = "limit" if self.provider == "gitea" else "per_page"
        most = 50 if self.provider == "gitea" else 100
        size = min(int(query.get(key, 30)), most)
        page = int(query.get("page", 1))
        part = rows[(page - 1) * size : page * size]
        more = page * size < len(rows)
        link = f'<{self.url}/elsewhere?page={page + 1}>; rel="next", <{self.url}/>; rel="last"'
        headers = {"link": link} if more else {}
        if self.provider == "gitlab":
            headers |= {"x-page": str(page), "x-next-page": str(page + 1) if more else ""}
        if self.provider == "github":
            headers |= {"x-ratelimit-limit": "5000", "x-ratelimit-remaining": "4990"}
        return 200, part, headers

    def _wrong(self, text: str) -> Reply | None:
        if text.strip() and len(text) <= LONGEST[self.provider]:
            return None
        if self.provider == "gitlab":
            words = {"note": ["is too long (maximum is 1000000 characters)"]}
            return 400, {"message": words}, {}
        errors = [
            {
                "resource": "IssueComment",
                "code": "unprocessable",
                "field": "data",
                "message": "Body is too long (maximum is 65536 characters)",
            }
        ]
        return 422, {"message": "Validation Failed", "errors": errors}, {}

    def _obeyed(self, text: str) -> str:
        """Run the quick actions of a text, as GitLab does outside fences."""
        if self.provider == "gitlab":
            outside = _FENCED.sub("", text)
            self.quick_actions += re.findall(r"^[ \t]*(/[a-z]\w*.*)$", outside, re.MULTILINE)
        return text

    def _error(self, status: int) -> Reply:
        words = {
            401: "Bad credentials",
            403: "Resource not accessible by integration",
            404: "Not Found",
            422: "Validation Failed",
        }[status]
        said = f"{status} {words}" if self.provider == "gitlab" else words
        return status, {"message": said}, {}

    def _comment(self, each: StoredText) -> dict[str, Any]:
        if self.provider == "gitlab":
            author = {"id": 5, "username": each.author}
            return {"id": each.number, "author": author, "body": each.body, "system": False}
        url = f"https://forge.example/acme/billing/pull/{PULL}#issuecomment-{each.number}"
        user = {"login": each.author, "id": 5} if each.author else None
        return {"id": each.number, "user": user, "body": each.body, "html_url": url}

    def _issue(self, each: StoredText) -> dict[str, Any]:
        url = f"https://forge.example/acme/billing/issues/{each.number}"
        if self.provider == "gitlab":
            return {
                "id": each.number + 1000,
                "iid": each.number,
                "author": {"id": 5, "username": each.author},
                "title": each.title,
                "description": each.body,
                "state": "opened" if each.open else "closed",
                "web_url": url,
            }
        row = {
            "id": each.number + 1000,
            "number": each.number,
            "user": {"login": each.author, "id": 5},
            "title": each.title,
            "body": each.body,
            "state": "open" if each.open else "closed",
            "html_url": url,
        }
        return row | ({"pull_request": {"url": url}} if each.is_pull else {})

    def _found(self, among: list[StoredText], number: int) -> StoredText | None:
        return next((each for each in among if each.number == number), None)

    def _number(self) -> int:
        self._last += 1
        return self._last


@contextmanager
def serve_forge(provider: Provider, certificate: str | None = None) -> Iterator[ForgeServer]:
    """Serve a stand-in on loopback; its ``url`` is the base of its API."""
    server = ForgeServer(provider)
    with serve_over_http(server, certificate) as url:
        server.url = url.removesuffix("/billmgr") + _BASES[provider]
        yield server
