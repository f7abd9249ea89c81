"""Making what is not there, once, on panels whose lists and forms differ."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.errors import ManifestsError
from reconciler.model.address import parse_address
from reconciler.sandbox import Sandbox
from tests.support.project import Project

if TYPE_CHECKING:
    from pathlib import Path

CLIENT = """
apiVersion: reconciler/v1
kind: Client
metadata: {name: acme}
spec:
  email: billing@acme.example
"""
EUROS = {"subaccount_project": "8", "subaccount_currency": "156"}
ACCOUNT = "  accounts: [{name: acme-eur, provider: Main provider, currency: EUR}]\n"
RULE = """
apiVersion: reconciler/v1
kind: Client
metadata: {name: acme}
spec:
  email: billing@acme.example
  taxRules: [{name: acme-vat, provider: Main provider, rate: 19}]
"""


class Abbreviating:
    """An ASGI panel whose list of tax rules names a provider otherwise than its forms do."""

    def __init__(self, app: Any) -> None:  # noqa: ANN401 - any ASGI application
        """Stand in front of ``app``."""
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI
        """Answer, with other words of the same length in one list."""

        async def say(message: dict[str, Any]) -> None:
            body = message.get("body", b"")
            if b'func="account.taxrule"' in body:
                body = body.replace(b">Main provider<", b">MAIN SUPPLIER<")
            await send({**message, "body": body} if body else message)

        await self.app(scope, receive, say)


def test_created_object_is_found_when_the_list_words_it_differently(tmp_path: Path) -> None:
    """Else it would be called missing, and made again after a lost answer."""
    with Sandbox(lag=timedelta(0)) as sandbox:
        project = Project(tmp_path, Abbreviating(sandbox))
        project.write(RULE)

        assert set(project.apply().values()) == {"verified"}
        assert project.plan().empty


def _open_account(panel: Sandbox) -> None:
    """Open one in euros for the only client."""
    client = json.loads(panel.call("account", out="JSONdata"))[0]["id"]
    panel.call("subaccount.edit", plid=client, **EUROS, sok="ok")
    assert len(json.loads(panel.call("subaccount", elid=client, out="JSONdata"))) == 1


class Generous:
    """An ASGI panel that opens an account for the first client that it registers."""

    def __init__(self, panel: Sandbox) -> None:
        """Stand in front of ``panel``."""
        self.panel = panel
        self.done = False

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI
        """Answer, then act."""
        heard = b""

        async def hear() -> Any:  # noqa: ANN401 - ASGI
            nonlocal heard
            message = await receive()
            heard += message.get("body", b"")
            return message

        await self.panel(scope, hear, send)
        if b"sok=ok" in heard and b"func=account.edit" in heard and not self.done:
            self.done = True
            _open_account(self.panel)


def test_account_that_the_panel_opens_with_its_client_is_the_declared_one(tmp_path: Path) -> None:
    """It is nobody else's: the client was made a moment ago, by this very run."""
    with Sandbox(lag=timedelta(0)) as sandbox:
        panel = Generous(sandbox)
        project = Project(tmp_path, panel)
        project.write(CLIENT + ACCOUNT)

        assert set(project.apply().values()) == {"verified"}
        assert panel.done
        assert project.plan().empty


def test_account_that_the_panel_opens_with_its_client_is_set_to_what_is_declared(
    tmp_path: Path,
) -> None:
    """One apply does it: no author decided what the panel proposed."""
    with Sandbox(lag=timedelta(0)) as sandbox:
        project = Project(tmp_path, Generous(sandbox))
        project.write(CLIENT + ACCOUNT.replace("EUR}", "EUR, creditLimit: 500}"))

        assert set(project.apply().values()) == {"verified"}
        assert project.plan().empty


def test_account_opened_by_hand_for_an_existing_client_is_not_changed(tmp_path: Path) -> None:
    """Who opened it may have meant something else: the next plan adopts it, and says so."""
    with Sandbox(lag=timedelta(0)) as sandbox:
        project = Project(tmp_path, sandbox)
        project.write(CLIENT)
        assert set(project.apply().values()) == {"verified"}
        project.write(CLIENT + ACCOUNT)
        plan = project.plan()
        _open_account(sandbox)

        assert project.apply(plan) == {"ClientAccount/acme-eur": "failed"}
        assert "plan again to adopt it" in project.outcomes[0].message


DISCOUNT = """
  discounts: [{name: spring, percentage: "12.345", type: Percentage discount}]
"""


def test_created_object_is_managed_when_the_panel_rounds_a_value(tmp_path: Path) -> None:
    """It is an update for the next run, and goes with its manifest."""
    with Sandbox(lag=timedelta(0)) as sandbox:
        project = Project(tmp_path, sandbox)
        project.write(CLIENT)
        project.apply()
        project.write(CLIENT + DISCOUNT.replace('"12.345"', "12.345"))

        assert project.apply()["Discount/spring"] == "diverged"
        assert "Discount/spring" in {str(address) for address in project.inventory.load()}
        assert [(str(c.address), c.action) for c in project.plan().changes] == [
            ("Discount/spring", "update")
        ]
        project.write(CLIENT + "  discounts: []\n")
        assert project.apply() == {"Discount/spring": "verified"}
        assert project.plan().empty


def test_email_of_two_clients_names_neither(tmp_path: Path) -> None:
    """Taking the first would change another client's terms."""
    path = tmp_path / "panel.sqlite3"
    with Sandbox(path, lag=timedelta(0)) as sandbox:
        project = Project(tmp_path, sandbox)
        second = CLIENT.replace("acme", "zeta")
        project.write(f"{CLIENT}---{second}")
        project.apply()
        ids = sorted(entry.row_id for entry in project.inventory.load().values())
        with closing(sqlite3.connect(path)) as db:
            db.execute("DROP INDEX account_email")
            db.execute("UPDATE account SET email = 'Billing@ACME.example'")
            db.commit()
        lone = """
apiVersion: reconciler/v1
kind: Discount
metadata: {name: spring}
spec: {client: {email: billing@acme.example}, percentage: 5, type: Percentage discount}
"""
        (tmp_path / "other").mkdir()
        other = Project(tmp_path / "other", sandbox)
        other.write(lone)

        with pytest.raises(ManifestsError) as caught:
            other.plan()
    (finding,) = caught.value.findings
    assert finding.code == "ambiguous-reference"
    assert all(number in finding.message for number in ids)


INLINE = """
  discounts:
    - {name: winter, percentage: 49, type: Percentage discount, appliesTo: Renewal}
"""
OWN = """---
apiVersion: reconciler/v1
kind: Discount
metadata: {name: winter}
spec: {client: acme, percentage: 49}
"""
SECOND = """---
apiVersion: reconciler/v1
kind: Discount
metadata: {name: yule}
spec: {client: acme, percentage: 12, type: Percentage discount, appliesTo: Renewal}
"""


@pytest.mark.parametrize(
    ("first", "ends"),
    [(INLINE, {"Discount/yule": "verified"}), (OWN, {"Discount/winter": "skipped"})],
    ids=["kept", "blocked"],
)
def test_object_of_another_resource_is_not_taken_for_the_one_to_create(
    tmp_path: Path, first: str, ends: dict[str, str]
) -> None:
    """It lost its marker and looks like the new one: each run would refuse the create again."""
    path = tmp_path / "panel.sqlite3"
    with Sandbox(path, lag=timedelta(0)) as sandbox:
        project = Project(tmp_path, sandbox)
        project.write(CLIENT + first)
        assert set(project.apply().values()) == {"verified"}
        with closing(sqlite3.connect(path)) as db:
            db.execute("UPDATE discount SET note = 'mine', type = '5', actiontype = '26'")
            db.commit()
        project.write(CLIENT + first + SECOND)

        assert project.apply() == {"Discount/yule": "verified"} | ends
        with closing(sqlite3.connect(path)) as db:
            found = db.execute("SELECT percentage FROM discount ORDER BY 1").fetchall()
        assert found == [("12.00",), ("49.00",)]
        assert set(project.plan().kept) >= {parse_address("Discount/yule")}
