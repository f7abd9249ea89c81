"""Services that stand in lists of the hoster's own beside the plain list of their type."""

from __future__ import annotations

from contextlib import closing, contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from reconciler.sandbox import ADMIN, PASSPHRASE, FaultMiddleware, Install, Sandbox, ledger
from reconciler.sandbox.faults import Cart, Drop, ErrorFault, Page
from tests.support.command_line import SERVICE
from tests.support.http_panel import serve_over_http

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from tests.support.command_line import CommandLineProject

MACHINE = SERVICE.replace("type: vhost", "type: vds").replace("Web Start", "Cloud S")
SETTLED = "url: 'http://127.0.0.1:1/billmgr', timeouts: {settle: 0}"
PROJECT = f"""\
apiVersion: reconciler/v1
kind: Project
metadata: {{name: shop}}
spec:
  targets: {{panel: {{{SETTLED}}}}}
  guards: {{maxCharge: null}}
"""
DOTTED = {"vds": "vds.vps", "dedic": "dedic.rack"}


@pytest.fixture
def hoster(project: CommandLineProject, monkeypatch: pytest.MonkeyPatch) -> CommandLineProject:
    """A project that declares one virtual machine of a client of the panel."""
    project.write("manifests/web.yaml", MACHINE % project.seeded_client())
    project.write("reconciler.yaml", PROJECT)
    monkeypatch.setenv("RECONCILER_USERNAME", ADMIN)
    monkeypatch.setenv("RECONCILER_PASSWORD", PASSPHRASE)
    return project


@contextmanager
def panel(
    project: CommandLineProject,
    monkeypatch: pytest.MonkeyPatch,
    *faults: Any,
    menu: bool = True,
    lists: Mapping[str, str] = DOTTED,
) -> Iterator[None]:
    """Serve the project's panel as a hoster has it who made lists of its own."""
    install = Install(service_lists=lists, menu=menu)
    sandbox = Sandbox(project.database, install=install, lag=timedelta(0))
    with closing(sandbox), serve_over_http(FaultMiddleware(sandbox, faults)) as url:
        monkeypatch.setenv("RECONCILER_URL", url)
        yield


def set_target(project: CommandLineProject, setting: str) -> None:
    """Add a setting to the target that the commands use."""
    project.edit("reconciler.yaml", SETTLED, f"{SETTLED}, {setting}")


def lose_memory(project: CommandLineProject) -> None:
    """Let nothing be known any more of what was applied: no inventory, and no journal."""
    for state in (project.root / ".reconciler").glob("*"):
        if state.suffix in {".json", ".journal"}:
            state.unlink()


def charges(project: CommandLineProject) -> list[str]:
    """Say what was charged, and for what."""
    with closing(Sandbox(project.database)) as sandbox:
        return [charge.what for charge in ledger(sandbox)]


def test_menu_leads_to_the_list_that_shows_what_was_ordered(
    hoster: CommandLineProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ordered once, found, edited and ended in the dotted list, and adopted from there."""
    with panel(hoster, monkeypatch):
        hoster.run("apply", "--yes", "--allow", "charge")
        assert charges(hoster) == ["order"]
        hoster.run("plan", "--detailed-exitcode")

        hoster.edit("manifests/web.yaml", "payFrom: balance", "autoRenewMonths: 1")
        assert "1 to update" in hoster.run("plan").out
        hoster.run("apply", "--yes")
        hoster.run("plan", "--detailed-exitcode")
        assert [func for func in hoster.writes() if func == "vds.vps.edit"]

        hoster.run("forget", "Service/globex-web")
        assert "No changes" in hoster.run("plan").out
    assert charges(hoster) == ["order"]


def test_form_is_asked_for_under_every_name_before_it_counts_as_missed(
    hoster: CommandLineProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A panel may open what its dotted list shows by the plain form alone, or the other way."""
    for shut in ("vds.edit", "vds.vps.edit"):
        refused = ErrorFault(func=shut, count="always", type="missed", object=shut)
        with panel(hoster, monkeypatch, refused):
            hoster.run("apply", "--yes", "--allow", "charge")
            hoster.run("plan", "--detailed-exitcode")
    assert charges(hoster) == ["order"]


def test_target_names_service_lists_without_a_menu(
    hoster: CommandLineProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By serviceLists the list is read as if the menu led there."""
    set_target(hoster, "serviceLists: {vds: [vds.vps]}")
    with panel(hoster, monkeypatch, menu=False):
        hoster.run("apply", "--yes", "--allow", "charge")
        hoster.run("plan", "--detailed-exitcode")
        hoster.run("apply", "--yes", "--allow", "charge")
    assert charges(hoster) == ["order"]


def test_empty_list_does_not_prove_absence_without_a_menu(
    hoster: CommandLineProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No machine is ordered that may be there already; the words name the setting."""
    with panel(hoster, monkeypatch):
        hoster.run("apply", "--yes", "--allow", "charge")
    lose_memory(hoster)
    with panel(hoster, monkeypatch, menu=False):
        planned = hoster.run("apply", "--yes", "--allow", "charge", code=6)
        # A remedy that names the doubted list alone would order what lives once more.
        assert "serviceLists: {vds: [vds, vds.NAME]}; if no such service was ever" in planned.out
        set_target(hoster, "serviceLists: {vds: [vds, vds.NAME]}")
        assert "serviceLists" in hoster.run("plan", code=3).err
        hoster.edit("reconciler.yaml", "vds.NAME", "vds.vps")
        assert "charges" not in hoster.run("plan").out
        hoster.edit("reconciler.yaml", ", serviceLists: {vds: [vds, vds.vps]}", "")
        warned = hoster.run("doctor", "--json").document["checks"]
        (check,) = [each for each in warned if each["name"] == "service lists"]
        assert (check["status"], "vds" in check["message"]) == ("warning", True)
        assert "serviceLists: {" in check["remedy"]
    assert charges(hoster) == ["order"]


def test_broken_menu_orders_no_existing_service_again(
    hoster: CommandLineProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine of somebody else in the plain list is no proof while the menu was not read."""
    with panel(hoster, monkeypatch):
        hoster.run("apply", "--yes", "--allow", "charge")
    lose_memory(hoster)
    broken = Page(func="menu", count="always")
    with panel(hoster, monkeypatch, broken):
        refused = hoster.run("apply", "--yes", "--allow", "charge", code=8)
        document = hoster.run("doctor", "--json", code=8).document
    assert "serviceLists: {vds: [vds, vds.NAME]}" in refused.err
    (check,) = [each for each in document["checks"] if each["name"] == "service lists"]
    assert check["status"] == "problem"
    assert {each["kind"] for each in document["kinds"]} >= {"Client", "Service"}
    assert charges(hoster) == ["order"]


def test_plain_list_of_anybodys_services_is_believed_without_a_menu(
    hoster: CommandLineProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the plain list is in use, a client's empty one is empty."""
    hoster.edit("manifests/web.yaml", "type: vds", "type: vhost")
    hoster.edit("manifests/web.yaml", "Cloud S", "Web Start")
    with panel(hoster, monkeypatch, menu=False, lists={}):
        hoster.run("apply", "--yes", "--allow", "charge")
        hoster.run("plan", "--detailed-exitcode")
    assert charges(hoster) == ["order"]


@pytest.mark.parametrize("lost", [Drop, Cart])
def test_lost_order_is_found_in_the_dotted_list(
    hoster: CommandLineProject, monkeypatch: pytest.MonkeyPatch, lost: type
) -> None:
    """What is in doubt is looked for there, too, and is never ordered twice."""
    with panel(hoster, monkeypatch, lost(func="vds.order.param", request="submit")):
        hoster.run("apply", "--yes", "--allow", "charge", code=7 if lost is Drop else 6)
        hoster.run("apply", "--yes", "--allow", "charge", code=7 if lost is Drop else 6)
    assert charges(hoster) in ([], ["order"])


def test_doctor_names_the_lists(
    hoster: CommandLineProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the services of each type stand, and that nothing is amiss with it."""
    with panel(hoster, monkeypatch):
        hoster.run("apply", "--yes", "--allow", "charge")
        document = hoster.run("doctor", "--json").document
    assert [each["name"] for each in document["checks"] if each["status"] == "problem"] == []
    (check,) = [each for each in document["checks"] if each["name"] == "service lists"]
    assert check["status"] == "ok"
    assert check["message"] == "vds in vds, vds.vps; dedic in dedic, dedic.rack"


@pytest.mark.parametrize("name", ["vds.delete", "vds.edit", "a b", "vds.order", ""])
def test_unknown_list_name_is_refused(hoster: CommandLineProject, name: str) -> None:
    """Nothing that acts when it is called is ever called as a list."""
    set_target(hoster, f"serviceLists: {{vds: ['{name}']}}")
    assert "serviceLists" in hoster.run("validate", code=3).err
