"""Read one list, one form or one side list as observed objects.

Invariants: everything here only reads; an object is absent only when the panel reports its form
missing, or denies the form and two complete readings of its list lack the object too.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reconciler.engine.observe.type_lists import plain_list, read_lists, variants_of
from reconciler.errors import (
    CodecError,
    IncompleteError,
    NotAPanelError,
    PanelError,
    RejectedError,
)
from reconciler.mapping.decode import prove_columns, read_form, read_members, read_row
from reconciler.panel.concurrency import gather_all, gather_two
from reconciler.wire.call import create_form_call, form_call, is_free, list_call
from reconciler.wire.reply import Form

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.address import ElementId
    from reconciler.model.resource import Desired, Observed, Scope
    from reconciler.model.value import Value
    from reconciler.ports import Reader
    from reconciler.wire.call import Call, Params
    from reconciler.wire.reply import Options, Row


# A wizard of more steps than these is not followed.
STEPS = 5


@dataclass(frozen=True, slots=True)
class ObservedForm:
    """An object as its form shows it, with the form's options and field names."""

    observed: Observed
    form: Form


async def read_list(
    reader: Reader, kind: ResourceKind, scope: Scope, login: str = ""
) -> tuple[Observed, ...]:
    """Read one scope.

    Raises: NotAPanelError when a row has no usable key.
            IncompleteError when a client's own list would be read without acting as the client:
            the panel would return the objects of all clients.
    """
    if kind.scope == "su" and not login:
        func = kind.func(kind.list, scope.variant)
        message = f"{func}: cannot read the list of client {scope.parent}: login unknown"
        raise IncompleteError(message)
    found: list[Observed] = []
    for variant, rows in (await read_lists(reader, kind, scope, login)).items():
        before = {each.row_id for each in found}
        call = plain_list(kind, replace(scope, variant=variant), login)
        seen = read_rows(kind, scope, call, rows)
        found += [_found_in(each, variant) for each in seen if each.row_id not in before]
    return tuple(found)


def read_rows(
    kind: ResourceKind, scope: Scope, call: Call, rows: tuple[Row, ...]
) -> tuple[Observed, ...]:
    """Return the rows of a list as objects. Raises: NotAPanelError for a row without a usable key.

    ``call`` is what was asked.
    """
    proved = prove_columns(kind, rows)
    try:
        return tuple(
            read_row(kind, scope, row, proved) for row in rows if not is_foreign(kind, row)
        )
    except CodecError as error:
        raise NotAPanelError(f"{call.title}: {error}") from error


def _found_in(observed: Observed, variant: str) -> Observed:
    listed_in = variant if variant != observed.scope.variant else ""
    return observed if observed.listed_in == listed_in else replace(observed, listed_in=listed_in)


def is_foreign(kind: ResourceKind, row: Row) -> bool:
    """Return whether a row is the panel's own: panels print `` - `` where a column says nothing."""
    return any(row.values.get(name, "").strip(" \u00a0-–—") for name in kind.foreign)


async def verify_impersonation(reader: Reader, login: str) -> None:
    """Verify that the panel lets us act as a client.

    Raises: NotAPanelError when we act as anybody else.
    """
    identity = await reader.whoami(login)
    if login.lower() not in {identity.name.lower(), identity.email.lower()}:
        message = f"the panel was asked to act as {login!r}, but acts as {identity.name!r}"
        raise NotAPanelError(message)


async def read_object_form(
    reader: Reader,
    kind: ResourceKind,
    observed: Observed,
    *,
    login: str = "",
    labels: bool = False,
    why: str = "",
) -> ObservedForm | None:
    """Open an object's form; None when there is no such object.

    ``login`` is that of the client, where the kind's list is read as the client. ``why`` says to
    people for what the form is read.
    Raises: RejectedError when the panel denies the form, and the list shows the object.
    """
    answer = await request_form(reader, kind, observed, labels=labels, why=why)
    if not isinstance(answer, RejectedError):
        return answer
    if await is_still_listed(reader, kind, [observed], login):
        raise answer
    return None


async def request_form(
    reader: Reader, kind: ResourceKind, observed: Observed, *, labels: bool = False, why: str = ""
) -> ObservedForm | RejectedError | None:
    """Open an object's form once; None when it is missing, the error when it is denied.

    Raises: AccessError, and RejectedError when the panel itself has a fault.
    """
    denied: RejectedError | None = None
    variants = dict.fromkeys([observed.variant, *await variants_of(reader, kind, observed.scope)])
    for variant in variants:
        func = kind.func(kind.form, variant)
        plid, needs = kind.plid(observed.scope.parent), kind.form_fields
        call = form_call(func, observed.row_id, plid=plid, labels=labels, needs=needs, why=why)
        try:
            form = await reader.form(call)
        except RejectedError as refusal:
            if refusal.is_trouble:
                raise
            if not refusal.is_missed:
                denied = denied or refusal
            continue
        return ObservedForm(read_form(kind, _found_in(observed, variant), form), form)
    return denied


async def is_still_listed(
    reader: Reader, kind: ResourceKind, objects: Iterable[Observed], login: str = ""
) -> frozenset[ElementId]:
    """Return the objects that at least one of two complete readings of their lists shows.

    Raises: IncompleteError.
    """
    scopes: dict[Scope, set[ElementId]] = {}
    for item in objects:
        scopes.setdefault(item.scope, set()).add(item.row_id)
    found: set[ElementId] = set()
    for scope, wanted in scopes.items():
        for _ in range(2):
            rows = await read_list(reader, kind, scope, login)
            found |= {row.row_id for row in rows if row.state != "gone"} & wanted
    return frozenset(found)


async def read_member_lists(
    reader: Reader, kind: ResourceKind, observed: Observed, names: Iterable[str]
) -> tuple[Observed, dict[str, Options]]:
    """Read the side lists of some fields; return the object with them, and each list's options."""
    wanted = [facet for facet in kind.members if facet.name in set(names)]
    fields = dict(observed.fields)
    offers: dict[str, Options] = {}
    for facet in wanted:
        if facet.wire.members is None:
            continue
        call = list_call(facet.wire.members.list, parent=observed.row_id)
        rows = await reader.rows(call)
        try:
            fields[facet.name], offers[facet.name] = read_members(rows)
        except CodecError as error:
            message = f"{call.title}: {error}"
            raise NotAPanelError(message) from error
    return replace(observed, fields=fields), offers


async def read_create_form(
    reader: Reader,
    kind: ResourceKind,
    variant: str,
    *,
    parent: ElementId | None = None,
    login: str = "",
    params: Params = (),
    labels: bool = False,
) -> Form | None:
    """Open the form that creates an object; None when the panel does not open it.

    Raises: RejectedError when the panel itself has a fault.
    """
    plid = kind.plid(parent)
    for template in (kind.order or kind.create, "" if kind.order else kind.create_add):
        call = create_form_call(
            kind.func(template, variant), plid=plid, su=login or None, params=params
        )
        try:
            form = await reader.form(replace(call, labels=labels))
        except RejectedError as refusal:
            if refusal.is_trouble:
                raise
            if not kind.create_add:
                return None
            continue
        return (
            await _whole_wizard(reader, kind, call, form) if template == kind.create_add else form
        )
    return None


async def find_creating(reader: Reader, kind: ResourceKind, parent: ElementId | None) -> str:
    """Return the function that creates objects of a kind on this panel.

    Doubt: whether a panel has both; then the one that edits also creates.
    """
    if not kind.create_add:
        return kind.create
    try:
        await reader.form(create_form_call(kind.create, plid=kind.plid(parent)))
    except RejectedError as refusal:
        if refusal.is_trouble:
            raise
        return kind.create_add
    return kind.create


async def _whole_wizard(reader: Reader, kind: ResourceKind, call: Call, form: Form) -> Form:
    """Open the next steps of a form that shows only a part of its fields at first."""
    for _ in range(STEPS):
        missing = [f.param for f in kind.facets if f.on_form and f.param not in form.values]
        chosen = {
            name: text or next(iter(form.options.get(name, ())), "")
            for name, text in form.values.items()
        }
        given = tuple((name, text) for name, text in chosen.items() if text and is_free(name))
        if not missing or not given:
            return form
        known = call.params + tuple(pair for pair in given if call.param(pair[0]) is None)
        try:
            further = await reader.form(replace(call, params=known))
        except RejectedError:
            return form
        if further.values.keys() <= form.values.keys():
            return form
        values = {**further.values, **form.values}
        form = replace(further, values=values, options={**further.options, **form.options})
    return form


async def refresh(
    reader: Reader,
    kind: ResourceKind,
    observed: Observed,
    desired: Desired | None,
    *,
    login: str = "",
) -> Observed | None:
    """Read an object again: its row where the kind has a status, its form, its side lists."""
    seen = await read_in_full(reader, kind, observed, desired, login=login)
    return seen.observed if seen else None


async def read_in_full(
    reader: Reader,
    kind: ResourceKind,
    observed: Observed,
    desired: Desired | None,
    *,
    login: str = "",
    labels: bool = False,
) -> ObservedForm | None:
    """Read an object again, as ``refresh`` does, and return its form too.

    The form is empty where the row shows that the object is gone.
    """
    base: Observed | None = observed
    if kind.status:
        rows = await read_list(reader, kind, observed.scope, login)
        base = next((row for row in rows if row.row_id == observed.row_id), None)
        if base is not None and base.state == "gone":
            return ObservedForm(base, Form({}))
    names = desired.fields if desired else observed.fields
    # Side by side: an apply waits for both before each write and after it.
    seen, members = await gather_two(
        read_object_form(reader, kind, base or observed, login=login, labels=labels),
        _read_lists_apart(reader, kind, observed, names),
    )
    if seen is None:
        return None
    if isinstance(members, PanelError):
        raise members
    fields = {**seen.observed.fields, **members}
    return ObservedForm(replace(seen.observed, fields=fields), seen.form)


async def _read_lists_apart(
    reader: Reader, kind: ResourceKind, observed: Observed, names: Iterable[str]
) -> Mapping[str, Value] | PanelError:
    """Return the side lists, or why they were not read: of an object that is gone, none counts."""
    try:
        found, offers = await read_member_lists(reader, kind, observed, names)
    except PanelError as error:
        return error
    return {name: found.fields[name] for name in offers}


@dataclass(frozen=True, slots=True)
class OpenedForms:
    """The forms that opened, and why those of other listed objects did not."""

    forms: Mapping[ElementId, ObservedForm]
    denied: Mapping[ElementId, str]


async def read_object_forms(
    reader: Reader,
    kind: ResourceKind,
    objects: Iterable[Observed],
    login: str = "",
    *,
    why: str = "",
) -> OpenedForms:
    """Open many forms in parallel; objects that do not exist are left out."""
    listed = tuple(objects)
    answers = await gather_all(request_form(reader, kind, item, why=why) for item in listed)
    replies = [(item.row_id, each) for item, each in zip(listed, answers, strict=True)]
    forms = {key: each for key, each in replies if isinstance(each, ObservedForm)}
    refused = {key: each for key, each in replies if isinstance(each, RejectedError)}
    if not refused:
        return OpenedForms(forms, {})
    there = await is_still_listed(reader, kind, (o for o in listed if o.row_id in refused), login)
    return OpenedForms(
        forms, {key: _denial(kind, key, refused[key]) for key in refused if key in there}
    )


def _denial(kind: ResourceKind, key: ElementId, refusal: RejectedError) -> str:
    return f"{kind.name} {key} is listed, but its form does not open: {refusal}"
