"""Read the forms and side lists that a decision needs beside the lists.

Invariant: the form of every object that the plan changes or deletes was read, so that the plan
shows every edit.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from reconciler.engine.observe.reads import read_member_lists, read_object_form, read_object_forms
from reconciler.engine.offers.addon_price import addon_price, changes_addons
from reconciler.engine.offers.renewal_price import renewal_price, wants_renewal
from reconciler.errors import RejectedError
from reconciler.kinds.fields import Mode
from reconciler.mapping.marker import is_ours, marker_of
from reconciler.mapping.options import OptionNotFound, resolve_choice
from reconciler.mapping.prices import bounded
from reconciler.mapping.renewals import months_to_renew
from reconciler.model.finding import Finding
from reconciler.panel.concurrency import gather_all
from reconciler.planning.diff import compare
from reconciler.planning.resolve import (
    EDITED,
    resolve_addons,
    resolve_choices,
    spell_switches,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.engine.observe.builder import ObservationBuilder
    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.resource import Desired, Observed, Scope
    from reconciler.model.value import Choice
    from reconciler.planning.match.pairing import Match
    from reconciler.wire.reply import Form, Options


_CHANGES = "it changes"


async def read_matched_forms(view: ObservationBuilder, kind: ResourceKind) -> None:
    """Read the forms and side lists of the matched objects, in parallel."""
    scopes = [scope for scope in view.pairings if scope.kind == kind.name]
    items = [item for scope in scopes for item in view.pairings[scope].pairs]
    studied = iter(await gather_all(_studied(view, kind, item) for item in items))
    for scope in scopes:
        pairing = view.pairings[scope]
        pairs = tuple(islice(studied, len(pairing.pairs)))
        view.pairings[scope] = replace(pairing, pairs=pairs)


async def read_remaining_forms(
    view: ObservationBuilder, kind: ResourceKind, whole: Iterable[Scope]
) -> None:
    """Read the forms of the objects that may be deleted; one that does not open is not deleted."""
    if not view.options.whole or not kind.delete:
        return
    listed = set(whole)
    declared = {desired.address for desired in view.work.desired}
    owned = {
        (entry.scope, entry.row_id)
        for address, entry in view.work.inventory.items()
        if address not in declared
    }
    # A copy: other kinds are read side by side, and add their lists meanwhile.
    for scope, pairing in list(view.pairings.items()):
        if scope.kind != kind.name:
            continue
        deletable = [
            o
            for o in pairing.rest
            if o.state not in {"gone", "closing"}
            and not o.from_form
            and view.part.plans_object(kind, o)
            and (
                scope in listed
                or (scope, o.row_id) in owned
                or is_ours(o.marker, view.work.namespace)
            )
        ]
        opened = await read_object_forms(
            view.reader, kind, deletable, view.login(kind, scope.parent), why="it may be deleted"
        )
        if opened.denied:
            view.incomplete[scope] = "; ".join(opened.denied.values())
        seen = opened.forms
        rest = tuple(
            seen[o.row_id].observed if o.row_id in seen else o
            for o in pairing.rest
            if o not in deletable or o.row_id in seen or o.row_id in opened.denied
        )
        view.pairings[scope] = replace(pairing, rest=rest)


async def _studied(view: ObservationBuilder, kind: ResourceKind, item: Match) -> Match:
    desired, observed = item.desired, item.observed
    if not view.options.selects(desired) or not view.part.plans(kind, desired):
        return item
    form = view.forms.get((kind.name, observed.row_id))
    titled = _declares_addons(kind, desired)
    login = view.login(kind, observed.scope.parent)
    why = "" if observed.from_form else _why_form(view, kind, item)
    if titled or why:
        why = why or "the titles of its add-ons"
        try:
            seen = await read_object_form(
                view.reader, kind, observed, login=login, labels=titled, why=why
            )
        except RejectedError as refusal:
            # One object that cannot be read must not stop all others.
            view.blocked[desired.address] = f"its form does not open: {refusal}"
            return item
        if seen is not None:
            observed, form = seen.observed, seen.form
    if form is not None and kind.order:
        desired = _resolved(view, kind, desired, form)
    desired, observed = await _with_members(view, kind, desired, observed)
    moved = bool(why) or desired is not item.desired or observed is not item.observed
    if moved and not observed.from_form and compare(kind, desired, observed, view.work.today).edits:
        # Only a side list differs, but the precondition of a change covers the form.
        seen = await read_object_form(view.reader, kind, observed, login=login, why=_CHANGES)
        observed = seen.observed if seen else observed
    view.desired[desired.address] = desired
    if login and changes_addons(kind, desired, observed):
        found = await addon_price(
            view.reader,
            view.work.catalogue,
            desired,
            observed,
            login=login,
            ways=view.ways,
            today=view.work.today,
        )
        view.prices[desired.address] = found.money
        if found.full is not None:
            view.full_prices[desired.address] = found.full
    if kind.renew and wants_renewal(kind, desired, observed):
        months = months_to_renew(kind, desired, observed)
        view.renewals[desired.address] = await renewal_price(
            view.reader, kind, observed, months, is_bounded=bounded(kind, None, desired) is not None
        )
    unmoved = desired is item.desired and observed is item.observed
    return item if unmoved else replace(item, desired=desired, observed=observed)


def _why_form(view: ObservationBuilder, kind: ResourceKind, item: Match) -> str:
    """Return why the form of a matched object is read; an empty text where its row suffices."""
    found = compare(kind, item.desired, item.observed, view.work.today)
    mark = marker_of(kind, view.work.namespace, item.desired)
    hidden = [n for n in found.unknown if kind.by_name[n].wire.mode is not Mode.MEMBERS]
    entry = view.work.inventory.get(item.desired.address)
    rotates = bool(entry and item.desired.fields.get(kind.rotation))
    unmarked = bool(mark) and item.observed.marker != mark
    if hidden:
        return f"the list does not show {', '.join(hidden)}"
    if item.how == "identity":
        return "it is adopted"
    return _CHANGES if found.edits or rotates or unmarked else ""


def _declares_addons(kind: ResourceKind, desired: Desired) -> bool:
    """Return whether titles are needed: they find a name, and prove that an id is not offered."""
    return bool(desired.fields.get(kind.addons))


def _resolved(
    view: ObservationBuilder, kind: ResourceKind, desired: Desired, form: Form
) -> Desired:
    desired, findings = resolve_choices(kind, desired, form.options, EDITED)
    view.findings += findings
    desired, missing = resolve_addons(kind, desired, form)
    desired = spell_switches(kind, desired, form.values)
    for miss in missing:
        message = f"{desired.address}: {kind.addons}: {miss}"
        view.findings.append(Finding("error", "unknown-choice", message, desired.source))
    return desired


async def _with_members(
    view: ObservationBuilder, kind: ResourceKind, desired: Desired, observed: Observed
) -> tuple[Desired, Observed]:
    names = [facet.name for facet in kind.members if facet.name in desired.fields]
    if not names:
        return desired, observed
    observed, offers = await read_member_lists(view.reader, kind, observed, names)
    fields = dict(desired.fields)
    for name in names:
        chosen, misses = resolve_members(kind, desired, name, offers.get(name, {}))
        fields[name] = chosen
        view.findings += misses
    return desired._replace(fields=fields), observed


def resolve_members(
    kind: ResourceKind, desired: Desired, name: str, offer: Options
) -> tuple[frozenset[Choice], list[Finding]]:
    """Find the rows of a side list that a resource names."""
    facet = kind.by_name[name]
    value = desired.fields[name]
    chosen: set[Choice] = set()
    findings: list[Finding] = []
    for choice in value if isinstance(value, frozenset) else ():
        found = resolve_choice(facet, choice, offer)
        if isinstance(found, OptionNotFound):
            message = f"{desired.address}: {name}: {found.message}"
            place = desired.places.get(name, desired.source)
            findings.append(Finding("error", "unknown-choice", message, place))
        else:
            chosen.add(found)
    return frozenset(chosen), findings
