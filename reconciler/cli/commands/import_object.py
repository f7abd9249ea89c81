"""``import``: a resource is bound to an object by hand; the panel is only read."""

from __future__ import annotations

from reconciler.cli import options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from reconciler.cli.console import Console
    from reconciler.cli.exit_codes import Succeeded
    from reconciler.model.plan import Plan


def declare(parser: ArgumentParser) -> None:
    """Declare ``import``."""
    parser.usage = "reconciler import [options] KIND/NAME ID"
    parser.description = (
        "Bind a declared resource to an existing object of the panel that differs from it in "
        "what objects are recognised by: another email, domain or type. The command shows the "
        "plan that follows, asks, and writes the inventory only; the next apply changes the "
        "object. `forget` takes the binding back. Exit code 3 means that no manifest declares "
        "the resource; 4 that the object is missing, or belongs to something else."
    )
    parser.epilog = (
        "ID is the id that plans show: of a discount its idname, of the others their id.\n\n"
        "Examples:\n"
        "  reconciler import Client/acme 1\n"
        "  reconciler import Discount/acme-welcome 2 --yes\n"
        "  reconciler forget Client/acme && reconciler import Client/acme 1 --yes --json"
    )
    parser.add_argument("address", metavar="KIND/NAME", help="the resource, as a manifest names it")
    parser.add_argument("id", metavar="ID", help="the object's id in the panel")
    parser.add_argument("--yes", action="store_true", help="bind without asking")
    options.declare_lock(parser)
    options.declare_json(parser)


async def run(args: Namespace, console: Console) -> Succeeded:
    """Find the object, show the plan that follows, and write the inventory."""
    from dataclasses import replace

    from reconciler.cli.arguments import now, read_address, require_declared
    from reconciler.cli.context import locked, open_context
    from reconciler.cli.exit_codes import Succeeded
    from reconciler.cli.progress import shown_progress
    from reconciler.cli.state import lock_waiting
    from reconciler.cli.wiring import read_workspace, reading
    from reconciler.documents.inventory import import_document
    from reconciler.engine.import_object import find_import
    from reconciler.engine.planner import make_plan
    from reconciler.errors import CodecError, DoubtError, UsageError
    from reconciler.model.address import parse_element_id
    from reconciler.planning.context import PlanOptions

    address = read_address(args.address)
    try:
        element = parse_element_id(args.id)
    except CodecError as error:
        raise UsageError(str(error)) from error
    setup = open_context(args, console)
    waiting = lock_waiting(args, console)
    with locked(setup, "reconciler import", waiting=waiting) as setup:
        work = read_workspace(setup)
        require_declared([address], work.desired)
        if address in work.doubts:
            raise DoubtError(f"{address}: {work.doubts[address]}")
        desired = next(each for each in work.desired if each.address == address)
        with shown_progress(wanted=not (console.json or args.no_progress)) as progress:
            async with reading(setup) as reader:
                entry = await find_import(reader, work, desired, element, progress=progress)
                bound = replace(work, inventory={**work.inventory, address: entry})
                plan = await make_plan(reader, bound, PlanOptions(only=(address,)), progress)
        is_new = entry != work.inventory.get(address)
        if is_new:
            await _approve(args, console, plan)
            setup.save_managed(bound.inventory, setup.journal)
    if console.json:
        console.document(import_document(setup.target.name, {address: entry}, plan, now()))
    elif not is_new:
        console.report(f"{address} is object {entry.row_id} already: nothing was written.\n")
    else:
        console.report(
            f"Bound: {address} is object {entry.row_id}. Nothing in the panel was changed: run "
            f"`reconciler plan`, or take it back with `reconciler forget {address}`.\n"
        )
    return Succeeded()


async def _approve(args: Namespace, console: Console, plan: Plan) -> None:
    """Show the plan that follows and ask. Raises: RefusedError for an answer other than yes."""
    from reconciler.errors import RefusedError
    from reconciler.model.refusal import Refusal
    from reconciler.report.plan import plan_text

    if not console.json:
        console.report(f"{plan_text(plan, palette=console.palette)}\n")
    if args.yes:
        return
    if not console.interactive:
        message = "cannot ask for approval (no terminal): use --yes"
        raise RefusedError([Refusal("not-approved", message)])
    if not await console.confirm(f"Bind {args.address} to object {args.id}?"):
        raise RefusedError([Refusal("not-approved", "not bound")])
