"""Faults of what is done: in part, twice, slowly, or by somebody else besides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest

from reconciler.sandbox import FaultMiddleware, Sandbox, audit, ledger
from reconciler.sandbox.faults import Cart, ConcurrentCall, Expire, Ignore, Lag, Reuse, Twice
from reconciler.sandbox.faults.side_effects import PanelCall
from tests.contract.wire import send
from tests.support.sandbox_client import (
    Client,
    Clock,
    error,
    fields,
    is_ok,
    name_of,
    parse,
    rename,
    rows,
    service,
    sign_in,
    table,
    terms,
)

if TYPE_CHECKING:
    from reconciler.sandbox.faults import Fault

When = Literal["before", "after"]


def buy(panel: Sandbox, client: Client, *faults: Fault, remoteid: str = "m") -> bytes:
    """Order a machine and pay for it, through faults."""
    auth = sign_in(panel, client.email, "anvil-4711")
    given = {**terms(panel, client), "remoteid": remoteid, "skipbasket": "on"}
    return send(
        FaultMiddleware(panel, faults), func="vds.order.param", sok="ok", auth=auth, **given
    ).body


@pytest.mark.parametrize("which", ["first", "last"])
def test_order_is_delivered_twice(
    panel: Sandbox, client: Client, which: Literal["first", "last"]
) -> None:
    """Two services, two charges, one answer."""
    body = buy(panel, client, Twice(func="vds.order.param", answer_of=which))

    numbers = sorted(row["id"] for row in rows(panel.call("vds")))
    assert len(ledger(panel)) == len(numbers) == 2
    assert fields(body)["item.id"] == numbers[0 if which == "first" else 1]


def test_order_lands_in_the_cart(panel: Sandbox, client: Client) -> None:
    """Although it was to be paid at once."""
    body = buy(panel, client, Cart(func="*.order.param"))

    assert is_ok(body)
    assert ledger(panel) == []
    assert len(table(panel.call("basket", su=client.email), "itemlist")) == 1
    assert "skipbasket" not in audit(panel)[-2].params


def test_parameter_is_lost(panel: Sandbox, client: Client) -> None:
    """The rest of the edit is worked off, and the answer says ok."""
    auth = sign_in(panel)
    front = FaultMiddleware(panel, [Ignore(func="account.edit", params=["name"])])

    came = send(front, **rename(client, auth), note="kept")

    assert is_ok(came.body)
    form = fields(panel.call("account.edit", elid=client.id))
    assert (form["name"], form["note"]) == ("Acme Anvils", "kept")


def test_service_stays_in_process_for_long(panel: Sandbox, client: Client, clock: Clock) -> None:
    """As long as the fault says, and no longer."""
    buy(panel, client, Lag(func="vds.order.param", seconds=300), remoteid="slow")
    buy(panel, client, remoteid="quick")

    states = []
    for seconds in (299, 1):
        clock.forward(seconds=seconds)
        states.append([service(panel, m)["item_status@orig"] for m in ("slow", "quick")])

    assert states == [["5_open", "2"], ["2", "2"]]


def test_next_object_gets_an_id_of_old(panel: Sandbox, client: Client) -> None:
    """A service and a client, each once."""
    body = buy(panel, client, Reuse(func="vds.order.param", id=4711))
    buy(panel, client, remoteid="n")

    assert fields(body)["item.id"] == "4711"
    assert service(panel, "m")["id"] == "4711"
    assert service(panel, "n")["id"] == "4712"


def test_id_is_the_one_that_forms_go_by(panel: Sandbox, client: Client) -> None:
    """Also where a list shows another."""
    auth = sign_in(panel)
    blank = fields(panel.call("account.discount.edit", plid=client.id))
    given = {"func": "account.discount.edit", "plid": client.id, "percentage": "5", "sok": "ok"}
    front = FaultMiddleware(panel, [Reuse(func="account.discount.edit", id=77)])

    came = send(front, auth=auth, **{**blank, **given, "elid": ""})

    assert fields(came.body)["id"] == "77"
    assert fields(panel.call("account.discount.edit", elid="77"))["percentage"] == "5.00"


def test_id_that_is_taken_is_not_given_again(panel: Sandbox, client: Client) -> None:
    """The next free one is."""
    buy(panel, client, Reuse(id=50))
    body = buy(panel, client, Reuse(id=50), remoteid="n")

    assert fields(body)["item.id"] == "51"


@pytest.mark.parametrize(
    ("when", "first", "name"),
    [("before", "access", "Acme Anvils"), ("after", "", "Other")],
)
def test_session_ends_in_mid_run(
    panel: Sandbox, client: Client, when: When, first: str, *, name: str
) -> None:
    """It looks like a missing right, and a new session sets it right."""
    auth = sign_in(panel)
    front = FaultMiddleware(panel, [Expire(func="account.edit", when=when)])

    came = send(front, **rename(client, auth))
    then = send(front, func="whoami", auth=auth)
    again = send(front, func="whoami", auth=sign_in(panel))

    assert error(came.body)[0] == first
    assert (error(then.body)[0], error(again.body)[0]) == ("access", "")
    assert name_of(panel, client) == name


@pytest.mark.parametrize(
    ("when", "seen", "name"), [("before", "Theirs", "Other"), ("after", "Acme Anvils", "Theirs")]
)
def test_person_edits_at_the_same_time(
    panel: Sandbox, client: Client, when: When, seen: str, *, name: str
) -> None:
    """Right before it is overwritten, right after it overwrites."""
    theirs = PanelCall(func="account.edit", params={"elid": "$elid", "name": "Theirs", "sok": "ok"})
    auth = sign_in(panel)
    front = FaultMiddleware(
        panel, [ConcurrentCall(func="account.edit", request="submit", when=when, run=theirs)]
    )

    came = send(front, **rename(client, auth))

    assert parse(came.body).findtext("doc/name") == seen
    assert name_of(panel, client) == name
    actors = [each.actor for each in audit(panel) if each.params.get("sok")][-2:]
    assert sorted(actors) == ["admin", "root@local"]


def test_person_deletes_a_new_object(panel: Sandbox, client: Client) -> None:
    """The id is the one of the answer."""
    gone = ConcurrentCall(
        func="*.order.param", when="after", run=PanelCall(func="vds.delete", params={"elid": "$id"})
    )

    body = buy(panel, client, gone)

    assert is_ok(body)
    assert service(panel, "m")["item_status@orig"] == "5_close"


def test_new_object_gets_a_reused_id(panel: Sandbox, client: Client) -> None:
    """An object that vanished comes back as another one."""
    number = int(client.id)
    form = fields(panel.call("account.edit"))
    other = {"email": "new@example.com", "name": "New", "passwd": "anvil-4711", "sok": "ok"}
    other |= {"confirm": other["passwd"], "project": form["project"], "country": form["country"]}
    auth = sign_in(panel)
    faults = [
        ConcurrentCall(
            func="account", run=PanelCall(func="account.delete", params={"elid": client.id})
        ),
        ConcurrentCall(func="account", run=PanelCall(func="account.edit", params=other, id=number)),
    ]

    (row,) = rows(send(FaultMiddleware(panel, faults), func="account", auth=auth).body)

    assert (row["id"], row["email"]) == (client.id, "new@example.com")
