"""An installation of as many clients as wished, computed from their numbers and stored nowhere.

Shape:  client N, from 1 on, has the email ``cN@x.example``, the discount ``d-N`` with our marker in
its note and the tax rule ``N``. Of every hundredth client the panel shows another name than the
manifests declare. ``write_project`` writes what an apply of all of it would have left.
Run:    ``python -m tests.support.many_clients CLIENTS PORT MILLISECONDS`` serves it over HTTP, each
        answer late by so much, and costs next to no time of its own.
Source: the panel's wire contract; the columns and fields are those of the embedded panel.
"""

from __future__ import annotations

import asyncio
import re
import sys
from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from reconciler.model.address import Address, parse_element_id
from reconciler.model.inventory import InventoryEntry
from reconciler.model.resource import Lifecycle, OnRemove, Scope
from reconciler.model.value import Choice, Ref
from reconciler.store.inventory import FileInventory

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping
    from pathlib import Path

    from reconciler.model.value import Value

    Receive = Callable[[], Awaitable[Mapping[str, Any]]]
    Send = Callable[[Mapping[str, Any]], Awaitable[None]]

NAMESPACE = "test-project"
# Of so many clients one has another name in the panel.
CHANGED = 100
_PROVIDER = Choice("8", "Main provider")
_MANIFEST = """apiVersion: reconciler/v1
kind: Client
metadata: {{name: c{n}, labels: {{client: "{n}"}}}}
spec:
  email: c{n}@x.example
  name: Client {n}
  provider: Main provider
  discounts: [{{name: d{n}, percentage: {share}, type: Percentage discount}}]
  taxRules: [{{name: t{n}, provider: Main provider, rate: 19}}]
"""
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_PROVIDERS = '<slist name="project"><val key="8">Main provider</val></slist>'
_ACCOUNT_MENUS = _PROVIDERS
_DISCOUNT_MENUS = (
    '<slist name="type"><val key="5">Percentage discount</val>'
    '<val key="19">Promotion discount</val></slist><slist name="actiontype">'
    '<val key="28">Order</val><val key="26">Renewal</val></slist><slist name="period">'
    '<val key="1">1 month</val><val key="12">1 year</val></slist>'
)
_TAX_MENUS = f'{_PROVIDERS}<slist name="itemtype"><val key="48">VPS</val></slist>'


class ManyClients:
    """Answers requests for ``clients`` clients, and counts them by their function in ``asked``.

    ``bodies`` holds them in their order.
    ``filters`` is false for a panel that passes over the parameters of a filter.
    """

    def __init__(self, clients: int, *, filters: bool = True) -> None:
        """Answer for so many clients."""
        self.clients = clients
        self.filters = filters
        self.asked: Counter[str] = Counter()
        self.bodies: list[str] = []

    async def __call__(self, _: object, receive: Receive, send: Send) -> None:
        """Answer as an ASGI application."""
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        answer = self.answer(body)
        headers = [(b"content-type", b"text/xml"), (b"content-length", b"%d" % len(answer))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    def answer(self, body: bytes) -> bytes:
        """Return the answer to the body of a request."""
        given = dict(parse_qsl(body.decode()))
        func = given.get("func", "")
        self.asked[func] += 1
        self.bodies.append(body.decode())
        words = _ANSWERS[func](self, given)
        return f'<?xml version="1.0" encoding="UTF-8"?>\n<doc func="{func}">{words}</doc>'.encode()

    def sign_in(self, _: Mapping[str, str]) -> str:
        """Open a session."""
        return '<auth id="5e551012" level="29">5e551012</auth>'

    def identity(self, _: Mapping[str, str]) -> str:
        """Say who asks."""
        return '<user name="admin" level="29" id="1" email=""/><mgr version="6.0">billmgr</mgr>'

    def accounts(self, given: Mapping[str, str]) -> str:
        """Return a page of the clients, newest first, narrowed by email or id where asked."""
        numbers: Iterable[int] = range(self.clients, 0, -1)
        if given.get("filter") == "on" and self.filters:
            numbers = [n for n in numbers if _passes(n, given)]
        return _page([*numbers], given, _account)

    def account(self, given: Mapping[str, str]) -> str:
        """Return the form of a client, or the one that makes a client."""
        n = self._number(given)
        if n is None:
            return _error("missed", "account")
        shown = (f"c{n}@x.example", _name(n), "8") if n else ("", "", "8")
        values = dict(zip(("email", "name", "project"), shown, strict=True))
        texts = ("realname", "country", "state", "try_phone", "label", "note", "client_lang")
        more = ("valid_phone", "employee", "attitude", "settingurl", "selfview")
        values |= {"elid": str(n or ""), "nocalcstat": "off", **dict.fromkeys((*texts, *more), "")}
        return _ACCOUNT_MENUS + _fields(values)

    def discounts(self, given: Mapping[str, str]) -> str:
        """Return the discounts of a client."""
        return _page([int(given["elid"])], given, _discount)

    def discount(self, given: Mapping[str, str]) -> str:
        """Return the form of a discount, or the one that makes a discount."""
        n = int(given["elid"][2:]) if "elid" in given else 0
        if n and given.get("plid") != str(n):
            return _error("missed", "discount")
        share, note = (f"{_share(n)}.00", f"[git:{NAMESPACE}/d{n}]") if n else ("", "")
        named = ("elid", "percentage", "note", "type", "actiontype", "fromdate", "priority")
        shown = (given.get("elid", ""), share, note, "5", "28", "2026-11-21", "0")
        values = dict(zip(named, shown, strict=True)) | {"todate": "", "period": ""}
        return _DISCOUNT_MENUS + _fields(values)

    def taxes(self, given: Mapping[str, str]) -> str:
        """Return the tax rules of a client."""
        return _page([int(given["elid"])], given, _tax)

    def tax(self, given: Mapping[str, str]) -> str:
        """Return the form of a tax rule, or the one that makes a tax rule."""
        n = given.get("elid", "")
        values = {"elid": n, "project": "8", "taxrate": "19.00" if n else "", "itemtype": ""}
        return _TAX_MENUS + _fields({**values, "specialitemtype": "off"})

    def _number(self, given: Mapping[str, str]) -> int | None:
        n = int(given.get("elid", "0"))
        return n if n <= self.clients else None


_ANSWERS = {
    "auth": ManyClients.sign_in,
    "whoami": ManyClients.identity,
    "account": ManyClients.accounts,
    "account.edit": ManyClients.account,
    "account.discount": ManyClients.discounts,
    "account.discount.edit": ManyClients.discount,
    "account.taxrule": ManyClients.taxes,
    "account.taxrule.edit": ManyClients.tax,
}


def write_project(root: Path, clients: int) -> None:
    """Write the manifests of some clients, and what an apply of them would have left."""
    write_manifests(root, range(1, clients + 1))
    write_inventory(root, clients)


def write_manifests(root: Path, numbers: Iterable[int]) -> None:
    """Write the manifests of the clients with these numbers."""
    (root / "manifests").mkdir(parents=True, exist_ok=True)
    text = "---\n".join(_MANIFEST.format(n=n, share=_share(n)) for n in numbers)
    (root / "manifests" / "main.yaml").write_text(text, encoding="utf-8")


def write_inventory(root: Path, clients: int, target: str = "test") -> None:
    """Write the inventory that an apply of so many clients would have left."""
    entries = {address: entry for n in range(1, clients + 1) for address, entry in _entries(n)}
    FileInventory(root / "inventory.json", target).save(entries)


def _entries(n: int) -> Iterable[tuple[Address, InventoryEntry]]:
    client = Ref("Client", "name", f"c{n}")
    known: dict[str, Value] = {"email": f"c{n}@x.example", "name": f"Client {n}"}
    yield Address("Client", f"c{n}"), _entry("Client", str(n), {**known, "provider": _PROVIDER})
    sort = Choice("5", "Percentage discount")
    share: dict[str, Value] = {"client": client, "percentage": Decimal(_share(n)), "type": sort}
    yield Address("Discount", f"d{n}"), _entry("Discount", f"d-{n}", share, n)
    rule: dict[str, Value] = {"client": client, "provider": _PROVIDER, "rate": Decimal(19)}
    rule["productTypes"] = frozenset[Choice]()
    yield Address("TaxRule", f"t{n}"), _entry("TaxRule", str(n), rule, n)


def _entry(kind: str, key: str, fields: Mapping[str, Value], client: int = 0) -> InventoryEntry:
    above = parse_element_id(str(client)) if client else None
    removal: OnRemove = "delete" if client else "keep"
    name = f"Client/c{client}" if client else ""
    scope = Scope(kind, "", above)
    return InventoryEntry(scope, parse_element_id(key), fields, Lifecycle(removal), name)


def _share(n: int) -> int:
    return n % 50 + 1


def _name(n: int) -> str:
    return f"Client {n}" if n % CHANGED else f"Client number {n}"


def _passes(n: int, given: Mapping[str, str]) -> bool:
    email, key = given.get("email", "").lower(), given.get("id", "")
    return email in f"c{n}@x.example" and key in {"", str(n)}


def _page(numbers: list[int], given: Mapping[str, str], row: Callable[[int], str]) -> str:
    size, page = int(given.get("p_cnt", "1000")), int(given.get("p_num", "1"))
    rows = "".join(row(n) for n in numbers[(page - 1) * size : page * size])
    return f"{rows}<p_cnt>{size}</p_cnt><p_num>{page}</p_num><p_elems>{len(numbers)}</p_elems>"


def _account(n: int) -> str:
    return (
        f"<elem><id>{n}</id><elid>{n}</elid><name>{_name(n)}</name><email>c{n}@x.example</email>"
        "<project>Main provider</project><balance>0.00 EUR</balance>"
        '<account_status orig="active">Active</account_status>'
        "<tz_registration_date>2026-11-21 09:00:00</tz_registration_date><status></status></elem>"
    )


def _discount(n: int) -> str:
    return (
        f"<elem><id>{n}</id><idname>d-{n}</idname><name>{_share(n)}.00% Percentage discount</name>"
        '<actiontype orig="28">Order</actiontype><project></project>'
        '<discount_type orig="5">Percentage discount</discount_type><period></period></elem>'
    )


def _tax(n: int) -> str:
    return (
        f'<elem><id>{n}</id><type orig="special">Personal rule</type>'
        "<project>Main provider</project><company></company><country></country>"
        "<taxrate>19.00</taxrate><itemtype></itemtype></elem>"
    )


def _fields(values: Mapping[str, str]) -> str:
    return "".join(f"<{name}>{text}</{name}>" for name, text in values.items())


def _error(code: str, what: str) -> str:
    return f'<error type="{code}" object="{what}" lang="en"><msg>There is none</msg></error>'


class _Connection(asyncio.Protocol):
    """One connection of HTTP/1.1 that is kept open; it answers one request after the other."""

    def __init__(self, panel: ManyClients, late: float) -> None:
        self._panel = panel
        self._late = late
        self._text = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._text += data
        head, gap, rest = self._text.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        wanted = int(length[1]) if length else 0
        if not gap or len(rest) < wanted:
            return
        self._text = rest[wanted:]
        answer = self._panel.answer(rest[:wanted])
        frame = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n"
        loop = asyncio.get_running_loop()
        loop.call_later(self._late, self._write, frame % len(answer) + answer)

    def _write(self, answer: bytes) -> None:
        assert self._transport is not None
        self._transport.write(answer)


async def serve(clients: int, port: int, milliseconds: float) -> None:
    """Serve an installation on this machine until the process ends."""
    panel, loop = ManyClients(clients), asyncio.get_running_loop()
    late = milliseconds / 1000
    server = await loop.create_server(lambda: _Connection(panel, late), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
