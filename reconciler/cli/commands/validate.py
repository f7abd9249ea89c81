"""``validate``: all that is wrong with the manifests and the policies, offline."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.cli.exit_codes import Validated
from reconciler.cli.paths import absolute
from reconciler.cli.policies import check_policies
from reconciler.documents.findings import validation_document
from reconciler.errors import UsageError
from reconciler.kinds.catalogue import discover
from reconciler.manifest.load.loader import in_order, load_manifests
from reconciler.manifest.load.value_checks import needed_at_creation
from reconciler.model.finding import has_errors
from reconciler.policies.load import DEFAULT_FOLDER
from reconciler.project.load import load_project
from reconciler.report.finding import validation_text

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence

    from reconciler.cli.console import Console
    from reconciler.model.finding import Source


def run(args: Namespace, console: Console) -> Validated:
    """Load manifests and policies and show every finding, or those of the paths that were named."""
    asked = [absolute(path) for path in args.paths]
    root, declared, policies = _places(args, asked)
    catalogue = discover()
    # A file may refer to what another declares: all is loaded, what was asked for is shown.
    rules = root / (policies or DEFAULT_FOLDER)
    manifests = [each for each in asked if not Path(each).is_relative_to(rules)]
    loaded = load_manifests(root, [*declared, *manifests], catalogue)
    count = sum(_is_within(root, asked, each.source) for each in loaded.desired)
    needed = needed_at_creation(loaded.desired, catalogue)
    found = in_order(
        [*loaded.findings, *needed, *check_policies(root, policies, catalogue).findings]
    )
    findings = [each for each in found if _is_within(root, asked, each.source)]
    if console.json:
        console.document(validation_document(count, findings))
    else:
        console.report(validation_text(count, findings, console.palette))
    return Validated(valid=not has_errors(findings))


def _places(args: Namespace, asked: Sequence[str]) -> tuple[Path, Sequence[str], str | None]:
    file = Path(args.project) if args.project else None
    manifests = [absolute(path) for path in args.manifests]
    try:
        project = load_project(file, os.environ, manifests=manifests)
    except UsageError:
        if not (asked or manifests):
            raise
        return Path.cwd(), manifests, None  # they can be read without a project
    return Path(project.root), project.manifests, project.policies


def _is_within(root: Path, asked: Sequence[str], source: Source | None) -> bool:
    if not asked or source is None:
        return True
    place = root / source.file
    return any(place.is_relative_to(path) for path in asked)
