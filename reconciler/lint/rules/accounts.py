"""Rules about what may be charged: balances, credit, and bounds on prices."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from reconciler.lint.rule import LintView, Rule, Violation, currency_of, label_of, number_of
from reconciler.manifest.quote import quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.model.resource import Desired


def _has_no_bound(view: LintView) -> Iterator[Violation]:
    for desired in view.of("Service"):
        if desired.fields.get("payFrom") == "balance" and "maxPrice" not in desired.fields:
            message = "the balance is charged at once, whatever the price: no maxPrice bounds it"
            yield Violation(desired, message, "payFrom")


def _bound_in_another_currency(view: LintView) -> Iterator[Violation]:
    for client in view.of("Client"):
        children = view.children(client)
        held = [
            label_of(each, "currency") for each in children if each.address.kind == "ClientAccount"
        ]
        for desired in children if held and all(held) else ():
            bound = _bound(desired)
            if bound and not any(_is_currency(code, each) for code in bound for each in held):
                message = (
                    f"maxPrice is in {', '.join(sorted(bound))}, and the declared accounts of "
                    f"{client.address} are in {', '.join(map(quote, sorted(set(held))))}"
                )
                yield Violation(desired, message, "maxPrice")


def _bound_above_the_guard(view: LintView) -> Iterator[Violation]:
    guard = view.guards.max_charge or {}
    for desired in view.of("Service"):
        for code, text in _bound(desired).items():
            if code in guard and Decimal(text) > guard[code]:
                message = (
                    f"maxPrice {text} {code} is above maxCharge ({guard[code]}) of the project "
                    "file: no plan with it can be applied"
                )
                yield Violation(desired, message, "maxPrice")


def _bound(desired: Desired) -> Mapping[str, str]:
    value = desired.fields.get("maxPrice")
    return value if isinstance(value, Mapping) else {}


def _is_currency(code: str, label: str) -> bool:
    return currency_of(code) == currency_of(label) or code in label


def _credit_is_refused(view: LintView) -> Iterator[Violation]:
    for desired in view.of("ClientAccount"):
        limit = number_of(desired, "creditLimit")
        if limit and desired.fields.get("allowPostpaid") is False:
            message = f"creditLimit {limit} is granted, and allowPostpaid refuses to use it"
            yield Violation(desired, message, "creditLimit")


def _credit_is_missing(view: LintView) -> Iterator[Violation]:
    for desired in view.of("ClientAccount"):
        limit = number_of(desired, "creditLimit")
        if desired.fields.get("allowPostpaid") is True and limit == 0:
            message = "services may be paid afterwards, with a credit of 0"
            yield Violation(desired, message, "creditLimit")


def _two_in_use(view: LintView) -> Iterator[Violation]:
    for group in view.groups("ClientAccount", "provider"):
        active = [each for each in group if each.fields.get("active") is True]
        for desired in active[1:]:
            message = (
                f"{active[0].address} ({active[0].source}) is the account in use with this "
                "provider too: a provider has one"
            )
            yield Violation(desired, message, "active")


_VM = """\
kind: Service
metadata: {name: acme-vm}
spec:
  client: acme
  type: vds
  tariff: Cloud S
  domain: vm.acme.example
  payFrom: balance
  maxPrice: {EUR: 10}
"""
_EURO = """\
---
kind: ClientAccount
metadata: {name: acme-eur}
spec: {client: acme, provider: Main provider, currency: EUR}
"""
_CREDIT = """\
kind: ClientAccount
metadata: {name: acme-eur}
spec:
  client: acme
  provider: Main provider
  currency: EUR
  creditLimit: 500
  allowPostpaid: true
"""
_USED = """\
kind: ClientAccount
metadata: {name: acme-eur}
spec: {client: acme, provider: Main provider, currency: EUR, active: true}
---
kind: ClientAccount
metadata: {name: acme-usd}
spec: {client: acme, provider: Main provider, currency: USD, active: false}
"""

RULES = (
    Rule(
        code="BM330",
        level="warning",
        title="An order is paid from the balance at any price",
        why="`payFrom: balance` charges at once. Without `maxPrice` the order is sent whatever the "
        "panel quotes, and a price that is not known counts for no guard.",
        bad=_VM.replace("  maxPrice: {EUR: 10}\n", ""),
        good=_VM,
        fix="Write the most that one charge may be: `maxPrice: {EUR: 10}`.",
        check=_has_no_bound,
    ),
    Rule(
        code="BM331",
        level="warning",
        title="A bound is in a currency that the client has no account in",
        why="A charge is compared with `maxPrice` in its own currency. If that is missing there, "
        "the order is not sent.",
        bad=_VM.replace("EUR", "USD") + _EURO,
        good=_VM + _EURO,
        fix="Write `maxPrice` in the currency of the account.",
        check=_bound_in_another_currency,
    ),
    Rule(
        code="BM332",
        level="warning",
        title="A bound is above the guard of the project",
        why="`maxCharge` of the project file bounds what one plan may charge. A service that may "
        "cost more is refused by it, at the latest when it costs that much.",
        bad=_VM.replace("10", "10000"),
        good=_VM,
        fix="Lower `maxPrice`, or raise `maxCharge`.",
        check=_bound_above_the_guard,
    ),
    Rule(
        code="BM335",
        level="note",
        title="A credit is granted that cannot be used for services",
        why="`allowPostpaid: false` refuses services that are paid afterwards, which a credit "
        "limit is mostly meant for.",
        bad=_CREDIT.replace("true", "false"),
        good=_CREDIT,
        fix="Write `allowPostpaid: true`, or set the limit to 0.",
        check=_credit_is_refused,
    ),
    Rule(
        code="BM336",
        level="warning",
        title="Services may be paid afterwards, without a credit",
        why="`allowPostpaid: true` lets the client use what is not paid yet, and a limit of 0 "
        "gives no room for that. Some panels read 0 as no limit at all.",
        bad=_CREDIT.replace("500", "0"),
        good=_CREDIT,
        fix="Write the credit limit that was agreed.",
        check=_credit_is_missing,
    ),
    Rule(
        code="BM337",
        level="error",
        title="Two accounts are in use with one provider",
        why="A client has one account in use with each provider. Each apply would switch one of "
        "them on and so the other one off, and never end.",
        bad=_USED.replace("active: false", "active: true"),
        good=_USED,
        fix="Write `active: false` for one of them, or leave it out.",
        check=_two_in_use,
    ),
)
