"""``resume``: resolve what an interrupted apply left open, by reading or by the operator's answer.

Invariant: the panel is only read; the operator's answer is written to the journal like any other
result.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.cli.arguments import read_address
from reconciler.cli.context import locked, open_context
from reconciler.cli.exit_codes import Applied
from reconciler.cli.progress import shown_progress
from reconciler.cli.state import lock_waiting
from reconciler.cli.wiring import CLOCK, read_records, reading
from reconciler.documents.outcome import resolution_document
from reconciler.engine.apply.inventory import entry_of
from reconciler.engine.observe.reads import read_list, read_object_form
from reconciler.engine.resolve import Resolver, resolve_open
from reconciler.errors import CodecError, DoubtError, RefusedError, SelectionError, UsageError
from reconciler.mapping.marker import marker_of
from reconciler.model.address import parse_element_id
from reconciler.model.refusal import Refusal
from reconciler.planning.intent_evidence import is_as_sent
from reconciler.planning.match.pairing import adoptable
from reconciler.report.journal import settled_text

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterable

    from reconciler.cli.console import Console
    from reconciler.cli.context import ProjectContext
    from reconciler.model.journal import OpenIntent, Resolution
    from reconciler.ports import Reader
    from reconciler.store.journal import Journal


async def run(args: Namespace, console: Console) -> Applied:
    """Resolve every open intent, after the operator's answer for one resource, if given."""
    context = open_context(args, console)
    waiting = lock_waiting(args, console)
    with locked(context, "reconciler resume", waiting=waiting) as context:
        journal = context.journal
        if args.none_exists:
            _conclude(journal, args.none_exists, "absent", "the operator confirms that none exists")
            console.tell(f"recorded: the request for {args.none_exists} had no effect")
        with shown_progress(wanted=not (console.json or args.no_progress)):
            async with reading(context) as reader:
                if args.link:
                    await _link(context, reader, journal, args.link)
                    console.tell("recorded: {} is object {}".format(*args.link))
                resolved = await resolve_open(_resolver(context, reader, journal))
    if console.json:
        console.document(resolution_document(resolved))
    else:
        console.report(settled_text(resolved))
    in_doubt = any(item.result == "in-doubt" for item in resolved)
    return Applied((), in_doubt=in_doubt, diverged=_tell_diverged(console, resolved))


async def resolve_first(
    context: ProjectContext, reader: Reader, journal: Journal, console: Console
) -> bool:
    """Resolve what an earlier run left open; return whether that run had side effects.

    Raises: DoubtError when a charge stays in doubt.
    """
    resolved = await resolve_open(_resolver(context, reader, journal))
    diverged = _tell_diverged(console, resolved)
    doubtful = [item for item in resolved if item.result == "in-doubt"]
    if doubtful:
        first = doubtful[0]
        address = first.open_intent.intent.address
        raise DoubtError(f"{address}: {first.message}: run `reconciler resume`")
    return diverged


def _tell_diverged(console: Console, resolved: Iterable[Resolution]) -> bool:
    """Warn of the side effects of earlier runs that ended before they could report them."""
    moved = [item for item in resolved if item.result == "diverged"]
    for item in moved:
        console.tell(f"warning: {item.open_intent.intent.address}: {item.message}")
    return bool(moved)


def _resolver(context: ProjectContext, reader: Reader, journal: Journal) -> Resolver:
    return Resolver(reader, context.catalogue, context.target, CLOCK, journal)


def _in_doubt(journal: Journal, text: str) -> list[OpenIntent]:
    address = str(read_address(text))
    found = [i for i in journal.open_intents() if i.doubtful and i.intent.address == address]
    if not found:
        raise SelectionError(
            f"{address} is not in doubt: `reconciler journal` shows what became of each write"
        )
    return found


def _conclude(journal: Journal, text: str, result: str, message: str, *, element: str = "") -> None:
    numbers = [item.number for item in _in_doubt(journal, text)]
    journal.conclude(numbers, result, message, element)


async def _link(
    context: ProjectContext, reader: Reader, journal: Journal, answer: tuple[str, str]
) -> None:
    """Record which object an order became, by the operator's answer, if that object exists."""
    text, key = answer
    intent = _in_doubt(journal, text)[0].intent
    address = read_address(text)
    try:
        element = parse_element_id(key)
    except CodecError as error:
        raise UsageError(str(error)) from error
    kind = context.catalogue.by_name[address.kind]
    rows = await read_list(reader, kind, intent.scope, intent.login)
    row = next((row for row in rows if row.row_id == element), None)
    if row is None or row.state == "gone":
        message = f"the panel lists no {address.kind} {element} for this client"
        raise RefusedError([Refusal("no-match", message)])
    work = read_records(context)
    desired = next((d for d in work.desired if d.address == address), None)
    opened = await read_object_form(reader, kind, row)
    row = opened.observed if opened else row
    if desired is None and not is_as_sent(kind, intent, row):
        message = (
            f"{address.kind} {element} differs from the request for {address}, which no "
            "manifest declares any more: restore the manifest, or name another object"
        )
        raise RefusedError([Refusal("no-match", message)])
    if desired is not None:
        marked = row.marker and row.marker == marker_of(kind, work.namespace, desired)
        if not marked and (row.marker or adoptable(kind, desired, row) is False):
            mark = kind.marker.param if kind.marker and row.marker else ""
            names = mark or " and ".join(kind.known_by)
            message = (
                f"{address.kind} {element} differs from {address} in its {names}, so no plan "
                "would recognise it: change the manifest or the object first, then link it"
            )
            raise RefusedError([Refusal("no-match", message)])
        entries = journal.with_proved(context.inventory.load())
        # What was renewed or edited is managed already: its entry says what was applied before,
        # and what is declared may not be what the panel shows.
        if not intent.element or address not in entries:
            context.save_managed({**entries, address: entry_of(kind, desired, row, {})}, journal)
    _conclude(
        journal, text, "verified", "the operator confirms which object it is", element=element
    )
