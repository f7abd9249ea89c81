"""Check one kind on one installation: its functions, form fields and list columns.

Invariants: a field is missing only when every form that could show it was seen; a function that
acts when called is not called, and is known only where a toolbar offers it; a type that no
manifest declares is never a problem.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from reconciler.engine.doctor.number_checks import read_numbers
from reconciler.engine.doctor.order_checks import check_orders
from reconciler.engine.doctor.probe import KindProbe
from reconciler.errors import CodecError
from reconciler.kinds.fields import Mode
from reconciler.mapping.decode import read_row
from reconciler.model.diagnostics import FunctionCheck, KindCheck
from reconciler.model.resource import Scope
from reconciler.wire.call import create_form_call, form_call, list_call

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reconciler.engine.doctor.probe import Probe, SampleClient
    from reconciler.kinds.fields import Field
    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.diagnostics import Status
    from reconciler.model.resource import Desired, Observed
    from reconciler.wire.reply import Rows

_ON_FORMS = frozenset({Mode.EDIT, Mode.CREATE_ONLY, Mode.SENT_ONCE, Mode.WRITE_ONLY})
# A list may still show deleted objects: so many rows are tried before the form counts as closed.
_TRIED = 3
_NO_CLIENT = "there is no client to read yet"
_NO_EXPENSES = "charges are reported as planned, because no expenses are shown"
# The consequence when a function for this purpose does not open.
_LOSSES = {
    "list": "cannot be planned",
    "form": "cannot be compared or changed",
    "create": "cannot be created",
}


@dataclass(frozen=True, slots=True)
class DeclaredFields:
    """The fields and types of one kind that the manifests declare."""

    fields: set[str] = field(default_factory=set)
    variants: set[str] = field(default_factory=set)


def declared_of(kind: ResourceKind, desired: Iterable[Desired]) -> DeclaredFields | None:
    """Return the declared fields of one kind; None where no resource of it is declared."""
    own = [each for each in desired if each.address.kind == kind.name]
    if not own:
        return None
    variants = {kind.variant_of(each.fields) for each in own}
    return DeclaredFields({name for each in own for name in each.fields}, variants)


async def check_kind(
    probe: Probe, kind: ResourceKind, sample: SampleClient | None, declared: DeclaredFields | None
) -> KindCheck:
    """Return what a kind needs and this installation lacks.

    It is a problem where a manifest declares it, else a warning.
    """
    seen = KindProbe()
    if kind.parent and (sample is None or (kind.scope == "su" and not sample.login)):
        why = _NO_CLIENT if sample is None else "the login of the first client is not shown"
        return KindCheck(kind.name, "unknown", (_not_asked(kind.list, "list", why),))
    lost: dict[str, list[str]] = {}
    for variant in kind.variants:
        one = KindProbe()
        await _probe_variant(probe, kind, variant, sample=sample, seen=one)
        lost[variant] = [purpose for purpose in _LOSSES if one.failed(purpose)]
        seen.add(one)
    lost_members = await _probe_members(probe, kind, sample, seen)
    await _probe_expenses(probe, kind, sample, seen)
    seen.functions += _acting(kind, seen)
    missing = [*lost_members, *_missing_fields(kind, seen)]
    columns = _missing_columns(kind, seen)
    consequences = [
        f"{kind.name}{which}: {words}"
        for purpose, words in _LOSSES.items()
        if (which := _which(kind, [each for each in lost if purpose in lost[each]])) is not None
    ]
    consequences += [f"{kind.name}.{name} cannot be set" for name in missing]
    consequences += [f"{kind.name}: {_NO_EXPENSES}"] * seen.failed("expenses")
    return KindCheck(
        kind.name,
        _status(kind, seen, missing, lost=lost, declared=declared),
        tuple(seen.functions),
        tuple(missing),
        tuple(columns),
        tuple(consequences),
    )


async def _probe_variant(
    probe: Probe, kind: ResourceKind, variant: str, *, sample: SampleClient | None, seen: KindProbe
) -> None:
    parent = kind.plid(sample.id) if sample else None
    login = (kind.su(sample.login) if sample else "") or None
    plain = kind.func(kind.list, variant)
    asked: list[KindProbe] = []
    rows: list[Observed] = []
    for func in await probe.lists_of(kind, variant):
        asked.append(KindProbe())
        page = await probe.page(list_call(func, parent=parent, su=login), asked[-1], "list")
        read_numbers(probe.printed, kind, func, [row.values for row in page.rows] if page else [])
        listed_in = func if func != plain else ""
        rows += [replace(each, listed_in=listed_in) for each in _live(kind, variant, page, sample)]
    # A missing plain list does no harm where another list holds the type.
    for each in [one for one in asked if not one.failed("list")] or asked[:1]:
        seen.add(each)
    rows = rows[:_TRIED]
    named = kind.func(kind.form, rows[0].variant if rows else variant)
    calls = [form_call(kind.func(kind.form, r.variant), r.row_id, plid=parent) for r in rows]
    form = await probe.any_form(calls, seen, "form")
    read_numbers(probe.printed, kind, named, [form.values] if form else [])
    if kind.orders:
        await check_orders(probe, kind, variant, login=login, seen=seen)
    elif kind.create:
        names = [name for name in (kind.create, kind.create_add) if name]
        blanks = [
            create_form_call(kind.func(name, variant), plid=parent, su=login) for name in names
        ]
        await probe.any_form(blanks, seen, "create")


def _live(
    kind: ResourceKind, variant: str, page: Rows | None, sample: SampleClient | None
) -> list[Observed]:
    found = []
    scope = Scope(kind.name, variant, sample.id if sample and kind.parent else None)
    for row in page.rows if page else ():
        try:
            observed = read_row(kind, scope, row)
        except CodecError:
            continue
        if observed.state == "live":
            found.append(observed)
    return found


async def _probe_members(
    probe: Probe, kind: ResourceKind, sample: SampleClient | None, seen: KindProbe
) -> list[str]:
    lost = []
    for facet in kind.facets:
        if facet.wire.members is None or sample is None:
            continue
        apart = KindProbe()  # the columns of a side list are not columns of the kind
        call = list_call(facet.wire.members.list, parent=sample.id)
        if await probe.page(call, apart, "members") is None:
            lost.append(facet.name)
        seen.functions += apart.functions
        seen.offered |= apart.offered
    return lost


async def _probe_expenses(
    probe: Probe, kind: ResourceKind, sample: SampleClient | None, seen: KindProbe
) -> None:
    if not kind.expenses or sample is None:
        return
    apart = KindProbe()
    await probe.page(list_call(kind.expenses, parent=sample.id), apart, "expenses")
    seen.functions += apart.functions


def _acting(kind: ResourceKind, seen: KindProbe) -> list[FunctionCheck]:
    wanted = [(kind.delete, "delete"), (kind.renew, "renew")]
    for facet in kind.facets:
        wanted += [(facet.wire.suspend, "suspend"), (facet.wire.resume, "resume")]
    found = []
    for template, purpose in wanted:
        for variant in kind.variants if "{" in template else ("",):
            name = kind.func(template, variant)
            if name in seen.offered:
                found.append(FunctionCheck(name, purpose, "ok", "the list offers it"))
            elif name:
                found.append(_not_asked(name, purpose, "not called: it acts when called"))
    return found


def _not_asked(name: str, purpose: str, why: str) -> FunctionCheck:
    return FunctionCheck(name, purpose, "unknown", why)


def _missing_fields(kind: ResourceKind, seen: KindProbe) -> list[str]:
    one_form = (kind.order or kind.create) == kind.form
    whole = (
        bool(seen.purposes & {"form", "create"})
        if one_form
        else {"form", "create"} <= (seen.purposes)
    )
    if not whole:
        return []
    return [facet.name for facet in kind.facets if _is_missing(facet, seen.inputs)]


def _is_missing(facet: Field, inputs: set[str]) -> bool:
    names = {facet.param, *facet.wire.fallback}
    return facet.wire.mode in _ON_FORMS and names.isdisjoint(inputs)


def _missing_columns(kind: ResourceKind, seen: KindProbe) -> list[str]:
    if not seen.columns:
        return []
    return [
        facet.name
        for facet in kind.facets
        if facet.wire.columns and seen.columns.isdisjoint(facet.wire.columns)
    ]


def _which(kind: ResourceKind, variants: list[str]) -> str | None:
    """Return the words for the types that lack a function; empty where all types do."""
    if not variants:
        return None
    return "" if len(variants) == len(kind.variants) else f" of type {', '.join(variants)}"


def _status(
    kind: ResourceKind,
    seen: KindProbe,
    missing: list[str],
    *,
    lost: Mapping[str, list[str]],
    declared: DeclaredFields | None,
) -> Status:
    broken = [variant for variant, purposes in lost.items() if purposes]
    # A type that no manifest declares does not matter to this project.
    needed = declared or DeclaredFields()
    if not (needed.variants.isdisjoint(broken) and needed.fields.isdisjoint(missing)):
        return "problem"
    if broken and not kind.parent:
        return "problem"  # every other kind depends on it
    return "warning" if broken or missing or seen.failed("expenses") else "ok"
