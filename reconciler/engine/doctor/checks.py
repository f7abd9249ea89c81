"""Check whether the program can work with a target, and what would not work; reads only.

Invariants: checks run in the order of their dependencies, and a check that could not run is
"unknown"; an error that ends all requests ends the examination with a check of its own; a type
with uncertain lists is named with the setting to write.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reconciler.engine.apply.canary import WHOLE_FORMS
from reconciler.engine.doctor.hidden_filter import look_for_hidden
from reconciler.engine.doctor.kind_checks import check_kind, declared_of
from reconciler.engine.doctor.number_checks import NAME as NUMBERS, judge_numbers
from reconciler.engine.doctor.probe import KindProbe, Probe, SampleClient
from reconciler.engine.observe.observer import ADMIN_LEVEL
from reconciler.errors import (
    AccessError,
    CodecError,
    PanelError,
    RejectedError,
    SecurityStopError,
    SignInError,
    UnreachableError,
)
from reconciler.model.address import parse_element_id
from reconciler.model.diagnostics import Check, ConnectionReport, DoctorReport, KindCheck
from reconciler.panel.concurrency import gather_all
from reconciler.wire.call import form_call, list_call

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.kinds.catalogue import Catalogue
    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.address import Address, ElementId
    from reconciler.model.edit_effect import EditEffects
    from reconciler.model.inventory import InventoryEntry
    from reconciler.model.plan import TargetRef
    from reconciler.model.resource import Desired
    from reconciler.model.target import Target
    from reconciler.ports import Inspector, Progress
    from reconciler.wire.reply import Identity, Row


# Beyond this, sessions, dates of rates and days of payment are unreliable.
_SKEW = 120.0
_SAMPLES = 3
_CLEAR = "reconciler doctor --clear-filters, or remove the filter in the panel"
_LISTS = "service lists"
_AFTER_REACH = ("sign-in", "level", "version", "saved filters", "filter by client", _LISTS, NUMBERS)


@dataclass(frozen=True, slots=True)
class DoctorSubject:
    """The input of an examination: a target, its declared and its managed resources.

    ``edits`` holds the effects of edits that earlier applies saw on the target.
    """

    target: Target
    name: TargetRef
    catalogue: Catalogue
    declared: Sequence[Desired] = ()
    inventory: Mapping[Address, InventoryEntry] = field(default_factory=dict)
    edits: EditEffects = field(default_factory=dict)


def judge_contact(
    subject: DoctorSubject, contact: ConnectionReport | PanelError
) -> tuple[Check, ...]:
    """Return the checks of the connection: reachability, TLS, clock."""
    match contact:
        case SecurityStopError():
            remedy = "check tls.caFile or tls.fingerprint, and that the address is the panel's"
            return (
                Check("reach", "ok", "something answers"),
                Check("TLS", "problem", str(contact), remedy),
                _unknown("clock"),
            )
        case PanelError():
            remedy = "check the address, the name and the firewall"
            return (
                Check("reach", "problem", str(contact), remedy),
                _unknown("TLS"),
                _unknown("clock"),
            )
        case ConnectionReport():
            return (_reach(contact), _trust(subject, contact), _clock(contact))


async def run_checks(
    inspector: Inspector,
    subject: DoctorSubject,
    contact: ConnectionReport | PanelError,
    progress: Progress,
) -> DoctorReport:
    """Run all checks that only read."""
    checks = judge_contact(subject, contact)
    if isinstance(contact, PanelError):
        return DoctorReport(subject.name, (*checks, *map(_unknown, _AFTER_REACH)))
    try:
        identity = await inspector.whoami()
    except PanelError as error:
        rest = map(_unknown, _AFTER_REACH[1:])
        return DoctorReport(subject.name, (*checks, _not_signed_in(error), *rest))
    checks += _about(identity, subject)
    probe = Probe(inspector, progress)
    progress.stage("questions to the panel")
    declared = subject.target.numbers
    try:
        samples = await _samples(probe, subject.catalogue.client)
        login = next((each.login for each in samples if each.login), "")
        lists = await check_types(probe, subject.catalogue, login)
        kinds = await _kinds(probe, subject, samples)
        hidden = await look_for_hidden(probe, subject.catalogue, subject.inventory, samples)
    except (SecurityStopError, SignInError, UnreachableError) as error:
        broken = Check(
            "questions", "problem", str(error), "run `reconciler doctor` again when the panel works"
        )
        return DoctorReport(subject.name, (*checks, broken, *map(_unknown, _AFTER_REACH[3:])))
    found = tuple(probe.filtered[key] for key in sorted(probe.filtered))
    return DoctorReport(
        subject.name,
        (
            *(*checks, *_filters(probe), hidden, lists, *_edits(subject)),
            judge_numbers(probe.printed, declared),
        ),
        kinds,
        found,
        by_client=hidden.status == "problem",
    )


def _edits(subject: DoctorSubject) -> list[Check]:
    """Return the checks on partial edits: whether they keep fields that a request does not name."""
    name, whole = "partial edits", subject.target.whole_forms
    clearing = [f for f, seen in sorted(subject.edits.items()) if "clears" in seen.values()]
    keeping = [f for f in sorted(subject.edits) if f not in clearing]
    checks = []
    if clearing and not whole:
        message = f"{', '.join(clearing)} clears fields that a request does not name"
        checks.append(Check(name, "problem", message, WHOLE_FORMS))
    elif clearing:
        checks.append(Check(name, "ok", f"{', '.join(clearing)}: whole forms are sent"))
    if keeping:
        text = "; ".join(f"{func} ({', '.join(sorted(subject.edits[func]))})" for func in keeping)
        checks.append(Check(name, "ok", f"{text} keeps fields that a request does not name"))
    if not checks:
        message = "unknown: the first edit of each function is sent alone and checked"
        checks.append(Check(name, "unknown", message))
    return checks


def _reach(contact: ConnectionReport) -> Check:
    ways = {
        "network": "the panel's address answers",
        "embedded": "the embedded panel, in this process",
        "command": "the program on this machine",
    }
    return Check("reach", "ok", ways[contact.way])


def _trust(subject: DoctorSubject, contact: ConnectionReport) -> Check:
    tls = subject.target.tls
    if not contact.protocol:
        return Check("TLS", "ok", "not needed: nothing leaves this machine")
    trusted = "the system's authorities"
    if tls.ca_file:
        trusted = f"the authorities of {tls.ca_file}"
    if tls.fingerprint:
        trusted = "one pinned certificate"
    return Check("TLS", "ok", f"{contact.protocol}; trusted: {trusted}")


def _clock(contact: ConnectionReport) -> Check:
    if contact.skew is None:
        return Check("clock", "unknown", "the panel's answers carry no date")
    seconds = abs(contact.skew)
    side = "ahead of" if contact.skew > 0 else "behind"
    if seconds <= _SKEW:
        return Check("clock", "ok", f"within {max(1, round(seconds))} s of this machine's")
    message = f"the panel is {seconds:.0f} s {side} this machine"
    return Check(
        "clock", "warning", message, "set the clocks: rates and renewals depend on the day"
    )


def _not_signed_in(error: PanelError) -> Check:
    match error:
        case SignInError():
            remedy = "check auth.method, the login and its secret; use a user without a second step"
        case AccessError() | RejectedError():
            remedy = "give this user the right to use the API"
        case _:
            remedy = "check that the address is the panel's own (…/billmgr)"
    return Check("sign-in", "problem", str(error), remedy)


def _about(identity: Identity, subject: DoctorSubject) -> tuple[Check, ...]:
    signed = Check("sign-in", "ok", f"as {identity.name!r}, by {subject.target.auth.method}")
    if identity.level < ADMIN_LEVEL:
        message = (
            f"{identity.level}: this user sees only a part of the lists, so nothing is planned"
        )
        level = Check("level", "problem", message, f"use an administrator (level {ADMIN_LEVEL})")
    else:
        level = Check("level", "ok", str(identity.level))
    if identity.version:
        version = Check("version", "ok", identity.version)
    else:
        version = Check("version", "unknown", "the panel does not show it")
    return signed, level, version


async def _samples(probe: Probe, kind: ResourceKind) -> list[SampleClient]:
    """Return the first clients, as samples for their lists."""
    found = []
    page = await probe.page(list_call(kind.list), KindProbe(), "list")
    for row in page.rows[:_SAMPLES] if page else ():
        number = next((row.values[key] for key in kind.row_key if row.values.get(key)), "")
        try:
            client = parse_element_id(number)
        except CodecError:
            continue
        found.append(SampleClient(client, await _login(probe, kind, row, client)))
    return found


async def _login(probe: Probe, kind: ResourceKind, row: Row, client: ElementId) -> str:
    """Find a client's login: in its row, or in its form where the list does not show it."""
    facet = kind.by_name.get(kind.login)
    if facet is None:
        return ""
    shown = (row.values.get(column, "") for column in facet.wire.columns)
    login = next((text for text in shown if text), "")
    if not login:
        form = await probe.form(form_call(kind.form, client), KindProbe(), "form")
        login = form.values.get(facet.param, "") if form else ""
    return login


async def _kinds(
    probe: Probe, subject: DoctorSubject, samples: list[SampleClient]
) -> tuple[KindCheck, ...]:
    first = samples[0] if samples else None
    return tuple(
        await gather_all(
            check_kind(probe, kind, first, declared_of(kind, subject.declared))
            for kind in subject.catalogue.resources
        )
    )


def _filters(probe: Probe) -> list[Check]:
    if not probe.listed:
        return [_unknown("saved filters")]
    if not probe.filtered:
        count = len(probe.listed)
        looked_at = "the one list that was" if count == 1 else f"the {count} lists that were"
        return [Check("saved filters", "ok", f"none on {looked_at} read")]
    checks = []
    for (func, su), found in sorted(probe.filtered.items()):
        whose = f" of {su}" if su else ""
        message = f"the list{whose} is filtered by {', '.join(found.fields)}: it hides rows"
        checks.append(Check(f"filter on {func}", "problem", message, _CLEAR))
    return checks


def _unknown(name: str) -> Check:
    return Check(name, "unknown", "not checked")


async def check_types(probe: Probe, catalogue: Catalogue, login: str) -> Check:
    """Return the check of service lists: which lists hold which type, and which are unknown."""
    known: list[str] = []
    uncertain: list[str] = []
    variants = [(kind, each) for kind in catalogue.resources for each in kind.variants if each]
    for kind, variant in variants:
        func = kind.func(kind.list, variant)
        found = await probe.type_lists(func, login)
        if isinstance(found, PanelError):
            return Check(
                _LISTS,
                "problem",
                str(found),
                "run `reconciler doctor` again when the panel's menu opens",
            )
        if found.others:
            known.append(f"{variant} in {', '.join((func, *found.others))}")
        elif not found.certain:
            uncertain.append(variant)
    if uncertain:
        message = (
            f"no menu shows the lists of these service types, and their plain lists are empty: "
            f"{', '.join(uncertain)}; services of these types are not ordered"
        )
        lists = ", ".join(f"{each}: [{each}, {each}.NAME]" for each in uncertain)
        return Check(
            _LISTS,
            "warning",
            message,
            f"find their lists in the panel and name them: serviceLists: {{{lists}}}",
        )
    return Check(_LISTS, "ok", "; ".join(known) or "each type is in its plain list")
