"""Lists that are shortened, shifted, out of date, or seen with too few rights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest

from reconciler.sandbox import FaultMiddleware, Sandbox
from reconciler.sandbox.faults import Fault, Filter, Rights, Shift, Stale, Total
from tests.contract.wire import App, send
from tests.support.sandbox_client import Client, fields, new_client, parse, rename, rows, sign_in

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def five(panel: Sandbox) -> Sandbox:
    """A panel with five clients, a to e."""
    for letter in "edcba":
        new_client(panel, f"{letter}@example.com")
    return panel


def page(app: App, panel: Sandbox, number: int, size: int = 2) -> tuple[str, str]:
    """Give the initials on one page of clients, and the total that it names."""
    given = {"func": "account", "p_num": str(number), "p_cnt": str(size)}
    body = send(app, **given, auth=sign_in(panel)).body
    return "".join(row["email"][0] for row in rows(body)), parse(body).findtext("p_elems") or ""


@pytest.mark.parametrize(
    ("shift", "expected"),
    [(-1, ("d" + "e", "4")), (1, ("bc", "6")), (-3, ("", "2")), (3, ("a", "8"))],
)
def test_page_is_shifted(five: Sandbox, shift: int, expected: tuple[str, str]) -> None:
    """Rows are missed, or seen twice, and the total moves with them."""
    front = FaultMiddleware(five, [Shift(given={"p_num": "2"}, rows=shift)])

    assert page(front, five, 1) == ("ab", "5")
    assert page(front, five, 2) == expected


@pytest.mark.parametrize("by", [-2, 3])
def test_total_is_another_one(five: Sandbox, by: int) -> None:
    """The rows are the same."""
    assert page(FaultMiddleware(five, [Total(func="account", by=by)]), five, 2) == (
        "cd",
        str(5 + by),
    )


def test_filter_appears(five: Sandbox) -> None:
    """Rows and total shrink, and a sign tells why."""
    front = FaultMiddleware(five, [Filter(func="account", field="email", value="D@")])

    body = send(front, func="account", auth=sign_in(five)).body

    assert [row["email"] for row in rows(body)] == ["d@example.com"]
    assert parse(body).findtext("p_elems") == "1"
    (sign,) = parse(body).findall("p_filter")
    assert (sign.get("name"), sign.text) == ("email", "D@")


def test_filter_leaves_no_sign(five: Sandbox) -> None:
    """Rows and total shrink, and nothing tells why."""
    fault = Filter(func="account", field="email", value="c@", silent=True)

    body = send(FaultMiddleware(five, [fault]), func="account", auth=sign_in(five)).body

    assert [row["email"] for row in rows(body)] == ["c@example.com"]
    assert parse(body).find("p_filter") is None


def test_low_level_hides_rows(five: Sandbox) -> None:
    """On all pages alike, and the total agrees."""
    front = FaultMiddleware(
        five, [Rights(func="account", rows={"email": "[bc]@*"}, count="always")]
    )

    assert [page(front, five, number) for number in (1, 2)] == [("ad", "3"), ("e", "3")]


@pytest.mark.parametrize("out", ["xml", "json"])
def test_low_level_hides_columns_and_masks_others(five: Sandbox, out: str) -> None:
    """The names are gone; the values are asterisks."""
    fault = Rights(func="account", columns=["email"], mask=["name"])

    body = send(FaultMiddleware(five, [fault]), func="account", auth=sign_in(five), out=out).body

    assert b"@example.com" not in body
    assert body.count(b"********") == 5


def test_coded_column_is_hidden_whole(panel: Sandbox, client: Client) -> None:
    """Its code is hidden with its text, and the other cells stay where they belong."""
    whole = rows(panel.call("subaccount", elid=client.id))[0]
    coded = [name.removesuffix("@orig") for name in whole if name.endswith("@orig")]
    fault = Rights(func="subaccount", columns=coded[:1])
    given = {"func": "subaccount", "elid": client.id, "auth": sign_in(panel)}

    (row,) = rows(send(FaultMiddleware(panel, [fault]), **given).body)

    assert row == {n: text for n, text in whole.items() if n.partition("@")[0] not in coded[:1]}


def test_low_level_hides_fields_of_a_form(panel: Sandbox, client: Client) -> None:
    """They are missing, or masked."""
    fault = Rights(func="account.edit", columns=["country"], mask=["name"])
    given = {"func": "account.edit", "elid": client.id, "auth": sign_in(panel)}

    body = send(FaultMiddleware(panel, [fault]), **given).body

    assert "country" not in fields(body)
    assert "country" not in {each.get("name") for each in parse(body).findall("slist")}
    assert fields(body)["name"] == "********"


def test_low_level_is_reported(panel: Sandbox) -> None:
    """By whoami."""
    came = send(FaultMiddleware(panel, [Rights(level=16)]), func="whoami", auth=sign_in(panel))

    user = parse(came.body).find("user")
    assert user is not None
    assert (user.get("level"), user.get("name")) == ("16", "admin")


@pytest.mark.parametrize(("behind", "names"), [(1, "Two"), (2, "One"), (3, "Acme Anvils"), (9, "")])
def test_list_is_as_it_was_some_writes_ago(
    panel: Sandbox, client: Client, behind: int, names: str
) -> None:
    """Reads in between do not count, and the oldest state known is the one at the start."""
    front = FaultMiddleware(panel, [Stale(func="account", behind=behind, call=2)])
    auth = sign_in(panel)
    for name in ("One", "Two", "Three"):
        send(front, **rename(client, auth, name))
        send(front, func="whoami", auth=auth)
    fresh = rows(send(front, func="account", auth=auth).body)

    stale = rows(send(front, func="account", auth=auth).body)

    assert [row["name"] for row in fresh] == ["Three"]
    assert [row["name"] for row in stale] == [names or "Acme Anvils"]


def test_list_is_as_it_was_some_requests_ago(panel: Sandbox, client: Client) -> None:
    """Reads count as well."""
    front = FaultMiddleware(panel, [Stale(func="account", behind=2, of="requests", count="always")])
    auth = sign_in(panel)
    send(front, **rename(client, auth))

    seen = []
    for _ in range(2):
        send(front, func="whoami", auth=auth)
        seen += [row["name"] for row in rows(send(front, func="account", auth=auth).body)]

    assert seen == ["Acme Anvils", "Other"]


def test_stale_panel_of_a_file_knows_sessions_of_today(tmp_path: Path) -> None:
    """A replica accepts every user whom the panel accepts."""
    with Sandbox(tmp_path / "panel.sqlite3") as panel:
        front = FaultMiddleware(panel, [Stale(func="account")])
        new = {"email": "n@example.com", "name": "New", "passwd": "anvil-4711", "sok": "ok"}
        blank = fields(panel.call("account.edit"))
        auth = sign_in(panel)
        needed = {name: blank[name] for name in ("project", "country")}
        send(front, func="account.edit", auth=auth, confirm=new["passwd"], **new, **needed)

        came = send(front, func="account", auth=sign_in(panel))

        assert rows(came.body) == []
        assert parse(came.body).find("error") is None
        assert len(rows(panel.call("account"))) == 1


@pytest.mark.parametrize("of", ["writes", "requests"])
def test_stale_fault_lets_writes_pass(
    panel: Sandbox, client: Client, of: Literal["writes", "requests"]
) -> None:
    """What is written is written today."""
    front = FaultMiddleware(panel, [Stale(of=of, count="always")])

    send(front, **rename(client, sign_in(panel)))

    assert fields(panel.call("account.edit", elid=client.id))["name"] == "Other"


@pytest.mark.parametrize("fault", [Shift(), Total(), Filter()])
def test_fault_of_lists_leaves_forms_alone(panel: Sandbox, client: Client, fault: Fault) -> None:
    """A form has no pages."""
    auth = sign_in(panel)
    given = {"func": "account.edit", "elid": client.id, "auth": auth}

    assert send(FaultMiddleware(panel, [fault]), **given) == send(panel, **given)
