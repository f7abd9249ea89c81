"""``comment``: read a plan or a report of drift, and write it to the forge of the pipeline.

Invariant: the token comes from one environment variable, goes to the one server that the pipeline
names, and is removed from every text that is printed.
"""

from __future__ import annotations

import asyncio
import logging
import os
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from reconciler.cli.approvals import shown_approvals
from reconciler.cli.exit_codes import Succeeded
from reconciler.cli.log import WAITING
from reconciler.cli.paths import read_for_review
from reconciler.cli.progress import ReportingClock, shown_progress
from reconciler.cli.remedies import command_line, full_line
from reconciler.documents.comment import comment_document
from reconciler.documents.plan import refusals_of
from reconciler.documents.restore import read_plan, restore_drift
from reconciler.errors import CodecError, ForgeError, StoreError, UsageError
from reconciler.forge.connect import open_forge
from reconciler.forge.pipeline import (
    TITLES,
    TOKENS,
    authorities,
    find_provider,
    find_token,
    read_pipeline,
)
from reconciler.forge.sticky import close_issue, open_issue, write_comment
from reconciler.panel.clock import SystemClock
from reconciler.report.approvals import approval_lines
from reconciler.report.comment import (
    comment_marker,
    ended_issue_text,
    issue_text,
    issue_title,
    plan_comment,
)
from reconciler.report.escape import escape
from reconciler.report.reports import DriftReport
from reconciler.report.request_log import shell_word
from reconciler.store.json_file import read_document

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import AsyncIterator, Sequence

    from reconciler.cli.console import Console
    from reconciler.model.forge import Comment, Issue, Pipeline, Provider, Written
    from reconciler.model.plan import Plan, TargetRef
    from reconciler.ports import Forge

_EACH = 10.0
_RESULTS: dict[Written, str] = {
    "created": "was written",
    "updated": "was updated",
    "unchanged": "is as it was",
    "closed": "was closed",
    "none": "is not needed",
}


@dataclass(frozen=True, slots=True)
class _PlanComment:
    """A comment that is to be written: its plan, and what of its document a plan does not hold."""

    plan: Plan
    digest: str
    made_at: str
    see: str
    approvals: tuple[str, ...]
    refusals: tuple[Sequence[str], Sequence[str]]
    kind: Literal["comment"] = "comment"

    @property
    def target(self) -> TargetRef:
        """The target that it is about."""
        return self.plan.target

    def text(self, pipeline: Pipeline | None, before: str = "") -> str:
        """Return the whole text; ``before`` is what the comment says now."""
        return plan_comment(
            self.plan,
            digest=self.digest,
            made_at=self.made_at,
            pipeline=pipeline,
            before=before,
            see=self.see,
            approvals=self.approvals,
            refusals=self.refusals,
        )

    @property
    def what(self) -> str:
        """What messages call it."""
        return f"the comment about {escape(self.target.name)}"

    async def send(self, forge: Forge, pipeline: Pipeline) -> tuple[Written, Comment]:
        """Write or update it."""
        marker = comment_marker("plan", self.target)
        return await write_comment(forge, marker, lambda before: self.text(pipeline, before))


@dataclass(frozen=True, slots=True)
class _DriftIssue:
    """An issue that is to be opened, updated or closed."""

    report: DriftReport
    labels: tuple[str, ...]
    kind: Literal["issue"] = "issue"

    @property
    def target(self) -> TargetRef:
        """The target that it is about."""
        return self.report.drift.target

    def text(self, _pipeline: Pipeline | None) -> str:
        """Return the whole text."""
        if not self.report.drift.found:
            return "There is no drift: an issue that is open would be closed.\n"
        return issue_text(self.report)

    @property
    def what(self) -> str:
        """What messages call it."""
        return f"the issue about drift on {escape(self.target.name)}"

    async def send(self, forge: Forge, pipeline: Pipeline) -> tuple[Written, Issue | None]:
        """Open, update or close it."""
        target = self.target
        marker = comment_marker("drift", target)
        if not self.report.drift.found:
            return await close_issue(forge, marker, lambda text: ended_issue_text(target, text))
        return await open_issue(
            forge,
            marker,
            title=issue_title(target),
            text=self.text(pipeline),
            labels=self.labels,
        )


async def run(args: Namespace, console: Console) -> Succeeded:
    """Write the comment or the issue; without a token print it.

    Raises: ForgeError when the server does not serve us, unless that is to be a warning.
    """
    _check_usage(args)
    work = _read_issue(args) if args.issue else _read_plan(args, console)
    provider = find_provider(os.environ, args.provider)
    token = find_token(os.environ, provider) if provider else ""
    console.scrub.watch(lambda: [token] if token else [])
    if provider is None or not token:
        return _print(work, provider, console)
    pipeline = read_pipeline(os.environ, provider, number=args.pr)
    if not args.issue and not pipeline.number:
        raise UsageError(
            "the pipeline does not run for a pull request: name one with --pr N, or run "
            "`comment` for pull requests only"
        )
    ca_file = authorities(os.environ, args.ca_file, provider)
    try:
        async with (
            _shown(args, console, TITLES[provider]),
            open_forge(pipeline, ReportingClock(SystemClock()), ca_file=ca_file) as forge,
        ):
            result, written = await work.send(forge, pipeline)
    except ForgeError as error:
        if not args.best_effort:
            raise
        return _warn(work, pipeline, console, error)
    url = written.url if written else ""
    if console.json:
        console.document(
            comment_document(work.target, work.kind, result, provider=provider, url=url)
        )
    else:
        what, place = work.what, f": {escape(url)}" if url else ""
        console.report(f"{what[0].upper()}{what[1:]} {_RESULTS[result]}{place}\n")
    return Succeeded()


def _print(
    work: _PlanComment | _DriftIssue, provider: Provider | None, console: Console
) -> Succeeded:
    """Print what would be written, and why it is not."""
    reason = _unsent(provider)
    text = work.text(None)
    if console.json:
        console.document(
            comment_document(
                work.target, work.kind, "printed", provider=provider, text=text, message=reason
            )
        )
    else:
        console.tell(f"{reason} This would be written:")
        console.raw(text)
    return Succeeded()


def _warn(
    work: _PlanComment | _DriftIssue, pipeline: Pipeline, console: Console, error: ForgeError
) -> Succeeded:
    """Print a failure that is to fail nothing."""
    console.tell(f"{console.palette.paint('warning')}: {escape(str(error))}")
    if console.json:
        console.document(
            comment_document(
                work.target,
                work.kind,
                "failed",
                provider=pipeline.provider,
                message=escape(str(error)),
            )
        )
    else:
        console.report(f"Not done: {work.what} is not up to date.\n")
    return Succeeded()


def _check_usage(args: Namespace) -> None:
    if args.issue and args.pr:
        raise UsageError("--pr does not go with --issue: an issue belongs to no pull request")
    if args.label and not args.issue:
        raise UsageError("--label goes with --issue: reconciler comment drift.json --issue")
    if any("," in label or not label.strip() for label in args.label):
        raise UsageError("--label takes one label without a comma; repeat it for several")


def _read_plan(args: Namespace, console: Console) -> _PlanComment:
    args.plan = args.file
    try:
        saved, plan = read_for_review(args)
    except StoreError:
        _refuse_drift(args)
        raise
    document = read_plan(saved)
    approvals = approval_lines(shown_approvals(args, console, document))
    made_at = str(document["createdAt"])
    return _PlanComment(
        plan,
        document["digest"],
        made_at,
        full_line(args),
        tuple(approvals),
        refusals_of(document),
    )


def _refuse_drift(args: Namespace) -> None:
    """Name the option that is missing when the file is a report of drift."""
    if "drifted" in read_document(Path(args.file)):
        name = shell_word(args.file)
        raise UsageError(
            f"{args.file} is a report of drift: reconciler comment {name} --issue writes it"
        )


def _read_issue(args: Namespace) -> _DriftIssue:
    saved = read_document(Path(args.file))
    try:
        drift = restore_drift(saved)
    except CodecError as error:
        raise StoreError(f"{args.file}: {error}") from error
    args.target = args.target or drift.target.name  # for the commands to paste
    apply, accept = command_line(args, "apply"), command_line(args, "drift", "--accept")
    report = DriftReport(drift, saved, apply=apply, accept=accept)
    return _DriftIssue(report, tuple(label.strip() for label in args.label))


def _unsent(provider: Provider | None) -> str:
    if provider is None:
        return (
            "Nothing is sent: no variable of a pipeline names a server. To send it by hand, set "
            "GITHUB_API_URL, GITHUB_REPOSITORY and GITHUB_TOKEN."
        )
    hint = "; CI_JOB_TOKEN cannot write notes" if provider == "gitlab" else ""
    return f"Nothing is sent: no token in {' or '.join(TOKENS[provider])}{hint}."


@asynccontextmanager
async def _shown(args: Namespace, console: Console, name: str) -> AsyncIterator[None]:
    """Show that the command runs: a line on a terminal, else one line each ten seconds."""
    wanted = not (console.json or args.no_progress)
    waiting = asyncio.get_running_loop().create_task(_tell_waiting(name))
    try:
        with shown_progress(wanted=wanted, first=f"writing to {name}"):
            yield
    finally:
        waiting.cancel()
        with suppress(asyncio.CancelledError):
            await waiting


async def _tell_waiting(name: str) -> None:
    seconds = 0.0
    while True:
        await asyncio.sleep(_EACH)
        seconds += _EACH
        logging.getLogger(WAITING).info("waiting for %s since %d s", name, seconds)
