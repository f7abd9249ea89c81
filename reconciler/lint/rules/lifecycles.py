"""Rules about lifecycles: how a resource ends, what it leaves alone, how it was called before."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.lint.rule import LintView, Misuse, Rule, Violation
from reconciler.manifest.quote import quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.model.resource import Desired

# Words that stand where a reason should.
_EMPTY = re.compile(
    r"(?:to-?do|tbd|tba|fix-?me|xxx+|n/?a|none|nothing|no reason|reason|test|temp(?:orary)?|because"
    r"|later|\?+|\.+|-+|x)[.!?: ]*",
    re.IGNORECASE,
)
# What moves money: leaving one of these alone for ever lets the panel say what is billed.
_MONEY = {
    "ClientAccount": ("allowPostpaid", "creditLimit"),
    "CurrencyRate": ("amount", "rate"),
    "Discount": ("percentage", "to"),
    "Service": ("autoRenewMonths", "paidThrough"),
    "TaxRule": ("rate",),
}


def _claims_one_name(view: LintView) -> Iterator[Violation]:
    held: dict[tuple[str, str], Desired] = {}
    for desired in view.unusual:
        for former in desired.lifecycle.moved_from:
            first = held.setdefault((desired.address.kind, former), desired)
            if first is not desired:
                message = (
                    f"{first.address} ({first.source}) was {former} too: one object cannot become "
                    "two"
                )
                yield Violation(desired, message)


def _keeps_the_old_name(view: LintView) -> Iterator[Violation]:
    former_names = any(each.lifecycle.moved_from for each in view.unusual)
    known = {each.address: each for each in view.desired} if former_names else {}
    for desired in view.unusual:
        for former in desired.lifecycle.moved_from:
            other = known.get(type(desired.address)(desired.address.kind, former))
            # Two that change their names with each other both say so.
            if other is not None and not other.lifecycle.moved_from:
                message = (
                    f"movedFrom names {other.address}, which is declared at {other.source}: "
                    "nothing moves"
                )
                yield Violation(desired, message)


def _ends_what_is_paid(view: LintView) -> Iterator[Violation]:
    for desired in view.desired:
        if desired.lifecycle.on_remove != "delete":
            continue
        kind = view.kind_of(desired)
        if kind.terminates or kind.login:
            message = "when its manifest is removed, all that is on it is lost: onRemove is delete"
            yield Violation(desired, message)


def _is_protected_and_deleted(view: LintView) -> Iterator[Violation]:
    for desired in view.unusual:
        # Where it is the default of the kind, nobody asked for it.
        asked = view.kind_of(desired).on_remove != "delete"
        if desired.lifecycle.protect and asked and desired.lifecycle.on_remove == "delete":
            yield Violation(desired, "protect: true forbids what onRemove: delete asks for")


def _loses_history(view: LintView) -> Iterator[Violation]:
    for desired in view.desired:
        if desired.lifecycle.on_remove == "delete" and view.kind_of(desired).history:
            message = "when its manifest is removed, a row of the past is deleted"
            yield Violation(desired, message)


def _is_over(view: LintView) -> Iterator[Violation]:
    for desired in view.unusual:
        for each in desired.lifecycle.ignore:
            if each.until is not None and each.until < view.today:
                message = (
                    f"ignoring {each.field} ended on {each.until}: it is compared again, and an "
                    "apply sets it"
                )
                yield Violation(desired, message)


def _ignores_nothing(view: LintView) -> Iterator[Violation]:
    for desired in view.unusual:
        for each in desired.lifecycle.ignore:
            if each.field not in desired.fields:
                message = f"ignore names {each.field}, which is not declared and so left alone"
                yield Violation(desired, message)


def _ignores_what_is_not_compared(view: LintView) -> Iterator[Violation]:
    for desired in view.unusual:
        kind = view.kind_of(desired)
        for each in desired.lifecycle.ignore:
            facet = kind.by_name.get(each.field)
            if each.field in desired.fields and facet is not None and not facet.compared:
                message = f"ignore names {each.field}, which is never compared with the panel"
                yield Violation(desired, message)


def _ignores_all(view: LintView) -> Iterator[Violation]:
    for desired in view.unusual:
        kind = view.kind_of(desired)
        compared = {name for name in desired.fields if kind.by_name[name].compared}
        rest = compared - set(kind.identity)
        ignored = {each.field for each in desired.lifecycle.ignore}
        if rest and rest <= ignored:
            yield Violation(desired, "all that it declares is ignored: it manages nothing")


def _leaves_money_alone(view: LintView) -> Iterator[Violation]:
    for desired in view.unusual:
        paid = _MONEY.get(desired.address.kind, ())
        for each in desired.lifecycle.ignore:
            if each.field in paid and each.field in desired.fields and each.until is None:
                message = f"{each.field} is ignored without an end, and it decides what is billed"
                yield Violation(desired, message, each.field)


def _says_nothing(view: LintView) -> Iterator[Violation | Misuse]:
    for desired in view.unusual:
        for each in desired.lifecycle.ignore:
            if _EMPTY.fullmatch(each.reason):
                message = f"the reason to ignore {each.field} says nothing: {quote(each.reason)}"
                yield Violation(desired, message)
    for waiver in view.waivers:
        words = (("reason", waiver.reason), ("owner", waiver.owner))
        for key, text in words:
            if _EMPTY.fullmatch(text):
                yield Misuse(waiver, f"the {key} of the waiver says nothing: {quote(text)}")


def _greets_nobody(view: LintView) -> Iterator[Violation]:
    for desired in view.of("Client"):
        if desired.lifecycle.adopt is not None:
            names = [name for name in desired.fields if name.startswith("onCreate.")]
            if names:
                message = "it adopts a client who is there, so onCreate never takes effect"
                yield Violation(desired, message, names[0])


_WEB = """\
kind: Service
metadata: {name: acme-web}
lifecycle: {movedFrom: acme-site}
spec: {client: acme, type: vhost, tariff: Web Start, domain: acme.example}
"""
_SHOP = """\
---
kind: Service
metadata: {name: acme-shop}
lifecycle: {movedFrom: acme-store}
spec: {client: acme, type: vhost, tariff: Web Start, domain: shop.acme.example}
"""
_RATE = """\
kind: CurrencyRate
metadata: {name: acme-2027}
lifecycle: {onRemove: keep}
spec: {client: acme, base: EUR, relate: USD, rate: 1.08, date: 2027-01-01}
"""
_IGNORE = """\
kind: Discount
metadata: {name: acme-spring}
lifecycle:
  ignore:
    - {field: note, reason: support writes down what was agreed, until: 2030-01-31}
spec: {client: acme, percentage: 15, type: Percentage discount, note: spring}
"""
_RENEWED = """\
kind: Service
metadata: {name: acme-vm}
lifecycle:
  ignore:
    - {field: domain, reason: the client may rename the machine}
spec: {client: acme, type: vds, tariff: Cloud S, domain: vm.acme.example, payFrom: cart}
"""
_PERCENT = _IGNORE.replace("field: note", "field: percentage")
_KEPT = """\
kind: Client
metadata: {name: acme-inc}
lifecycle: {adopt: {id: "3044"}}
spec:
  email: pay@acme-inc.example
  provider: Main provider
  country: DE
  onCreate: {notify: true}
"""

RULES = (
    Rule(
        code="BM106",
        level="error",
        title="Two resources claim one former name",
        why="`movedFrom` says which object of the inventory a resource is. One object cannot "
        "become two, so the plan would depend on the order of the files.",
        bad=_WEB + _SHOP.replace("acme-store", "acme-site"),
        good=_WEB + _SHOP,
        fix="Take `movedFrom` out of the one that is new.",
        check=_claims_one_name,
    ),
    Rule(
        code="BM107",
        level="warning",
        title="A former name is still declared",
        why="`movedFrom` takes over the object of a name that is no longer declared. As long as it "
        "is, nothing moves, and a second object may be made.",
        bad=_WEB
        + _SHOP.replace("acme-shop", "acme-site").replace(
            "\nlifecycle: {movedFrom: acme-store}", ""
        ),
        good=_WEB + _SHOP,
        fix="Remove the old manifest, or take `movedFrom` out.",
        check=_keeps_the_old_name,
    ),
    Rule(
        code="BM112",
        level="note",
        title="A client who is adopted is not greeted",
        why="`onCreate` counts at registration only. A client who is adopted by id was registered "
        "long ago.",
        bad=_KEPT,
        good=_KEPT.replace("  onCreate: {notify: true}\n", ""),
        fix="Take `onCreate` out.",
        check=_greets_nobody,
    ),
    Rule(
        code="BM113",
        level="warning",
        title="A reason says nothing",
        why="A field that is left alone, or a rule that is waived, has a reason so that the next "
        "reader knows when it may go. `todo` tells nobody.",
        bad=_IGNORE.replace("support writes down what was agreed", "todo"),
        good=_IGNORE,
        fix="Write who changes the field and why, or take the entry out.",
        check=_says_nothing,
    ),
    Rule(
        code="BM401",
        level="warning",
        title="Removing a manifest deletes what costs money",
        why="A deleted service or client cannot be brought back: what is on it is lost, and what "
        "was paid is gone. A file that is moved by mistake is enough.",
        bad=_WEB.replace("movedFrom: acme-site", "onRemove: delete"),
        good=_WEB.replace("movedFrom: acme-site", "onRemove: suspend"),
        fix="Write `onRemove: suspend` or `keep`; write `delete` in the change that shall delete.",
        check=_ends_what_is_paid,
    ),
    Rule(
        code="BM402",
        level="warning",
        title="A protected resource shall be deleted when it is removed",
        why="`protect: true` forbids what `onRemove` asks for. Each plan without the manifest "
        "would be blocked, until somebody drops the protection in a hurry.",
        bad=_RATE.replace("onRemove: keep", "onRemove: delete, protect: true"),
        good=_RATE.replace("onRemove: keep", "onRemove: keep, protect: true"),
        fix="Decide on one of the two.",
        check=_is_protected_and_deleted,
    ),
    Rule(
        code="BM403",
        level="warning",
        title="An exception has ended",
        why="A field was left alone until a day that is over. The next apply writes what the "
        "manifest says over what the panel has.",
        bad=_IGNORE.replace("2030-01-31", "2026-01-31"),
        good=_IGNORE,
        fix="Take the exception out, or agree on a new day.",
        check=_is_over,
    ),
    Rule(
        code="BM404",
        level="warning",
        title="A field is ignored that is not declared",
        why="What a manifest does not say is left alone anyway. The field may be misunderstood, or "
        "its value was removed and the exception stayed.",
        bad=_IGNORE.replace(", note: spring", ""),
        good=_IGNORE,
        fix="Take the exception out, or declare the field.",
        check=_ignores_nothing,
    ),
    Rule(
        code="BM405",
        level="warning",
        title="A field is ignored that is never compared",
        why="A password, a local setting or what happens at creation is not compared with the "
        "panel, so there is nothing to ignore.",
        bad=_RENEWED.replace("field: domain", "field: payFrom"),
        good=_RENEWED,
        fix="Take the exception out.",
        check=_ignores_what_is_not_compared,
    ),
    Rule(
        code="BM406",
        level="warning",
        title="All that a resource declares is ignored",
        why="Such a manifest looks as if it managed the object, and changes nothing.",
        bad=_IGNORE.replace("percentage: 15, type: Percentage discount, ", ""),
        good=_IGNORE,
        fix="Compare some of the fields again, or remove the manifest.",
        check=_ignores_all,
    ),
    Rule(
        code="BM407",
        level="note",
        title="A field that decides what is billed is ignored without an end",
        why="The panel then decides what the client pays, and no plan shows it.",
        bad=_PERCENT.replace(", until: 2030-01-31", ""),
        good=_PERCENT,
        fix="Give the exception a last day: `until: YYYY-MM-DD`.",
        check=_leaves_money_alone,
    ),
    Rule(
        code="BM414",
        level="warning",
        title="Removing a manifest deletes a rate of the past",
        why="Rates are history: invoices of the past rest on them. Deleting one needs a consent of "
        "its own, and is rarely wanted.",
        bad=_RATE.replace("keep", "delete"),
        good=_RATE,
        fix="Leave `onRemove` out: rates are kept.",
        check=_loses_history,
    ),
)
