"""The words of reports that belong to closed sets: what a change does, and how it ended.

Invariant: every word of the sets is here, which a house test holds; one that stands in several sets
is explained for each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.model.resource import REMOVALS
from reconciler.report.layout import joined

if TYPE_CHECKING:
    from collections.abc import Mapping

# What a change does, in plans and in the field `action`.
ACTIONS = {
    "create": "make the object (sign +)",
    "adopt": "manage an object that exists, with the edits that this brings (sign =)",
    "update": "edit fields of a managed object (sign ~)",
    "delete": "delete the object in the panel (sign -)",
    "renew": "renew a service by one period; it charges money (sign !)",
    "suspend": "switch the object off",
    "resume": "switch the object on",
    "blocked": "nothing is sent, for the reason that stands beside it (sign x)",
}
# How a change ended, in the field `result`.
RESULTS = {
    "verified": "done, and read back as declared",
    "diverged": "the panel confirmed the change, but holds something else",
    "failed": "not done",
    "in-doubt": "possibly done: reconciler resume reads what became of it",
    "skipped": "not sent, because something it needs failed or was left out",
}
# What `drift` found, in the field `class`.
DRIFTS = {
    "drift": "the panel moved since the last apply, and Git did not",
    "pending": "Git moved since the last apply, and the panel did not",
    "conflict": "both moved, to different values",
    "missing": "the object is not in the panel any more",
    "added": "the panel holds what a complete list does not declare: the next apply deletes it",
}
# What needs a consent, in `--allow CLASS` and the field `classes`.
CLASSES = {
    "charge": "takes money from a balance: an order, a renewal, an add-on",
    "delete": "more deletions than maxDeletes and maxDeleteShare permit",
    "reinstall": "a new operating system: the content of the machine is lost",
    "history": "a rate dated in the past is edited or deleted",
    "adopt": "an object that exists is taken over",
    "terminate": "a service is deleted: its content is lost",
    "prune": "an object is deleted that Git never managed",
}
SEVERITIES = {
    "error": "nothing is planned or applied before it is mended",
    "warning": "worth a look; the work goes on",
    "note": "good to know; the work goes on",
}
_SETS: Mapping[str, Mapping[str, str]] = {
    "the action of a change": ACTIONS,
    "the result of a change": RESULTS,
    "a class of drift": DRIFTS,
    "a class that needs a consent (--allow)": CLASSES,
    "the severity of a finding": SEVERITIES,
    "a value of lifecycle.onRemove": {str(word): text for word, text in REMOVALS.items()},
}
WORDS = list(dict.fromkeys(word for words in _SETS.values() for word in words))


def word_text(word: str) -> str:
    """Explain a word for each set that it stands in."""
    return joined(
        [f"{word}: {what}", "", f"  meaning  {words[word]}"]
        for what, words in _SETS.items()
        if word in words
    )
