"""Rules about clients: how they are reached, registered, and billed through."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from reconciler.lint.rule import (
    LintView,
    Rule,
    Violation,
    choices_of,
    label_of,
    meaning,
    text_of,
)
from reconciler.manifest.quote import quote
from reconciler.mapping.iso_codes import country_code, region_countries
from reconciler.model.value import Ref

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.model.resource import Desired

_PHONE = re.compile(r"[\d+()./\s-]+(?:\s*(?:ext|доб|x)\.?\s*\d{1,6})?", re.IGNORECASE)
_FEWEST, _MOST = 6, 15
# Domains that people mean when they miss a key.
_MEANT = {
    "gmail.com": ("gmial.com", "gmai.com", "gmal.com", "gamil.com", "gnail.com", "gmail.co"),
    "hotmail.com": ("hotmial.com", "hotmal.com", "hotmai.com", "hotnail.com"),
    "yahoo.com": ("yaho.com", "yahooo.com", "yhoo.com"),
    "outlook.com": ("outlok.com", "outloook.com", "otlook.com"),
    "yandex.ru": ("yandx.ru", "yadex.ru", "yandex.r", "ynadex.ru"),
    "mail.ru": ("mial.ru", "mail.r", "maill.ru"),
}
_MISSPELT = {wrong: right for right, found in _MEANT.items() for wrong in found}
_ENDINGS = {"con": "com", "cmo": "com", "comm": "com", "ocm": "com", "ney": "net", "ogr": "org"}


def _manages_nothing(view: LintView) -> Iterator[Violation]:
    wanted = {value.key for _, _, value in view.holding(Ref)}
    for desired in view.of("Client"):
        if desired.whole or desired.labels or desired.fields.keys() - {"email", "name"}:
            continue
        if wanted.isdisjoint((desired.address.name, text_of(desired, "email").lower())):
            message = "it declares no more than who the client is, and nothing refers to it"
            yield Violation(desired, message)


def _reached_by_nobody(view: LintView) -> Iterator[Violation]:
    for desired in view.of("Client"):
        text = text_of(desired, "phone")
        digits = sum(each.isdigit() for each in text)
        if text and not (_PHONE.fullmatch(text.strip()) and _FEWEST <= digits <= _MOST):
            message = "phone is no number that can be dialled: 6 to 15 digits, blanks and + - ( )"
            yield Violation(desired, message, "phone")


def _mistyped_email(view: LintView) -> Iterator[Violation]:
    for desired in view.of("Client"):
        domain = text_of(desired, "email").lower().rpartition("@")[2]
        ending = domain.rpartition(".")[2]
        meant = _MISSPELT.get(domain)
        if meant is None and ending in _ENDINGS and "." in domain:
            meant = domain.removesuffix(ending) + _ENDINGS[ending]
        if meant is None and domain and "." not in domain:
            yield Violation(desired, f"no letter reaches the domain {quote(domain)}", "email")
        elif meant is not None:
            yield Violation(
                desired, f"the email ends in {quote(domain)}: {quote(meant)} may be meant", "email"
            )


def _registered_nowhere(view: LintView) -> Iterator[Violation]:
    for desired in view.of("Client"):
        made = any(name.startswith("onCreate.") for name in desired.fields)
        lacking = [name for name in ("provider", "country") if name not in desired.fields]
        if made and lacking and desired.lifecycle.adopt is None:
            words = " and ".join(lacking)
            message = f"onCreate speaks of its registration, and the panel chooses its {words}"
            yield Violation(desired, message)


def _sent_nowhere(view: LintView) -> Iterator[Violation]:
    for desired in view.of("Client"):
        recovers = desired.fields.get("onCreate.sendRecovery")
        if recovers is True and desired.fields.get("onCreate.notify") is not True:
            message = "sendRecovery adds a link to the notice, which notify does not send"
            yield Violation(desired, message, "onCreate.sendRecovery")


def _sold_by_a_stranger(view: LintView) -> Iterator[Violation]:
    for client in view.of("Client"):
        if "providers" not in client.fields:
            continue
        allowed = {meaning(each) for each in choices_of(client, "providers")}
        # A provider that is named by id here and by name there cannot be compared offline.
        if any(not (isinstance(each, tuple) and each[1]) for each in allowed):
            continue
        for desired in (client, *view.children(client)):
            label = label_of(desired, "provider")
            if label and meaning(desired.fields["provider"]) not in allowed:
                message = f"{quote(label)} is none of the providers of {client.address}"
                yield Violation(desired, message, "provider")


def _of_another_country(view: LintView) -> Iterator[Violation]:
    for desired in view.of("Client"):
        region, country = label_of(desired, "region"), label_of(desired, "country")
        code = country_code(country) if region and country else ""
        if not code:
            continue
        found = region_countries(region)
        if found and code not in found:
            message = f"{quote(region)} is a region of {_listed(found)}, not of {quote(country)}"
            yield Violation(desired, message, "region")


@cache
def _listed(codes: frozenset[str]) -> str:
    return " or ".join(sorted(codes)[:3])


def _brings_its_bringer(view: LintView) -> Iterator[Violation]:
    brought: dict[Ref, tuple[Ref, Desired]] = {}
    for desired in view.of("ClientAccount"):
        owner, by = view.owner(desired), desired.fields.get("referredBy")
        if owner is not None and isinstance(by, Ref):
            brought.setdefault(owner, (by, desired))
    seen: set[Ref] = set()
    for start in brought:
        step, way = start, []
        while step in brought and step not in seen and step not in way:
            way.append(step)
            step = brought[step][0]
        if step in way:
            message = f"{step} and the client who brought it brought each other"
            yield Violation(brought[step][1], message, "referredBy")
        seen.update(way)


_ACME = """\
kind: Client
metadata: {name: acme-inc}
spec:
  email: pay@acme-inc.example
  name: Acme Inc
  provider: Main provider
  country: DE
  phone: "+49 30 901820"
"""
_NEW = """\
kind: Client
metadata: {name: acme-inc}
spec:
  email: pay@acme-inc.example
  provider: Main provider
  country: US
  region: New York
  onCreate: {notify: true, sendRecovery: true}
"""
_SOLD = """\
kind: Client
metadata: {name: acme-inc}
spec:
  email: pay@acme-inc.example
  provider: Main provider
  providers: [Main provider, Reseller provider]
"""
_BROUGHT = """\
kind: ClientAccount
metadata: {name: acme-eur}
spec: {client: acme, provider: Main provider, currency: EUR, referredBy: globex}
---
kind: ClientAccount
metadata: {name: globex-eur}
spec: {client: globex, provider: Main provider, currency: EUR}
---
kind: Client
metadata: {name: globex}
spec: {email: pay@globex.example}
"""

RULES = (
    Rule(
        code="BM111",
        level="warning",
        title="A password-reset link is never sent",
        why="`sendRecovery` adds the link to the registration notice. Without `notify` there is no "
        "notice, and the client cannot sign in.",
        bad=_NEW.replace("notify: true, ", ""),
        good=_NEW,
        fix="Write `notify: true` too.",
        check=_sent_nowhere,
    ),
    Rule(
        code="BM201",
        level="warning",
        title="A client manages nothing",
        why="The manifest says who the client is, and nothing else: no field, no list, no label, "
        "and no other manifest refers to it. It was likely left over.",
        bad="kind: Client\nmetadata: {name: acme-inc}\nspec: {email: pay@acme-inc.example}\n",
        good=_ACME,
        fix="Declare what the client shall have, or remove the manifest: clients are kept.",
        check=_manages_nothing,
        of_absence=True,
    ),
    Rule(
        code="BM206",
        level="warning",
        title="A provider is not among the client's own",
        why="`providers` says which providers the client may use: exactly these. An account or a "
        "tax rule with another one has no effect, or is refused.",
        bad=_SOLD.replace("[Main provider, Reseller provider]", "[Reseller provider]"),
        good=_SOLD,
        fix="Add the provider to `providers`, or correct it.",
        check=_sold_by_a_stranger,
    ),
    Rule(
        code="BM207",
        level="warning",
        title="Two clients brought each other",
        why="`referredBy` says who brought the client. In a circle each gets a reward for the "
        "other one.",
        bad=_BROUGHT.replace(
            "globex, provider: Main provider, currency: EUR}",
            "globex, provider: Main provider, currency: EUR, referredBy: acme}",
        ),
        good=_BROUGHT,
        fix="Take one of them out.",
        check=_brings_its_bringer,
    ),
    Rule(
        code="BM208",
        level="warning",
        title="A region is in another country",
        why="Country and region stand on invoices and decide about tax. One of the two is wrong.",
        bad=_NEW.replace("US", "DE"),
        good=_NEW,
        fix="Correct the country or the region.",
        check=_of_another_country,
    ),
    Rule(
        code="BM209",
        level="warning",
        title="A phone number cannot be dialled",
        why="The number is too short, too long, or has words in it: a dialler or a text message "
        "fails when it matters.",
        bad=_ACME.replace("+49 30 901820", "ask Ann, 4711"),
        good=_ACME,
        fix="Write the number with its country code: `+49 30 901820`.",
        check=_reached_by_nobody,
    ),
    Rule(
        code="BM210",
        level="warning",
        title="The domain of an email is mistyped",
        why="Invoices and notices go to this address, and it is the client's login.",
        bad=_ACME.replace("pay@acme-inc.example", "acme.inc@gmial.com"),
        good=_ACME.replace("pay@acme-inc.example", "acme.inc@gmail.com"),
        fix="Correct the address, with the client.",
        check=_mistyped_email,
    ),
    Rule(
        code="BM211",
        level="warning",
        title="A new client is registered without a provider or a country",
        why="`onCreate` says that the client shall be registered. What is left out is chosen by "
        "the panel, and the provider cannot be changed later.",
        bad=_NEW.replace("  provider: Main provider\n", ""),
        good=_NEW,
        fix="Declare `provider` and `country`.",
        check=_registered_nowhere,
    ),
)
