"""What is asked on the way to an order, and what is reported where no step leads on."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from reconciler.engine.offers.order_form import read_offer
from reconciler.engine.offers.order_steps import OrderQuery, open_order, tariffs_of
from reconciler.errors import RejectedError
from reconciler.kinds.catalogue import discover
from reconciler.mapping.encode import CallContext, create_calls
from reconciler.mapping.prices import UNKNOWN
from reconciler.model.plan import Money
from reconciler.model.value import Choice
from reconciler.wire.reply import Form, Row
from tests.support.order_forms import NOT_OPEN, OrderFormReader, needing, tariffs
from tests.support.planning import declare

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.engine.offers.order_form import Offer
    from reconciler.engine.offers.order_steps import Ways

KIND = discover().by_name["Service"]
WANTED: dict[str, object] = {
    "client": "acme",
    "type": "vds",
    "tariff": "Cloud M",
    "datacenter": "Oslo",
    "periodMonths": 3,
    "domain": "a.example",
}
PLACES = {"1": "Bergen", "2": "Oslo"}
# The code of a period is a panel's own.
PERIODS = {"7": "1 month", "9": "3 months", "-100": "Trial"}
STEP = tariffs(
    {"pricelist": "4", "desc": "Cloud S", "order_available": "on"},
    {"pricelist": "5", "desc": "Cloud M", "order_available": "on"},
    datacenter=PLACES,
    period=PERIODS,
)
FORM = Form(
    {"cost": "30.00 EUR"},
    {"ostempl": {"deb": "Debian 12"}, "autoprolong": {"null": "off", "7": "1 month"}},
    {"addon_7": "Memory, GB", "addon_8": "Backup"},
)
TERMS = {"pricelist": "5", "datacenter": "2", "period": "9"}
WIZARD = needing("pricelist", "datacenter", "period", form=FORM)


def ask(desk: OrderFormReader, ways: Ways | None = None, /, **further: object) -> Offer:
    """Ask what can be ordered of what is wanted; None takes a field away."""
    spec = {name: value for name, value in {**WANTED, **further}.items() if value is not None}
    wanted = declare("Service", "web", spec)
    return asyncio.run(read_offer(desk, KIND, wanted, login="a@b.example", ways=ways))


def sent(offer: Offer) -> tuple[str, dict[str, str]]:
    """Return what would be ordered: the function and its parameters."""
    setting = CallContext("shop", parent=None, login="a@b.example", order=offer.ordering)
    (call,) = create_calls(KIND, offer.desired, setting)
    return call.func, {name: str(value) for name, value in call.params}


def test_wizard_is_walked_from_the_tariff_to_the_form_for_all_three() -> None:
    """The panel's own codes go on from each step to the next, and into the order."""
    desk = OrderFormReader(vds_order_param=WIZARD, vds_order=STEP)

    offer = ask(desk)

    assert desk.asked == [
        ("vds.order.param", {}),
        ("vds.order", {}),
        ("vds.order", {"pricelist": "5"}),
        ("vds.order.param", TERMS),
    ]
    assert offer.obstacle == ""
    assert offer.price(KIND) == Money(Decimal("30.00"), "EUR")
    func, params = sent(offer)
    assert func == "vds.order.param"
    assert params.items() >= {**TERMS, "clicked_button": "finish"}.items()


def test_list_of_tariffs_that_is_empty_is_passed_over() -> None:
    """One of the two steps may be empty where the other is not."""
    empty = tariffs(datacenter=PLACES, period=PERIODS)
    for first, second in (
        ("vds_order", "vds_order_pricelist"),
        ("vds_order_pricelist", "vds_order"),
    ):
        desk = OrderFormReader(**{first: empty, second: STEP}, vds_order_param=WIZARD)
        offer = ask(desk)
        assert (offer.obstacle, offer.findings) == ("", ())
        assert desk.asked[-1] == ("vds.order.param", TERMS)


def test_step_that_refuses_leads_to_the_next() -> None:
    """Its refusal is forgotten once another step leads on."""
    desk = OrderFormReader(vds_order=NOT_OPEN, vds_order_pricelist=STEP, vds_order_param=WIZARD)

    assert ask(desk).obstacle == ""


def test_reasons_are_reported_with_the_panels_message() -> None:
    """Each function that was asked says why it led nowhere, once."""
    refusal = RejectedError("access", "", "no right")
    desk = OrderFormReader(
        vds_order_param=NOT_OPEN, vds_order=refusal, vds_order_pricelist=tariffs()
    )

    assert ask(desk).obstacle == (
        "the panel does not open vds.order.param: 'the wizard is not available'; "
        "the panel does not open vds.order: 'no right'; "
        "vds.order.pricelist offers this client no tariff"
    )


def test_refusal_without_a_message_is_reported_by_its_type() -> None:
    """Some panels say the type of an error and nothing else."""
    desk = OrderFormReader(vds_order_param=RejectedError("access", "", ""))

    assert "the panel does not open vds.order.param: 'access'" in ask(desk).obstacle


def test_panel_without_order_forms_is_reported_with_their_names() -> None:
    """What is not there is not there by any of its names."""
    offer = ask(OrderFormReader())

    assert offer.form is None
    assert offer.obstacle == ("the panel has no order form vds.order.param or v2.vds.order.param")


@pytest.mark.parametrize("func", ["vds_order_param", "vds_order", "v2_vds_order_param"])
def test_trouble_of_the_panel_itself_is_no_reason_against_an_order(func: str) -> None:
    """A database that is down says nothing of what can be ordered."""
    trouble = RejectedError("db", "", "gone away")
    forms = {"vds_order_param": NOT_OPEN} if func == "vds_order" else {}

    with pytest.raises(RejectedError, match="gone away"):
        ask(OrderFormReader(**{**forms, func: trouble}))


@pytest.mark.parametrize(
    ("rows", "menu", "offer"),
    [
        ([{"pricelist": "4", "desc": "S"}], {}, {"4": "S"}),
        ([{"pricelist": "4", "name": "S"}, {"pricelist": "5"}], {}, {"4": "S", "5": "5"}),
        ([{"pricelist": "4", "desc": "S", "order_available": "off"}], {}, {}),
        ([{"pricelist": "4", "desc": "S", "order_available": "0"}], {"4": "S"}, {}),
        ([], {"4": "S"}, {"4": "S"}),
        ([{"id": "1"}], {"4": "S"}, {"4": "S"}),
    ],
)
def test_tariffs_are_rows_or_options(
    rows: list[dict[str, str]], menu: dict[str, str], offer: dict[str, str]
) -> None:
    """A tariff that cannot be had now is none, in whichever list it stands as well."""
    form = Form({}, {"pricelist": menu}, lists={"tariflist": tuple(map(Row, rows))})

    assert tariffs_of(KIND, form) == offer


@pytest.mark.parametrize(
    ("tariff", "words"),
    [
        ("Cloud XL", "the panel offers no 'Cloud XL'; it offers 'Cloud S', 'Cloud M'"),
        ({"id": "77"}, "the panel offers no option with the id '77'; it offers"),
    ],
)
def test_tariff_of_another_provider_is_a_finding(tariff: object, words: str) -> None:
    """What this client is not offered is not asked for, let alone ordered."""
    desk = OrderFormReader(vds_order_param=WIZARD, vds_order=STEP)

    offer = ask(desk, tariff=tariff)

    assert [finding.code for finding in offer.findings] == ["unknown-choice"]
    assert words in offer.findings[0].message
    assert offer.ordering is None
    # Once as it is, and once for the place and the period that are declared: its rows follow them.
    assert desk.opened == ["vds.order.param", "vds.order", "vds.order"]


def elsewhere(asked: Mapping[str, str]) -> Form:
    """Answer a step whose rows follow the place and the period; the first of each by itself."""
    place, period = asked.get("datacenter", "1"), asked.get("period", "7")
    rows = [{"pricelist": "4", "desc": "Cloud S"}]
    rows += [{"pricelist": "5", "desc": "Cloud M"}] if (place, period) == ("2", "9") else []
    form = tariffs(*rows, datacenter=PLACES, period=PERIODS)
    return replace(form, values={"datacenter": place, "period": period})


@pytest.mark.parametrize(
    "left_out", [(), ("datacenter",), ("periodMonths",), ("datacenter", "periodMonths")]
)
def test_tariff_is_found_where_and_for_how_long_it_is_sold(left_out: tuple[str, ...]) -> None:
    """A step lists what its first place and period have; others are asked for by name."""
    desk = OrderFormReader(vds_order_param=WIZARD, vds_order=elsewhere)

    offer = ask(desk, **dict.fromkeys(left_out))

    assert sent(offer)[1].items() >= TERMS.items()
    assert desk.opened.count("vds.order") <= 2 + len(PLACES) * len(PERIODS)


def test_tariffs_of_all_places_are_named_where_none_is_the_one() -> None:
    """What somebody reads then is what can be had, and not what the first place has."""
    desk = OrderFormReader(vds_order_param=WIZARD, vds_order=elsewhere)

    offer = ask(desk, tariff="Cloud XL", datacenter=None, periodMonths=None)

    assert "it offers 'Cloud S', 'Cloud M'" in offer.findings[0].message


def test_unavailable_tariff_is_reported() -> None:
    """It is there, and the panel sells none of it: no other name for it would help."""
    step = replace(
        STEP,
        lists={
            "tariflist": (
                Row({"pricelist": "4", "desc": "Cloud S"}),
                Row({"pricelist": "5", "desc": "Cloud M", "order_available": "off"}),
            )
        },
    )
    for tariff in ("Cloud M", {"id": "5"}):
        offer = ask(OrderFormReader(vds_order_param=WIZARD, vds_order=step), tariff=tariff)
        assert offer.obstacle == "the tariff 'Cloud M' cannot be ordered now"


def test_tariffs_of_one_name_are_not_guessed_between() -> None:
    """The ids to choose from are in the finding."""
    rows = tuple(Row({"pricelist": key, "desc": "Cloud M"}) for key in ("5", "6"))
    step = replace(STEP, lists={"tariflist": rows})
    desk = OrderFormReader(vds_order_param=WIZARD, vds_order=step)

    offer = ask(desk)

    assert "write one of {id: 5}, {id: 6}" in offer.findings[0].message
    assert ask(desk, tariff={"id": "6"}).findings == ()


def test_places_of_one_name_are_not_guessed_between() -> None:
    """A place is as dear as a tariff."""
    step = replace(STEP, options={**STEP.options, "datacenter": {"1": "Oslo", "2": "Oslo"}})

    offer = ask(OrderFormReader(vds_order_param=WIZARD, vds_order=step))

    assert offer.obstacle.startswith("datacenter: several options have the label 'Oslo'")


@pytest.mark.parametrize(
    ("menu", "proposed", "place"),
    [
        (PLACES, "2", "2"),
        (PLACES, "3", "declare datacenter: the panel offers Bergen, Oslo"),
        ({"8": "Oslo"}, "", "8"),
        ({}, "", None),
    ],
)
def test_place_that_is_not_named_is_proposed_or_the_only_one(
    menu: dict[str, str], proposed: str, place: str | None
) -> None:
    """Licences have no place; between two places the author has to choose."""
    step = Form(
        {"datacenter": proposed, "period": "9"},
        {**STEP.options, "datacenter": menu},
        lists=STEP.lists,
    )
    needed = ("pricelist", "period", *(["datacenter"] if menu else []))
    desk = OrderFormReader(vds_order_param=needing(*needed, form=FORM), vds_order=step)

    offer = ask(desk, datacenter=None)

    assert place == (offer.obstacle or sent(offer)[1].get("datacenter"))


@pytest.mark.parametrize(
    ("months", "proposed", "found"),
    [
        (12, "9", "the tariff is not offered for 12 months; it offers 1 month, 3 months"),
        (None, "9", "9"),
        (None, "-100", "declare periodMonths: the form proposes the period -100"),
    ],
)
def test_period_is_the_one_that_is_wanted_or_proposed(
    months: int | None, proposed: str, found: str
) -> None:
    """A trial that nobody asked for is not taken."""
    step = Form({"datacenter": "2", "period": proposed}, STEP.options, lists=STEP.lists)
    offer = ask(OrderFormReader(vds_order_param=WIZARD, vds_order=step), periodMonths=months)

    assert found == (offer.obstacle or sent(offer)[1]["period"])


def test_order_form_that_never_opens_is_reported() -> None:
    """All that it asked for was named, and still it does not open."""
    full = RejectedError("pricelist_min_order", "", "two at least")
    desk = OrderFormReader(
        vds_order_param=lambda asked: full if asked else NOT_OPEN, vds_order=STEP
    )

    assert ask(desk).obstacle == ("the panel does not open vds.order.param: 'two at least'")


BARE = Form(
    {"pricelist": "4", "period": "7", "cost": "10.00 EUR"},
    {"pricelist": {"4": "Cloud S", "5": "Cloud M"}, "datacenter": PLACES, "period": PERIODS},
    FORM.labels,
)


def test_form_that_opens_bare_is_asked_for_the_tariff_and_then_for_all() -> None:
    """The price is that of the terms which are sent."""
    desk = OrderFormReader(
        vds_order_param=lambda asked: replace(BARE, values={**BARE.values, **asked})
    )

    offer = ask(desk)

    assert desk.opened == ["vds.order.param"] * 3
    assert desk.asked[1][1] == {"pricelist": "5", "period": "9"}
    assert desk.asked[2][1] == TERMS
    assert sent(offer)[1].items() >= TERMS.items()


def test_way_that_was_found_is_not_looked_for_again() -> None:
    """The second order of a type asks only for what differs from client to client."""
    ways: Ways = {}
    desk = OrderFormReader(vds_order_param=WIZARD, vds_order=STEP)
    ask(desk, ways)
    before = len(desk.asked)

    offer = ask(desk, ways, domain="b.example")

    assert offer.obstacle == ""
    assert desk.opened[before:] == ["vds.order", "vds.order", "vds.order.param"]


def test_way_of_one_type_is_none_of_another() -> None:
    """A hoster may sell machines by a wizard and hosting by a form."""
    ways: Ways = {}
    ask(OrderFormReader(vds_order_param=WIZARD, vds_order=STEP), ways)
    bare = OrderFormReader(vhost_order_param=BARE)

    assert ask(bare, ways, type="vhost").form == BARE
    assert {name: entrance.is_bare for name, entrance in ways.items()} == {
        "vds": False,
        "vhost": True,
    }


def test_bare_form_is_read_again_for_each_client() -> None:
    """What one client is offered is not what the next one is."""
    ways: Ways = {}
    desk = OrderFormReader(vds_order_param=BARE)
    ask(desk, ways)
    ask(desk, ways)

    assert [asked for func, asked in desk.asked if func and not asked] == [{}, {}]


V2 = Form(
    {"cost": "30.00 EUR", "autoprolong": "off"},
    {"order_period": PERIODS},
    FORM.labels,
)
V2_TERMS = {"pricelist": "5", "datacenter": "2", "order_period": "9"}


def newer(form: Form = V2) -> OrderFormReader:
    """Return a panel that has the newer functions alone."""
    param = needing("pricelist", "datacenter", "order_period", form=form)
    return OrderFormReader(v2_vds_order_param=param, v2_vds_order=STEP)


def test_newer_panels_functions_use_their_own_names() -> None:
    """The period has another name, the button is another, and one machine is meant."""
    desk = newer()

    func, params = sent(ask(desk))

    assert desk.opened[0] == "vds.order.param"
    assert desk.asked[-1] == ("v2.vds.order.param", V2_TERMS)
    assert func == "v2.vds.order.param"
    assert params.items() >= {**V2_TERMS, "order_count": "1", "clicked_button": "order"}.items()
    assert "period" not in params


def test_newer_form_that_calls_the_period_as_before_is_asked_so() -> None:
    """The older name is tried where the newer one does not open it."""
    param = needing("pricelist", "datacenter", "period", form=replace(V2, options={}))
    desk = OrderFormReader(v2_vds_order_param=param, vds_order=STEP)

    params = sent(ask(desk))[1]

    assert params["period"] == "9"
    assert "order_period" not in params


@pytest.mark.parametrize(("months", "flag"), [(1, "on"), (None, "off"), ("", None)])
def test_renewal_is_a_flag_of_newer_forms(months: object, flag: str | None) -> None:
    """Elsewhere it is a number of months: how many cannot be said here."""
    spec = {**WANTED, "autoRenewMonths": months}
    if months == "":
        del spec["autoRenewMonths"]
    wanted = declare("Service", "web", spec)
    offer = asyncio.run(read_offer(newer(), KIND, wanted, login="a@b.example"))

    assert sent(offer)[1].get("autoprolong") == flag


@pytest.mark.parametrize(
    ("months", "found"),
    [(1, "7"), (2, "the panel renews by 1 month, not by 2 months")],
)
def test_renewal_is_sent_by_the_panels_own_code(months: int, found: str) -> None:
    """What the form does not offer is said before it is ordered."""
    desk = OrderFormReader(vds_order_param=WIZARD, vds_order=STEP)

    offer = ask(desk, autoRenewMonths=months)

    assert found == (offer.obstacle or sent(offer)[1]["autoprolong"])


@pytest.mark.parametrize("name", ["period", "order_period"])
def test_step_may_name_the_period_as_its_form_does(name: str) -> None:
    """The codes of periods are those of the list that is shown, whatever it is called."""
    step = Form(
        {"datacenter": "2", name: "9"},
        {"datacenter": PLACES, name: PERIODS},
        lists=STEP.lists,
    )
    param = needing("pricelist", "datacenter", "order_period", form=V2)
    for months in (3, None):
        desk = OrderFormReader(v2_vds_order_param=param, v2_vds_order=step)
        assert sent(ask(desk, periodMonths=months))[1]["order_period"] == "9"


def test_proposed_trial_period_is_reported() -> None:
    """By whichever name it asks for the period."""
    form = Form(
        {"pricelist": "5", "order_period": "-100"},
        {"pricelist": {"5": "Cloud M"}, "datacenter": PLACES, "order_period": PERIODS},
    )
    offer = ask(OrderFormReader(v2_vds_order_param=form), periodMonths=None)

    assert offer.obstacle == "declare periodMonths: the form proposes the period -100"


def test_add_ons_are_found_by_their_names_in_the_form() -> None:
    """What the tariff has not is missing, and two of one name are not guessed between."""
    desk = OrderFormReader(vds_order_param=WIZARD, vds_order=STEP)
    offer = ask(desk, addons={"memory, gb": 4, "Disk": 9})
    assert offer.missing == (
        "the panel offers no add-on 'Disk'; it offers Memory, GB (7), Backup (8)",
    )

    offer = ask(desk, addons={"Memory, GB": 4})
    assert desk.asked[-1][1] == {**TERMS, "addon_7": "4"}
    assert sent(offer)[1]["addon_7"] == "4"

    duplicates = replace(FORM, labels={"addon_7": "Memory", "addon_8": "Memory"})
    param = needing("pricelist", "datacenter", "period", form=duplicates)
    offer = ask(OrderFormReader(vds_order_param=param, vds_order=STEP), addons={"Memory": 4})
    assert offer.missing == ("several add-ons have the name 'Memory': write one of the ids 7, 8",)


def test_add_on_that_is_a_check_box_is_sent_as_one() -> None:
    """It is on or off, however its value is written."""
    boxed = replace(FORM, values={**FORM.values, "addon_8": "off"})
    param = needing("pricelist", "datacenter", "period", form=boxed)

    offer = ask(OrderFormReader(vds_order_param=param, vds_order=STEP), addons={"Backup": 1})

    assert sent(offer)[1]["addon_8"] == "on"


def test_quote_that_is_refused_leaves_the_price_unknown() -> None:
    """The form opened for less is no price of more."""
    shown = needing("pricelist", "datacenter", "period", form=FORM)
    desk = OrderFormReader(
        vds_order_param=lambda asked: NOT_OPEN if "addon_7" in asked else shown(asked),
        vds_order=STEP,
    )

    offer = ask(desk, addons={"Memory, GB": 4})

    assert (offer.obstacle, offer.price(KIND)) == ("", UNKNOWN)


def test_choice_of_the_form_itself_is_resolved_there() -> None:
    """Templates are shown once it is known what is ordered."""
    desk = OrderFormReader(vds_order_param=WIZARD, vds_order=STEP)

    assert ask(desk, osTemplate="Debian 12").desired.fields["osTemplate"] == Choice(
        "deb", "Debian 12"
    )
    (finding,) = ask(desk, osTemplate="Plan 9").findings
    assert "osTemplate: the panel offers no 'Plan 9'; it offers 'Debian 12'" in finding.message


def test_first_step_reports_the_sort_of_order_form() -> None:
    """A refusal of any words is a wizard's; only a function that is missing is another way's."""
    for desk, bare, func in (
        (OrderFormReader(vds_order_param=BARE), True, "{variant}.order.param"),
        (
            OrderFormReader(vds_order_param=RejectedError("", "", "nope")),
            False,
            "{variant}.order.param",
        ),
        (OrderFormReader(v2_vds_order_param=BARE), True, "v2.{variant}.order.param"),
    ):
        found = asyncio.run(open_order(OrderQuery(desk, KIND, "vds", "a@b.example")))
        assert found.way is not None
        assert (found.way.func, found.is_bare) == (func, bare)
