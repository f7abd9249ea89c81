"""Show which changes no line of a branch explains, and what they are from.

Invariant: the unexplained changes stand first, under a sentence that sums them up.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from reconciler.report.escape import escape
from reconciler.report.layout import counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.model.explanation import BaseCommit, UnexplainedCause
    from reconciler.model.plan import Change

# For each cause: the verb of the sum, what is counted, and what follows it.
_SUMS: Mapping[UnexplainedCause, tuple[str, str, str]] = {
    "drift": ("reverts", "manual edit", ""),
    "added": ("deletes", "object", " that somebody added in the panel"),
    "renewal": ("pays", "renewal", " that fell due"),
    "earlier": ("makes", "change", " of earlier commits"),
    "unknown": ("makes", "change", " that no record explains"),
}


def unexplained_title(changes: Sequence[Change], total: int, since: BaseCommit) -> str:
    """Return the sentence above the unexplained changes."""
    causes = Counter(_cause(change) for change in changes if change.action != "blocked")
    sums = [
        f"{verb} {counted(causes[cause], noun)}{more}"
        for cause, (verb, noun, more) in _SUMS.items()
        if causes[cause]
    ]
    also = f": the plan also {_listed(sums)}" if sums else ""
    return f"No line since {_named(since)} explains {len(changes):,} of {_changes(total)}{also}"


def explained_title(count: int, total: int, since: BaseCommit) -> str:
    """Return the sentence above the changes that the branch explains."""
    whole = "the one change" if total == 1 else f"all {total:,} changes"
    what = whole if count == total else _changes(count)
    return f"The lines since {_named(since)} explain {what}"


def explanation_words(change: Change) -> str:
    """Return what an unexplained change is from; an empty text for every other change."""
    explanation = change.explanation
    if explanation is None or explanation.explained:
        return ""
    match _cause(change):
        case "drift" if explanation.edits:
            names = ", ".join(map(escape, explanation.edits))
            return f"not of this branch: somebody changed {names} in the panel"
        case "drift":
            return "not of this branch: somebody deleted the object in the panel"
        case "added":
            return "not of this branch: somebody added the object in the panel"
        case "renewal":
            return "not of this branch: a renewal that fell due"
        case "earlier" if change.action == "delete":
            return "not of this branch: none of its lines removes the declaration"
        case "earlier":
            return "not of this branch: an earlier commit declares it, and no apply has made it"
        case "unknown":
            return "not of this branch: no record says what it is from"


def _cause(change: Change) -> UnexplainedCause:
    cause = change.explanation.cause if change.explanation else None
    return cause or "unknown"


def _named(since: BaseCommit) -> str:
    return escape(str(since))


def _changes(count: int) -> str:
    return f"{count:,} change" if count == 1 else f"{count:,} changes"


def _listed(parts: Sequence[str]) -> str:
    *first, last = parts
    return f"{', '.join(first)} and {last}" if first else last
