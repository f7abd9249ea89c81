"""``graph``: what the declared resources need of one another; offline."""

from __future__ import annotations

from reconciler.cli import options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from reconciler.cli.console import Console
    from reconciler.cli.exit_codes import Succeeded


def declare(parser: ArgumentParser) -> None:
    """Declare ``graph``."""
    parser.usage = "reconciler graph [options] [PATH ...]"
    parser.description = (
        "Print the dependencies of the declared resources: an arrow leads from a resource to one "
        "that it needs, which is applied first. The command works offline. A selection and PATH "
        "choose resources; what they need is shown too. --target lays its overlays over the "
        "manifests. Exit code 3 means that the manifests have errors, or that nothing is selected."
    )
    parser.epilog = (
        "A forge draws Mermaid of up to 500 arrows; choose fewer resources, or use Graphviz.\n\n"
        "Examples:\n"
        "  reconciler graph\n"
        "  reconciler graph --format mermaid -l team=sales\n"
        "  reconciler graph --only Discount/acme-welcome\n"
        "  reconciler graph --format json manifests/clients/acme.yaml"
    )
    parser.add_argument(
        "paths", metavar="PATH", nargs="*", default=[], help="default: the project's manifests"
    )
    options.declare_selection(parser)
    parser.add_argument(
        "--format",
        choices=("dot", "mermaid", "json"),
        default="dot",
        help="dot for Graphviz (the default), mermaid for a page of a forge, or json",
    )
    options.declare_json(parser)


def run(args: Namespace, console: Console) -> Succeeded:
    """Load the manifests and print what they need of one another."""
    import os
    from pathlib import Path

    from reconciler.cli.arguments import read_selection
    from reconciler.cli.exit_codes import Succeeded
    from reconciler.cli.manifests import load_cached
    from reconciler.cli.paths import existing
    from reconciler.documents.graph import graph_document
    from reconciler.errors import ManifestsError
    from reconciler.kinds.catalogue import discover
    from reconciler.model.finding import has_errors
    from reconciler.project.load import load_project
    from reconciler.project.targets import select_target
    from reconciler.report.graph import dot_text, limit_note, mermaid_text

    file = Path(args.project) if args.project else None
    manifests = existing(args.manifests, "--manifests")
    asked = existing(args.paths, "PATH")
    project = load_project(file, os.environ, manifests=manifests)
    root = Path(project.root)
    # A file may refer to what another declares: all is loaded.
    overlays = select_target(project, args.target, os.environ).overlays if args.target else ()
    loaded = load_cached(root, [*project.manifests, *asked], discover(), overlays)
    if has_errors(loaded.findings):
        raise ManifestsError(loaded.findings)
    selection = read_selection(args, loaded.desired)
    graph = graph_document(
        loaded.desired,
        lambda each: (
            selection.selects(each)
            and (not asked or any((root / each.source.file).is_relative_to(at) for at in asked))
        ),
    )
    if console.json:
        console.document(graph)
    elif args.format == "dot":
        console.raw(dot_text(graph))
    else:
        console.raw(mermaid_text(graph))
        if note := limit_note(graph):
            console.tell(note)
    return Succeeded()
