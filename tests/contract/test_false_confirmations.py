"""Section 7 of the contract: writes that are confirmed and not done."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reconciler.sandbox import Sandbox, audit, reinstalls
from tests.support.sandbox_client import Client, Clock, error, fields, is_ok, order, rows, service

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "func",
    ["account.delete", "account.discount.delete", "vds.delete", "payment.delete", "vhost.suspend"],
)
@pytest.mark.parametrize("elid", ["4242", "", "no number"])
def test_action_answers_ok_for_nothing(panel: Sandbox, func: str, elid: str) -> None:
    """There was nothing to act on, and nothing says so."""
    assert is_ok(panel.call(func, elid=elid))
    assert not audit(panel)[-1].wrote


def test_actions_need_no_sok(panel: Sandbox, client: Client) -> None:
    """Leaving it out is no dry run."""
    panel.call("account.delete", elid=client.id)

    assert rows(panel.call("account")) == []


def test_service_is_deleted_in_a_while(panel: Sandbox, client: Client, clock: Clock) -> None:
    """It is closing, then deleted, and its row lingers; its form is gone."""
    order(panel, client, remoteid="m", skipbasket="on")
    clock.forward(seconds=1)
    number = service(panel, "m")["id"]

    panel.call("vds.delete", elid=number)

    assert service(panel, "m")["item_status@orig"] == "5_close"
    assert is_ok(panel.call("vds.delete", elid=number))
    clock.forward(seconds=1)
    assert service(panel, "m")["item_status@orig"] == "4"
    assert error(panel.call("vds.edit", elid=number))[0] == "missed"


def test_deleted_service_lingers_beside_a_newer_one(
    panel: Sandbox, client: Client, clock: Clock
) -> None:
    """Two rows with one domain, of which one is dead."""
    given = {"domain": "shop.example.com", "skipbasket": "on"}
    order(panel, client, remoteid="old", **given)
    panel.call("vds.delete", elid=service(panel, "old")["id"])
    clock.forward(seconds=1)
    order(panel, client, remoteid="new", **given)
    clock.forward(seconds=1)

    states = {row["remoteid"]: row["item_status@orig"] for row in rows(panel.call("vds"))}
    assert states == {"old": "4", "new": "2"}


@pytest.mark.parametrize("name", ["pricelist", "datacenter", "period"])
def test_terms_of_a_service_are_silently_kept(panel: Sandbox, client: Client, name: str) -> None:
    """An edit answers ok and changes nothing."""
    order(panel, client, remoteid="m", skipbasket="on")
    number = service(panel, "m")["id"]
    before = fields(panel.call("vds.edit", elid=number))[name]

    assert is_ok(panel.call("vds.edit", elid=number, sok="ok", **{name: "36"}))

    assert fields(panel.call("vds.edit", elid=number))[name] == before


def test_payment_tied_to_a_service_is_silently_kept(town: Path, tmp_path: Path) -> None:
    """An edit answers ok and changes nothing."""
    copy = tmp_path / "copy.sqlite3"
    copy.write_bytes(town.read_bytes())
    with Sandbox(copy) as panel:
        answers = []
        for row in rows(panel.call("payment", p_cnt="50")):
            answers.append(panel.call("payment.edit", elid=row["id"], note="mine", sok="ok"))
            answers.append(panel.call("payment.edit", elid=row["id"]))

    assert all(is_ok(answer) for answer in answers[::2])
    assert {fields(answer)["note"] for answer in answers[1::2]} == {"", "mine"}


@pytest.mark.parametrize("system", ["debian-12-amd64", "alma-9-amd64"])
def test_naming_a_system_reinstalls(
    panel: Sandbox, client: Client, clock: Clock, system: str
) -> None:
    """Even the system that is there already."""
    order(panel, client, remoteid="m", skipbasket="on", ostempl="debian-12-amd64")
    clock.forward(seconds=1)
    number = service(panel, "m")["id"]

    panel.call("vds.edit", elid=number, ostempl=system, sok="ok")

    assert reinstalls(panel) == {int(number): 1}
    assert service(panel, "m")["item_status@orig"] == "5_reinstall"
    clock.forward(seconds=1)
    assert service(panel, "m")["item_status@orig"] == "2"


def test_edit_of_other_fields_reinstalls_nothing(panel: Sandbox, client: Client) -> None:
    """A domain, an address or a marker can be changed at will."""
    order(panel, client, remoteid="m", skipbasket="on")
    number = service(panel, "m")["id"]

    panel.call("vds.edit", elid=number, domain="other.example.com", remoteid="n", sok="ok")

    assert service(panel, "n")["domain"] == "other.example.com"
    assert reinstalls(panel) == {}


def test_client_edits_less_than_an_administrator(panel: Sandbox, client: Client) -> None:
    """What is not his to change is answered with ok and ignored."""
    order(panel, client, remoteid="m", skipbasket="on", domain="mine.example.com")
    number = service(panel, "m")["id"]

    answer = panel.call(
        "vds.edit", elid=number, domain="x.example.com", autoprolong="3", sok="ok", su=client.email
    )

    assert is_ok(answer)
    row = service(panel, "m")
    assert (row["domain"], row["autoprolong"]) == ("mine.example.com", "3")


def test_renewal_is_switched_off_with_null(panel: Sandbox, client: Client) -> None:
    """`null` stands for off, in what is sent and in what is shown."""
    order(panel, client, remoteid="m", skipbasket="on", autoprolong="1")
    number = service(panel, "m")["id"]

    panel.call("vds.edit", elid=number, autoprolong="null", sok="ok")

    assert fields(panel.call("vds.edit", elid=number))["autoprolong"] == "null"


def test_service_is_suspended_and_resumed(panel: Sandbox, client: Client, clock: Clock) -> None:
    """Status 3 and back to 2, by actions that need no `sok`."""
    order(panel, client, remoteid="m", skipbasket="on")
    clock.forward(seconds=1)
    number = service(panel, "m")["id"]
    seen = []
    for action in ("suspend", "resume"):
        panel.call(f"vds.{action}", elid=number)
        seen.append(service(panel, "m")["item_status@orig"])

    assert seen == ["3", "2"]
