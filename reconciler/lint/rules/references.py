"""Rules about what refers to what, and about one thing that is written in two ways."""

from __future__ import annotations

from difflib import get_close_matches
from functools import lru_cache
from typing import TYPE_CHECKING

from reconciler.lint.rule import LintView, Rule, Violation, currency_of, meaning
from reconciler.manifest.quote import quote
from reconciler.mapping.iso_codes import country_code
from reconciler.model.text import fold_text
from reconciler.model.value import Choice, Ref

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.resource import Desired
    from reconciler.model.value import Value

# How much alike two labels are of which one is a slip of the other.
_LIKE = 0.8


def _names_by_email(view: LintView) -> Iterator[Violation]:
    for desired, name, value in view.holding(Ref):
        client = view.by_email.get(fold_text(value.key)) if value.by == "email" else None
        if client is not None:
            message = (
                f"{name} names by email who is declared as {client.address} "
                f"({client.source}): write {client.address.name}"
            )
            yield Violation(desired, message, name)


def _is_written_in_two_ways(view: LintView) -> Iterator[Violation]:
    """Find objects that differ by nothing but how a currency or a country is written."""
    held: dict[object, Desired] = {}
    for desired in view.desired:
        kind = view.kind_of(desired)
        coded = [name for name in kind.identity if kind.by_name[name].wire.iso]
        if not coded or any(name not in desired.fields for name in kind.identity):
            continue
        values = [_coded(kind, name, desired.fields[name]) for name in kind.identity]
        key = (kind.name, view.owner(desired), *values)
        first = held.setdefault(key, desired)
        # Written alike they are an error of the manifests, reported by the loader.
        if first is not desired and any(
            meaning(first.fields[name]) != meaning(desired.fields[name]) for name in coded
        ):
            message = (
                f"{first.address} ({first.source}) is the same object: {', '.join(coded)} "
                "differs in spelling alone"
            )
            yield Violation(desired, message, coded[0])


def _nearly_chosen(view: LintView) -> Iterator[Violation]:
    """Find labels that no set selects, and that are a slip of one which a set does."""
    values: dict[str, frozenset[str]] = {}
    for each in view.sets:
        for key, value in each.labels.items():
            values[key] = values.get(key, frozenset()) | {value}
    keys = frozenset(values)
    for client in view.of("Client") if keys else ():
        for key, value in client.labels.items():
            if key in keys:
                written, meant = f"{key}: {value}", _slip_of(value, values[key])
            else:
                written, meant = key, _slip_of(key, keys.difference(client.labels))
            if meant:
                message = (
                    f"no set selects by the label {quote(written)}; {quote(meant)} may be meant"
                )
                yield Violation(client, message)


@lru_cache(maxsize=4096)
def _slip_of(word: str, known: frozenset[str]) -> str:
    """Return which of some words one is a slip of; an empty text for none."""
    near = () if word in known else get_close_matches(word, sorted(known), n=1, cutoff=_LIKE)
    return near[0] if near else ""


def _coded(kind: ResourceKind, name: str, value: Value) -> object:
    table = kind.by_name[name].wire.iso
    if not table or not isinstance(value, Choice) or not value.label:
        return meaning(value)
    if table == "country":
        return country_code(value.label) or meaning(value)
    return currency_of(value.label)


_SET = """\
kind: ResourceSet
metadata: {name: agency-terms}
spec:
  clients: {labels: {segment: agency}}
  resources:
    - kind: TaxRule
      name: "{client}-vat"
      spec: {provider: Main provider, rate: 19}
---
kind: Client
metadata:
  name: bluebird
  labels: {segment: agency}
spec: {email: pay@bluebird.example}
---
kind: Client
metadata:
  name: heron
  labels: {segment: agency}
spec: {email: pay@heron.example}
"""
_SLIP = _SET.replace("heron\n  labels: {segment: agency}", "heron\n  labels: {segment: agencey}")
_BY_NAME = """\
kind: Client
metadata: {name: acme-inc}
spec: {email: pay@acme-inc.example, country: DE}
---
kind: TaxRule
metadata: {name: acme-inc-vat}
spec: {client: acme-inc, provider: Main provider, rate: 19}
"""
_ACCOUNTS = """\
kind: ClientAccount
metadata: {name: acme-eur}
spec: {client: acme, provider: Main provider, currency: EUR, creditLimit: 100}
---
kind: ClientAccount
metadata: {name: acme-usd}
spec: {client: acme, provider: Main provider, currency: USD, creditLimit: 200}
"""

RULES = (
    Rule(
        code="BM202",
        level="warning",
        title="A declared client is named by its email",
        why="By name, the plan knows that the client comes first, and a change of its email "
        "changes one place. By email the client must be there already.",
        bad=_BY_NAME.replace("client: acme-inc", "client: {email: pay@acme-inc.example}"),
        good=_BY_NAME,
        fix="Write the name of the client's manifest.",
        check=_names_by_email,
    ),
    Rule(
        code="BM203",
        level="error",
        title="One object is written in two ways",
        why="`EUR` and `Euro` are one currency, so both resources are one object of the panel, and "
        "each apply would set it back and forth.",
        bad=_ACCOUNTS.replace("currency: USD", "currency: Euro"),
        good=_ACCOUNTS,
        fix="Remove one of them, or correct its currency.",
        check=_is_written_in_two_ways,
    ),
    Rule(
        code="BM212",
        level="warning",
        title="A label of a client is nearly one that a set selects",
        why="A ResourceSet declares something for the clients with a label. A client whose label "
        "has a slip in it gets nothing, and no plan shows what is missing.",
        bad=_SLIP,
        good=_SET,
        fix="Write the label as the set has it; waive the rule where another word is meant.",
        check=_nearly_chosen,
    ),
)
