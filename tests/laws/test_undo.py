"""The law of the way back: a run that is undone leaves the panel as it was before it."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import Phase, given, settings

from reconciler.planning.undo import inverse_changes
from reconciler.sandbox import Sandbox
from reconciler.store.undo import UndoStore
from tests.support.project import Project
from tests.support.random_manifest import client_manifest

RUN = "20261121T080000Z-0123ab"


@settings(max_examples=6, phases=[Phase.generate])
@given(first=client_manifest(), second=client_manifest())
def test_undo_restores_everything_but_what_it_reports(
    first: dict[str, Any], second: dict[str, Any]
) -> None:
    """Planned on the manifests before, only what cannot be taken back differs; twice is nothing."""
    with TemporaryDirectory() as folder:
        root = Path(folder)
        with Sandbox(root / "panel.sqlite3", lag=timedelta(0)) as sandbox:
            project = Project(root, sandbox)
            second["spec"]["accounts"] = first["spec"].get("accounts", [])
            project.write(json.dumps(first, ensure_ascii=False))
            project.apply()
            project.write(json.dumps(second, ensure_ascii=False))
            plan = project.plan()
            kept = UndoStore(root / "undo")
            kept.write(RUN, inverse_changes(project.context(), plan))
            back = kept.read(RUN)
            project.apply(plan)

            undo = project.undo(back, RUN)
            project.apply(undo)

            assert not [o.message for o in project.outcomes if o.result != "verified"]
            assert not project.undo(back, RUN).changes
            stays = {item.address for item in back if item.how == "impossible"}
            project.write(json.dumps(first, ensure_ascii=False))
            # What was kept in the panel, and forgotten, is taken over anew: nothing is written.
            left = [
                c
                for c in project.plan().changes
                if c.address not in stays and (c.action != "adopt" or c.edits)
            ]
            assert not left, [f"{c.action} {c.address} {c.reason} {c.edits}" for c in left]
