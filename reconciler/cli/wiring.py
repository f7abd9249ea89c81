"""Connect the packages for one run: load the plan context, open the panel.

Invariant: code that only reads gets a reader; a planner never gets anything else.
"""

from __future__ import annotations

import gc
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.cli.lint import lint
from reconciler.cli.manifests import load_cached
from reconciler.cli.progress import ReportingClock
from reconciler.engine.resolve import unseen_lists
from reconciler.errors import ManifestsError, StoreError
from reconciler.manifest.load.loader import in_order, load_manifests
from reconciler.model.address import parse_address
from reconciler.model.finding import has_errors
from reconciler.model.journal import IntentState
from reconciler.model.value import Secret
from reconciler.panel import open_inspector, open_operator, open_panel, open_reader
from reconciler.panel.clock import SystemClock
from reconciler.panel.readonly import ReadOnly, read_functions
from reconciler.planning.context import PlanContext

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
    from datetime import date
    from pathlib import Path

    from reconciler.cli.context import ProjectContext
    from reconciler.kinds.catalogue import Catalogue
    from reconciler.manifest.load.loader import LoadedManifests
    from reconciler.model.address import Address
    from reconciler.model.plan import TargetRef
    from reconciler.model.target import Guards
    from reconciler.ports import Clock, Inspector, Inventory, Operator, Panel, Reader
    from reconciler.sandbox import Sandbox
    from reconciler.store.journal import Journal

CLOCK: Clock = ReportingClock(SystemClock())
_SELDOM = 20_000
# What is found of a folder that has no manifests yet.
_UNWRITTEN = frozenset({"path-missing", "no-manifests"})


def read_workspace(context: ProjectContext) -> PlanContext:
    """Load manifests, inventory and journal, for a command that changes what they declare.

    Raises: ManifestsError when the manifests have errors, those of lint among them, before anything
            is asked of a panel.
    """
    loaded = _load(context)
    if found := lint(
        loaded, context.project, context.catalogue, today=CLOCK.today(), only=("error",)
    ):
        raise ManifestsError(in_order([*loaded.findings, *found]))
    return _workspace(context, loaded)


def read_records(context: ProjectContext) -> PlanContext:
    """Load manifests, inventory and journal, for what looks at the past or leads back to it.

    A waiver that ended over night stops no watch and no way back, so lint is not asked.
    Raises: ManifestsError when the manifests have errors, before anything is asked of a panel.
    """
    return _workspace(context, _load(context))


def _load(context: ProjectContext) -> LoadedManifests:
    loaded = load_cached(
        context.root, context.project.manifests, context.catalogue, context.target.overlays
    )
    return _sound(loaded)


def read_exported(context: ProjectContext, root: Path, paths: Sequence[str]) -> PlanContext:
    """Load what an export is to bring up to date; where nothing is declared yet, it writes all.

    Raises: ManifestsError, as ``read_records``.
    """
    overlays = context.target.overlays if root == context.root else ()
    loaded = load_manifests(root, paths, context.catalogue, overlays)
    findings = tuple(each for each in loaded.findings if each.code not in _UNWRITTEN)
    return _workspace(context, _sound(replace(loaded, findings=findings)))


def _sound(loaded: LoadedManifests) -> LoadedManifests:
    if has_errors(loaded.findings):
        raise ManifestsError(loaded.findings)
    return loaded


def _workspace(context: ProjectContext, loaded: LoadedManifests) -> PlanContext:
    # The loaded objects live as long as the run: the garbage collector need not visit them. What a
    # run makes afterwards is nearly all free of circles, so it is looked at seldom.
    gc.freeze()
    gc.set_threshold(_SELDOM)
    for each in loaded.desired:
        for name, value in each.fields.items():
            if isinstance(value, Secret):
                context.secrets.locate(value, f"{each.source}: {each.address}: {name}")
    return plan_context(
        loaded,
        context.inventory,
        context.journal,
        catalogue=context.catalogue,
        namespace=context.project.namespace,
        target=context.name,
        guards=context.project.guards,
        today=CLOCK.today(),
    )


def plan_context(
    loaded: LoadedManifests,
    inventory: Inventory,
    journal: Journal,
    *,
    catalogue: Catalogue,
    namespace: str,
    target: TargetRef,
    guards: Guards,
    today: date,
) -> PlanContext:
    """Return the context of a plan: what is declared, what is managed, and what is in doubt.

    Raises: StoreError.
    """
    return PlanContext(
        catalogue,
        namespace,
        target,
        loaded.desired,
        loaded.findings,
        loaded.digest,
        journal.with_proved(inventory.load()),
        guards,
        today,
        doubts=_doubts(journal),
        ordered=journal.ordered(),
        endings=journal.endings(),
        unseen=unseen_lists(journal.open_intents()),
    )


def _doubts(journal: Journal) -> dict[Address, str]:
    """Return the resources with a charge in doubt, with the reason: nothing is planned for them."""
    return {
        parse_address(item.intent.address): (
            f"its {item.intent.action} of run {item.run} waits for its payment: "
            "pay it in the panel, or run `reconciler resume`"
            if item.state is IntentState.WAITING
            else f"its {item.intent.action} of run {item.run} is in doubt: run `reconciler resume`"
        )
        for item in journal.open_intents()
        if item.doubtful
    }


@asynccontextmanager
async def reading(
    context: ProjectContext, asked: Counter[tuple[str, str]] | None = None
) -> AsyncIterator[Reader]:
    """Open the target for reading only; ``asked`` counts the requests, as in ``open_reader``."""
    with _embedded(context) as app:
        async with open_reader(
            context.target,
            secrets=context.secrets,
            kinds=context.catalogue,
            clock=CLOCK,
            app=app,
            asked=asked,
        ) as reader:
            yield reader


@asynccontextmanager
async def writing(context: ProjectContext) -> AsyncIterator[Panel]:
    """Open the target for reading and writing."""
    with _embedded(context) as app:
        async with open_panel(
            context.target,
            secrets=context.secrets,
            clock=CLOCK,
            app=app,
            may_write=context.state.check,
        ) as panel:
            yield panel


@asynccontextmanager
async def inspecting(context: ProjectContext, also: Iterable[str] = ()) -> AsyncIterator[Inspector]:
    """Open the target for the doctor and for calls that only read."""
    with _embedded(context) as app:
        async with open_inspector(
            context.target,
            secrets=context.secrets,
            kinds=context.catalogue,
            also=also,
            clock=CLOCK,
            app=app,
        ) as inspector:
            yield inspector


@asynccontextmanager
async def operating(context: ProjectContext) -> AsyncIterator[Operator]:
    """Open the target for calls typed by hand."""
    with _embedded(context) as app:
        async with open_operator(
            context.target, secrets=context.secrets, clock=CLOCK, app=app
        ) as operator:
            yield operator


def reader_of(panel: Panel, context: ProjectContext) -> Reader:
    """Return a reader of the same panel for a planner: it cannot write."""
    return ReadOnly(panel, read_functions(context.catalogue))


@contextmanager
def _embedded(context: ProjectContext) -> Iterator[Sandbox | None]:
    if not context.is_embedded:
        yield None
        return
    from reconciler.sandbox import InstallError, Sandbox
    from reconciler.sandbox.schema import Error

    try:
        sandbox = Sandbox(context.database)
    except Error as error:
        raise StoreError(f"{context.database} cannot be opened: {error}") from error
    except InstallError as error:
        message = f"{context.database}: {error}; to fill it anew: run `reconciler sandbox seed`"
        raise StoreError(message) from error
    try:
        yield sandbox
    finally:
        sandbox.close()
