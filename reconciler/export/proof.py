"""The proof of an export: a plan of what was written, from what was read.

Invariants: the plan is that of the planner, made of the answers that were written down; it may hold
adoptions that edit nothing, and a document of its own gets our marker; anything else is a failure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.engine.planner import make_plan
from reconciler.errors import ManifestsError
from reconciler.export.documents import Declaration, client_text
from reconciler.export.values import WrittenValues
from reconciler.manifest.load.loader import load_text
from reconciler.model.address import ElementId
from reconciler.model.export import ProofFailure
from reconciler.model.finding import has_errors
from reconciler.model.resource import Observed, Scope
from reconciler.model.value import Ref
from reconciler.planning.context import PlanContext, PlanOptions

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reconciler.export.declared import DeclaredClient
    from reconciler.export.edits import ManifestEdits
    from reconciler.export.placement import Placement
    from reconciler.model.address import Address
    from reconciler.model.plan import Change
    from reconciler.model.resource import Desired
    from reconciler.ports import Progress, Reader


async def prove(
    reader: Reader,
    work: PlanContext,
    intended: Mapping[Address, ElementId],
    progress: Progress,
) -> list[ProofFailure]:
    """Plan the resources of one client, and return what is not as it should be.

    ``intended`` is which object each of them was written from.
    """
    try:
        plan = await make_plan(reader, work, PlanOptions(), progress)
    except ManifestsError as error:
        return [ProofFailure("", "refused", (), finding.message) for finding in error.findings]
    failures = [_failure(change) for change in plan.changes if not _is_adoption(change)]
    failures += [
        ProofFailure(str(change.address), change.action, (), f"it finds the object {change.id}")
        for change in plan.changes
        if _is_adoption(change) and intended.get(change.address, change.id) != change.id
    ]
    failures += [
        ProofFailure(str(address), "keep", (), f"it finds the object {observed.row_id}")
        for address, (_, observed) in plan.kept.items()
        if intended.get(address, observed.row_id) != observed.row_id
    ]
    return failures


def unwritten(edits: ManifestEdits) -> list[ProofFailure]:
    """Return what a plan would still change, because a file could not be edited."""
    return [
        ProofFailure(str(each.address), "update", (*each.values, *each.children), "not written")
        for each in edits.unwritten
    ]


def proof_side(
    work: PlanContext, known: DeclaredClient, placed: Placement, client: Desired | None
) -> list[Desired]:
    """Return what the manifests of one client declare once everything is written.

    What is written anew is loaded from its text.

    Raises: ManifestsError when that cannot be loaded, which is a fault of the export.
    """
    desired = [*known.desired]
    if client is not None and placed.inline:
        kinds = {work.catalogue.by_name[name] for name in placed.inline}
        whole = client.whole | {kind.name for kind in kinds}
        desired = [
            each._replace(whole=whole) if each.address == client.address else each
            for each in desired
        ]
        values = WrittenValues({work.catalogue.client.login: "x@x.example"})
        bare = Observed(Scope(client.address.kind), ElementId("1"), {})
        stand_in = Declaration(work.catalogue.client, client.address.name, bare, values)
        lists = {work.catalogue.by_name[name]: each for name, each in placed.inline.items()}
        loaded = _loaded(client_text(stand_in, lists), client.source.file, work)
        desired += [each for each in loaded if each.address != client.address]
    for file, text in placed.files.items():
        desired += _loaded(text, file, work)
    return desired


def _loaded(text: str, file: str, work: PlanContext) -> tuple[Desired, ...]:
    loaded = load_text(text, file, work.catalogue)
    if has_errors(loaded.findings):
        raise ManifestsError(loaded.findings)
    return loaded.desired


def by_id(desired: Iterable[Desired], ids: Mapping[Ref, ElementId]) -> tuple[Desired, ...]:
    """Return resources whose references to other clients are by id: those are not planned here."""
    return tuple(
        each._replace(
            fields={
                name: Ref(value.kind, "id", ids[value])
                if isinstance(value, Ref) and value in ids and value != each.parent
                else value
                for name, value in each.fields.items()
            },
        )
        for each in desired
    )


def _is_adoption(change: Change) -> bool:
    fields = {edit.field for edit in change.edits}
    is_own = change.desired is not None and not change.desired.listed
    return (change.action == "adopt" and not fields) or (
        change.action in {"adopt", "update"} and fields == {"marker"} and is_own
    )


def _failure(change: Change) -> ProofFailure:
    fields = tuple(edit.field for edit in change.edits)
    return ProofFailure(str(change.address), change.action, fields, change.reason)
