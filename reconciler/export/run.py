"""The export: a bounded window of clients, each read, written and proved before the next begins.

Invariants: a file is written whole as soon as its client is complete; what is kept of a client
afterwards is its name and what was left out of it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import KW_ONLY, dataclass, field, replace
from typing import TYPE_CHECKING

from reconciler.engine.observe.complete_list import by_scope
from reconciler.engine.observe.observer import require_administrator
from reconciler.export.blank import read_blank_form
from reconciler.export.client import ClientDeclarer
from reconciler.export.declared import DeclaredReader
from reconciler.export.index import read_index
from reconciler.export.placement import Layout, Placer
from reconciler.export.proof import by_id, proof_side, prove, unwritten
from reconciler.export.read import ClientReader, read_undeclared
from reconciler.export.recording import ClientRecording, ClientReplay, SharedReplies
from reconciler.export.selection import ClientSelection
from reconciler.model.address import ElementId
from reconciler.model.export import ExportReport, FileAction
from reconciler.panel.concurrency import gather_all

if TYPE_CHECKING:
    from reconciler.export.blank import BlankForm
    from reconciler.export.client import ClientDeclarations
    from reconciler.export.declared import DeclaredClient
    from reconciler.export.edits import ManifestEdits
    from reconciler.export.index import ClientIndex
    from reconciler.export.placement import Placement
    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.address import Address
    from reconciler.model.inventory import InventoryEntry
    from reconciler.model.resource import Observed
    from reconciler.planning.context import PlanContext
    from reconciler.ports import Progress, Reader

Write = Callable[[str, str], Awaitable[tuple[str, FileAction]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOptions:
    """What is exported, and how: ``kinds`` are all where none is named.

    ``selection`` says which clients are in scope. ``every`` writes empty and default values, too;
    ``window`` is how many clients are read side by side.
    """

    kinds: tuple[str, ...] = ()
    selection: ClientSelection = field(default_factory=ClientSelection)
    layout: Layout = "client"
    every: bool = False
    verify: bool = True
    window: int = 16

    def has(self, kind: ResourceKind) -> bool:
        """Return whether a kind is exported."""
        return not self.kinds or kind.name in self.kinds


async def export_clients(
    reader: Reader,
    work: PlanContext,
    options: ExportOptions,
    *,
    write: Write,
    edits: ManifestEdits,
    progress: Progress,
) -> ExportReport:
    """Write what the panel holds, and prove it. Raises: PanelError, StoreError."""
    shared = SharedReplies(reader)
    await require_administrator(ClientRecording(shared))
    progress.stage("reading the list of clients")
    index = await read_index(shared, work)
    export = _Export(shared, work, options, index=index, write=write, edits=edits)
    await export.run(progress)
    report = export.report
    report.files |= dict(edits.write(report.kept))
    if options.verify:
        report.failures += unwritten(edits)
    report.requests = shared.requests
    report.omissions.sort()
    report.failures.sort()
    return report


@dataclass(slots=True)
class _Export:
    shared: SharedReplies
    work: PlanContext
    options: ExportOptions
    _: KW_ONLY
    index: ClientIndex
    write: Write
    edits: ManifestEdits
    report: ExportReport = field(init=False)
    blanks: dict[str, BlankForm] = field(default_factory=dict)
    inventory: dict[ElementId, dict[Address, InventoryEntry]] = field(default_factory=dict)
    declarer: ClientDeclarer = field(init=False)
    declared: DeclaredReader = field(init=False)
    placer: Placer = field(init=False)

    def __post_init__(self) -> None:
        work, names = self.work, self._name_of
        self.report = ExportReport(work.target, verified=self.options.verify)
        remembered = {}
        for address, entry in work.inventory.items():
            owner = entry.scope.parent or entry.row_id
            self.inventory.setdefault(owner, {})[address] = entry
            remembered[entry.scope, entry.row_id] = address.name
        taken: dict[str, set[str]] = {}
        for desired in work.desired:
            taken.setdefault(desired.address.kind, set()).add(desired.address.name)
        every, ids = self.options.every, self.index.refs
        self.declarer = ClientDeclarer(work, self.blanks, taken, remembered, names, every=every)
        self.declared = DeclaredReader(work, self.blanks, names, ids, every=every)
        kinds = work.catalogue.by_name
        self.placer = Placer(kinds, self.index.kind, self.options.layout)

    async def run(self, progress: Progress) -> None:
        """Export every client, a window of them side by side."""
        selection = self.options.selection
        if selection.whole:
            self.report.missing += [each.address for each in self.index.missing]
            await self._name_undeclared()
        waiting = deque(selection.of(self.index))
        if not waiting:
            return
        await self._read_blanks(waiting[0])
        progress.stage("exporting clients", len(waiting))

        async def work_off() -> None:
            while waiting:
                await self._export(waiting.popleft())
                progress.remark(f"{self.report.objects} objects, {self.shared.requests} requests")
                progress.step()

        await gather_all(work_off() for _ in range(min(self.options.window, len(waiting))))
        selection.require_some(self.report.clients)

    async def _name_undeclared(self) -> None:
        login = self.index.kind.login
        logins = {str(row.row_id): str(row.fields.get(login, "")) for row in self.index.clients}
        for kind in filter(self.options.has, self.work.catalogue.resources):
            recording = ClientRecording(self.shared)
            self.report.omissions += await read_undeclared(recording, kind, logins)

    async def _read_blanks(self, first: Observed) -> None:
        recording = ClientRecording(self.shared)
        for kind in self.work.catalogue.resources:
            if self.options.has(kind) or not kind.parent:
                parent = first.row_id if kind.parent else None
                self.blanks[kind.name] = await read_blank_form(recording, kind, parent)

    async def _export(self, row: Observed) -> None:
        recording = self.index.recordings.get(row.row_id) or ClientRecording(self.shared)
        kinds = [k for k in self.work.catalogue.resources if k.parent and self.options.has(k)]
        managed = self.inventory.get(row.row_id, {})
        reader = ClientReader(
            self.index.kind,
            kinds,
            self.work.namespace,
            by_scope(managed),
            self.options.selection.has_members,
        )
        read = await reader.read(recording, row)
        if read is None:
            return
        client = self.index.declared.get(row.row_id)
        children = self.index.children.get(row.row_id, ())
        known = self.declared.read(client, children, read, managed)
        name = self.index.names[row.row_id]
        hidden = {} if self.options.has(self.index.kind) else {self.index.kind.name: [row.row_id]}
        made = self.declarer.declare(name, read, {**hidden, **known.managed})
        placed = self.placer.place(made, known, client)
        if self.options.verify:
            replay = ClientReplay(recording, self.index.listed_like(row))
            work = replace(self.work, findings=(), inventory=managed)
            desired = by_id(proof_side(self.work, known, placed, client), self.index.refs)
            intended = known.intended | {each.address: each.id for each in made.all}
            failures = await prove(replay, replace(work, desired=desired), intended, _Silence())
            self.report.failures += failures
        await self._write(made, known, placed)

    async def _write(
        self, made: ClientDeclarations, known: DeclaredClient, placed: Placement
    ) -> None:
        report = self.report
        report.omissions += made.omissions
        report.missing += known.missing
        report.kept |= known.kept
        report.clients += 1
        report.objects += len(made.all) + len(known.desired)
        for edit in known.edits:
            self.edits.add(edit)
        if placed.apart:
            report.apart[made.login] = placed.apart
        for each in placed.appended:
            self.edits.append(each.source.file, each)
        for file, text in placed.files.items():
            name, action = await self.write(file, text)
            report.files[name] = action

    def _name_of(self, kind: str, key: str) -> str | None:
        return self.index.names.get(ElementId(key)) if kind == self.index.kind.name else None


class _Silence:
    """Progress that nobody watches."""

    def stage(self, name: str, total: int | None = None) -> None:
        """Ignore it."""

    def step(self, count: int = 1) -> None:
        """Ignore it."""

    def remark(self, words: str) -> None:
        """Ignore it."""
