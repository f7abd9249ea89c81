"""Rules about services: where they answer, what they need, and when they end."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from reconciler.lint.rule import LintView, Rule, Violation, day_of, label_of, number_of, text_of
from reconciler.manifest.quote import quote
from reconciler.model.text import fold_domain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.model.resource import Desired
    from reconciler.model.value import Ref

_TRIAL = re.compile(r"\b(?:trial|test|demo|пробн\w*|тест\w*)\b", re.IGNORECASE)
_USUAL = frozenset({1, 2, 3, 4, 6, 12, 18, 24, 36, 48, 60, 120})
_FAR = timedelta(days=5 * 365 + 1)
_OWN_MACHINE = frozenset({"vds", "dedic"})


def _answer_at_one_domain(view: LintView) -> Iterator[Violation]:
    held: dict[str, Desired] = {}
    for desired in view.of("Service"):
        domain = fold_domain(text_of(desired, "domain"))
        first = held.setdefault(domain, desired) if "." in domain else desired
        if first is not desired:
            message = f"{first.address} ({first.source}) has the domain {quote(domain)} too"
            yield Violation(desired, message, "domain")


def _answer_at_one_address(view: LintView) -> Iterator[Violation]:
    held: dict[tuple[Ref | None, str], Desired] = {}
    for desired in view.of("Service"):
        if text_of(desired, "type") not in _OWN_MACHINE:
            continue  # shared hosting shares its address
        for each in filter(None, map(str.strip, text_of(desired, "ip").split(","))):
            # Of another client it may be a machine that ended, whose address was given away.
            first = held.setdefault((view.owner(desired), each), desired)
            if first is not desired:
                message = f"{first.address} ({first.source}) has the address {each} too"
                yield Violation(desired, message, "ip")


def _trial_goes_on(view: LintView) -> Iterator[Violation]:
    for desired in view.of("Service"):
        if not _TRIAL.search(label_of(desired, "tariff")):
            continue
        ends = "autoRenewMonths" in desired.fields and desired.fields["autoRenewMonths"] is None
        if not ends and desired.fields.get("suspended") is not True:
            message = "its tariff is a trial, and nothing says that it ends"
            yield Violation(desired, message, "tariff")


def _paid_for_years(view: LintView) -> Iterator[Violation]:
    for desired in view.of("Service"):
        day = day_of(desired, "paidThrough")
        if day is not None and day > view.today + _FAR:
            message = f"it is renewed until {day}, more than five years ahead"
            yield Violation(desired, message, "paidThrough")


def _paid_in_the_past(view: LintView) -> Iterator[Violation]:
    for desired in view.of("Service"):
        day = day_of(desired, "paidThrough")
        if day is not None and day < view.today:
            message = f"paidThrough {day} is over: nothing is renewed by it"
            yield Violation(desired, message, "paidThrough")


def _paid_while_off(view: LintView) -> Iterator[Violation]:
    for desired in view.of("Service"):
        day = day_of(desired, "paidThrough")
        off = desired.fields.get("suspended") is True
        if off and day is not None and day >= view.today:
            message = f"it is switched off, and renewed until {day}"
            yield Violation(desired, message, "paidThrough")


def _needs_a_full_domain(view: LintView) -> Iterator[Violation]:
    for desired in view.of("Service"):
        domain = text_of(desired, "domain")
        if text_of(desired, "type") == "vhost" and domain and "." not in domain:
            message = f"shared hosting answers at a whole domain, and {quote(domain)} is none"
            yield Violation(desired, message, "domain")


def _has_no_system(view: LintView) -> Iterator[Violation]:
    for desired in view.of("Service"):
        if text_of(desired, "type") != "vhost":
            continue
        for name in ("osTemplate", "recipe"):
            if name in desired.fields:
                message = f"shared hosting has no system of its own: {name} has no effect"
                yield Violation(desired, message, name)


def _unusual_period(view: LintView) -> Iterator[Violation]:
    for desired in view.of("Service"):
        for name in ("periodMonths", "autoRenewMonths"):
            months = number_of(desired, name)
            if months is not None and int(months) not in _USUAL:
                message = f"a period of {months} months is unusual: few panels offer it"
                yield Violation(desired, message, name)


_WEB = """\
kind: Service
metadata: {name: acme-web}
spec: {client: acme, type: vhost, tariff: Web Start, domain: bücher.example}
"""
_COPY = """\
---
kind: Service
metadata: {name: acme-shelf}
spec: {client: acme, type: vds, tariff: Cloud S, domain: shelf.acme.example}
"""
_TWO = """\
kind: Service
metadata: {name: acme-vm-1}
spec: {client: acme, type: vds, tariff: Cloud S, domain: vm-1.acme.example, ip: 203.0.113.7}
---
kind: Service
metadata: {name: acme-vm-2}
spec: {client: acme, type: vds, tariff: Cloud S, domain: vm-2.acme.example, ip: 203.0.113.8}
"""
_VM = """\
kind: Service
metadata: {name: acme-vm}
spec:
  client: acme
  type: vds
  tariff: Cloud S
  domain: vm.acme.example
  periodMonths: 12
  paidThrough: 2028-01-31
"""
_TRIED = """\
kind: Service
metadata: {name: acme-try}
spec:
  client: acme
  type: vds
  tariff: Cloud trial
  domain: try.acme.example
  autoRenewMonths: null
"""
_SYSTEM = """\
kind: Service
metadata: {name: acme-vm}
spec: {client: acme, type: vds, tariff: Cloud S, domain: vm.acme.example, osTemplate: Debian 12}
"""

RULES = (
    Rule(
        code="BM204",
        level="warning",
        title="Two services have one domain",
        why="A domain leads to one place. Letter case and the two ways to write other scripts "
        "(`bücher`, `xn--bcher-kva`) make no difference to it.",
        bad=_WEB + _COPY.replace("shelf.acme.example", "xn--bcher-kva.example"),
        good=_WEB + _COPY,
        fix="Correct the domain of one of them, or waive the rule while a client moves.",
        check=_answer_at_one_domain,
    ),
    Rule(
        code="BM205",
        level="warning",
        title="Two servers of one client have one IP address",
        why="An address of a virtual or dedicated server belongs to one machine: one of the two "
        "was copied and not changed.",
        bad=_TWO.replace("203.0.113.8", "203.0.113.7"),
        good=_TWO,
        fix="Correct the address of one of them.",
        check=_answer_at_one_address,
    ),
    Rule(
        code="BM333",
        level="warning",
        title="A service is renewed more than five years ahead",
        why="`paidThrough` renews by whole periods until that day, and charges for each of them at "
        "once. The year is likely mistyped.",
        bad=_VM.replace("2028", "2038"),
        good=_VM,
        fix="Correct the day.",
        check=_paid_for_years,
    ),
    Rule(
        code="BM334",
        level="warning",
        title="A trial has no end",
        why="Its tariff is called a trial, test or demo, and the manifest leaves open whether the "
        "panel renews it. Trials that go on are paid by nobody, or by a surprised client.",
        bad=_TRIED.replace("  autoRenewMonths: null\n", ""),
        good=_TRIED,
        fix="Write `autoRenewMonths: null`, so that it ends with its period.",
        check=_trial_goes_on,
    ),
    Rule(
        code="BM338",
        level="warning",
        title="A service is switched off and renewed",
        why="`paidThrough` charges the client for a service that `suspended` keeps off.",
        bad=_VM + "  suspended: true\n",
        good=_VM,
        fix="Take one of the two out.",
        check=_paid_while_off,
    ),
    Rule(
        code="BM408",
        level="warning",
        title="Shared hosting has no operating system",
        why="`osTemplate` and `recipe` set up a machine of its own. On shared hosting they have no "
        "effect, or the order is refused.",
        bad=_SYSTEM.replace("vds", "vhost"),
        good=_SYSTEM,
        fix="Take the field out, or correct the type.",
        check=_has_no_system,
    ),
    Rule(
        code="BM409",
        level="warning",
        title="Shared hosting needs a whole domain",
        why="The domain is where the site answers. A name without a dot is a host name of a "
        "machine, and the order is refused, or the site is never found.",
        bad=_WEB.replace("bücher.example", "web1"),
        good=_WEB,
        fix="Write the domain of the site.",
        check=_needs_a_full_domain,
    ),
    Rule(
        code="BM412",
        level="note",
        title="The day that a service is paid through is over",
        why="Nothing is renewed by a day of the past. The service has ended since, or something "
        "else renews it.",
        bad=_VM.replace("2028", "2026"),
        good=_VM,
        fix="Write the next day, or take the field out.",
        check=_paid_in_the_past,
    ),
    Rule(
        code="BM413",
        level="warning",
        title="A period is unusual",
        why="Panels offer periods of some months or whole years. An order for five or thirteen "
        "months is mostly refused.",
        bad=_VM.replace("periodMonths: 12", "periodMonths: 13"),
        good=_VM,
        fix="Write a period that the tariff has.",
        check=_unusual_period,
    ),
)
