"""A plan is printed whole, the worst first."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from textwrap import dedent

import pytest

from reconciler.model.finding import Finding, Source
from reconciler.model.plan import Client, Edit, Money
from reconciler.model.reason import ReasonCode
from reconciler.model.value import Choice
from reconciler.report.colors import COLOURED
from reconciler.report.plan import change_lines, plan_text
from tests.unit.report import samples

AT = Source("manifests/globex.yaml", 14, 3)


def test_plan_is_laid_out_in_columns_with_what_charges_first() -> None:
    """Charges, then what cannot be undone, then the rest, then findings and the count."""
    finding = Finding("warning", "price-may-move", "the discount never ends", AT)
    plan = samples.plan(
        samples.create(AT),
        samples.update(AT),
        samples.delete(),
        samples.order(AT),
        samples.renewal(AT),
        keeps=209,
        findings=(finding,),
    )

    whose = "of globex (pay@globex.example)"
    cost = "charges 12.50 EUR from the balance of globex (pay@globex.example)"
    gone, place = "managed, removed from the manifests", "manifests/globex.yaml:14"
    assert plan_text(plan) == dedent(f"""\
        Plan for prod (https://billing.example.com/billmgr), 5 of 214 resources change

          ! Service/globex-web                       {cost}
              declared at manifests/globex.yaml:14
              domain: globex.example
          ! Service/globex-mail  (id 8)              renews 2026-12-01 → 2027-01-01, {cost}
              declared at manifests/globex.yaml:14
              renewed by 1 months
          - CurrencyRate/globex-usd-eur-2026-02  (id 7)    of initech (id 9), {gone}
              lost: rate 1.1, date 2026-02-01
          ~ TaxRule/globex-vat  (id 41)              of acme (pay@acme.example), {place}
              rate: 19 → 20
          + Discount/globex-june                     {whose}, {place}
              percentage: 7.5
              note: ""

        manifests/globex.yaml:14:3: warning[price-may-move]: the discount never ends

        Plan: 2 to create, 1 to update, 1 to delete, 0 to adopt, 1 to renew, 209 unchanged.
        Charges: 25.00 EUR in 2 changes.
        """)


def test_changes_of_one_risk_stand_by_client() -> None:
    """All that happens to a client stands in one place."""
    names = {"b": "zeta", "a": "alpha", "c": "zeta", "d": "Alpha"}
    changes = [
        samples.change(
            f"TaxRule/{name}",
            "update",
            "1",
            client=Client(client),
            edits=(Edit("rate", None, name),),
        )
        for name, client in names.items()
    ]

    text = plan_text(samples.plan(*changes))

    assert [line.split()[1] for line in text.splitlines() if line.startswith("  ~")] == [
        "TaxRule/a",
        "TaxRule/d",
        "TaxRule/b",
        "TaxRule/c",
    ]


def test_adoptions_that_only_mark_are_one_line_and_others_are_counted_apart() -> None:
    """Values that an adoption overwrites are shown, and never read as nothing to update."""
    marker = Edit("marker", None, "[git:shop/a]")
    marked = [
        samples.change(f"Discount/a{n}", "adopt", str(n), edits=(marker,)) for n in range(1, 8)
    ]
    over = samples.change(
        "Discount/over", "adopt", "9", edits=(marker, Edit("percentage", Decimal(5), Decimal(7)))
    )

    text = plan_text(samples.plan(*marked, over))

    assert "  = 7 adopted as they are: Discount/a1, Discount/a2, Discount/a3" in text
    assert text.count("\n  = ") == 2
    assert "      percentage: 5 → 7\n" in text
    assert "0 to update, 0 to delete, 8 to adopt (1 with other values), 0 unchanged." in text


def test_sums_name_each_currency_and_unknown_amounts() -> None:
    """Currencies are never added up, and an unknown price is counted beside the sums."""
    prices = [("12.5", "EUR"), ("1", "EUR"), ("3", "USD"), (None, "")]
    changes = [
        samples.change(
            f"Service/s{number}",
            "create",
            classes=frozenset({"charge"}),
            money=Money(Decimal(amount) if amount else None, currency),
        )
        for number, (amount, currency) in enumerate(prices)
    ]

    text = plan_text(samples.plan(*changes))

    assert text.endswith(
        "Charges: 13.50 EUR in 2 changes.\n"
        "Charges: 3.00 USD in 1 change.\n"
        "Charges: besides, 1 change of an amount that the panel does not show.\n"
    )


def test_reason_of_a_blocked_change_is_shown_once() -> None:
    """Where no manifest declares it, the reason does not stand in the place of one as well."""
    blocked = samples.change("TaxRule/globex-vat", "blocked", "41", reason="it lost its marker")

    assert plan_text(samples.plan(blocked)).count("it lost its marker") == 1


def test_blocked_change_comes_last_and_says_why() -> None:
    """What is blocked is in the list, with its reason, and counted apart."""
    blocked = samples.change(
        "TaxRule/globex-vat",
        "blocked",
        "41",
        source=AT,
        reason="provider cannot change after creation",
    )

    text = plan_text(samples.plan(blocked, samples.create(AT)))

    assert text.index("+ Discount") < text.index("x TaxRule/globex-vat  (id 41)")
    assert "      blocked: provider cannot change after creation\n" in text
    assert ", 1 of 2 resources changes\n" in text
    assert "0 to adopt, 1 blocked, 0 unchanged.\n" in text


@pytest.mark.parametrize(
    ("keeps", "words"),
    [
        (214, "No changes. 214 resources are as declared.\n"),
        (1, "No changes. 1 resource is as declared.\n"),
    ],
)
def test_empty_plan_says_so_in_one_line(keeps: int, words: str) -> None:
    """Nothing to do is said calmly."""
    assert plan_text(samples.plan(keeps=keeps)) == words


def test_findings_are_shown_though_nothing_changes() -> None:
    """A warning is not lost because the plan is empty."""
    finding = Finding("note", "forgotten", "Discount/x: already gone")

    text = plan_text(samples.plan(findings=(finding,)))

    assert (
        text
        == "note[forgotten]: Discount/x: already gone\n\nNo changes. 0 resources are as declared.\n"
    )


def test_what_an_apply_needs_and_refuses_stands_at_the_end() -> None:
    """Consents and refusals are the last words of a plan."""
    text = plan_text(
        samples.plan(samples.delete()), refusals=("too many\ndeletes",), consents=("--allow x",)
    )

    assert text.endswith("\nNeeds consent: --allow x\nerror: refused: too many\\ndeletes\n")


@pytest.mark.parametrize(("name", "words"), [("reinstall", "is lost"), ("history", "in the past")])
def test_change_that_cannot_be_undone_is_explained(name: str, words: str) -> None:
    """A class that destroys is named beside the change."""
    change = samples.change("Service/a", "update", "1", source=AT, classes=frozenset({name}))

    assert words in change_lines(change)[1]


def test_charge_without_a_price_is_not_called_free() -> None:
    """Where the panel tells no price, that is said."""
    change = samples.change("Service/a", "create", classes=frozenset({"charge"}))

    assert change_lines(change) == [
        "  ! Service/a                                charges an amount the panel does not show"
    ]


def test_colour_wraps_the_symbol_alone() -> None:
    """The text of a coloured plan is the text of a plain one."""
    row = change_lines(samples.update(AT), COLOURED)[0]

    assert row.startswith("  \x1b[33m~\x1b[0m TaxRule/globex-vat  (id 41)   ")


def test_hostile_value_stays_on_its_line_and_is_not_run() -> None:
    """A value from a manifest or from the panel cannot write lines of its own."""
    edit = Edit("note", Choice(label="\x1b[2J"), "x\n::error::Plan: 0 to delete")
    change = samples.change("Client/a", "update", "1", edits=(edit,), reason="a\nb")

    lines = plan_text(samples.plan(change)).splitlines()

    assert r'      note: "\x1b[2J" → x\n:\:error::Plan: 0 to delete' in lines
    assert not any(line.startswith(("::", "Plan: 0 to delete")) for line in lines)


def test_changes_that_read_the_same_are_one_line_whatever_declares_them() -> None:
    """What differs, what is blocked for another reason and what is one of few stand alone."""
    edits = (Edit("percentage", Decimal(10), Decimal(15)),)
    other = (Edit("percentage", Decimal(12), Decimal(15)),)
    alike = [
        samples.change(
            f"Discount/a{n}",
            "update",
            str(n),
            edits=(Edit("marker", None, f"[git:shop/a{n}]"), *edits),
            client=Client(f"c{n}"),
            source=Source(f"manifests/{n % 2}.yaml", n),
        )
        for n in range(1, 1201)
    ]
    alone = [
        samples.change("Discount/b", "update", "7", edits=other, source=AT),
        samples.change("TaxRule/c", "update", "8", edits=edits, source=AT),
        *(
            samples.change(f"Discount/{n}", "blocked", reason=code.meaning, reason_code=code)
            for n, code in (("g", ReasonCode.PROTECTED), ("h", ReasonCode.BUSY))
        ),
    ]

    lines = plan_text(samples.plan(*alike, *alone)).splitlines()

    (at,) = (n for n, line in enumerate(lines) if "1,200 × Discount" in line)
    assert lines[at].startswith("  ~ 1,200 × Discount  ")
    assert lines[at].endswith("  of 1,200 clients")
    assert lines[at + 1 : at + 4] == [
        "      percentage: 10 → 15",
        "      Discount/a1, Discount/a10, Discount/a100 and 1,197 more",
        "      declared in 2 files",
    ]
    for change in alone:
        assert sum(f" {change.address}" in line for line in lines) == 1


def test_blocked_changes_of_one_reason_are_one_line_with_the_first_of_them() -> None:
    """Their words differ by the objects they name."""
    blocked = [
        samples.change(
            f"Discount/{n}",
            "blocked",
            reason=f"object {n} is protected",
            reason_code=ReasonCode.PROTECTED,
            from_set="terms",
        )
        for n in range(5)
    ]

    text = plan_text(samples.plan(*blocked))

    assert "  x 5 × Discount of ResourceSet/terms\n" in text
    assert "      the first, Discount/0, is blocked: object 0 is protected\n" in text


def test_alike_charges_are_one_line_with_their_sum_and_every_other_amount_is_shown() -> None:
    """An order that costs something else is not put away among a thousand others."""
    orders = [
        samples.change(
            f"Service/s{n}",
            "create",
            edits=(Edit("domain", None, f"w{n}.example"), Edit("tariff", None, "Web")),
            client=Client(f"c{n}"),
            classes=frozenset({"charge"}),
            money=Money(Decimal(12 if n else 999), "EUR"),
        )
        for n in range(1000)
    ]

    lines = plan_text(samples.plan(*orders)).splitlines()

    (at,) = (n for n, line in enumerate(lines) if "× Service" in line)
    assert lines[at].startswith("  ! 999 × Service  ")
    assert lines[at].endswith("charges 11988.00 EUR from 999 balances")
    assert "      12.00 EUR each" in lines
    assert any(
        line.startswith("  ! Service/s0 ") and "charges 999.00 EUR from the balance of c0" in line
        for line in lines
    )


def test_full_plan_shows_each_change() -> None:
    """What is put together by default is asked for with one option."""
    changes = [samples.change(f"TaxRule/t{n}", "update", str(n + 1)) for n in range(400)]

    assert len(plan_text(samples.plan(*changes)).splitlines()) < 10
    assert plan_text(samples.plan(*changes), full=True).count("  ~ TaxRule/") == 400


def test_changes_that_all_differ_are_shown_up_to_a_limit_unless_they_charge() -> None:
    """What is left out is counted, with the way to see it."""
    changes = [
        samples.change(f"TaxRule/t{n}", "update", "1", edits=(Edit(f"field{n}", "a", "b"),))
        for n in range(310)
    ]
    lines = plan_text(samples.plan(*changes), see="reconciler show plan.json --full").splitlines()

    assert sum(line.startswith("  ~ TaxRule/") for line in lines) == 300
    assert "  … and 10 more changes: reconciler show plan.json --full" in lines

    charging = [replace(each, classes=frozenset({"charge"})) for each in changes]
    assert plan_text(samples.plan(*charging)).count("  ! TaxRule/") == 310
