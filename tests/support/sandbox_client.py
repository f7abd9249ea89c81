"""What the contract tests share: a clock to set, a panel to ask, and answers read by the contract.

Nothing here imports the client's side: answers are read with the standard library alone.
"""

from __future__ import annotations

import asyncio
import xml.etree.ElementTree as ET
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from reconciler.sandbox import ADMIN, PASSPHRASE, Sandbox

if TYPE_CHECKING:
    from collections.abc import Mapping

Row = dict[str, str]


@dataclass
class Clock:
    """A clock that a test moves."""

    now: datetime = field(default_factory=lambda: datetime(2026, 3, 2, 9, 0, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **units: float) -> None:
        self.now += timedelta(**units)


@dataclass(frozen=True)
class Reply:
    """What came over the wire."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


def parse(body: bytes) -> ET.Element:
    """Read an answer; it has one root, ``doc``."""
    root = ET.fromstring(body)  # noqa: S314 - the panel under test wrote it
    assert root.tag == "doc"
    return root


def ask(
    app: Sandbox, *, method: str = "POST", path: str = "/billmgr", raw: str = "", **params: str
) -> Reply:
    """Send one request through the ASGI interface."""
    return send(app, (raw or urlencode(params)).encode(), method=method, path=path)


def send(
    app: Sandbox,
    encoded: bytes,
    *,
    method: str = "POST",
    path: str = "/billmgr",
    headers: Mapping[str, str] | None = None,
) -> Reply:
    """Send one body, or one query, as it is."""
    also = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
    got: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": encoded if method == "POST" else b""}

    async def hear(message: MutableMapping[str, Any]) -> None:
        got.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "scheme": "https",
        "query_string": b"" if method == "POST" else encoded,
        "headers": [(b"host", b"billing.example.com:1500"), *also],
    }
    asyncio.run(app(scope, receive, hear))
    head, body = got
    names = {name.decode(): value.decode() for name, value in head["headers"]}
    return Reply(head["status"], names, body["body"])


def sign_in(app: Sandbox, username: str = ADMIN, password: str = PASSPHRASE) -> str:
    """Open a session and give its id."""
    reply = ask(app, func="auth", username=username, password=password, out="xml")
    found = parse(reply.body).findtext("auth")
    assert found
    return found


def rows(body: bytes) -> list[Row]:
    """Read the rows of a list; a code stands beside its text as ``name@orig``."""
    found = []
    for elem in parse(body).findall("elem"):
        row = {each.tag: each.text or "" for each in elem}
        row |= {f"{each.tag}@orig": each.get("orig", "") for each in elem if "orig" in each.attrib}
        found.append(row)
    return found


def table(body: bytes, name: str) -> list[Row]:
    """Read the rows of a list inside a form."""
    (found,) = [each for each in parse(body).findall("list") if each.get("name") == name]
    return [{cell.tag: cell.text or "" for cell in elem} for elem in found.findall("elem")]


def fields(body: bytes) -> Row:
    """Read the fields of a form: the direct children of the outer document."""
    skipped = {"slist", "list", "tparams", "saved_filters", "doc", "ok", "elem"}
    return {each.tag: each.text or "" for each in parse(body) if each.tag not in skipped}


def options(body: bytes, name: str) -> Row:
    """Read one option list of a form, labels to keys."""
    for each in parse(body).findall("slist"):
        if each.get("name") == name:
            return {val.text or "": val.get("key", "") for val in each}
    raise AssertionError(f"no option list {name}")


def error(body: bytes) -> tuple[str, str]:
    """Read type and object of an error; two empty texts when there is none."""
    found = parse(body).find("error")
    return ("", "") if found is None else (found.get("type", ""), found.get("object", ""))


def is_ok(body: bytes) -> bool:
    """Whether an answer confirms, and is no error at the same time."""
    root = parse(body)
    return root.find("ok") is not None and root.find("error") is None


@dataclass(frozen=True)
class Client:
    """A client made for a test, with an account that can pay."""

    id: str
    email: str
    subaccount: str


def new_client(
    app: Sandbox, email: str = "acme@example.com", *, credit: str = "1000", currency: str = "EUR"
) -> Client:
    """Make a client with one account at the main provider, and credit to spend."""
    form = app.call("account.edit")
    project = options(form, "project")["Main provider"]
    country = options(form, "country")["Germany"]
    made = app.call(
        "account.edit",
        email=email,
        name="Acme Anvils",
        project=project,
        country=country,
        passwd="anvil-4711",
        confirm="anvil-4711",
        sok="ok",
    )
    number = parse(made).findtext("id") or parse(made).findtext("account.id")
    assert number
    form = app.call("subaccount.edit", plid=number)
    account = app.call(
        "subaccount.edit",
        plid=number,
        subaccount_project=project,
        subaccount_currency=options(form, "subaccount_currency")[currency],
        creditlimit=credit,
        sok="ok",
    )
    found = parse(account).findtext("id") or parse(account).findtext("subaccount.id")
    assert found
    return Client(number, email, found)


def terms(app: Sandbox, client: Client, kind: str = "vds") -> Row:
    """Take the first tariff of a sort, where it is shown for, and a month."""
    if app.settings.orders == "bare":
        form = app.call(f"{kind}.order.param", su=client.email)
        return {"pricelist": fields(form)["pricelist"], "period": "1"}
    step = app.call(f"{kind}.order", su=client.email)
    place = {name: text for name, text in fields(step).items() if name == "datacenter"}
    return {"pricelist": table(step, "tariflist")[0]["pricelist"], "period": "1", **place}


def tariffs(app: Sandbox, client: Client, kind: str = "vds") -> Row:
    """Read what a client can order of a sort, names to ids."""
    step = app.call(f"{kind}.order", su=client.email)
    return {row["desc"]: row["pricelist"] for row in table(step, "tariflist")}


def order_form(app: Sandbox, client: Client, kind: str = "vds", **params: str) -> bytes:
    """Open the order form of the first tariff of a sort, or of another one."""
    given = {**terms(app, client, kind), **params}
    return app.call(f"{kind}.order.param", su=client.email, **given)


def order(app: Sandbox, client: Client, kind: str = "vds", **params: str) -> bytes:
    """Order the first tariff of a sort for a client, as the client."""
    return order_form(app, client, kind, **{"sok": "ok", **params})


def service(app: Sandbox, remoteid: str, kind: str = "vds") -> Row:
    """Find the one service with a marker."""
    (found,) = [row for row in rows(app.call(kind)) if row["remoteid"] == remoteid]
    return found


def name_of(panel: Sandbox, client: Client) -> str:
    """Give the client's name as the panel keeps it."""
    return fields(panel.call("account.edit", elid=client.id))["name"]


def rename(client: Client, auth: str, name: str = "Other") -> dict[str, str]:
    """Make the request that renames a client."""
    return {"func": "account.edit", "elid": client.id, "name": name, "sok": "ok", "auth": auth}
