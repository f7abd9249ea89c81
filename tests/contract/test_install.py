"""The install itself: seeding, what it survives, and where it is served."""

from __future__ import annotations

import sqlite3
import ssl
import subprocess
import sys
import threading
import urllib.request
from typing import TYPE_CHECKING

import pytest
import trustme

from reconciler.sandbox import (
    ADMIN,
    CLIENT_PASSPHRASE,
    PASSPHRASE,
    Sandbox,
    audit,
    ledger,
    reset,
    seed,
    serve,
)
from tests.support.environment import unmeasured_environment
from tests.support.sandbox_client import new_client, order, parse, rows, sign_in

if TYPE_CHECKING:
    from pathlib import Path

SERVER = """
import sys
from reconciler.sandbox import serve
serve(sys.argv[1], port=0, certfile=sys.argv[2], keyfile=sys.argv[3],
      ready=lambda address: print(address, flush=True))
"""


def content(path: Path) -> str:
    """Dump a database."""
    db = sqlite3.connect(path)
    try:
        return "\n".join(db.iterdump())
    finally:
        db.close()


def test_same_arguments_give_the_same_content(tmp_path: Path) -> None:
    """A population is repeatable, and another seed gives another one."""
    for name, number in (("a", 5), ("b", 5), ("c", 6)):
        seed(tmp_path / name, clients=40, seed=number)

    assert content(tmp_path / "a") == content(tmp_path / "b")
    assert content(tmp_path / "a") != content(tmp_path / "c")


def test_population_is_a_plausible_mix(town: Path) -> None:
    """Clients with and without each sort of terms and services."""
    with Sandbox(town) as panel:
        services = {kind: len(rows(panel.call(kind))) for kind in ("vhost", "vds", "dedic")}
        some = [row["id"] for row in rows(panel.call("account", p_cnt="50"))]
        counts = {
            func: {len(rows(panel.call(func, elid=number))) for number in some}
            for func in ("account.discount", "account.taxrule", "account.currencyrate")
        }
    with Sandbox(town) as panel:
        email = rows(panel.call("account", p_cnt="1"))[0]["email"]
        session = sign_in(panel, email, CLIENT_PASSPHRASE)

    assert all(services.values())
    assert all(len(found) > 1 for found in counts.values())
    assert session


def test_fresh_database_gets_the_default_install(tmp_path: Path) -> None:
    """No clients, but everything that forms offer."""
    with Sandbox(tmp_path / "new.sqlite3") as panel:
        assert rows(panel.call("account")) == []
        assert [row["iso"] for row in rows(panel.call("currency"))]


def test_reset_leaves_the_default_install(tmp_path: Path) -> None:
    """Clients, sessions and records are gone."""
    path = tmp_path / "panel.sqlite3"
    seed(path, clients=3)
    reset(path)

    assert audit(path) == []
    assert ledger(path) == []
    with Sandbox(path) as panel:
        assert rows(panel.call("account")) == []


def test_file_keeps_everything(tmp_path: Path) -> None:
    """Sessions, objects and expenses are there when the panel is started again."""
    path = tmp_path / "panel.sqlite3"
    with Sandbox(path) as panel:
        order(panel, new_client(panel), remoteid="kept", skipbasket="on")
    with Sandbox(path) as panel:
        assert [row["remoteid"] for row in rows(panel.call("vds"))] == ["kept"]
    assert [charge.remoteid for charge in ledger(path)] == ["kept"]
    assert audit(path)[-1].func == "vds"


def test_two_panels_share_a_file(tmp_path: Path) -> None:
    """What one changes the other shows, from whatever thread."""
    path = tmp_path / "panel.sqlite3"
    with Sandbox(path) as one, Sandbox(path) as two:
        makers = [
            threading.Thread(target=one.call, args=("account.edit",), kwargs=given)
            for given in ({"email": f"c{n}@example.com", "sok": "ok"} for n in range(4))
        ]
        for maker in makers:
            maker.start()
        for maker in makers:
            maker.join()

        assert len(rows(two.call("account"))) == 4


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.com"])  # noqa: S104
def test_only_loopback_is_served(tmp_path: Path, host: str) -> None:
    """A panel with a known password is closed to other users of the machine."""
    with pytest.raises(ValueError, match="only loopback"):
        serve(tmp_path / "panel.sqlite3", port=0, host=host)


def test_served_over_tls_on_loopback(tmp_path: Path) -> None:
    """A certificate of one's own, a port of the system's choice, and an address to connect to."""
    authority = trustme.CA()
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(
        str(tmp_path / "server.pem")
    )
    pem = str(tmp_path / "server.pem")
    trusted = ssl.create_default_context()
    authority.configure_trust(trusted)
    with subprocess.Popen(
        [sys.executable, "-c", SERVER, str(tmp_path / "panel.sqlite3"), pem, pem],
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        try:
            assert server.stdout is not None
            address = server.stdout.readline().strip()
            opener = urllib.request.build_opener(
                urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trusted)
            )
            asked = f"{address}?func=whoami&out=xml&authinfo={ADMIN}:{PASSPHRASE}"
            with opener.open(asked, timeout=30) as reply:
                root = parse(reply.read())
        finally:
            server.terminate()

    assert address.startswith("https://127.0.0.1:")
    assert root.get("host") == address.removesuffix("/billmgr")
    assert root.find("user") is not None


def test_naming_the_package_costs_nothing() -> None:
    """Neither a database nor a web server is imported before it is wanted."""
    heavy = "{'sqlite3', 'uvicorn', 'asyncio'}"
    code = f"import sys, reconciler.sandbox; print({heavy} & set(sys.modules))"
    run = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        env=unmeasured_environment(),
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert run.stdout.strip() == "set()"
