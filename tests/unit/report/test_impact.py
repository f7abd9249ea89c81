"""What a plan comes to stands first, currency by currency, and nothing unknown is zero."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from reconciler.model.address import Address
from reconciler.model.finding import Source
from reconciler.model.impact import (
    NO_IMPACT,
    Amount,
    ClientImpact,
    Impact,
    LargestChange,
    Message,
    MoneyImpact,
)
from reconciler.report.colors import COLOURED
from reconciler.report.html.money import amount_words as html_words
from reconciler.report.impact import amount_words, client_rows, email_lines, impact_lines
from reconciler.report.plan import plan_text
from tests.unit.report import samples

AT = Source("manifests/globex.yaml", 14)
MONEY = MoneyImpact(
    charges_now={
        "EUR": Amount(Decimal("37.2"), "quoted"),
        "USD": Amount(Decimal(5), "computed", at_least=True),
        "unknown": Amount(None, "unknown"),
    },
    recurring_before={"EUR": Amount(Decimal(120), "computed")},
    recurring_after={"EUR": Amount(Decimal("157.2"), "computed")},
    monthly_change={"EUR": Amount(Decimal("37.2"), "computed")},
    yearly_change={"EUR": Amount(Decimal("446.4"), "computed")},
    credit_left={"EUR": Amount(Decimal(-12), "quoted")},
)
CLIENT = ClientImpact("Client/acme", "pay@acme.example", MONEY)
IMPACT = Impact(
    MONEY,
    (CLIENT,),
    1,
    {"EUR": Decimal("37.2")},
    {"EUR": LargestChange(Decimal("37.2"), "Client/acme")},
    (
        Message(Address("Client", "acme"), "Client/acme", "welcome", 2),
        Message(Address("Service", "web"), "Client/acme", "service-opened"),
    ),
)


def test_money_is_shown_a_block_for_each_currency() -> None:
    """Nothing is added over currencies; what is not known is called so."""
    assert impact_lines(IMPACT) == [
        "  Money in EUR",
        "    charged now        37.20            quoted",
        "    monthly            120.00 → 157.20  computed",
        "    change a month     +37.20           computed",
        "    change a year      +446.40          computed",
        "    credit left      ! -12.00           quoted, overdrawn",
        "  Money in USD",
        "    charged now        at least 5.00    computed",
        "  Money in a currency that is unknown",
        "    charged now        unknown",
        "  Clients who pay, the largest charge first",
        (
            "    acme (pay@acme.example): charged 37.20 EUR and at least 5.00 USD and unknown, "
            "credit left -12.00 EUR, overdrawn"
        ),
    ]


def test_spread_needs_two_clients() -> None:
    """Of one client alone the median would say the sum again."""
    other = ClientImpact("Client/globex", "", MoneyImpact())
    spread = "  change a month of one client: median +37.20 EUR, largest +37.20 EUR (acme)"
    assert spread not in impact_lines(IMPACT)
    assert spread in impact_lines(replace(IMPACT, clients=(CLIENT, other)))


def test_client_whose_order_waits_in_the_cart_is_listed() -> None:
    """With what is put into it, beside what is charged."""
    cart = MoneyImpact(into_cart={"EUR": Amount(Decimal("9.5"), "quoted")})
    both = replace(cart, charges_now={"EUR": Amount(Decimal(5), "quoted")})
    silent = MoneyImpact(monthly_change={"EUR": Amount(Decimal(1), "computed")})
    clients = [
        ClientImpact(f"Client/{name}", "", money)
        for name, money in (("acme", both), ("globex", cart), ("initech", silent))
    ]
    assert client_rows(Impact(clients=tuple(clients))) == (
        ["acme: charged 5.00 EUR, into the cart 9.50 EUR", "globex: into the cart 9.50 EUR"],
        0,
    )


def test_difference_with_an_unknown_part_is_no_bound() -> None:
    """What is unknown of it may be negative."""
    partly = Amount(Decimal("748.11"), "computed", at_least=True)
    assert amount_words(partly) == "at least 748.11"
    assert amount_words(partly, signed=True) == "+748.11 and an unknown part"
    assert html_words(partly, "EUR", signed=True) == "+748.11 EUR and an unknown part"


def test_overdrawn_credit_and_negative_totals_stand_out() -> None:
    """In colour, too; a negative difference is a saving, and is no alarm."""
    money = MoneyImpact(
        charges_now={"EUR": Amount(Decimal(-5), "quoted")},
        monthly_change={"EUR": Amount(Decimal(-5), "quoted")},
        credit_left={"EUR": Amount(Decimal("-0.01"), "quoted")},
    )
    lines = impact_lines(Impact(money), COLOURED)

    assert "\x1b[31mnegative\x1b[0m" in lines[1]
    assert lines[2].endswith("-5.00  quoted")
    assert "\x1b[31moverdrawn\x1b[0m" in lines[3]


def test_every_overdrawn_client_is_named() -> None:
    """Of thousands of charged clients ten are shown, and each whose credit does not last."""
    clients = [
        ClientImpact(
            f"Client/c{number}",
            "",
            MoneyImpact(
                charges_now={"EUR": Amount(Decimal(5), "quoted")},
                credit_left={"EUR": Amount(Decimal(-1 if number in {700, 900} else 1), "quoted")},
            ),
        )
        for number in range(1000)
    ]
    impact = Impact(clients=tuple(clients))

    lines = impact_lines(impact)

    assert len(lines) == 14
    assert [line.split(":")[0].strip() for line in lines[11:13]] == ["c700", "c900"]
    assert lines[-1] == "    … and 988 more clients: --full shows each"
    assert len(impact_lines(impact, full=True)) == 1001


def test_emails_say_how_many_go_to_whom() -> None:
    """A reviewer sees who is told before it is sent."""
    assert email_lines(IMPACT) == [
        "  Sends 3 emails to 1 client",
        "    2 × welcome: acme",
        "    1 × service opened: acme",
    ]
    assert email_lines(NO_IMPACT) == []
    assert impact_lines(NO_IMPACT) == []


def test_money_then_what_is_lost_then_emails_stand_before_the_rest() -> None:
    """Who reads the first screen alone has seen all that cannot be undone."""
    plan = replace(
        samples.plan(samples.create(AT), samples.delete(), samples.order(AT)), impact=IMPACT
    )
    text = plan_text(plan)
    places = [
        text.index(each)
        for each in (
            "Money in EUR",
            "! Service/",
            "- CurrencyRate/",
            "Sends 3 emails",
            "+ Discount/",
        )
    ]

    assert places == sorted(places)


def test_hostile_names_of_the_panel_stay_on_their_line() -> None:
    """Clients choose their names and emails themselves."""
    evil = "x\n::error::\x1b[2J\u202e"
    impact = replace(
        IMPACT,
        clients=(replace(CLIENT, client=evil, email=evil),),
        messages=(Message(Address("Client", "a"), evil, "welcome"),),
        largest_change={evil: LargestChange(Decimal(1), evil)},
        money=MoneyImpact(charges_now={evil: Amount(Decimal(1), "quoted")}),
    )

    for line in [*impact_lines(impact), *email_lines(impact)]:
        assert line.isprintable()
        assert "::error::" not in line
