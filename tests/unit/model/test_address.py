from __future__ import annotations

import pytest

from reconciler.errors import CodecError
from reconciler.model.address import Address, id_order, parse_address, parse_element_id


@pytest.mark.parametrize(
    "text", ["1", "7", "1000000000000000000", "42", "personal_3044", "abc", "a:b"]
)
def test_positive_number_or_one_word_is_an_id(text: str) -> None:
    """The panel's ids are read as they stand."""
    assert parse_element_id(text) == text


@pytest.mark.parametrize(
    "text",
    [
        *("", "0", "-1", "007", "12, 13", "12,13", "12 ", " 12", "12\n", "١٢", "1.0", "null"),
        *("a,b", "a b", "a\tb", "a\x00b", "a\u202eb", "personal_1,personal_2", "x" * 65),
    ],
)
def test_invalid_id_is_refused(text: str) -> None:
    """A list of ids above all: the panel would take it for several objects."""
    with pytest.raises(CodecError, match="not the id of one element"):
        parse_element_id(text)


def test_address_is_read_and_shown_alike() -> None:
    """Kind and name, with a slash between them."""
    assert parse_address("Discount/acme-spring.2") == Address("Discount", "acme-spring.2")
    assert str(Address("Discount", "acme-spring.2")) == "Discount/acme-spring.2"


@pytest.mark.parametrize(
    "text",
    [
        "Discount",
        "Discount/",
        "/spring",
        "Discount/Spring",
        "Discount/-spring",
        "Discount/spring\n",
        "Discount/a/b",
        "Dis count/spring",
        f"Discount/{'a' * 64}",
    ],
)
def test_invalid_address_is_refused(text: str) -> None:
    """A name that no manifest can have is refused, and the message shows one that is right."""
    with pytest.raises(CodecError, match="Discount/spring"):
        parse_address(text)


def test_addresses_sort_by_kind_and_then_by_name() -> None:
    """Lists of addresses read alike everywhere."""
    shuffled = [Address("TaxRule", "a"), Address("Client", "b"), Address("Client", "a")]

    assert [str(each) for each in sorted(shuffled)] == ["Client/a", "Client/b", "TaxRule/a"]


def test_ids_sort_by_their_number_and_words_come_last() -> None:
    """A row whose key is a word takes nothing from the others."""
    assert sorted(["10", "personal_2", "9", "b"], key=id_order) == ["9", "10", "b", "personal_2"]
