"""``explain``: a kind, a field, a topic, a rule of lint, a command or an exit code, in words."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Coroutine, Mapping, Sequence

    from reconciler.cli.console import Console
    from reconciler.cli.exit_codes import Succeeded
    from reconciler.kinds.catalogue import Catalogue
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
        "`explain value` shows every file and line that has a say in a field of a resource, in an "
        "inline list, in `labels` or `lifecycle`, and which one wins. `explain price` reads the "
        "panel, and shows how the price of a service comes about: tariff, add-ons, the discount "
        "that counts and those that do not, tax."
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
    from reconciler.cli.manifests import load_cached
    from reconciler.errors import ManifestsError, UsageError
    from reconciler.model.finding import has_errors
    from reconciler.report.explain_value import value_text

    if len(args.subject) != 2:  # noqa: PLR2004 - the word itself, and what it asks about
        raise UsageError("`explain value` needs one resource: write KIND/NAME or KIND/NAME.FIELD")
    context = open_records(args, console)
    loaded = load_cached(
        context.root, context.project.manifests, context.catalogue, context.target.overlays
    )
    if has_errors(loaded.findings):
        raise ManifestsError(loaded.findings)
    known = {str(each.address): each for each in loaded.desired}
    desired, field = _found(args.subject[1], known, context.catalogue)
    labelled = desired
    if (desired.listed or desired.from_set) and desired.parent:
        labelled = known.get(str(desired.parent), desired)
    fields = _fields(field, desired, labelled, context.catalogue)
    mine = [e for e in loaded.desired if e.listed and str(e.parent) == str(desired.address)]
    lists = context.catalogue.children[desired.address.kind]
    listed = {
        key: [str(each.address) for each in mine if each.address.kind == kind.name]
        for key, kind in lists.items()
        if key in desired.places
    }
    name = context.target.name
    return value_text(desired, fields, name, labelled=labelled, listed=listed)


def _found(text: str, known: Mapping[str, Desired], catalogue: Catalogue) -> tuple[Desired, str]:
    """Return the resource that a text names, and the field behind it; names may hold dots."""
    from reconciler.errors import SelectionError
    from reconciler.manifest.load.spec_reader import taken_out_by
    from reconciler.manifest.quote import did_you_mean, quote
    from reconciler.model.address import Address

    name, field = text, ""
    while name not in known and "." in name:
        name, _, last = name.rpartition(".")
        field = f"{last}.{field}" if field else last
    if name in known:
        return known[name], field
    kind, _, rest = text.partition("/")
    asked = Address(kind, rest.partition(".")[0])
    if out := taken_out_by(asked, catalogue, known.values()):
        source, owner = out
        key = catalogue.by_name[kind].inline
        raise SelectionError(
            f"{source} takes {asked} out of the list of {owner}: see "
            f"`reconciler explain value {owner}.{key}`"
        )
    near = did_you_mean(text, known) or ": write KIND/NAME or KIND/NAME.FIELD"
    raise SelectionError(f"no manifest declares {quote(text)}{near}")


def _fields(name: str, desired: Desired, labelled: Desired, catalogue: Catalogue) -> Sequence[str]:
    """Return the fields, labels, keys of the lifecycle and lists that a name stands for."""
    from reconciler.errors import UsageError
    from reconciler.manifest.quote import did_you_mean, quote
    from reconciler.report.explain_value import ALWAYS, LABELS, LIFECYCLE

    kind = catalogue.by_name[desired.address.kind]
    lists = catalogue.children[kind.name]
    labels = [f"{LABELS}{key}" for key in labelled.labels]
    declared = [*desired.fields, *(each for each in lists if each in desired.places)]
    life = [each for each in LIFECYCLE if each in desired.places or each in desired.layers]
    if not name:
        return [*declared, *life, *labels]
    known = [*kind.by_name, *lists, *labels, *LIFECYCLE]
    if name in known:
        return [name]
    if name == "lifecycle":
        return [each for each in LIFECYCLE if each in life or each in ALWAYS]
    if name == LABELS[:-1] or any(each.startswith(f"{name}.") for each in kind.by_name):
        return [each for each in (*declared, *labels) if each.startswith(f"{name}.")] or [name]
    near = did_you_mean(name, known) or f"; there are {', '.join(known)}"
    raise UsageError(f"{kind.name} has no field {quote(name)}{near}")
