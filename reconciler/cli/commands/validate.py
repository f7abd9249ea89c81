"""``validate``: all that is wrong with the manifests and the policies, offline."""

from __future__ import annotations

from reconciler.cli import options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Sequence
    from pathlib import Path

    from reconciler.cli.console import Console
    from reconciler.cli.exit_codes import Validated
    from reconciler.model.finding import Source


def declare(parser: ArgumentParser) -> None:
    """Declare ``validate``."""
    parser.usage = "reconciler validate [options] [PATH ...]"
    parser.description = (
        "Check the manifests and policies offline, and report every error with its file, line "
        "and column. Exit code 3 means that there are errors."
    )
    parser.epilog = (
        "Examples:\n"
        "  reconciler validate\n"
        "  reconciler validate manifests/acme.yaml\n"
        "  reconciler validate --json | jq '.findings[].message'"
    )
    parser.add_argument(
        "paths", metavar="PATH", nargs="*", default=[], help="default: the project's manifests"
    )
    options.declare_json(parser)


def run(args: Namespace, console: Console) -> Validated:
    """Load manifests and policies and show every finding, or those of the paths that were named."""
    from pathlib import Path

    from reconciler.cli.exit_codes import Validated
    from reconciler.cli.paths import absolute
    from reconciler.cli.policies import check_policies
    from reconciler.documents.findings import validation_document
    from reconciler.kinds.catalogue import discover
    from reconciler.manifest.load.loader import in_order, load_manifests
    from reconciler.manifest.load.value_checks import needed_at_creation
    from reconciler.model.finding import has_errors
    from reconciler.policies.load import DEFAULT_FOLDER
    from reconciler.report.finding import validation_text

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
    import os
    from pathlib import Path

    from reconciler.cli.paths import absolute
    from reconciler.errors import UsageError
    from reconciler.project.load import load_project

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
