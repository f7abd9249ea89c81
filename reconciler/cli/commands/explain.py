"""``explain``: a kind or a field, from the catalogue; a topic; and what policies can look at."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Iterable

    from reconciler.cli.console import Console
    from reconciler.cli.exit_codes import Succeeded
    from reconciler.kinds.catalogue import Catalogue


def declare(parser: ArgumentParser) -> None:
    """Declare ``explain``."""
    parser.usage = "reconciler explain [WHAT]"
    parser.description = (
        "Explain a kind or one of its fields: type, when it is set, the panel's parameter; or "
        "a topic, such as lifecycle, Project, guards, secrets or consents. Each explanation "
        "has an example. Without an argument, list the kinds and topics."
    )
    parser.epilog = (
        "Examples:\n"
        "  reconciler explain\n"
        "  reconciler explain TaxRule\n"
        "  reconciler explain Service.paidThrough\n"
        "  reconciler explain lifecycle\n"
        "  reconciler explain Policy"
    )
    parser.add_argument("subject", metavar="WHAT", nargs="?", help="default: list them all")


def run(args: Namespace, console: Console) -> Succeeded:
    """Explain what was asked for."""
    from reconciler.cli.exit_codes import Succeeded
    from reconciler.kinds.catalogue import discover

    catalogue = discover()
    console.report(_explanation(args.subject, catalogue))
    return Succeeded()


def _explanation(subject: str | None, catalogue: Catalogue) -> str:
    from reconciler.errors import UsageError
    from reconciler.manifest.load.spec_reader import children_of
    from reconciler.project.schemas import json_schemas
    from reconciler.report.explain import POLICY, catalogue_text, field_text, kind_text, lookup_text
    from reconciler.report.explain_topics import TOPICS, topic_text
    from reconciler.report.policy_help import policy_text

    if subject is None:
        return catalogue_text(catalogue)
    first, dot, field = subject.partition(".")
    known = [*catalogue.by_name, *catalogue.lookups, *TOPICS, POLICY]
    # Whoever asks need not know which of them are written with a capital.
    name = next((each for each in known if each.lower() == first.lower()), first)
    if name == POLICY:
        return policy_text()
    if name in TOPICS:
        return topic_text(name, json_schemas(catalogue))
    if name in catalogue.lookups and not dot:
        return lookup_text(catalogue.lookups[name])
    kind = catalogue.by_name.get(name)
    if kind is None:
        raise UsageError(f"there is nothing called {name!r} to explain{_hint(name, known)}")
    children = children_of(catalogue, kind)
    if not dot:
        return kind_text(kind, children)
    if field in children:
        return kind_text(children[field], {})
    facet = kind.by_name.get(field)
    if facet is None:
        raise UsageError(f"{name} has no field {field!r}{_hint(field, kind.by_name)}")
    return field_text(kind, facet)


def _hint(word: str, known: Iterable[str]) -> str:
    from reconciler.manifest.quote import did_you_mean

    names = list(known)
    return did_you_mean(word, names) or f"; there are {', '.join(names)}"
