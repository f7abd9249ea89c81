"""Observe the panel: lists first, forms only where needed, parents before children.

Invariants: reads run in parallel under the panel's limit; a list that cannot be proved complete
ends the observation; only lists of declared or managed objects, and those declared whole, are read.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from reconciler.engine.observe.builder import ObservationBuilder
from reconciler.engine.observe.complete_list import read_complete_list
from reconciler.engine.observe.filtered_list import read_filtered
from reconciler.engine.observe.forms import read_matched_forms, read_remaining_forms
from reconciler.engine.observe.identify import identify
from reconciler.engine.observe.reads import read_create_form, verify_impersonation
from reconciler.engine.offers.order_form import read_order_forms
from reconciler.errors import AccessError, NotRecordedError, UncertainListError
from reconciler.model.address import id_order
from reconciler.model.finding import Finding, FindingCode, by_place
from reconciler.model.resource import Scope
from reconciler.model.text import fold_text
from reconciler.model.value import Ref
from reconciler.panel.concurrency import gather_all
from reconciler.planning.match.pairing import match_resources
from reconciler.planning.resolve import (
    ALL_MODES,
    has_choices,
    once_for_sets,
    resolve_choices,
    resolve_refs,
)
from reconciler.planning.scopes import scope_of, scopes_to_read, whole_scopes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.resource import Desired, Observed
    from reconciler.planning.context import PlanContext, PlanOptions
    from reconciler.planning.match.pairing import MatchResult
    from reconciler.planning.snapshot import Snapshot
    from reconciler.ports import Progress, Reader
    from reconciler.wire.reply import Form

ADMIN_LEVEL = 29


async def observe(
    reader: Reader, work: PlanContext, options: PlanOptions, progress: Progress
) -> tuple[Snapshot, tuple[Finding, ...]]:
    """Read what planning needs; the findings are errors of manifests that only the panel shows.

    Raises: AccessError when the user is not an administrator and would see only a part.
    """
    await require_administrator(reader)
    view = ObservationBuilder(reader, work, options, progress)
    for _, kinds in groupby(work.catalogue.resources, lambda kind: bool(kind.parent)):
        # Kinds of one level do not depend on one another: their lists are read side by side.
        found = [each for kind in kinds if (each := _find_work(view, kind))]
        if found:
            progress.stage(f"reading {', '.join(each.kind.name for each in found)}", None)
        await gather_all(_study_kind(view, each) for each in found)
    findings = sorted(view.findings, key=by_place)
    return view.snapshot(), once_for_sets(findings, work.desired)


async def require_administrator(reader: Reader) -> None:
    """Refuse a user who sees only a part. Raises: AccessError."""
    identity = await reader.whoami()
    if identity.level < ADMIN_LEVEL:
        message = (
            f"signed in as {identity.name!r} (level {identity.level}), who sees only a part "
            f"of the lists: use an administrator (level {ADMIN_LEVEL} or more)"
        )
        raise AccessError(message)


@dataclass(frozen=True, slots=True)
class _KindWork:
    """What is to be read of a kind: the lists, and for whom."""

    kind: ResourceKind
    inside: list[Desired]
    scopes: list[Scope]
    whole: Mapping[Scope, Desired]
    outside: set[Ref]
    above: set[Ref]


def _find_work(view: ObservationBuilder, kind: ResourceKind) -> _KindWork | None:
    inside = [desired for desired in view.wanted(kind) if _in_view(view, kind, desired)]
    owned = view.work.inventory.values() if view.options.whole else ()
    whole = whole_scopes(kind, view.work.desired, view.parents) if view.options.whole else {}
    scopes = scopes_to_read(kind, inside, owned, whole, parents=view.parents)
    scopes = [scope for scope in scopes if view.part.sees_scope(kind, scope)]
    outside, above = _outside_refs(view, kind), _above_owned(view, kind)
    if not inside and not scopes and not outside and not above:
        return None
    if not kind.parent and not scopes:
        scopes = [Scope(kind.name, variant) for variant in kind.variants]
    return _KindWork(kind, inside, scopes, whole, outside, above)


async def _study_kind(view: ObservationBuilder, work: _KindWork) -> None:
    kind, inside = work.kind, work.inside
    if kind.parent or not await _study_few(view, work):
        await _read_menus(view, kind, inside)
        await _prove_su(view, kind, work.scopes)
        found = _by_scope(view, kind, inside)
        await gather_all(
            _study_scope(view, kind, scope, found.get(scope, [])) for scope in work.scopes
        )
        if not kind.parent:
            _note_parents(view, work, _live(view, kind))
    if not kind.parent:
        view.know_clients()
    await read_matched_forms(view, kind)
    await read_remaining_forms(view, kind, work.whole)
    if kind.order:
        mine = [each for each in inside if view.part.plans(kind, each)]
        await read_order_forms(view, kind, _absent(view, kind, mine))


async def _study_few(view: ObservationBuilder, work: _KindWork) -> bool:
    """Read by the list's filter what a selection touches; return whether that was enough.

    What is read like this is no whole list: nothing is judged absent by it.
    """
    kind = work.kind
    few = await read_filtered(view.reader, kind, view.work, view.needed) if view.needed else None
    if few is None:
        return False
    known = len(view.findings)
    await _read_menus(view, kind, few.wanted)
    found = await identify(view.reader, kind, few.objects, _matcher(view, kind, few.wanted))
    if found.denied or found.pairing.absent or found.pairing.blocked:
        del view.findings[known:]  # what is wrong is found again with the whole list
        return False
    view.pairings[Scope(kind.name)] = found.pairing
    _note_parents(view, work, found.objects)
    return True


def _matcher(
    view: ObservationBuilder, kind: ResourceKind, wanted: list[Desired]
) -> Callable[[tuple[Observed, ...]], MatchResult]:
    namespace, inventory = view.work.namespace, view.work.inventory
    mine = _current(view, wanted)
    return lambda seen: match_resources(kind, namespace, mine, seen, inventory=inventory)


def _in_view(view: ObservationBuilder, kind: ResourceKind, desired: Desired) -> bool:
    if not kind.parent:
        return True
    return view.options.selects(desired) and view.part.sees_resource(kind, desired)


def _outside_refs(view: ObservationBuilder, kind: ResourceKind) -> set[Ref]:
    """Return the references by email or id: to objects that no manifest declares."""
    return {ref for ref in view.outside if ref.kind == kind.name}


def _above_owned(view: ObservationBuilder, kind: ResourceKind) -> set[Ref]:
    """Return the parents of managed objects: their lists are read even if undeclared."""
    if kind.parent or not view.options.whole:
        return set()
    scopes = (entry.scope for entry in view.work.inventory.values())
    return {Ref(kind.name, "id", scope.parent) for scope in scopes if scope.parent}


async def _read_menus(view: ObservationBuilder, kind: ResourceKind, wanted: list[Desired]) -> None:
    """Read the options of a kind's form, once, and resolve the declared choices."""
    if kind.order or not any(has_choices(kind, desired, ALL_MODES) for desired in wanted):
        resolved = wanted
    else:
        form = await _read_menu(view, kind, wanted)
        if form is None:
            resolved = wanted
        else:
            view.menus[kind.name, ""] = form.options
            resolved = []
            for desired in wanted:
                found, findings = resolve_choices(kind, desired, form.options)
                resolved.append(found)
                view.findings += findings
    ids = {ref: observed.row_id for ref, observed in view.parents.items()}
    for desired in resolved:
        view.desired[desired.address] = resolve_refs(kind, desired, ids)


async def _read_menu(
    view: ObservationBuilder, kind: ResourceKind, wanted: list[Desired]
) -> Form | None:
    """Read the form that creates a kind, under a parent that exists.

    The options are the panel's own. If they were first read under the parent that the plan is to
    create, a wrong choice would show only when that parent has been created. It is the parent of a
    resource with choices, so that the first of a whole plan is the first of its shard, too.
    """
    choosing = [desired for desired in wanted if has_choices(kind, desired, ALL_MODES)]
    declared = next((s.parent for d in choosing if (s := scope_of(kind, d, view.parents))), None)
    if declared or not kind.parent:
        return await read_create_form(view.reader, kind, "", parent=declared)
    above = view.work.catalogue.by_name[kind.by_name[kind.parent].wire.ref]
    known = (each for each in view.parents.values() if each.scope.kind == above.name)
    live = (each.row_id for each in (*known, *_live(view, above)) if each.state == "live")
    try:
        return await read_create_form(view.reader, kind, "", parent=next(live, None))
    except NotRecordedError:  # a snapshot holds the forms of the clients that were declared then
        return None


async def _prove_su(view: ObservationBuilder, kind: ResourceKind, scopes: Iterable[Scope]) -> None:
    """Verify that the panel lets us act as each client; else its list would show all clients'."""
    logins = dict.fromkeys(view.login(kind, scope.parent) for scope in scopes)
    await gather_all(verify_impersonation(view.reader, login) for login in logins if login)


def _by_scope(
    view: ObservationBuilder, kind: ResourceKind, inside: list[Desired]
) -> dict[Scope | None, list[Desired]]:
    """Group the resources of a kind by scope."""
    found: dict[Scope | None, list[Desired]] = {}
    for desired in _current(view, inside):
        found.setdefault(scope_of(kind, desired, view.parents), []).append(desired)
    return found


async def _study_scope(
    view: ObservationBuilder, kind: ResourceKind, scope: Scope, mine: list[Desired]
) -> None:
    """Read one list, and the forms of the rows that show too little."""
    try:
        objects = await read_complete_list(
            view.reader,
            kind,
            scope,
            view.owned.get(scope, ()),
            namespace=view.work.namespace,
            login=view.login(kind, scope.parent),
        )
    except UncertainListError as uncertain:
        view.incomplete[scope] = str(uncertain)
        return
    login = view.login(kind, scope.parent)
    found = await identify(view.reader, kind, objects, _matcher(view, kind, mine), login=login)
    if found.denied:
        view.incomplete[scope] = "; ".join(found.denied.values())
    if kind.order:
        # Only the form of the service itself shows what it can be changed to.
        view.forms |= {(kind.name, key): form for key, form in found.forms.items()}
    view.pairings[scope] = found.pairing
    view.objects[scope] = found.objects
    view.progress.step(len(found.objects))


def _current(view: ObservationBuilder, inside: list[Desired]) -> list[Desired]:
    return [view.desired.get(desired.address, desired) for desired in inside]


def _note_parents(view: ObservationBuilder, work: _KindWork, live: Sequence[Observed]) -> None:
    kind = work.kind
    for pairing in view.pairings.values():
        for found in pairing.pairs:
            if found.desired.address.kind == kind.name:
                view.parents[Ref(kind.name, "name", found.desired.address.name)] = found.observed
    if work.outside:
        _note_outside(view, kind, work.outside, live)
    by_id = {str(observed.row_id): observed for observed in live}
    view.parents |= {ref: by_id[ref.key] for ref in work.above if ref.key in by_id}
    for observed in view.parents.values():
        if observed.scope.kind == kind.name:
            view.logins[observed.row_id] = str(observed.fields.get(kind.login, ""))


def _note_outside(
    view: ObservationBuilder, kind: ResourceKind, outside: set[Ref], live: Iterable[Observed]
) -> None:
    by_id: dict[str, list[Observed]] = {}
    by_login: dict[str, list[Observed]] = {}
    for observed in live:
        by_id.setdefault(observed.row_id, []).append(observed)
        by_login.setdefault(fold_text(str(observed.fields.get(kind.login, ""))), []).append(
            observed
        )
    for ref in sorted(outside, key=str):
        found = by_id.get(ref.key, []) if ref.by == "id" else by_login.get(fold_text(ref.key), [])
        if len(found) == 1:
            view.parents[ref] = found[0]
            continue
        if found:
            ids = ", ".join(sorted((observed.row_id for observed in found), key=id_order))
            message = (
                f"{len(found)} {kind.name}s have the {ref.by} {ref.key!r}: ids {ids}; name one by "
                f'{{id: "{found[0].row_id}"}}'
            )
            code: FindingCode = "ambiguous-reference"
        else:
            message = f"the panel has no {kind.name} with the {ref.by} {ref.key!r}"
            code = "unknown-reference"
        place = next((d.source for d in view.work.desired if ref in d.fields.values()), None)
        view.findings.append(Finding("error", code, message, place))


def _live(view: ObservationBuilder, kind: ResourceKind) -> list[Observed]:
    return [o for scope, objs in view.objects.items() if scope.kind == kind.name for o in objs]


def _absent(view: ObservationBuilder, kind: ResourceKind, inside: list[Desired]) -> list[Desired]:
    """Return the resources without an object, those of clients yet to be created included."""
    lost = {d.address for pairing in view.pairings.values() for d in pairing.absent}
    current = _current(view, inside)
    return [d for d in current if d.address in lost or not scope_of(kind, d, view.parents)]
