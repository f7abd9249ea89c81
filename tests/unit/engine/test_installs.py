"""Sending and proving on installs that differ in what they keep, show and say."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

import pytest

from reconciler.sandbox import Sandbox
from reconciler.sandbox.install import Install
from tests.support.round import Round

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


def test_clearing_install_hurts_one_object_and_none_with_whole_forms(tmp_path: Path) -> None:
    """What nobody declares is told when it is lost, and sent along once the target says so."""
    install = replace(Install(), edits="clearing")
    with Sandbox(lag=timedelta(0), install=install) as sandbox:
        trip = Round(tmp_path, sandbox)
        trip.target = replace(trip.target, whole_forms=True)
        trip.write(_clients())
        assert set(trip.apply().values()) == {"verified"}, [o.message for o in trip.outcomes]
        keys = [e.row_id for a, e in trip.inventory.load().items() if a.kind == "Client"]
        for key in keys:
            sandbox.call("account.edit", elid=key, realname="Ann", label="VIP", sok="ok")

        trip.write(_clients("Bob"))
        assert set(trip.apply().values()) == {"verified"}, [o.message for o in trip.outcomes]
        assert all(b"VIP" in sandbox.call("account.edit", elid=key) for key in keys)

        trip.target = replace(trip.target, whole_forms=False)
        trip.write(_clients("Cid"))
        trip.apply()
        clients = [o for o in trip.outcomes if o.change.address.kind == "Client"]
        assert sorted(o.result for o in clients) == ["diverged", "skipped"]
        assert sum(b"VIP" in sandbox.call("account.edit", elid=key) for key in keys) == 1


def test_install_whose_forms_leave_out_empty_fields_can_be_filled_in(tmp_path: Path) -> None:
    """A field that is left out while it is empty is known to be there."""
    install = replace(Install(), empty_fields="absent")
    with Sandbox(lag=timedelta(0), install=install) as sandbox:
        trip = Round(tmp_path, sandbox)
        trip.write(_clients())
        assert set(trip.apply().values()) == {"verified"}, [o.message for o in trip.outcomes]
        trip.write(_clients().replace("realName: Ann", "realName: Ann\n  label: VIP"))
        assert set(trip.apply().values()) == {"verified"}, [o.message for o in trip.outcomes]
        assert trip.plan().empty


def test_install_that_hides_a_list_gets_one_row_of_each_client(tmp_path: Path) -> None:
    """However often it is applied."""
    install = replace(Install(), hidden_lists=("account.discount",))
    with Sandbox(lag=timedelta(0), install=install) as sandbox:
        trip = Round(tmp_path, sandbox)
        trip.write(_clients())
        for _ in range(3):
            trip.settle()
            trip.apply()
        with sandbox.reading() as database:
            assert database.execute("SELECT count(*) FROM discount").fetchone()[0] <= 2


@pytest.mark.parametrize("deleted", ["missed", "value", "text", "message"])
def test_delete_is_proved_on_installs_of_any_wording(
    tmp_path: Path, deleted: Literal["missed", "value", "text", "message"]
) -> None:
    """The form is denied in the install's own words."""
    install = replace(Install(), deleted_form=deleted)
    with Sandbox(lag=timedelta(0), install=install) as sandbox:
        trip = Round(tmp_path, sandbox)
        trip.write(_clients())
        assert set(trip.apply().values()) == {"verified"}
        trip.write(_clients().replace("{name: one-b, percentage: 6, note: two}", ""))
        assert trip.apply() == {"Discount/one-b": "verified"}
        assert trip.plan().empty


def test_country_is_known_by_its_flag_where_options_have_no_labels(tmp_path: Path) -> None:
    """``DE`` is found where the panel calls every country by an empty label."""
    manifest = (
        "apiVersion: reconciler/v1\nkind: Client\nmetadata: {name: acme}\n"
        "spec: {email: a@acme.example, country: DE}\n"
    )
    with Sandbox(lag=timedelta(0), install=replace(Install(), labels="missing")) as sandbox:
        trip = Round(tmp_path, sandbox)
        trip.write(manifest)
        assert trip.apply() == {"Client/acme": "verified"}
        assert trip.plan().empty
        trip.write(manifest.replace("DE", "Austria"))
        (change,) = trip.plan().changes
        assert [edit.field for edit in change.edits] == ["country"]
        assert trip.apply() == {"Client/acme": "verified"}
