"""Values read as one value, and as nothing else."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from reconciler.model.plan import Edit, Money
from reconciler.model.value import Choice, Ref, Secret
from reconciler.report.value import edit_words, money_words, value_words

if TYPE_CHECKING:
    from reconciler.model.value import Value


def _labelled(label: str) -> Choice:
    return Choice(label=label)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("Acme GmbH", "Acme GmbH"),
        ("", '""'),
        (" edge", '" edge"'),
        ("none", '"none"'),
        ("true", '"true"'),
        ("1 → 2", '"1 → 2"'),
        ('say "x"', r'"say \"x\""'),
        ("a, b", '"a, b"'),
        ("a + b", '"a + b"'),
        ("+49 30 1", "+49 30 1"),
        (None, "none"),
        (True, "true"),
        (3, "3"),
        (Decimal("19.50"), "19.5"),
        (date(2026, 3, 1), "2026-03-01"),
        (Choice(label="Main provider", id="1"), "Main provider"),
        (Ref("Client", "name", "acme"), "Client/acme"),
        (Secret("env", ("TOKEN",)), "(secret from env)"),
        (frozenset({Choice(label="VPS"), Choice(label="Domain")}), "[Domain, VPS]"),
        (frozenset[Choice](), "[]"),
        ({"disk": "10"}, "{disk: 10}"),
        ("two\nlines", r"two\nlines"),
    ],
)
def test_value_is_shown_on_one_line(value: Value, words: str) -> None:
    """Each sort of value has one form, and a text cannot pass for another value."""
    assert value_words(value) == words


def test_edit_is_shown_with_or_without_what_was() -> None:
    """A creation has no before worth showing; an edit always has."""
    edit = Edit("rate", None, Decimal(20))

    assert edit_words(edit, arrow=True) == "rate: none → 20"
    assert edit_words(edit, arrow=False) == "rate: 20"


def test_edit_of_a_list_says_what_comes_and_what_goes() -> None:
    """A reviewer need not compare two long lists by eye."""
    names = [Choice(label=each) for each in ("Agencies", "Partners", "Slow payers")]
    edit = Edit("groups", frozenset(names[::2]), frozenset(names[1:]))

    assert edit_words(edit, arrow=True) == "groups: + Partners − Agencies"
    assert edit_words(edit, arrow=False) == "groups: [Partners, Slow payers]"


@pytest.mark.parametrize(
    ("kind", "edit", "words"),
    [
        ("Discount", Edit("periods", None, frozenset({Choice("12"), Choice("24")})), "[12, 24]"),
        (
            "Discount",
            Edit("periods", None, frozenset(map(_labelled, ("12 months", "24 months", "a week")))),
            None,
        ),
        (
            "Discount",
            Edit("periods", None, (_labelled("{id: 12}"), _labelled("{id: 24}"))),
            "[12, 24]",
        ),
        ("Discount", Edit("type", None, "{id: 5}"), "5"),
        ("Discount", Edit("note", None, "{id: 5}"), '"{id: 5}"'),
        ("TaxRule", Edit("productTypes", None, frozenset[Choice]()), "all"),
        ("TaxRule", Edit("productTypes", None, ()), "all"),
        ("Client", Edit("groups", None, frozenset[Choice]()), "[]"),
        ("Nothing", Edit("periods", None, (_labelled("{id: 12}"),)), '["{id: 12}"]'),
    ],
)
def test_options_are_shown_as_a_manifest_has_them(kind: str, edit: Edit, words: str | None) -> None:
    """Live and saved plans read the same: ids and months alone, and *all* for every option."""
    expected = words or "[12, 24, a week]"

    assert edit_words(edit, arrow=False, kind=kind) == f"{edit.field}: {expected}"


def test_change_to_every_option_is_not_an_empty_list() -> None:
    """A rule that begins to hold for all products must not read as one that holds for none."""
    edit = Edit("productTypes", frozenset({Choice("vds", "VPS")}), frozenset[Choice]())

    assert edit_words(edit, arrow=True, kind="TaxRule") == "productTypes: [VPS] → all"


@pytest.mark.parametrize(
    ("money", "words"),
    [
        (Money(Decimal("37.2"), "EUR", "acme"), "37.20 EUR from the balance of acme"),
        (Money(Decimal("5.0000"), "EUR"), "5.00 EUR"),
        (Money(Decimal("6.1875"), "USD"), "6.19 USD"),
        (Money(Decimal("1E+2"), "USD"), "100.00 USD"),
        (
            Money(None, "", "acme"),
            "an amount the panel does not show from the balance of acme",
        ),
    ],
)
def test_money_is_shown_with_its_currency_and_payer(money: Money, words: str) -> None:
    """Two decimals, no exponent, and an unknown amount is called so."""
    assert money_words(money) == words
