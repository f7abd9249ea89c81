"""The plan of one shard as it is saved and read again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from reconciler.cli.shards import with_answers
from reconciler.documents.plan import plan_document
from reconciler.planning.saved_plan import check_saved

if TYPE_CHECKING:
    from reconciler.model.plan import Plan
    from reconciler.planning.context import PlanContext, PlanOptions
    from reconciler.wire.recording import Recording

MADE_AT = "2026-11-21T00:00:00+00:00"


def saved_shard(
    plan: Plan, work: PlanContext, options: PlanOptions, recording: Recording
) -> dict[str, Any]:
    """Return what the file of a shard holds."""
    document = with_answers(plan_document(plan, MADE_AT), work, options, recording, secrets=())
    saved: dict[str, Any] = json.loads(json.dumps(document))
    check_saved(saved)
    return saved
