"""Rules about tax rules: which of two counts, and rates that no country has.

Doubt: which of two rules a panel prefers that name one product type.
"""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

from reconciler.lint.rule import (
    LintView,
    Rule,
    Violation,
    choices_of,
    find_fractions,
    label_of,
    meaning,
    number_of,
    text_of,
)
from reconciler.mapping.iso_codes import country_code

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.model.resource import Desired

# No country has a higher general rate: Hungary's 27 per cent is the highest.
_HIGHEST = Decimal(30)
_COMPARED = 50
# Where a sale to a private person is taxed, so that zero needs a reason: the European Union's
# members, Norway, Switzerland and the United Kingdom.
_MEMBERS = "AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE"
_TAXED = frozenset({*_MEMBERS.split(), "NO", "CH", "GB"})


def _share_a_type(view: LintView) -> Iterator[Violation]:
    for group in view.groups("TaxRule", "provider"):
        for number, desired in enumerate(group):
            for other in group[max(0, number - _COMPARED) : number]:
                shared = _types(desired) & _types(other)
                if shared and number_of(desired, "rate") != number_of(other, "rate"):
                    message = (
                        f"it taxes a product type that {other.address} ({other.source}) taxes at "
                        "another rate: the panel chooses one of them"
                    )
                    yield Violation(desired, message, "productTypes")
                    break


def _adds_nothing(view: LintView) -> Iterator[Violation]:
    for group in view.groups("TaxRule", "provider"):
        general = next((each for each in group if not _types(each)), None)
        for desired in group:
            if general is None or not _types(desired):
                continue
            if number_of(desired, "rate") == number_of(general, "rate"):
                message = f"{general.address} ({general.source}) has the same rate for all products"
                yield Violation(desired, message)


def _zero_without_a_reason(view: LintView) -> Iterator[Violation]:
    clients = {each.address.name: each for each in view.of("Client")}
    for desired in view.of("TaxRule"):
        owner = view.owner(desired)
        client = clients.get(owner.key) if owner and owner.by == "name" else None
        if number_of(desired, "rate") != 0 or client is None or desired.labels:
            continue
        country = country_code(label_of(client, "country"))
        if country in _TAXED and not text_of(client, "note").strip():
            message = (
                f"no tax for a client in {country}, and neither a label here nor a note of "
                f"{client.address} says why"
            )
            yield Violation(desired, message, "rate")


def _is_too_high(view: LintView) -> Iterator[Violation]:
    for desired in view.of("TaxRule"):
        rate = number_of(desired, "rate")
        if rate is not None and rate > _HIGHEST:
            yield Violation(desired, f"no country has a tax on sales of {rate} per cent", "rate")


def _types(desired: Desired) -> frozenset[object]:
    return frozenset(meaning(each) for each in choices_of(desired, "productTypes"))


_VAT = """\
kind: TaxRule
metadata: {name: acme-vat}
spec: {client: acme, provider: Main provider, rate: 19}
"""
_HOSTING = """\
kind: TaxRule
metadata: {name: acme-hosting}
spec:
  client: acme
  provider: Main provider
  rate: 10
  productTypes: [Shared hosting, Domain name]
"""
_SERVERS = """\
---
kind: TaxRule
metadata: {name: acme-servers}
spec:
  client: acme
  provider: Main provider
  rate: 20
  productTypes: [VPS, Domain name]
"""
_REVERSED = """\
kind: Client
metadata: {name: acme-bv}
spec: {email: billing@acme-bv.example, country: NL}
---
kind: TaxRule
metadata:
  name: acme-bv-vat
  labels: {why: reverse-charge}
spec: {client: acme-bv, provider: Main provider, rate: 0}
"""

RULES = (
    Rule(
        code="BM320",
        level="warning",
        title="Two tax rules name one product type",
        why="Both hold for the same product of one client, at different rates. Which one the panel "
        "takes is not defined, and invoices follow it.",
        bad=_HOSTING + _SERVERS,
        good=_HOSTING + _SERVERS.replace("VPS, Domain name", "VPS, Dedicated server"),
        fix="Take the product type out of one of them.",
        check=_share_a_type,
    ),
    Rule(
        code="BM321",
        level="warning",
        title="A tax rule adds nothing",
        why="The client has a rule for all products at the same rate. When the general rate "
        "changes, this one is easily forgotten.",
        bad=_VAT + "---\n" + _HOSTING.replace("rate: 10", "rate: 19"),
        good=_VAT + "---\n" + _HOSTING,
        fix="Remove the narrower rule.",
        check=_adds_nothing,
    ),
    Rule(
        code="BM322",
        level="note",
        title="A tax of zero has no reason",
        why="The client is in a country where sales are taxed. Zero is right for a reverse charge "
        "or an exemption, and an auditor asks for the reason.",
        bad=_REVERSED.replace("\n  labels: {why: reverse-charge}", ""),
        good=_REVERSED,
        fix="Give the rule a label, such as `labels: {why: reverse-charge}`, or write the reason "
        "into the note of the client.",
        check=_zero_without_a_reason,
    ),
    Rule(
        code="BM323",
        level="warning",
        title="A tax rate looks like a fraction",
        why="`rate` is per cent: 0.19 is a tax of 0.19 per cent.",
        bad=_VAT.replace("19", "0.19"),
        good=_VAT,
        fix="Write the per cent: `rate: 19`.",
        check=partial(find_fractions, kind="TaxRule", name="rate"),
    ),
    Rule(
        code="BM324",
        level="warning",
        title="A tax rate is above 30 per cent",
        why="No country has such a tax on sales: the number is likely mistyped.",
        bad=_VAT.replace("19", "91"),
        good=_VAT,
        fix="Correct the rate.",
        check=_is_too_high,
    ),
)
