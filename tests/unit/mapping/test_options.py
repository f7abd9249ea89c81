from __future__ import annotations

import pytest

from reconciler.kinds.discount import KINDS
from reconciler.kinds.fields import Field, PanelField, ValueType
from reconciler.mapping.iso_codes import mentions, names_of
from reconciler.mapping.options import OptionNotFound, resolve_choice, same_option, same_options
from reconciler.model.value import Choice
from reconciler.wire.reply import CodedOptions
from tests.support.planning import CATALOGUE, kind_of

PLAIN = Field("type", "type", PanelField(shape=ValueType.CHOICE))
FREE = Field("region", "region", PanelField(shape=ValueType.CHOICE, free=True))
COUNTRY = Field("country", "country", PanelField(shape=ValueType.CHOICE, iso="country"))
CURRENCY = Field("currency", "currency", PanelField(shape=ValueType.CHOICE, iso="currency"))

COUNTRIES = {"182": "Russia", "81": "Germany", "230": "United Kingdom", "83": "Ghana"}
TYPES = {"1": "Personal", "2": "Personal, once", "9": "personal  ONCE MORE"}
PERIODS = KINDS[0].by_name["periods"]


def _resolved(facet: Field, wanted: Choice, options: dict[str, str] | None) -> str | None:
    found = resolve_choice(facet, wanted, options)
    return found.id if isinstance(found, Choice) else None


@pytest.mark.parametrize(
    ("label", "key"),
    [
        ("Personal", "1"),
        ("personal", "1"),
        ("Personal, once", "2"),
        ("Personal Once More", "9"),
        ("Person", None),
        ("", None),
        ("1", None),
    ],
)
def test_option_is_found_by_its_label(label: str, key: str | None) -> None:
    """Case and runs of blanks do not count; a part of a label is no label, nor is an id."""
    assert _resolved(PLAIN, Choice(label=label), TYPES) == key


def test_label_as_it_is_written_beats_one_of_another_case() -> None:
    """Two options may differ in case alone: then case counts."""
    options = {"1": "VIP", "2": "vip"}

    assert _resolved(PLAIN, Choice(label="vip"), options) == "2"
    assert _resolved(PLAIN, Choice(label="VIP"), options) == "1"


def test_found_option_has_both_its_names() -> None:
    """What was resolved can be sent and shown."""
    assert resolve_choice(PLAIN, Choice(label="personal"), TYPES) == Choice("1", "Personal")
    assert resolve_choice(PLAIN, Choice(id="1"), TYPES) == Choice("1", "Personal")


@pytest.mark.parametrize(
    ("code", "key"),
    [
        ("DE", "81"),
        ("DEU", "81"),
        ("GB", "230"),
        ("RU", "182"),
        ("GH", "83"),
        ("de", None),
        ("XX", None),
        ("FR", None),
        ("Germany", "81"),
    ],
)
def test_country_is_found_by_its_iso_code(code: str, key: str | None) -> None:
    """Two letters or three, in capitals; the panel's list has the name."""
    assert _resolved(COUNTRY, Choice(label=code), COUNTRIES) == key


@pytest.mark.parametrize(
    "options",
    [
        {"126": "Euro", "1": "US Dollar"},
        {"126": "EUR", "1": "USD"},
        {"126": "Euro (EUR)", "1": "US Dollar (USD)"},
        {"126": "EUR - Euro", "1": "USD - US Dollar"},
    ],
)
def test_currency_is_found_by_its_iso_code_whatever_the_list_shows(options: dict[str, str]) -> None:
    """Installations show a name, a code, or both."""
    assert _resolved(CURRENCY, Choice(label="EUR"), options) == "126"


def test_code_that_two_options_carry_is_not_guessed_at() -> None:
    """Cash and bank in one currency are two options."""
    found = resolve_choice(CURRENCY, Choice(label="EUR"), {"1": "EUR cash", "2": "EUR bank"})

    assert isinstance(found, OptionNotFound)
    assert "{id: 1}" in found.message
    assert "{id: 2}" in found.message


def test_code_means_nothing_where_no_codes_are_taken() -> None:
    """A provider called after a country is not meant by its code."""
    assert _resolved(PLAIN, Choice(label="DE"), {"1": "Germany"}) is None


def test_label_of_two_options_is_not_guessed_at() -> None:
    """The author writes the id of the one that is meant."""
    found = resolve_choice(PLAIN, Choice(label="Main"), {"1": "Main", "7": "Main"})

    assert isinstance(found, OptionNotFound)
    assert "{id: 1}, {id: 7}" in found.message


@pytest.mark.parametrize(
    ("options", "offered"),
    [
        ({"null": "", "1": "A", "2": "B"}, "it offers 'A', 'B'"),
        ({"1": "A", "2": "B", "3": "a"}, "it offers 'A' as {id: 1}, 'B', 'a' as {id: 3}"),
        ({"1": "", "2": " "}, "it offers {id: 1} without a label, {id: 2} without a label"),
    ],
)
def test_unlabelled_option_is_named_by_its_id(options: dict[str, str], offered: str) -> None:
    """What is listed can be written into a manifest as it stands."""
    miss = resolve_choice(PLAIN, Choice(label="Main provider"), options)

    assert miss == OptionNotFound(f"the panel offers no 'Main provider'; {offered}")


def test_missing_option_lists_close_matches() -> None:
    """A slip of the pen is mended from the message alone."""
    found = resolve_choice(COUNTRY, Choice(label="Germani"), COUNTRIES)

    assert isinstance(found, OptionNotFound)
    assert "'Germany'" in found.message
    assert "'Russia'" not in found.message


def test_id_that_is_not_offered_is_a_miss() -> None:
    """A value outside the option list would be refused by the panel, or worse."""
    assert _resolved(PLAIN, Choice(id="4"), TYPES) is None


@pytest.mark.parametrize("options", [None, {}, {"null": "-- none --"}, {"": ""}])
def test_form_without_options_takes_ids_and_no_labels(options: dict[str, str] | None) -> None:
    """A label cannot be looked up where there is no list."""
    assert _resolved(PLAIN, Choice(id="4"), options) == "4"
    found = resolve_choice(PLAIN, Choice(label="Personal"), options)
    assert isinstance(found, OptionNotFound)
    assert "{id: …}" in found.message


def test_free_choice_is_the_text_itself_where_there_is_no_list() -> None:
    """A region is typed in countries whose regions the panel does not know."""
    assert resolve_choice(FREE, Choice(label="Tver"), None) == Choice("Tver", "Tver")


def test_free_choice_is_bound_to_the_list_where_there_is_one() -> None:
    """The label of an option, or its key as a text."""
    options = {"5": "Bavaria", "12": "12 months"}

    assert _resolved(FREE, Choice(label="bavaria"), options) == "5"
    assert _resolved(FREE, Choice(label="12"), options) == "12"
    assert _resolved(FREE, Choice(label="Saxony"), options) is None
    # What is shown under a label outranks what merely has it for a key.
    assert _resolved(FREE, Choice(label="12"), {"5": "12", "12": "twelve"}) == "5"


@pytest.mark.parametrize(
    ("wanted", "live", "verdict"),
    [
        (Choice("1", "Main"), Choice("1", "Renamed"), True),
        (Choice("1", "Main"), Choice("2", "Main"), False),
        (Choice("1"), Choice("2"), False),
        (Choice("1", "Main"), Choice(None, "main "), True),
        (Choice("1", "Main"), Choice(None, "Other"), False),
        (Choice(None, "Main"), Choice("1", "Main"), True),
        (Choice("1"), Choice(None, "Main"), None),
        (Choice(None, "EUR"), Choice(None, "Euro"), None),
        (Choice("1"), Choice(None, "1"), True),
        (Choice("1", "Main"), Choice(None, None), None),
        (Choice(None, None), Choice("1", "Main"), None),
    ],
)
def test_two_options_agree_disagree_or_are_undecided(
    wanted: Choice,
    live: Choice,
    verdict: bool | None,  # noqa: FBT001 - a column of the table
) -> None:
    """Ids decide; labels decide between resolved ones; an unresolved label decides nothing."""
    assert same_option(wanted, live) is verdict


def test_sets_agree_when_each_has_its_own_partner() -> None:
    """Two wanted options are not both met by one live option."""
    one, two = Choice("1", "A"), Choice("2", "B")

    assert same_options([one, two], [two, one]) is True
    assert same_options([one], [one, two]) is False
    assert same_options([one, two], [one]) is False
    assert same_options([], []) is True
    assert same_options([], [one]) is False


def test_sets_with_an_ambiguous_option_are_undecided() -> None:
    """An id against a mere label: unknown is neither equal nor different."""
    assert same_options([Choice("1")], [Choice(None, "A")]) is None
    assert same_options([Choice("1"), Choice("2")], [Choice("2"), Choice(None, "A")]) is None


@pytest.mark.parametrize(
    ("label", "code", "found"),
    [
        ("Euro (EUR)", "EUR", True),
        ("EUR", "EUR", True),
        ("EURO", "EUR", False),
        ("Euro (eur)", "EUR", False),
        ("Euro", "Euro", False),
    ],
)
def test_code_is_a_word_of_its_own(label: str, code: str, *, found: bool) -> None:
    """``EUR`` does not stand in ``EURO``."""
    assert mentions(label, code) is found


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("DE", "germany"),
        ("GB", "united kingdom"),
        ("US", "united states"),
        ("RU", "russia"),
        ("TR", "turkey"),
        ("CZ", "czech republic"),
        ("KR", "south korea"),
        ("VN", "vietnam"),
        ("MD", "moldova"),
        ("IR", "iran"),
        ("TW", "taiwan"),
        ("CI", "ivory coast"),
    ],
)
def test_everyday_name_of_a_country_is_known(code: str, name: str) -> None:
    """Panels show everyday names, tables the official ones."""
    assert name in names_of("country", code)


def test_no_everyday_name_stands_for_two_countries() -> None:
    """``Congo`` alone would."""
    import pycountry

    held: dict[str, str] = {}
    for country in pycountry.countries:
        for name in names_of("country", country.alpha_2):
            assert held.setdefault(name, country.alpha_2) == country.alpha_2


def test_unknown_country_code_has_no_names() -> None:
    """Neither a word nor a code of the other table."""
    assert names_of("country", "Germany") == frozenset()
    assert names_of("country", "EUR") == frozenset()
    assert names_of("currency", "DE") == frozenset()


def test_codes_are_taken_for_countries_and_currencies_alone() -> None:
    """As the manual says."""
    coded = {
        f"{kind.name}.{facet.name}": facet.wire.iso
        for kind in CATALOGUE.resources
        for facet in kind.facets
        if facet.wire.iso
    }

    assert coded == {
        "Client.country": "country",
        "ClientAccount.currency": "currency",
        "CurrencyRate.base": "currency",
        "CurrencyRate.relate": "currency",
    }


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("3 months", "7"),
        ("12 months", "4"),
        ("Quarter", "7"),
        ("3", "7"),
        ("1 month", "3"),
    ],
)
def test_period_is_found_by_what_its_label_means_and_never_by_its_code(
    wanted: str, found: str
) -> None:
    """A whole number is months: the panel's code 3 may be the option of one month."""
    facet = PERIODS
    options = {"3": "1 month", "7": "Quarter", "4": "1 год"}
    choice = resolve_choice(facet, Choice(label=wanted), options)
    assert isinstance(choice, Choice)
    assert choice.id == found


def test_unoffered_period_has_no_code() -> None:
    """The code 6 stands there, and is a year: half a year is not to be had."""
    facet = PERIODS
    found = resolve_choice(facet, Choice(label="6 months"), {"6": "1 year"})
    assert isinstance(found, OptionNotFound)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("DE", "81"),
        ("DEU", "81"),
        ("Germany", "81"),
        ("GB", "77"),
        ("UK", "77"),
        ("AX", "12"),
        ("Land 12", "12"),
        # The label comes first: it is what an author sees.
        ("XK", "5"),
    ],
)
def test_country_is_known_by_its_flag_whatever_its_label(wanted: str, found: str) -> None:
    """The image's name is the ISO code, in a list whose labels are in no table."""
    labels = {"81": "Германия", "77": "Britain", "12": "Land 12", "5": "XK", "6": "Kosovo"}
    flags = {"81": "DE", "77": "UK", "12": "AX", "6": "XK"}
    menu = CodedOptions(labels, flags)

    assert resolve_choice(COUNTRY, Choice(label=wanted), menu) == Choice(found, labels[found])


@pytest.mark.parametrize(
    ("wanted", "flags"),
    [
        ("FR", {"81": "DE"}),
        ("DE", {"81": "DE", "82": "DE"}),
        ("Zamunda", {"81": "DE"}),
        ("DE", {}),
    ],
)
def test_flag_that_is_missing_or_flown_twice_decides_nothing(
    wanted: str, flags: dict[str, str]
) -> None:
    """Nothing is guessed."""
    menu = CodedOptions({"81": "Eins", "82": "Zwei"}, flags)

    assert isinstance(resolve_choice(COUNTRY, Choice(label=wanted), menu), OptionNotFound)


def test_flag_of_another_list_is_not_a_country() -> None:
    """Only what is written by ISO code is looked up by its image."""
    menu = CodedOptions({"1": "Eins"}, {"1": "DE"})
    field = kind_of("Client").by_name["provider"]

    assert isinstance(resolve_choice(field, Choice(label="DE"), menu), OptionNotFound)
