"""The rules of lint, held against the manifests of one project.

Invariant: ``validate`` shows all that they find; what changes the panel is stopped by
errors alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.lint.check import IDLE, find_violations
from reconciler.lint.rule import LintView
from reconciler.model.finding import has_errors

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from reconciler.kinds.catalogue import Catalogue
    from reconciler.manifest.load.loader import LoadedManifests
    from reconciler.model.finding import Finding, Severity
    from reconciler.model.target import Project


def lint(
    loaded: LoadedManifests,
    project: Project,
    catalogue: Catalogue,
    *,
    today: date,
    only: Sequence[Severity] = ("error", "warning", "note"),
) -> list[Finding]:
    """Return what the rules find in loaded manifests, at the levels of the project."""
    view = LintView(loaded.desired, catalogue, today, project.guards, loaded.waivers, loaded.sets)
    complete = not has_errors(loaded.findings)
    return find_violations(view, project.levels, only=only, complete=complete)


def join_layers(found: Iterable[set[Finding]]) -> set[Finding]:
    """Join what the rules find with the overlays of each target.

    A waiver that is needed for one target is idle for none.
    """
    layers = list(found)
    return {
        each
        for layer in layers
        for each in layer
        if each.code != IDLE or all(each in other for other in layers)
    }
