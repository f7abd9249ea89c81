"""Sending and proving on installs that differ in what they keep, show and say."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

import pytest

from reconciler.errors import ManifestsError
from reconciler.sandbox import Sandbox, load_install
from reconciler.sandbox.install import Install
from tests.support.installs import file_of
from tests.support.project import Project

if TYPE_CHECKING:
    from pathlib import Path

CLIENT = """
---
apiVersion: reconciler/v1
kind: Client
metadata: {name: NAME}
spec:
  email: NAME@acme.example
  realName: REAL
  discounts: [{name: NAME-a, percentage: 5, note: one}, {name: NAME-b, percentage: 6, note: two}]
"""


def _clients(real: str = "Ann") -> str:
    return "".join(CLIENT.replace("NAME", name).replace("REAL", real) for name in ("one", "two"))


def test_clearing_panel_damages_one_object_and_none_with_complete_forms(tmp_path: Path) -> None:
    """A lost, undeclared value is reported, and sent along where the target says so."""
    install = replace(Install(), edits="clearing")
    with Sandbox(lag=timedelta(0), install=install) as sandbox:
        project = Project(tmp_path, sandbox)
        project.target = replace(project.target, whole_forms=True)
        project.write(_clients())
        assert set(project.apply().values()) == {"verified"}, [o.message for o in project.outcomes]
        keys = [e.row_id for a, e in project.inventory.load().items() if a.kind == "Client"]
        for key in keys:
            sandbox.call("account.edit", elid=key, realname="Ann", label="VIP", sok="ok")

        project.write(_clients("Bob"))
        assert set(project.apply().values()) == {"verified"}, [o.message for o in project.outcomes]
        assert all(b"VIP" in sandbox.call("account.edit", elid=key) for key in keys)

        project.target = replace(project.target, whole_forms=False)
        project.write(_clients("Cid"))
        project.apply()
        clients = [o for o in project.outcomes if o.change.address.kind == "Client"]
        assert sorted(o.result for o in clients) == ["diverged", "skipped"]
        assert sum(b"VIP" in sandbox.call("account.edit", elid=key) for key in keys) == 1


def test_install_whose_forms_leave_out_empty_fields_can_be_filled_in(tmp_path: Path) -> None:
    """A field that is left out while it is empty is known to be there."""
    install = replace(Install(), empty_fields="absent")
    with Sandbox(lag=timedelta(0), install=install) as sandbox:
        project = Project(tmp_path, sandbox)
        project.write(_clients())
        assert set(project.apply().values()) == {"verified"}, [o.message for o in project.outcomes]
        project.write(_clients().replace("realName: Ann", "realName: Ann\n  label: VIP"))
        assert set(project.apply().values()) == {"verified"}, [o.message for o in project.outcomes]
        assert project.plan().empty


def test_install_that_hides_a_list_gets_one_row_of_each_client(tmp_path: Path) -> None:
    """However often it is applied."""
    install = replace(Install(), hidden_lists=("account.discount",))
    with Sandbox(lag=timedelta(0), install=install) as sandbox:
        project = Project(tmp_path, sandbox)
        project.write(_clients())
        for _ in range(3):
            project.resume()
            project.apply()
        with sandbox.reading() as database:
            assert database.execute("SELECT count(*) FROM discount").fetchone()[0] <= 2


@pytest.mark.parametrize("deleted", ["missed", "value", "text", "message"])
def test_delete_is_proved_on_installs_of_any_wording(
    tmp_path: Path, deleted: Literal["missed", "value", "text", "message"]
) -> None:
    """The form is denied in the install's own words."""
    install = replace(Install(), deleted_form=deleted)
    with Sandbox(lag=timedelta(0), install=install) as sandbox:
        project = Project(tmp_path, sandbox)
        project.write(_clients())
        assert set(project.apply().values()) == {"verified"}
        project.write(_clients().replace("{name: one-b, percentage: 6, note: two}", ""))
        assert project.apply() == {"Discount/one-b": "verified"}
        assert project.plan().empty


def test_country_is_known_by_its_flag_where_options_have_no_labels(tmp_path: Path) -> None:
    """``DE`` is found where the panel calls every country by an empty label."""
    manifest = (
        "apiVersion: reconciler/v1\nkind: Client\nmetadata: {name: acme}\n"
        "spec: {email: a@acme.example, country: DE}\n"
    )
    with Sandbox(lag=timedelta(0), install=replace(Install(), labels="missing")) as sandbox:
        project = Project(tmp_path, sandbox)
        project.write(manifest)
        assert project.apply() == {"Client/acme": "verified"}
        assert project.plan().empty
        project.write(manifest.replace("DE", "Austria"))
        (change,) = project.plan().changes
        assert [edit.field for edit in change.edits] == ["country"]
        assert project.apply() == {"Client/acme": "verified"}


ODD = """---
apiVersion: reconciler/v1
kind: Client
metadata: {name: fresh}
spec:
  email: fresh@acme.example
  accounts: [{name: fresh-jpy, provider: {id: "8"}, currency: JPY}]
  currencyRates: [{name: fresh-kzt, base: RUB, relate: KZT, rate: 500, date: 2026-12-01}]
"""


@pytest.mark.parametrize("declared", [True, False], ids=["a client is declared", "none is"])
@pytest.mark.parametrize("name", ["", "twins"])
def test_currency_that_is_not_offered_is_found_before_its_client_is_created(
    tmp_path: Path, name: str, *, declared: bool
) -> None:
    """The options are read under a client that exists; at the apply it would be too late."""
    install = load_install(file_of(name)) if name else Install()
    with Sandbox(lag=timedelta(0), install=install) as sandbox:
        sandbox.call("account.edit", email="old@acme.example", passwd="x" * 12, sok="ok")
        old = CLIENT.replace("NAME", "old").replace("REAL", "Ann")
        project = Project(tmp_path, sandbox)
        project.write(ODD + old[: old.index("  discounts")] * declared)

        with pytest.raises(ManifestsError) as caught:
            project.plan()

    messages = [each.message for each in caught.value.findings]
    assert [each.code for each in caught.value.findings] == ["unknown-choice"] * 2
    assert messages[0].startswith("ClientAccount/fresh-jpy: currency: the panel offers no 'JPY'")
    assert messages[1].startswith("CurrencyRate/fresh-kzt: relate: the panel offers no 'KZT'")
