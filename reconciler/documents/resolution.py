"""What became of open intents, as a JSON document in the shape of an apply's."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, get_args

from reconciler.documents.plan import FORMAT_VERSION
from reconciler.model.outcome import Result

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.documents.values import Json
    from reconciler.model.journal import Settled

# An intent that the next plan looks after has no end of its own: it is skipped here.
_AS_OUTCOME = {
    "superseded": "skipped",
    "waiting": "skipped",
    "absent": "failed",
    "unseen": "diverged",
}


def settlement_document(settled: Iterable[Settled]) -> dict[str, Json]:
    """Return what looking said about open intents, as JSON."""
    listed = list(settled)
    counts = Counter(_AS_OUTCOME.get(item.result, item.result) for item in listed)
    return {
        "formatVersion": FORMAT_VERSION,
        "planDigest": "",
        "outcomes": [
            {
                "address": item.open_intent.intent.address,
                "action": item.open_intent.intent.action,
                "result": _AS_OUTCOME.get(item.result, item.result),
                "id": item.element or None,
                "message": item.message,
                "requests": 0,
            }
            for item in listed
        ],
        "summary": {result: counts[result] for result in get_args(Result)},
        "charges": [
            {
                "address": item.open_intent.intent.address,
                "amount": None,
                "currency": "",
                "certain": item.result == "verified",
            }
            for item in listed
            if item.open_intent.charges and item.result in {"verified", "in-doubt"}
        ],
    }
