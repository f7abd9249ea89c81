from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from reconciler.errors import CodecError
from reconciler.mapping.decode import read_form, read_members, read_row
from reconciler.model.value import Choice, Ref
from reconciler.planning.diff import compare
from reconciler.wire.reply import Form, ReplyPart, Row
from tests.support.planning import TODAY, declare, kind_of, scope

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.model.resource import Observed


def _row(kind: str, values: Mapping[str, str], codes: Mapping[str, str] | None = None) -> Observed:
    where = scope(kind, 7 if kind_of(kind).parent else None, "vds" if kind == "Service" else "")
    return read_row(kind_of(kind), where, Row(values, codes or {}))


def _form(
    kind: str,
    values: Mapping[str, str],
    options: Mapping[str, Mapping[str, str]] | None = None,
    row: Mapping[str, str] | None = None,
) -> Observed:
    return read_form(
        kind_of(kind), _row(kind, {"id": "5", **(row or {})}), Form(values, options or {})
    )


def test_column_that_is_missing_is_unknown_and_one_that_is_empty_is_empty() -> None:
    """Panels leave columns out that hold one value for all rows."""
    assert "name" not in _row("Client", {"id": "5", "email": "a@b.example"}).fields
    assert _row("Client", {"id": "5", "name": ""}).fields["name"] == ""


@pytest.mark.parametrize(("key", "number"), [("id", "5"), ("elid", "6")])
def test_row_of_clients_has_its_key_in_either_column(key: str, number: str) -> None:
    """Captured lists carry ``id``, documents name ``elid``."""
    observed = _row("Client", {key: number, "email": "a@b.example"})

    assert observed.row_id == number


def _unclear(kind: str, column: str) -> Observed:
    """Read a row that has two values in one column."""
    values = {"id": "5", "note": "n", "name": "x", "domain": "d.example"}
    values.pop(column, None)
    where = scope(kind, 7 if kind_of(kind).parent else None, "vds" if kind == "Service" else "")
    return read_row(
        kind_of(kind), where, Row(values, parts=(ReplyPart(column, "1"), ReplyPart(column, "2")))
    )


@pytest.mark.parametrize(
    ("kind", "column"),
    [
        ("Client", "id"),
        ("Client", "email"),
        ("Discount", "idname"),
        ("Discount", "note"),
        ("Service", "remoteid"),
        ("Service", "domain"),
        ("Service", "status"),
    ],
)
def test_row_with_two_values_of_what_tells_it_is_refused(kind: str, column: str) -> None:
    """Neither may be taken: the other one would be somebody else's object, or a lost mark."""
    with pytest.raises(CodecError, match=column):
        _unclear(kind, column)


def test_other_column_with_two_values_is_unknown() -> None:
    """The form will tell."""
    assert "name" not in _unclear("Client", "name").fields
    assert _unclear("Client", "colour").fields["name"] == "x"


def test_member_that_is_on_and_off_is_refused() -> None:
    """A side list says of each row which it is."""
    row = Row(
        {"id": "1", "name": "Gold"}, parts=(ReplyPart("status", "on"), ReplyPart("status", "off"))
    )
    with pytest.raises(CodecError, match="several"):
        read_members((row,))


@pytest.mark.parametrize(
    "values", [{}, {"id": ""}, {"id": "5, 6"}, {"id": "0"}, {"name": "5"}, {"id": "x y"}]
)
def test_row_without_a_usable_key_is_refused(values: dict[str, str]) -> None:
    """Such a row cannot be touched, and may not be passed over either."""
    with pytest.raises(CodecError):
        _row("Client", values)


def test_discount_is_known_by_the_name_of_its_id() -> None:
    """The list's ``id`` is not what forms and deletes take, and may be another row's tomorrow."""
    observed = _row("Discount", {"id": "5", "idname": "31"})
    plain = _row("Discount", {"id": "5"})

    assert (observed.row_id, plain.row_id) == ("31", "5")


def test_discount_list_shows_neither_type_nor_action() -> None:
    """Its captions of the two are swapped, so neither column is believed."""
    observed = _row("Discount", {"id": "5", "type": "Orders", "actiontype": "Personal"})

    assert not {"type", "appliesTo"} & set(observed.fields)


def test_code_behind_a_text_is_read_beside_it() -> None:
    """A localized column says its code in ``orig``."""
    observed = _row("TaxRule", {"id": "5", "project": "Main"}, {"project": "1"})

    assert observed.fields["provider"] == Choice("1", "Main")


@pytest.mark.parametrize(
    ("values", "choice"),
    [
        ({"pricelist_id": "6", "pricelist": "VDS S"}, Choice("6", "VDS S")),
        ({"pricelist": "VDS S"}, Choice(None, "VDS S")),
    ],
)
def test_tariff_is_read_from_whatever_columns_there_are(
    values: dict[str, str], choice: Choice
) -> None:
    """The id and the name, or the name alone."""
    assert _row("Service", {"id": "5", **values}).fields["tariff"] == choice


@pytest.mark.parametrize("text", ["", "null"])
def test_option_that_is_empty_is_none(text: str) -> None:
    """An empty select holds nothing, in a row and in a form."""
    assert _row("TaxRule", {"id": "5", "project": text}).fields["provider"] is None
    assert _form("Client", {"country": text}).fields["country"] is None


@pytest.mark.parametrize("text", ["VDS,Domain", "VDS, Domain", " VDS ,Domain,"])
def test_list_of_product_types_is_read_in_both_spellings(text: str) -> None:
    """With a blank behind the comma or without."""
    fields = _row("TaxRule", {"id": "5", "itemtype": text}).fields

    assert fields["productTypes"] == frozenset({Choice(None, "VDS"), Choice(None, "Domain")})


def test_prose_in_a_date_column_is_passed_over_for_the_next_column() -> None:
    """``expiredate`` may be prose, with the date in ``real_expiredate``."""
    both = _row("Service", {"id": "5", "real_expiredate": "2026-12-01", "expiredate": "in 9 days"})
    prose = _row("Service", {"id": "5", "expiredate": "in 9 days"})
    plain = _row("Service", {"id": "5", "expiredate": "2026-12-01"})

    assert both.fields["paidThrough"] == date(2026, 12, 1)
    assert plain.fields["paidThrough"] == date(2026, 12, 1)
    assert "paidThrough" not in prose.fields


def test_unit_behind_a_rate_does_not_count() -> None:
    """Whether lists carry one is not known."""
    assert _row("TaxRule", {"id": "5", "taxrate": "19.00 %"}).fields["rate"] == Decimal(19)
    assert _row("CurrencyRate", {"id": "5", "rate": "92.5010 RUB"}).fields["rate"] == Decimal(
        "92.501"
    )


def test_text_of_another_shape_leaves_the_field_unknown() -> None:
    """What cannot be read is not taken for empty, and a form overrides the value of a row."""
    assert "rate" not in _row("TaxRule", {"id": "5", "taxrate": "standard"}).fields
    assert "rate" not in _form("TaxRule", {"taxrate": "standard"}, row={"taxrate": "19"}).fields


def test_form_outranks_the_row() -> None:
    """Of two values the form's counts, and what it does not show stays the row's."""
    observed = _form("Client", {"name": "New"}, row={"name": "Old", "email": "A@b.example"})

    assert observed.fields["name"] == "New"
    assert observed.fields["email"] == "a@b.example"
    assert observed.from_form


def test_client_form_with_several_providers_shows_all_of_them() -> None:
    """Where one is chosen at registration, the form later lists what the client has."""
    options = {"project": {"1": "Main", "2": "Other", "3": "Third"}}
    seen = _form("Client", {"project": "2,3,1"}, options)
    desired = declare("Client", "acme", {"email": "a@b.example", "provider": Choice("3", "Third")})

    assert seen.fields["provider"] == frozenset(
        {Choice("1", "Main"), Choice("2", "Other"), Choice("3", "Third")}
    )
    assert compare(kind_of("Client"), desired, seen, TODAY).edits == ()


def test_option_whose_key_holds_a_comma_is_one_option() -> None:
    """Its key is looked up before it is taken for a list."""
    seen = _form("Client", {"country": "1,2"}, {"country": {"1,2": "Both"}})

    assert seen.fields["country"] == Choice("1,2", "Both")


def test_phone_that_was_not_verified_is_read_from_the_other_field() -> None:
    """A verified phone empties the field that was typed into."""
    assert _form("Client", {"try_phone": "+1", "valid_phone": "+2"}).fields["phone"] == "+1"
    assert _form("Client", {"try_phone": "", "valid_phone": "+2"}).fields["phone"] == "+2"


@pytest.mark.parametrize(
    ("values", "types"),
    [
        ({"specialitemtype": "on", "itemtype": "3, 7"}, {"3", "7"}),
        ({"specialitemtype": "off", "itemtype": "3,7"}, set()),
        ({"itemtype": "3,7"}, {"3", "7"}),
        ({"specialitemtype": "off"}, set()),
        ({"specialitemtype": "on", "itemtype": "null"}, set()),
    ],
)
def test_product_types_count_while_their_switch_is_on(
    values: dict[str, str], types: set[str]
) -> None:
    """Switched off, a rule is for every product, whatever the list still holds."""
    found = _form("TaxRule", values, {"itemtype": {"3": "VDS", "7": "Domain"}})
    chosen = found.fields["productTypes"]

    assert isinstance(chosen, frozenset)
    assert {choice.id for choice in chosen} == types


def test_numbered_parameters_are_read_by_their_numbers() -> None:
    """And nothing else that merely begins alike."""
    seen = _form("Service", {"addon_7": "5 ", "addon_11": "512", "addon_x": "1", "addon": "2"})

    assert seen.fields["addons"] == {"7": "5", "11": "512"}


def test_reference_in_a_form_is_the_id_that_it_holds() -> None:
    """An empty one points nowhere."""
    assert _form("ClientAccount", {"referer": "9"}).fields["referredBy"] == Ref("Client", "id", "9")
    assert _form("ClientAccount", {"referer": "null"}).fields["referredBy"] is None


@pytest.mark.parametrize(
    ("text", "limit"), [("150.00", "150"), ("1 150.50 EUR", "1150.5"), ("0", "0")]
)
def test_credit_limit_is_read_with_or_without_its_currency(text: str, limit: str) -> None:
    """The amount is what is declared."""
    assert _form("ClientAccount", {"creditlimit": text}).fields["creditLimit"] == Decimal(limit)


@pytest.mark.parametrize(
    ("values", "codes", "state", "suspended"),
    [
        ({"item_status": "2"}, {}, "live", False),
        ({"item_status": "Active"}, {"item_status": "2"}, "live", False),
        ({"status": "Stopped", "item_status": "3_autosuspend"}, {}, "live", True),
        ({"item_status": "Processing", "item_status_orig": "5_open"}, {}, "busy", None),
        ({"item_status": "5_close"}, {}, "closing", None),
        ({"item_status": "4"}, {}, "gone", None),
        ({}, {}, "live", None),
    ],
)
def test_status_of_a_service_is_read_by_its_code(
    values: dict[str, str],
    codes: dict[str, str],
    state: str,
    suspended: bool | None,  # noqa: FBT001 - a column of the table
) -> None:
    """A text beside it never counts, and no status leaves the switch unknown."""
    observed = _row("Service", {"id": "5", **values}, codes)

    assert observed.state == state
    assert observed.fields.get("suspended") is suspended


@pytest.mark.parametrize(
    ("text", "code", "suspended"),
    [("Active", "on", False), ("Disabled", "off", True), ("Gesperrt", "?", None)],
)
def test_account_that_is_switched_off_is_suspended(
    text: str,
    code: str,
    suspended: bool | None,  # noqa: FBT001 - likewise
) -> None:
    """A word that we do not know leaves the switch unknown."""
    observed = _row("ClientAccount", {"id": "5", "status": text}, {"status": code})

    assert observed.fields.get("suspended") is suspended


@pytest.mark.parametrize(
    ("note", "text", "marker"),
    [("hello [git:shop/a]", "hello", "git:shop/a"), ("hello", "hello", None), ("", "", None)],
)
def test_marker_is_taken_off_the_note(note: str, text: str, marker: str | None) -> None:
    """The author's text is compared, the marker says whose it is."""
    observed = _form("Discount", {"note": note})

    assert observed.fields["note"] == text
    assert observed.marker == marker


def test_marker_that_was_not_read_is_not_taken_for_none() -> None:
    """A list without the column tells nothing, and neither does a form without the field."""
    assert _row("Discount", {"id": "5"}).marker == ""
    seen = _form("Discount", {"percentage": "10"})
    assert seen.marker == ""
    assert "note" not in seen.fields


def test_form_without_the_field_leaves_the_marker_of_the_row() -> None:
    """What the row showed of note and marker is not lost."""
    seen = _form("Discount", {"percentage": "10"}, row={"note": "hello [git:shop/a]"})

    assert seen.marker == "git:shop/a"
    assert seen.fields["note"] == "hello"


def test_complete_remote_id_is_the_marker() -> None:
    """Another system's id is a marker, too, only not ours."""
    assert _row("Service", {"id": "5", "remoteid": "git:shop/web/1"}).marker == "git:shop/web/1"
    assert _row("Service", {"id": "5", "remoteid": "crm-17"}).marker == "crm-17"
    assert _row("Service", {"id": "5", "remoteid": ""}).marker is None
    assert _form("Service", {"remoteid": " "}).marker is None


def test_toggle_list_shows_selected_and_available_options() -> None:
    """By the code of the status, in either of its columns."""
    rows = (
        Row({"id": "1", "name": "Gold", "status": "Aktiv"}, {"status": "on"}),
        Row({"id": "2", "name": "Silver", "status": "off"}),
        Row({"elid": "3", "name": "Bronze", "active": "on"}),
    )
    enabled, offered = read_members(rows)

    assert enabled == {Choice("1", "Gold"), Choice("3", "Bronze")}
    assert offered == {"1": "Gold", "2": "Silver", "3": "Bronze"}


def test_side_list_with_an_unknown_status_is_refused() -> None:
    """Taken for off, a member would be switched on again and again."""
    with pytest.raises(CodecError, match="neither on nor off"):
        read_members((Row({"id": "1", "name": "Gold", "status": "half"}),))


@pytest.mark.parametrize("note", ["one \r\ntwo\r\n", "one\ntwo [git:shop/acme]\r\n", "one\rtwo"])
def test_note_of_a_form_that_was_saved_in_a_browser_is_as_it_was(note: str) -> None:
    """A browser sends other line ends and blanks, which is no change of the note."""
    assert _form("Discount", {"note": note}).fields["note"] == "one\ntwo"


def test_options_of_which_none_is_chosen_are_none() -> None:
    """A form shows what there is to choose from, and no choice: that is an answer."""
    menu = {"period": {"1": "1 month", "12": "1 year"}, "type": {"1": "Personal"}}
    found = _form("Discount", {"percentage": "10"}, menu)

    assert found.fields["periods"] == frozenset()
    # One of several is always chosen, so a select without a value was not shown.
    assert "type" not in found.fields
    assert "periods" not in _form("Discount", {"percentage": "10"}).fields


def test_options_whose_choice_is_withheld_are_unknown() -> None:
    """What is masked, or came with two values, is there and not known."""
    shown = Form({}, {"period": {"1": "1 month"}}, withheld=frozenset({"period"}))
    found = read_form(kind_of("Discount"), _row("Discount", {"id": "5"}), shown)

    assert "periods" not in found.fields
