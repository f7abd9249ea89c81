"""``validate``: report every error of the manifests and the policies; offline."""

from __future__ import annotations

from reconciler.cli import options
from reconciler.cli.formats import FORMATS_OF_FINDINGS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Sequence
    from pathlib import Path

    from reconciler.cli.console import Console
    from reconciler.cli.exit_codes import Validated
    from reconciler.model.address import Address
    from reconciler.model.finding import Finding, Source
    from reconciler.model.target import Project


def declare(parser: ArgumentParser) -> None:
    """Declare ``validate``."""
    parser.usage = "reconciler validate [options] [PATH ...]"
    parser.description = (
        "Check the manifests and policies offline, and report every error with its file, line "
        "and column. The rules of lint report what is allowed and likely a mistake, with a code "
        "such as BM301, which `reconciler explain` explains. The overlays of every target are "
        "checked, or with --target those of one, or of several as a,b. Exit code 3 means that "
        "there are errors; warnings and notes leave it 0. --format github prints annotations for "
        "the lines of a pull request, sarif, junit and codequality what code scanning, test "
        "reports and GitLab read; their paths begin at the root of the repository."
    )
    parser.epilog = (
        "Examples:\n"
        "  reconciler validate\n"
        "  reconciler validate manifests/clients/acme.yaml\n"
        "  reconciler validate --target prod\n"
        "  reconciler validate --json | jq '.findings[].message'\n"
        "  reconciler validate --format github\n"
        "  reconciler validate --format sarif > findings.sarif\n"
        "  reconciler explain BM301"
    )
    parser.add_argument(
        "paths", metavar="PATH", nargs="*", default=[], help="default: the project's manifests"
    )
    options.declare_format(parser, FORMATS_OF_FINDINGS)


def run(args: Namespace, console: Console) -> Validated:
    """Load manifests and policies and show every finding, or only those of the named paths."""
    from datetime import date
    from pathlib import Path

    from reconciler.cli.arguments import now
    from reconciler.cli.exit_codes import Validated
    from reconciler.cli.lint import join_layers, lint
    from reconciler.cli.manifests import load_cached
    from reconciler.cli.paths import existing
    from reconciler.documents.findings import validation_document
    from reconciler.kinds.catalogue import discover
    from reconciler.manifest.load.loader import in_order
    from reconciler.manifest.load.value_checks import needed_at_creation
    from reconciler.model.finding import has_errors
    from reconciler.policies.load import DEFAULT_FOLDER, check_policies
    from reconciler.report.reports import ValidationReport

    asked = existing(args.paths, "PATH")
    project = _project(args, asked)
    root, catalogue = Path(project.root), discover()
    layers = _layers(args, project)
    # A file may refer to resources of other files: load all, show only the named paths.
    apart = [root / (project.policies or DEFAULT_FOLDER)]
    apart += [root / folder for folders in layers for folder in folders]
    own = [each for each in asked if not any(Path(each).is_relative_to(one) for one in apart)]
    found = set(check_policies(root, project.policies, catalogue).findings)
    declared: set[Address] = set()
    by_layer: list[set[Finding]] = []
    today = date.fromisoformat(now()[:10])
    for overlays in layers:
        paths = [*project.manifests, *own]
        loaded = load_cached(root, paths, catalogue, overlays, with_digest=False)
        needed = needed_at_creation(loaded.desired, catalogue)
        odd = lint(loaded, project, catalogue, today=today)
        by_layer.append({*loaded.findings, *needed, *odd})
        declared |= {
            each.address for each in loaded.desired if _is_within(root, asked, each.source)
        }
    found |= join_layers(by_layer, layers, project)
    count = len(declared)
    findings = [each for each in in_order(found) if _is_within(root, asked, each.source)]
    document = validation_document(count, findings)
    console.show(ValidationReport(count, findings, document))
    return Validated(valid=not has_errors(findings))


def _project(args: Namespace, asked: Sequence[str]) -> Project:
    import os
    from pathlib import Path

    from reconciler.cli.paths import existing
    from reconciler.errors import UsageError
    from reconciler.model.target import Project
    from reconciler.project.load import load_project

    file = Path(args.project) if args.project else None
    manifests = existing(args.manifests, "--manifests")
    try:
        return load_project(file, os.environ, manifests=manifests)
    except UsageError:
        if not (asked or manifests) or args.target:
            raise
        return Project("", str(Path.cwd()), tuple(manifests))  # they can be read without a project


def _layers(args: Namespace, project: Project) -> list[tuple[str, ...]]:
    """Return the folders of overlays of the target that was named, or of each that has others."""
    from reconciler.project.targets import chosen_targets

    names = chosen_targets(project, args.target) if args.target else project.targets
    return list(dict.fromkeys(project.targets[name].overlays for name in names)) or [()]


def _is_within(root: Path, asked: Sequence[str], source: Source | None) -> bool:
    if not asked or source is None:
        return True
    place = root / source.file
    return any(place.is_relative_to(path) for path in asked)
