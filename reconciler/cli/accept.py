"""``drift --accept``: what the panel holds is written into the manifests, after a yes.

Invariants: all texts are made, read again and loaded as a project before the first one is written;
a file that changed since is left alone; what cannot be written is named, with what to do.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.cli.exit_codes import Drifted
from reconciler.cli.remedies import command_line
from reconciler.cli.write_files import write_files
from reconciler.documents.values import shown
from reconciler.errors import ManifestsError, RefusedError, SelectionError, StalePlanError
from reconciler.manifest.edit.edit import ManifestEdit, edit_manifest
from reconciler.manifest.load.files import read_regular
from reconciler.manifest.load.loader import load_manifests
from reconciler.model.finding import Finding, Source, has_errors
from reconciler.model.refusal import Refusal
from reconciler.model.value import Choice, Ref, Secret
from reconciler.planning.diff import same
from reconciler.report.accept_drift import patch_lines
from reconciler.report.escape import escape
from reconciler.report.layout import counted

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterable

    from reconciler.cli.console import Console
    from reconciler.cli.context import ProjectContext
    from reconciler.kinds.kind import ResourceKind
    from reconciler.manifest.yaml.scalars import Plain
    from reconciler.model.drift import DriftEdit, DriftItem, DriftReport
    from reconciler.model.resource import Desired
    from reconciler.model.value import Value
    from reconciler.planning.context import PlanContext


@dataclass(slots=True)
class _Acceptance:
    """Edits by file, and what cannot be accepted, as sentences."""

    edits: dict[str, list[ManifestEdit]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)

    def add(self, edit: ManifestEdit) -> None:
        self.edits.setdefault(edit.source.file, []).append(edit)

    def refuse(self, item: DriftItem, reason: str) -> None:
        self.refused.append(f"{item.address}: {reason}")


async def accept_drift(
    args: Namespace,
    console: Console,
    context: ProjectContext,
    *,
    work: PlanContext,
    report: DriftReport,
) -> Drifted:
    """Show what would be written where, ask, and write it.

    Raises: RefusedError without a yes, ManifestsError where a text cannot be edited, StalePlanError
            where a file changed meanwhile, StoreError.
    """
    items = _selected(report, args.only)
    found = _accept(work, items)
    before = {file: _read(context.root, file) for file in found.edits}
    after = {
        file: edit_manifest(before[file].decode(), file, edits).encode()
        for file, edits in found.edits.items()
    }
    changed = {file: raw for file, raw in after.items() if raw != before[file]}
    shown_texts = {file: (before[file].decode(), raw.decode()) for file, raw in changed.items()}
    lines = patch_lines(shown_texts, console.palette)
    lines += [f"not accepted: {escape(reason)}" for reason in found.refused]
    if not changed:
        lines.append("Nothing to accept.")
    console.report("".join(f"{line}\n" for line in lines))
    if changed:
        _check(context, changed)
        await _require_approval(args, console, len(changed))
        if moved := [file for file in changed if _read(context.root, file) != before[file]]:
            text = f"{', '.join(moved)} changed meanwhile: run the command again"
            raise StalePlanError([Refusal("manifests-changed", text)])
        write_files({context.root / file: raw for file, raw in changed.items()})
        written = [
            f"{escape(file)}: {'written' if raw else 'deleted'}" for file, raw in changed.items()
        ]
        written.append(f"To see what an apply would do now: {command_line(args, 'plan')}")
        console.report("".join(f"{line}\n" for line in written))
    return Drifted(found=bool(found.refused))


def _selected(report: DriftReport, only: Iterable[str]) -> list[DriftItem]:
    wanted = set(only)
    items = [item for item in report.drifted if item.drift_class != "pending"]
    if strange := sorted(wanted - {str(item.address) for item in items}):
        raise SelectionError(f"{strange[0]} has not drifted: `reconciler drift` shows what has")
    return [item for item in items if not wanted or str(item.address) in wanted]


def _accept(work: PlanContext, items: Iterable[DriftItem]) -> _Acceptance:
    wanted = {desired.address: desired for desired in work.desired}
    by_name = {str(desired.address): desired for desired in work.desired}
    found = _Acceptance()
    for item in items:
        kind = work.catalogue.by_name[item.address.kind]
        goal = wanted.get(item.address)
        if item.drift_class == "added":
            _accept_addition(found, item, kind, by_name[item.client])
        elif goal is None:
            found.refuse(item, "no manifest declares it any more: the next apply decides about it")
        elif item.drift_class == "missing":
            _accept_deletion(found, item, goal)
        else:
            _accept_values(found, item, goal, work)
    return found


def _accept_addition(
    found: _Acceptance, item: DriftItem, kind: ResourceKind, client: Desired
) -> None:
    child: dict[str, Plain] = {"name": item.address.name}
    # Two that are alike in every field are told apart by their id alone.
    child["lifecycle"] = {"adopt": {"id": str(item.id)}}
    for edit in item.edits:
        if edit.field not in {"marker", kind.parent}:
            child[edit.field] = _plain(edit.live)
    found.add(ManifestEdit(client.address, client.source, children={kind.inline: [child]}))


def _accept_deletion(found: _Acceptance, item: DriftItem, goal: Desired) -> None:
    if goal.from_set:
        found.refuse(item, f"{_of_set(goal)}; to leave this one out, add {goal.parent} to `except`")
        return
    sources = {goal.source.file: goal.source}
    places = [layer.source for layers in goal.layers.values() for layer in layers]
    for place in (*places, *goal.places.values()):
        sources.setdefault(place.file, place)
    for source in sources.values():  # what lies over it goes along: it would lie over nothing
        found.add(ManifestEdit(goal.address, source, deleted=True))


def _accept_values(found: _Acceptance, item: DriftItem, goal: Desired, work: PlanContext) -> None:
    kind = work.catalogue.by_name[item.address.kind]
    applied = work.inventory[item.address].fields
    for edit in item.edits:
        if edit.field == "marker":
            found.refuse(item, "its marker stands in no manifest: the next apply sets it again")
            continue
        facet = kind.by_name[edit.field]
        is_moved = edit.field in applied and same(facet, edit.applied, edit.live) is False
        if not is_moved:
            continue  # it is pending: the manifests moved, and the panel did not
        place = goal.places.get(edit.field, goal.source)
        if goal.from_set and place.file == goal.source.file:
            alone = f"declare it alone, with `lifecycle: {{overrides: {goal.from_set}}}`"
            found.refuse(item, f"{edit.field}: {_of_set(goal)}; {alone}")
            continue
        source = goal.source if place.file == goal.source.file else place
        found.add(_value_edit(goal, source, edit, may_be_none=facet.wire.none))


def _value_edit(
    goal: Desired, source: Source, edit: DriftEdit, *, may_be_none: bool
) -> ManifestEdit:
    if edit.live is None and not may_be_none:
        return ManifestEdit(goal.address, source, removed=(edit.field,))
    value = _plain(edit.live)
    if isinstance(value, list) and isinstance(edit.wanted, frozenset | tuple):
        value = _ordered(value, [_plain(each) for each in edit.wanted])
    return ManifestEdit(goal.address, source, values={edit.field: value})


def _ordered(value: list[Plain], before: list[Plain]) -> list[Plain]:
    return [each for each in before if each in value] + [x for x in value if x not in before]


def _of_set(goal: Desired) -> str:
    place = f"{goal.source.file}:{goal.source.line}"
    return f"declared by ResourceSet/{goal.from_set} ({place}) for all of its clients"


def _plain(value: Value) -> Plain:
    """Return a value as manifests write it."""
    match value:
        case Choice(label=str() as label) if label:
            return label
        case Choice(id=key):
            return {"id": key or ""}
        case Ref(by="name"):
            return value.key
        case Ref():
            return {value.by: value.key}
        case Secret():
            return {value.kind: list(value.reference)}
        case Decimal():
            return Decimal(str(shown(value)))
        case date():
            return value.isoformat()
        case Mapping():
            return dict(sorted(value.items()))
        case frozenset() | tuple():
            return [_plain(each) for each in sorted(value, key=str)]
        case _:
            return value


def _read(root: Path, file: str) -> bytes:
    try:
        return read_regular(root / file)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        message = f"cannot be read: {reason}"
        raise ManifestsError([Finding("error", "unreadable", message, Source(file))]) from error


def _check(context: ProjectContext, changed: Mapping[str, bytes]) -> None:
    """Load the project as it would be. Raises: ManifestsError."""
    paths = [*context.project.manifests, *context.target.overlays]
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        named = [Path(path) if Path(path).is_absolute() else context.root / path for path in paths]
        for path in named:
            target = copy / path.relative_to(context.root)
            if path.is_dir():
                shutil.copytree(path, target, dirs_exist_ok=True)
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)
        for file, raw in changed.items():
            if raw:
                (copy / file).write_bytes(raw)
            else:
                (copy / file).unlink()
        names = [str(path.relative_to(context.root)) for path in named]
        count = len(context.project.manifests)
        loaded = load_manifests(copy, names[:count], context.catalogue, names[count:])
    if has_errors(loaded.findings):
        raise ManifestsError([each for each in loaded.findings if each.severity == "error"])


async def _require_approval(args: Namespace, console: Console, count: int) -> None:
    if args.yes:
        return
    if not console.interactive:
        message = "cannot ask for approval (no terminal): use --yes; nothing was written"
        raise RefusedError([Refusal("not-approved", message)])
    if not await console.confirm(f"Write this into {counted(count, 'file')}?"):
        raise RefusedError([Refusal("not-approved", "nothing was written")])
