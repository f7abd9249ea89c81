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
from reconciler.report.drift import drift_text
from reconciler.report.escape import escape
from reconciler.report.layout import counted
from reconciler.report.plan import plan_text, target_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.model.drift import DriftReport
    from reconciler.model.forge import Pipeline
    from reconciler.model.plan import Plan, TargetRef

# GitHub takes no more; GitLab and Gitea take more, and people read no more anywhere.
MOST_CHARACTERS = 65_536
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
_FENCE = re.compile(r"`{3,}")
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
) -> str:
    """Return the comment for a plan; ``before`` is its last text, which names earlier runs.

    ``see`` is the command that shows all of the plan.
    """
    run: Run = {
        "at": made_at if _SHAPES["at"].fullmatch(made_at) else "",
        "digest": digest,
        "commit": pipeline.commit if pipeline else "",
        "changes": _change_words(plan),
    }
    runs = [run, *(each for each in read_runs(before) if each["digest"] != digest)][:MOST_RUNS]
    head = [comment_marker("plan", plan.target), _runs_line(runs)]
    title = f"### Billing plan for {_cell(escape(plan.target.name[:_LONGEST_TITLE]))}"
    foot = "\n\n".join([_origin_words(run, pipeline), *_earlier(runs[1:])])
    room = MOST_CHARACTERS - len("\n".join([*head, title, "", "", "", foot])) - 2
    return "\n".join([*head, title, "", _plan_block(plan, room, see), "", foot]) + "\n"


def issue_title(target: TargetRef) -> str:
    """Return the title of the issue about the drift of a target."""
    return f"Drift on {escape(target.name)}"[:_LONGEST_TITLE]


def issue_text(report: DriftReport, *, apply: str, accept: str) -> str:
    """Return the text of an open issue about drift; the same drift has the same text."""
    head = [comment_marker("drift", report.target), _headline(report), ""]
    foot = (
        "This issue is updated by each check, and closed by the first one that finds no drift. "
        "`reconciler explain drift` says what the classes mean."
    )
    room = MOST_CHARACTERS - len("\n".join([*head, "", foot])) - 2
    text = drift_text(report, apply=apply, accept=accept)
    return "\n".join([*head, fenced(text, room, "reconciler drift"), "", foot]) + "\n"


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


def fenced(text: str, room: int, command: str) -> str:
    """Return a text in a fence that nothing in it can end, cut at a line to fit into the room.

    ``command`` shows all of it.
    """
    longest = max((len(found) for found in _FENCE.findall(text)), default=2)
    fence = "`" * (longest + 1)
    lines = text.rstrip("\n").splitlines()
    left = room - 2 * len(fence) - len("text\n\n") - 120  # the sentence about what is left out
    kept: list[str] = []
    for line in lines:
        left -= len(line) + 1
        if left < 0:
            break
        kept.append(line)
    block = [f"{fence}text", *kept, fence]
    if len(kept) < len(lines):
        omitted = counted(len(lines) - len(kept), "line")
        block += ["", f"{omitted} left out: `{command}` shows all of them."]
    return "\n".join(block)


def _plan_block(plan: Plan, room: int, see: str) -> str:
    return fenced(plan_text(plan, see=see), room, see)


def _headline(report: DriftReport) -> str:
    found = [item for item in report.drifted if item.drift_class != "pending"]
    objects = counted(len(found), "object")
    verb = "was" if len(found) == 1 else "were"
    where = _cell(target_words(report.target))
    return f"{objects} of {where} {verb} changed in the panel since the last apply."


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
    words = [f"Digest `{run['digest']}`", f"made {_moment(run)}"]
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
    title = f"<details><summary>{counted(len(runs), 'earlier run')}</summary>"
    return ["\n".join([title, "", *table, "", "</details>"])]


def _moment(run: Run) -> str:
    return run["at"].replace("T", " ").replace("+00:00", " UTC") or "at an unknown time"


def _cell(text: str) -> str:
    """Return a text as code, on one line, that no backtick in it can end."""
    longest = max((len(found) for found in re.findall("`+", text)), default=0)
    tick = "`" * (longest + 1)
    return f"{tick} {text} {tick}" if longest else f"{tick}{text}{tick}"
