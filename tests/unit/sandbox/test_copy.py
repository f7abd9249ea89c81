"""What a copy of another panel holds, and what it says of what it cannot hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from reconciler.sandbox import Sandbox
from reconciler.sandbox.seeding.amounts import MirrorError, read_cents, read_number
from reconciler.sandbox.seeding.mirror import (
    MirroredClient,
    MirroredForm,
    MirroredOffer,
    MirroredQuote,
    MirrorSource,
    mirror,
)

if TYPE_CHECKING:
    from pathlib import Path

MACHINE = MirroredForm("vds.edit", "5", "7", {"pricelist": "4", "period": "1"})
DISCOUNT = MirroredForm(
    "account.discount.edit", "personal_3", "7", {"percentage": "5", "note": "n"}
)
FOUND = MirrorSource(
    clients=[MirroredClient("7", "a@b.example", providers=("1",))],
    sides={"project": {"1": "Main"}},
    forms=[MACHINE],
)


def _with(mirrored: MirroredForm, **values: str) -> MirrorSource:
    return replace(FOUND, forms=[replace(mirrored, values={**mirrored.values, **values})])


@pytest.mark.parametrize("text", ["on", "off", "3", "ssd", "1.5", "two words"])
def test_add_on_is_shown_and_taken_as_the_panel_shows_it(tmp_path: Path, text: str) -> None:
    """A number, a check box or any word; what is shown can be sent back."""
    mirror(tmp_path / "copy.sqlite3", _with(MACHINE, addon_9=text))
    with Sandbox(tmp_path / "copy.sqlite3", lag=timedelta(0)) as panel:
        assert f"<addon_9>{text}</addon_9>" in panel.call("vds.edit", elid="5").decode()
        answer = panel.call("vds.edit", elid="5", addon_9=text, skipbasket="on", sok="ok")
        assert b"<ok" in answer


def test_whole_number_of_an_add_on_is_one_with_or_without_decimals(tmp_path: Path) -> None:
    """A form may show the number of a price list's own shape."""
    mirror(tmp_path / "copy.sqlite3", _with(MACHINE, addon_9="4.00"))
    with Sandbox(tmp_path / "copy.sqlite3", lag=timedelta(0)) as panel:
        assert b"<addon_9>4</addon_9>" in panel.call("vds.edit", elid="5")


def test_add_on_that_is_a_list_takes_its_options_alone(tmp_path: Path) -> None:
    """As the other panel would."""
    mirrored = replace(MACHINE, values={**MACHINE.values, "addon_9": "ssd"})
    mirrored = replace(mirrored, options={"addon_9": {"ssd": "SSD", "hdd": "Disk"}})
    mirror(tmp_path / "copy.sqlite3", replace(FOUND, forms=[mirrored]))
    with Sandbox(tmp_path / "copy.sqlite3", lag=timedelta(0)) as panel:
        sent = {"elid": "5", "skipbasket": "on", "sok": "ok"}
        assert b"<ok" in panel.call("vds.edit", **sent, addon_9="hdd")
        assert b'<error type="value"' in panel.call("vds.edit", **sent, addon_9="tape")


def test_add_on_that_one_form_leaves_empty_is_what_another_one_shows(tmp_path: Path) -> None:
    """An order form may leave a check box out that a service has switched on."""
    offer = MirroredOffer("vds", "7", {"addon_9": ""}, {"pricelist": {"4": "S"}}, tariff="4")
    mirror(tmp_path / "copy.sqlite3", replace(_with(MACHINE, addon_9="on"), offers=[offer]))
    with Sandbox(tmp_path / "copy.sqlite3", lag=timedelta(0)) as panel:
        assert b"<addon_9>on</addon_9>" in panel.call("vds.edit", elid="5")
        sent = {"elid": "5", "skipbasket": "on", "sok": "ok"}
        assert b"<ok" in panel.call("vds.edit", **sent, addon_9="off")


def test_key_that_is_a_word_is_kept(tmp_path: Path) -> None:
    """Discounts are opened, edited and deleted by it, and new ones beside it get numbers."""
    mirror(tmp_path / "copy.sqlite3", replace(FOUND, forms=[DISCOUNT]))
    with Sandbox(tmp_path / "copy.sqlite3", lag=timedelta(0)) as panel:
        assert b"<idname>personal_3</idname>" in panel.call("account.discount", elid="7")
        sent = {"plid": "7", "sok": "ok"}
        panel.call("account.discount.edit", elid="personal_3", percentage="9", **sent)
        assert b"<percentage>9.00</percentage>" in panel.call(
            "account.discount.edit", plid="7", elid="personal_3"
        )
        with panel.reading() as db:
            db.execute("INSERT INTO choice VALUES ('discount_type', '1', 'T', 'T', 0)")
            db.execute("INSERT INTO choice VALUES ('discount_action', '1', 'A', 'A', 0)")
        made = panel.call("account.discount.edit", percentage="1", type="1", actiontype="1", **sent)
        assert b"<ok" in made
        panel.call("account.discount.delete", elid="personal_3", plid="7")
        assert b"personal_3" not in panel.call("account.discount", elid="7")


def test_client_without_a_shown_email_is_kept_beside_others(tmp_path: Path) -> None:
    """A list may lack the column; nobody signs in as such a client."""
    clients = [MirroredClient("7", "a@b.example"), MirroredClient("8", ""), MirroredClient("9", "")]
    mirror(tmp_path / "copy.sqlite3", MirrorSource(clients=clients))
    with Sandbox(tmp_path / "copy.sqlite3") as panel:
        assert panel.call("account").count(b"<elem>") == 3


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (
            MirrorSource(clients=[MirroredClient("x", "a@b.example")]),
            "id of a client: 'x' is not a number",
        ),
        (
            MirrorSource(
                clients=[MirroredClient("7", "a@b.example"), MirroredClient("8", "A@b.example")]
            ),
            "email of client 8: another client has 'A@b.example' too",
        ),
        (
            MirrorSource(clients=[MirroredClient("7", "a@b.example", groups=("vip",))]),
            "member of client 7: 'vip' is not a number",
        ),
        (replace(FOUND, sides={"project": {"p1": "Main"}}), "project 'Main': 'p1' is not a number"),
        (
            replace(FOUND, forms=[replace(MACHINE, id="m5")]),
            "id of vds.edit: 'm5' is not a number",
        ),
        (
            replace(FOUND, forms=[replace(DISCOUNT, client="c")]),
            "client of account.discount.edit personal_3: 'c' is not a number",
        ),
        (
            replace(
                FOUND,
                forms=[MirroredForm("subaccount.edit", "5", "7", {"creditlimit": "5.000 EUR"})],
            ),
            "creditlimit of subaccount.edit 5: '5.000 EUR' can be read as two amounts",
        ),
        (
            replace(FOUND, rows={("vds.edit", "5"): {"price": "1" * 40}}),
            "price of vds.edit 5: '1111",
        ),
        (
            replace(FOUND, quotes=[MirroredQuote("7", "4", 1, Decimal("1e30"))]),
            "price of tariff 4: it is too large for a copy",
        ),
        (
            replace(FOUND, quotes=[MirroredQuote("7", "web", 1, Decimal(1))]),
            "pricelist of a price: 'web' is not a number",
        ),
        (_with(DISCOUNT, note="\ud800"), "a text or a number that no table holds"),
    ],
)
def test_value_that_no_copy_holds_is_reported_with_its_place(
    tmp_path: Path, found: MirrorSource, words: str
) -> None:
    """In plain words, and with the object that it is about."""
    with pytest.raises(MirrorError) as caught:
        mirror(tmp_path / "copy.sqlite3", found)

    assert str(caught.value).startswith(words)


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("", 0),
        ("—", 0),
        ("12", 1200),
        ("12.5", 1250),
        ("-1 234,50 RUB", -123450),
        ("10.8000", 1080),
        ("EUR 1\u00a0000.00 / Month", 100000),
        ("1234.567", 123456),
    ],
)
def test_amounts_are_read_whole(text: str, cents: int) -> None:
    """Nothing is cut off behind a mark of thousands."""
    assert read_cents(text, "here") == cents


@pytest.mark.parametrize("text", ["1.234,50", "1,234.5", "5.000", "1.2.3", "9" * 30])
def test_amount_that_may_be_another_is_refused(text: str) -> None:
    """A copy with a thousandth of a balance would refuse what the panel does not."""
    with pytest.raises(MirrorError, match=r"^here: "):
        read_cents(text, "here")


@pytest.mark.parametrize("text", ["", "null", "-1", "1.0", "²", "٣", "1" * 19, "1 2"])
def test_numbers_are_plain(text: str) -> None:
    """What another alphabet counts with is no number of a table."""
    with pytest.raises(MirrorError):
        read_number(text, "here")
