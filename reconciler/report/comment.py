"""The comment on a pull request, and the issue about drift: Markdown with a hidden marker.

Invariants: a text begins with the marker of its target, has at most 65,536 characters, and holds
every foreign text inside a fence or escaped; what is read back from an earlier text is checked
field by field.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from reconciler.documents.plan import summary
from reconciler.report.escape import escape
from reconciler.report.markdown import drift_markdown
from reconciler.report.markdown_page import MOST_CHARACTERS
from reconciler.report.plan_markdown import plan_markdown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.model.forge import Pipeline
    from reconciler.model.plan import Plan, TargetRef
    from reconciler.report.reports import DriftReport

# How many runs a comment names: its own, and earlier ones.
MOST_RUNS = 10
_LONGEST_TITLE = 200
# JSON can hold half a character, and UTF-8 cannot.
_ANY = ("utf-8", "surrogatepass")
_HISTORY = re.compile(r"^<!-- reconciler:runs (\[.{0,20000}\]) -->$", re.MULTILINE)
_SHAPES = {
    "at": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,15}(?:Z|[+-][0-9]{2}:[0-9]{2})|"),
    "digest": re.compile(r"sha256:[0-9a-f]{64}"),
    "commit": re.compile(r"(?:[0-9a-f]{7,64})?"),
    "changes": re.compile(r"[a-z0-9, -]{1,200}"),
}
_FOOT = (
    "This issue is updated by each check, and closed by the first one that finds no drift. "
    "`reconciler explain drift` says what the classes mean."
)
_ENDED = "**No drift any more.** A later check found none, and closed this issue."

Run = dict[str, str]


def comment_marker(kind: str, target: TargetRef) -> str:
    """Return the hidden first line by which a comment or issue about a target is found again.

    Two targets of one name differ by their URLs. No ``--`` may occur: it would end the comment.
    """
    key = hashlib.sha256(f"{target.name}\n{target.url}".encode(*_ANY)).hexdigest()[:16]
    name = quote(target.name[:_LONGEST_TITLE].encode(*_ANY), safe="").replace("-", "%2D")
    return f"<!-- reconciler:{kind} target={name} key={key} -->"


def plan_comment(
    plan: Plan,
    *,
    digest: str,
    made_at: str,
    pipeline: Pipeline | None,
    before: str,
    see: str,
    approvals: Sequence[str] = (),
    refusals: tuple[Sequence[str], Sequence[str]] = ((), ()),
) -> str:
    """Return the comment for a plan; ``before`` is its last text, which names earlier runs.

    ``see`` is the command that shows all of the plan, ``approvals`` the lines about them;
    ``refusals`` are why the plan was refused when it was made, and the consents that it lacked.
    """
    run: Run = {
        "at": made_at if _SHAPES["at"].fullmatch(made_at) else "",
        "digest": digest,
        "commit": pipeline.commit if pipeline else "",
        "changes": _change_words(plan),
    }
    runs = [run, *(each for each in read_runs(before) if each["digest"] != digest)][:MOST_RUNS]
    head = [comment_marker("plan", plan.target), _runs_line(runs)]
    foot = "\n\n".join([_origin_words(run, pipeline), *_earlier(runs[1:])])
    room = MOST_CHARACTERS - len("\n".join([*head, "", foot, ""]))
    refused, consents = refusals
    body = plan_markdown(
        plan,
        digest=digest,
        refusals=refused,
        consents=consents,
        approvals=approvals,
        see=see,
        limit=room,
    )
    return "\n".join([*head, body, foot]) + "\n"


def issue_title(target: TargetRef) -> str:
    """Return the title of the issue about the drift of a target."""
    return f"Drift on {escape(target.name)}"[:_LONGEST_TITLE]


def issue_text(report: DriftReport) -> str:
    """Return the text of an open issue about drift; the same drift has the same text."""
    marker = comment_marker("drift", report.drift.target)
    room = MOST_CHARACTERS - len(f"{marker}\n\n{_FOOT}\n")
    return "\n".join([marker, drift_markdown(report, limit=room), _FOOT]) + "\n"


def ended_issue_text(target: TargetRef, before: str) -> str:
    """Return the text of a closed issue: that it is over, and what it said."""
    marker = comment_marker("drift", target)
    rest = before.removeprefix(marker).lstrip("\r\n").removeprefix(_ENDED).lstrip("\r\n")
    return f"{marker}\n{_ENDED}\n\n{rest}"[:MOST_CHARACTERS]


def read_runs(text: str) -> list[Run]:
    """Read the runs that an earlier comment names; what is not of its shape is left out."""
    found = _HISTORY.search(text)
    try:
        runs = json.loads(found[1]) if found else []
    except (ValueError, RecursionError):
        return []
    return [
        {name: run[name] for name in _SHAPES}
        for run in runs[:MOST_RUNS]
        if isinstance(run, dict)
        and all(
            isinstance(run.get(name), str) and shape.fullmatch(run[name])
            for name, shape in _SHAPES.items()
        )
    ]


def _change_words(plan: Plan) -> str:
    words = [
        f"{number} blocked" if action == "blocked" else f"{number} to {action}"
        for action, number in summary(plan).items()
        if number and action != "keep"
    ]
    return ", ".join(words) or "no changes"


def _runs_line(runs: Sequence[Run]) -> str:
    text = json.dumps(runs, sort_keys=True).replace("--", "\\u002d\\u002d")
    return f"<!-- reconciler:runs {text} -->"


def _origin_words(run: Run, pipeline: Pipeline | None) -> str:
    words = [f"Made {_moment(run)}"]
    words += [f"for commit `{run['commit'][:12]}`"] if run["commit"] else []
    words += [f"by [this run]({pipeline.run})"] if pipeline and pipeline.run else []
    return ", ".join(words) + "."


def _earlier(runs: Sequence[Run]) -> list[str]:
    if not runs:
        return []
    rows = [
        f"| {_moment(run)} | `{run['commit'][:12] or 'unknown'}` | {run['changes']} "
        f"| `{run['digest'][:19]}…` |"
        for run in runs
    ]
    table = ["| made | commit | plan | digest |", "|---|---|---|---|", *rows]
    title = f"<summary>Earlier runs ({len(runs)})</summary>"
    return ["\n".join(["<details>", title, "", *table, "", "</details>"])]


def _moment(run: Run) -> str:
    return run["at"].replace("T", " ").replace("+00:00", " UTC") or "at an unknown time"
