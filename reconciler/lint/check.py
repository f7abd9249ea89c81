"""Manifests held against the rules: each rule at its level, and what is waived left out.

Invariants: a rule that is off is not asked; a waiver takes away findings of its own document alone.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.lint.rule import Misuse
from reconciler.lint.table import BY_CODE, RULES
from reconciler.model.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from reconciler.lint.rule import LintView, Rule, Violation
    from reconciler.model.address import Address
    from reconciler.model.finding import Level, LintCode, Severity, Source
    from reconciler.model.waiver import Waiver

IDLE: LintCode = "BM191"


def find_violations(
    view: LintView,
    levels: Mapping[LintCode, Level],
    *,
    only: Sequence[Severity] = ("note", "warning", "error"),
    complete: bool = True,
) -> list[Finding]:
    """Return what the rules of some levels find, by the levels of the project.

    ``complete`` says that all manifests could be read: without that, rules that judge from what is
    missing are not asked.
    """
    asked = [
        rule
        for rule in (*(each for each in RULES if each.code != IDLE), BY_CODE[IDLE])
        if levels.get(rule.code, rule.level) in only and (complete or not rule.of_absence)
    ]
    claims = _by_claim(waiver for waiver in view.waivers if waiver.holds_on(view.today))
    used: set[Waiver] = set()
    found: list[Finding] = []
    for rule in asked:
        if rule.code == IDLE:
            # What the rules that were not asked would have found is not known: their waivers are
            # neither used nor idle.
            codes = {each.code for each in asked}
            known = [each for each in view.waivers if each.code in codes]
            view = replace(view, idle=[w for w in known if w not in used and _holds(w, view)])
        level = levels.get(rule.code, rule.level)
        if level != "off":
            found += _hold(rule, level, view, claims=claims, used=used)
    return found


def _by_claim(waivers: Iterable[Waiver]) -> Mapping[tuple[LintCode, Address], Waiver]:
    claims: dict[tuple[LintCode, Address], Waiver] = {}
    for waiver in waivers:
        for address in waiver.covers:
            claims.setdefault((waiver.code, address), waiver)
    return claims


def _holds(waiver: Waiver, view: LintView) -> bool:
    return waiver.holds_on(view.today)


def _hold(
    rule: Rule,
    severity: Severity,
    view: LintView,
    *,
    claims: Mapping[tuple[LintCode, Address], Waiver],
    used: set[Waiver],
) -> Iterator[Finding]:
    shared: dict[Source, list[Violation]] = {}
    for each in rule.check(view):
        if isinstance(each, Misuse):
            yield Finding(severity, rule.code, each.message, each.waiver.source)
            continue
        desired = each.desired
        place = desired.places.get(each.field, desired.source)
        waiver = claims.get((rule.code, desired.address))
        if waiver is not None:
            used.add(waiver)
        elif desired.from_set:
            shared.setdefault(place, []).append(each)
        else:
            yield Finding(severity, rule.code, f"{desired.address}: {each.message}", place)
    for place, several in shared.items():
        yield Finding(severity, rule.code, _rolled_up(several), place)


def _rolled_up(several: Sequence[Violation]) -> str:
    """Return the one message for what a line of a set brings about for each of its clients."""
    first = several[0]
    more = len(several) - 1
    rest = f" (and {more} more of ResourceSet/{first.desired.from_set})" if more else ""
    return f"{first.desired.address}: {first.message}{rest}"
