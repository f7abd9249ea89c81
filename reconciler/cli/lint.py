"""The rules of lint, held against the manifests of one project.

Invariant: ``validate`` shows all that they find; what changes the panel is stopped by
errors alone.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from reconciler.lint.check import IDLE, find_violations
from reconciler.lint.rule import LintView
from reconciler.model.finding import has_errors

if TYPE_CHECKING:
    from collections.abc import Sequence
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


def join_layers(
    found: Sequence[set[Finding]], layers: Sequence[Sequence[str]], project: Project
) -> set[Finding]:
    """Join the findings of each target's overlays: ``layers`` are the folders of each.

    A waiver that is needed for one target is idle for none. An error that other targets do not
    have names its targets: its place may be in a file that all of them read.
    """
    everywhere = set.intersection(*found) if found else set()
    joined = set(everywhere)
    for each in set().union(*found) - everywhere:
        if each.code == IDLE:
            continue
        having = [folders for folders, layer in zip(layers, found, strict=True) if each in layer]
        alone = each.severity == "error" and any(
            folders not in having and _reads(folders, each, layers) for folders in layers
        )
        names = [name for name, one in project.targets.items() if one.overlays in having]
        where = f" (target {', '.join(names)})" if alone and names else ""
        joined.add(replace(each, message=f"{each.message}{where}"))
    return joined


def _reads(folders: Sequence[str], finding: Finding, layers: Sequence[Sequence[str]]) -> bool:
    """Return whether a target with some folders of overlays reads the file of a finding."""
    if finding.source is None:
        return True
    file = PurePosixPath(finding.source.file)
    own = {folder for each in layers for folder in each if file.is_relative_to(folder)}
    return not own or not own.isdisjoint(folders)
