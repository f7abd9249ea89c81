"""The plan that was reviewed: the file that the pipeline of a pull request has kept.

Invariants: only the pull request whose merge a commit is counts, and of its runs only those of the
commit that was merged; the newest plan from before the merge is taken. A job that is run again
after the merge makes a plan that nobody has read, so it does not count. What the file holds is not
trusted here: its signature is checked where it is applied.
Doubt: the pipelines of merged results of GitLab name another commit, and are not found; whether
each version of Gitea gives attachments to a token; whether each server gives the times of a merge
and of a plan. A time that is missing counts as later than the merge.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from datetime import datetime
from typing import TYPE_CHECKING, NotRequired, TypeVar
from urllib.parse import urlsplit

from typing_extensions import TypedDict

from reconciler.errors import ForgeError, ForgeLostError
from reconciler.forge.rows import read_row, read_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.forge.exchange import ForgeExchange
    from reconciler.model.forge import Pipeline

FILE = "plan.json"
_MOST_BYTES = 64 << 20
# Where the pipeline of GitLab keeps the plan, and the name of its job.
_GITLAB_FILE, _GITLAB_JOB = "approvals/plan.json", "billing-plan"
# What reading an archive may raise: damaged, encrypted, of an unknown form, or cut.
_NO_ARCHIVE = (
    zipfile.BadZipFile,
    zlib.error,
    KeyError,
    NotImplementedError,
    RuntimeError,
    EOFError,
)


class _Head(TypedDict):
    sha: str


class _PullRow(TypedDict):
    number: int
    head: _Head
    merged_at: str | None
    merge_commit_sha: str | None


class _RunOfArtifact(TypedDict):
    head_sha: str | None


class _ArtifactRow(TypedDict):
    id: int
    expired: bool
    created_at: NotRequired[str | None]
    workflow_run: _RunOfArtifact | None


class _Artifacts(TypedDict):
    artifacts: list[_ArtifactRow]


class _AssetRow(TypedDict):
    id: int
    name: str
    created_at: NotRequired[str | None]
    browser_download_url: str


class _MergeRow(TypedDict):
    iid: int
    sha: str
    state: str
    merged_at: NotRequired[str | None]
    merge_commit_sha: NotRequired[str | None]
    squash_commit_sha: NotRequired[str | None]


class _RunRow(TypedDict):
    id: int
    sha: str


class _JobRow(TypedDict):
    id: int
    name: str
    finished_at: NotRequired[str | None]


Row = TypeVar("Row", _PullRow, _MergeRow)


async def fetch_reviewed_plan(exchange: ForgeExchange, pipeline: Pipeline, commit: str) -> bytes:
    """Return the plan that the pull request of a merged commit has kept.

    Raises: ForgeError where there is none, or the forge does not serve us.
    """
    match pipeline.provider:
        case "github":
            return await _of_github(exchange, pipeline.project, commit)
        case "gitea":
            return await _of_gitea(exchange, pipeline.project, commit)
        case "gitlab":
            return await _of_gitlab(exchange, pipeline.project, commit)


async def _of_github(exchange: ForgeExchange, project: str, commit: str) -> bytes:
    what = f"the pull request of commit {commit}"
    repository = f"/repos/{project}"
    rows = await read_rows(
        exchange,
        f"{repository}/commits/{commit}/pulls",
        _PullRow,
        key=lambda row: row["number"],
        what=what,
    )
    pull = _only([row for row in rows if _is_merge(row, commit)], commit)
    head = pull["head"]["sha"]
    what = f"the plan of pull request {pull['number']}"
    place = f"{exchange.base}{repository}/actions/artifacts"
    reply = await exchange.ask("GET", place, what, query={"name": f"plan-{head}"})
    found = [
        row
        for row in read_row(exchange, reply, _Artifacts, what)["artifacts"]
        if not row["expired"]
        and row["workflow_run"]
        and row["workflow_run"]["head_sha"] == head
        and _is_before(row.get("created_at"), pull["merged_at"])
    ]
    if not found:
        raise _no_plan(what, head)
    newest = max(row["id"] for row in found)
    return _unpacked(await exchange.download(f"{place}/{newest}/zip", what), what)


async def _of_gitea(exchange: ForgeExchange, project: str, commit: str) -> bytes:
    what = f"the pull request of commit {commit}"
    repository = f"{exchange.base}/repos/{project}"
    reply = await exchange.ask_unless_gone("GET", f"{repository}/commits/{commit}/pull", what)
    pull = read_row(exchange, reply, _PullRow, what) if reply else None
    if pull is None or not _is_merge(pull, commit):
        raise _no_pull(commit)
    head = pull["head"]["sha"]
    what = f"the plan of pull request {pull['number']}"
    reply = await exchange.ask("GET", f"{repository}/issues/{pull['number']}/assets", what)
    rows = read_row(exchange, reply, list[_AssetRow], what)
    found = [
        row
        for row in rows
        if row["name"] == f"plan-{head}.json"
        and _is_before(row.get("created_at"), pull["merged_at"])
    ]
    if not found:
        raise _no_plan(what, head)
    newest = max(found, key=lambda row: row["id"])
    parts = urlsplit(newest["browser_download_url"])
    if f"{parts.scheme}://{parts.netloc}" != exchange.origin:
        raise ForgeError(f"{what}: {exchange.name} keeps it on another server, {parts.netloc}")
    return await exchange.download(parts.path, what)


async def _of_gitlab(exchange: ForgeExchange, project: str, commit: str) -> bytes:
    what = f"the merge request of commit {commit}"
    place = f"/projects/{project}"
    rows = await read_rows(
        exchange,
        f"{place}/repository/commits/{commit}/merge_requests",
        _MergeRow,
        key=lambda row: row["iid"],
        what=what,
    )
    merged = [row for row in rows if row["state"] == "merged"]
    names = ("merge_commit_sha", "squash_commit_sha", "sha")
    request = _only([row for row in merged if commit in {row.get(n) for n in names}], commit)
    head, number = request["sha"], request["iid"]
    what = f"the plan of merge request {number}"
    runs = await read_rows(
        exchange,
        f"{place}/merge_requests/{number}/pipelines",
        _RunRow,
        key=lambda row: row["id"],
        what=what,
    )
    for run in sorted((r["id"] for r in runs if r["sha"] == head), reverse=True):
        jobs = await read_rows(
            exchange,
            f"{place}/pipelines/{run}/jobs",
            _JobRow,
            key=lambda row: row["id"],
            what=what,
            query={"include_retried": "true"},
        )
        named = [
            row["id"]
            for row in jobs
            if row["name"] == _GITLAB_JOB
            and _is_before(row.get("finished_at"), request.get("merged_at"))
        ]
        if named:
            file = f"{exchange.base}{place}/jobs/{max(named)}/artifacts/{_GITLAB_FILE}"
            return await exchange.download(file, what)
    raise _no_plan(what, head)


def _is_merge(row: _PullRow, commit: str) -> bool:
    """Return whether a commit is what the merge of a pull request made, and not a part of it."""
    return bool(row["merged_at"]) and row["merge_commit_sha"] == commit


def _is_before(made: str | None, merged: str | None) -> bool:
    """Return whether a plan was made before the merge; without both times it was not."""
    try:
        return datetime.fromisoformat(made or "") <= datetime.fromisoformat(merged or "")
    except (ValueError, TypeError):  # no time, or one of the two without a zone
        return False


def _only(found: Sequence[Row], commit: str) -> Row:
    """Return the one request that a commit merged. Raises: ForgeError for none or several."""
    if not found:
        raise _no_pull(commit)
    if len(found) > 1:
        raise ForgeError(f"commit {commit} belongs to {len(found)} merged pull requests")
    return found[0]


def _no_pull(commit: str) -> ForgeError:
    return ForgeError(
        f"no merged pull request belongs to commit {commit}, so nobody reviewed a plan: open one"
    )


def _no_plan(what: str, head: str) -> ForgeError:
    return ForgeError(
        f"{what}: no run of its last commit, {head}, kept one before the merge that is still "
        "there: open a new pull request, whose plan holds what is not applied yet"
    )


def _unpacked(raw: bytes, what: str) -> bytes:
    """Return the plan in an archive, which holds one file of bounded size."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            entry = archive.getinfo(FILE)
            if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
                raise ForgeLostError(f"{what}: the archive is packed in a way that no forge uses")
            if entry.file_size > _MOST_BYTES:
                raise ForgeError(f"{what}: it is larger than {_MOST_BYTES >> 20} MiB")
            return archive.read(entry)
    except _NO_ARCHIVE as error:
        raise ForgeLostError(f"{what}: the answer is no archive with {FILE}") from error
