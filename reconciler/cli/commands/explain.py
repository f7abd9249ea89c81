"""``explain``: a kind, a field, a topic, a rule of lint, a command or an exit code, in words."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Coroutine, Sequence

    from reconciler.cli.console import Console
    from reconciler.cli.exit_codes import Succeeded
    from reconciler.kinds.catalogue import Catalogue
    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.resource import Desired


def declare(parser: ArgumentParser) -> None:
    """Declare ``explain``."""
    parser.usage = (
        "reconciler explain [WHAT]\n       reconciler explain value KIND/NAME[.FIELD]"
        "\n       reconciler explain price KIND/NAME [--json]"
    )
    parser.description = (
        "Explain a kind or one of its fields: type, when it is set, the panel's parameter; "
        "a topic, such as lifecycle, Project, guards, secrets or consents; a rule of lint by "
        "its code; a command; an exit code; or a code of a finding, a reason or an error: what it "
        "means, an example, and how to mend it. Without an argument, list the kinds and topics. "
        "`explain value` shows every file and line that has a say in a field of a resource, and "
        "which one wins. `explain price` reads the panel, and shows how the price of a service "
        "comes about: tariff, add-ons, the discount that counts and those that do not, tax."
    )
    parser.epilog = (
        "Examples:\n"
        "  reconciler explain\n"
        "  reconciler explain TaxRule\n"
        "  reconciler explain Service.paidThrough\n"
        "  reconciler explain lifecycle\n"
        "  reconciler explain Policy\n"
        "  reconciler explain lint\n"
        "  reconciler explain BM301\n"
        "  reconciler explain unknown-choice\n"
        "  reconciler explain sandbox seed\n"
        "  reconciler explain exit-codes\n"
        "  reconciler explain value Client/acme.name\n"
        "  reconciler explain price Service/acme-vm"
    )
    parser.add_argument(
        "subject", metavar="WHAT", nargs="*", help="default: list what can be explained"
    )
    parser.add_argument(
        "--json", action="store_true", help="with `price`: print one JSON document and nothing else"
    )


def run(args: Namespace, console: Console) -> Succeeded | Coroutine[object, object, Succeeded]:
    """Explain what was asked for. Raises: UsageError."""
    from reconciler.cli.exit_codes import Succeeded
    from reconciler.cli.explain import explanation
    from reconciler.kinds.catalogue import discover

    if args.subject[:1] == ["price"]:
        return _price(args, console)
    if args.json:
        from reconciler.errors import UsageError

        raise UsageError("--json goes with `explain price` alone")
    if args.subject[:1] == ["value"]:
        console.report(_value(args, console))
    else:
        console.report(explanation(" ".join(args.subject), discover()))
    return Succeeded()


async def _price(args: Namespace, console: Console) -> Succeeded:
    """Read the panel, and show how the prices of one resource come about.

    Raises: UsageError without one resource, or for a kind that has no price; SelectionError.
    """
    from reconciler.cli.context import open_context
    from reconciler.cli.exit_codes import Succeeded
    from reconciler.cli.progress import shown_progress
    from reconciler.cli.wiring import read_workspace, reading
    from reconciler.documents.price import price_document
    from reconciler.engine.planner import explain_price
    from reconciler.errors import SelectionError, UsageError
    from reconciler.manifest.quote import did_you_mean, quote
    from reconciler.report.price import price_text

    if len(args.subject) != 2:  # noqa: PLR2004 - the word itself, and what it asks about
        raise UsageError("`explain price` needs one resource: write KIND/NAME")
    context = open_context(args, console)
    work = read_workspace(context)
    known = {str(each.address): each.address for each in work.desired}
    address = known.get(args.subject[1])
    if address is None:
        near = did_you_mean(args.subject[1], known) or ": write KIND/NAME"
        raise SelectionError(f"no manifest declares {quote(args.subject[1])}{near}")
    sold = [kind.name for kind in work.catalogue.resources if kind.order]
    if address.kind not in sold:
        raise UsageError(f"a {address.kind} has no price: ask for a {' or '.join(sold)}")
    with shown_progress(wanted=not (console.json or args.no_progress)) as progress:
        async with reading(context) as reader:
            found = await explain_price(reader, work, progress, address)
    if console.json:
        console.document(price_document(found))
    else:
        console.report(price_text(found))
    return Succeeded()


def _value(args: Namespace, console: Console) -> str:
    """Explain where a resource has its values from.

    Raises: UsageError, SelectionError, ManifestsError.
    """
    from reconciler.cli.context import open_records
    from reconciler.errors import ManifestsError, UsageError
    from reconciler.manifest.load.loader import load_manifests
    from reconciler.model.finding import has_errors
    from reconciler.report.explain_value import value_text

    if len(args.subject) != 2:  # noqa: PLR2004 - the word itself, and what it asks about
        raise UsageError("`explain value` needs one resource: write KIND/NAME or KIND/NAME.FIELD")
    context = open_records(args, console)
    loaded = load_manifests(
        context.root, context.project.manifests, context.catalogue, context.target.overlays
    )
    if has_errors(loaded.findings):
        raise ManifestsError(loaded.findings)
    desired, field = _found(args.subject[1], loaded.desired)
    kind = context.catalogue.by_name[desired.address.kind]
    _refuse_list(desired, field, context.catalogue, loaded.desired)
    fields = [_field(field, kind)] if field else list(desired.fields)
    return value_text(desired, fields, context.target.name)


def _found(text: str, resources: Sequence[Desired]) -> tuple[Desired, str]:
    """Return the resource that a text names, and the field behind it; names may hold dots."""
    from reconciler.errors import SelectionError
    from reconciler.manifest.quote import did_you_mean, quote

    known = {str(each.address): each for each in resources}
    name, field = text, ""
    while name not in known and "." in name:
        name, _, last = name.rpartition(".")
        field = f"{last}.{field}" if field else last
    if name in known:
        return known[name], field
    near = did_you_mean(text, known) or ": write KIND/NAME or KIND/NAME.FIELD"
    raise SelectionError(f"no manifest declares {quote(text)}{near}")


def _refuse_list(
    desired: Desired, name: str, catalogue: Catalogue, resources: Sequence[Desired]
) -> None:
    """Raise UsageError for an inline list: its items are explained, each by its own address."""
    from reconciler.errors import UsageError

    child = catalogue.children[desired.address.kind].get(name)
    if child is None:
        return
    mine = (e for e in resources if e.listed and str(e.parent) == str(desired.address))
    first = next((e.address for e in mine if e.address.kind == child.name), None)
    hint = f"ask for one of its items: `reconciler explain value {first}`"
    empty = f"it holds none for {desired.address}" if child.name in desired.whole else ""
    raise UsageError(
        f"{name} is a list of {child.name} resources, and no field: "
        f"{hint if first else empty or f'{desired.address} does not declare it'}"
    )


def _field(name: str, kind: ResourceKind) -> str:
    from reconciler.errors import UsageError
    from reconciler.manifest.quote import did_you_mean, quote

    if name in kind.by_name:
        return name
    near = did_you_mean(name, kind.by_name) or f"; there are {', '.join(kind.by_name)}"
    raise UsageError(f"{kind.name} has no field {quote(name)}{near}")
