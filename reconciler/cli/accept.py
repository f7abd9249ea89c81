"""``drift --accept``: what the panel holds is written into the manifests, after a yes.

Invariants: all texts are made, read again and loaded as a project before the first one is written;
a file that changed since is left alone; what cannot be written is named, with what to do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from reconciler.cli.exit_codes import Drifted
from reconciler.cli.remedies import command_line
from reconciler.cli.write_files import write_files
from reconciler.documents.values import shown
from reconciler.errors import ManifestsError, RefusedError, SelectionError
from reconciler.kinds.parse import parse_spec
from reconciler.manifest.edit.edit import ManifestEdit, edit_manifest
from reconciler.manifest.load.files import files_below, read_regular
from reconciler.manifest.load.loader import load_manifests
from reconciler.manifest.yaml.documents import compose
from reconciler.manifest.yaml.emit import inline_text
from reconciler.manifest.yaml.positions import locate
from reconciler.model.address import Address
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
    from pathlib import Path

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
    ordered = _in_order(context, found)
    changed = {file: after[file] for file in ordered if after[file] != before[file]}
    shown_texts = {file: (before[file].decode(), raw.decode()) for file, raw in changed.items()}
    lines = patch_lines(shown_texts, console.palette)
    lines += [f"not accepted: {escape(reason)}" for reason in found.refused]
    lines += _overlays_without_base(context, found)
    if not changed:
        lines.append("Nothing to accept.")
    console.report("".join(f"{line}\n" for line in lines))
    if changed:
        _check(context, changed)
        await _require_approval(args, console, len(changed))
        write_files(context.root, {file: (before[file], raw) for file, raw in changed.items()})
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
    fault = next(filter(None, map(_nameless, item.edits)), "")
    fault = fault or _fault(kind, {e.field: _live(e) for e in item.edits if e.field != "marker"})
    if fault:
        found.refuse(item, fault)
        return
    child: dict[str, Plain] = {"name": item.address.name}
    # Two that are alike in every field are told apart by their id alone.
    child["lifecycle"] = {"adopt": {"id": str(item.id)}}
    for edit in item.edits:
        if edit.field not in {"marker", kind.parent}:
            child[edit.field] = _live(edit)
    place = client.places.get(kind.inline, client.source)  # the list may stand in an overlay alone
    source = client.source if place.file == client.source.file else place
    found.add(ManifestEdit(client.address, source, children={kind.inline: [child]}))


def _accept_deletion(found: _Acceptance, item: DriftItem, goal: Desired) -> None:
    if goal.from_set:
        found.refuse(
            item, f"{_of_set(goal)}; to leave this one out, add {_parent_name(goal)} to `except`"
        )
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
        is_gone = edit.live is None and not facet.wire.none
        if is_gone and place.file != goal.source.file:
            # Without the line the value below it would count, or the overlay would be empty.
            reason = f"{edit.field}: the panel has none, but the overlay {place} sets it"
            found.refuse(item, f"{reason}: take it out by hand")
            continue
        fault = "" if is_gone else _nameless(edit) or _fault(kind, {edit.field: _live(edit)})
        if fault:
            found.refuse(item, fault)
            continue
        source = goal.source if place.file == goal.source.file else place
        found.add(_value_edit(goal, source, edit, is_gone=is_gone))


def _value_edit(goal: Desired, source: Source, edit: DriftEdit, *, is_gone: bool) -> ManifestEdit:
    if is_gone:
        return ManifestEdit(goal.address, source, removed=(edit.field,))
    value = _live(edit)
    if isinstance(value, list) and isinstance(edit.wanted, frozenset | tuple):
        value = _ordered(value, [_plain(each) for each in edit.wanted])
    return ManifestEdit(goal.address, source, values={edit.field: value})


def _ordered(value: list[Plain], before: list[Plain]) -> list[Plain]:
    return [each for each in before if each in value] + [x for x in value if x not in before]


def _fault(kind: ResourceKind, values: Mapping[str, Plain]) -> str:
    """Return why no manifest can hold one of some values of the panel, or nothing."""
    _, wrong = parse_spec(kind, {name: value for name, value in values.items() if "." not in name})
    for fault in wrong:
        if fault.path and fault.path[0] in values and fault.code != "missing-field":
            why = fault.message.removeprefix(f"{fault.path[0]}: ")
            return f"{fault.path[0]}: no manifest can hold the panel's value: {why}"
    for name, value in values.items():
        _, findings = compose(f"[{inline_text(value)}]\n".encode(), name)
        if findings:
            return f"{name}: no manifest can hold the panel's value: {findings[0].message}"
    return ""


def _nameless(edit: DriftEdit) -> str:
    """Return why a live option cannot be written: its list shows a label that several bear."""
    several = edit.live if isinstance(edit.live, frozenset) else (edit.live,)
    for each in several:
        if isinstance(each, Choice) and not each.id and each.label in edit.shared:
            label = f"{edit.field}: several options have the label {each.label!r}"
            return f"{label}, and the panel's list shows no id: write {{id: …}} by hand"
    return ""


def _parent_name(goal: Desired) -> str:
    return goal.parent.key if goal.parent else goal.address.name


def _of_set(goal: Desired) -> str:
    place = f"{goal.source.file}:{goal.source.line}"
    return f"declared by ResourceSet/{goal.from_set} ({place}) for all of its clients"


def _live(edit: DriftEdit) -> Plain:
    """Return the panel's value as manifests write it: by id where several options bear a label."""
    return _plain(edit.live, edit.shared)


def _plain(value: Value, shared: frozenset[str] = frozenset()) -> Plain:
    """Return a value as manifests write it; an option whose label is shared by its id."""
    match value:
        case Choice(id=key, label=str() as label) if label and not (key and label in shared):
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
            return [_plain(each, shared) for each in sorted(value, key=str)]
        case _:
            return value


def _read(root: Path, file: str) -> bytes:
    try:
        return read_regular(root / file)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        message = f"cannot be read: {reason}"
        raise ManifestsError([Finding("error", "unreadable", message, Source(file))]) from error


def _overlays_without_base(context: ProjectContext, found: _Acceptance) -> list[str]:
    """Return where overlays of other targets lie over what is deleted, one line each."""
    deleted = {e.address for edits in found.edits.values() for e in edits if e.deleted}
    own = _overlay_files(context, context.target.overlays)
    lines: list[str] = []
    for name, target in sorted(context.project.targets.items()) if deleted else ():
        for file in sorted(_overlay_files(context, target.overlays) - own):
            for document in compose(_read(context.root, file), file)[0]:
                address = _address(document.value)
                if address in deleted:
                    place = locate(file, document.place)
                    text = f"lies over {address} for the target {name}: delete it by hand"
                    lines.append(f"{escape(str(place))}: {escape(text)}")
    return lines


def _overlay_files(context: ProjectContext, folders: Iterable[str]) -> set[str]:
    return {file for path in folders for file in files_below(context.root, path)[0]}


def _in_order(context: ProjectContext, found: _Acceptance) -> list[str]:
    """Sort files so that the manifests are sound after each one, if the run dies there.

    An overlay goes before what it lies over, and a client after what names it.
    """
    above = _overlay_files(context, context.target.overlays)

    def rank(file: str) -> tuple[bool, bool, str]:
        kinds = context.catalogue.by_name
        gone = (each.address.kind for each in found.edits[file] if each.deleted)
        return file not in above, any(not kinds[kind].parent for kind in gone), file

    return sorted(found.edits, key=rank)


def _address(value: Plain) -> Address | None:
    metadata = value.get("metadata") if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(metadata, dict):
        return None
    return Address(str(value.get("kind")), str(metadata.get("name")))


def _check(context: ProjectContext, changed: Mapping[str, bytes]) -> None:
    """Load the project as it would be. Raises: ManifestsError."""
    loaded = load_manifests(
        context.root,
        context.project.manifests,
        context.catalogue,
        context.target.overlays,
        instead=changed,
    )
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
