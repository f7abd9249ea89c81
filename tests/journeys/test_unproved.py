"""One change of a resource fails beside another: only what was proved is remembered."""

from __future__ import annotations

from contextlib import closing, contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.sandbox import ADMIN, PASSPHRASE, FaultMiddleware, Install, Sandbox, keep_install
from reconciler.sandbox.faults import ErrorFault
from tests.support.command_line import SERVICE
from tests.support.http_panel import serve_over_http

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.command_line import CommandLineProject

WEB = "Service/globex-web"
SHUT = ErrorFault(func="vhost.suspend", count="always", type="state", message="Not now")


@pytest.fixture
def shop(project: CommandLineProject, monkeypatch: pytest.MonkeyPatch) -> CommandLineProject:
    """A project with a paid service, on a panel that works at once and suspends nothing."""
    project.write("manifests/web.yaml", SERVICE % project.seeded_client())
    project.edit("reconciler.yaml", "maxCharge: {EUR: 500}", "maxCharge: null")
    keep_install(project.database, Install(lag=timedelta(0)))
    monkeypatch.setenv("RECONCILER_USERNAME", ADMIN)
    monkeypatch.setenv("RECONCILER_PASSWORD", PASSPHRASE)
    return project


@contextmanager
def shut(
    project: CommandLineProject, monkeypatch: pytest.MonkeyPatch, fault: ErrorFault = SHUT
) -> Iterator[None]:
    """Let the panel refuse to suspend."""
    panel = Sandbox(project.database)
    with (
        closing(panel),
        serve_over_http(FaultMiddleware(panel, [fault])) as url,
        monkeypatch.context() as patch,
    ):
        patch.setenv("RECONCILER_URL", url)
        yield


def remembered(project: CommandLineProject) -> dict[str, Any]:
    """Return what the inventory holds of the service."""
    listed = project.run("inventory", "--json").document["resources"]
    (found,) = [each for each in listed if each["address"] == WEB]
    spec: dict[str, Any] = found["fields"]
    return spec


def test_suspension_that_fails_beside_an_order_was_never_applied(
    shop: CommandLineProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody changed anything in the panel: it is pending, and not drift."""
    shop.edit("manifests/web.yaml", "payFrom", "suspended: true\n  payFrom")
    with shut(shop, monkeypatch):
        failed = shop.run("apply", "--yes", "--allow", "charge", code=6)
        assert "not suspended" in failed.out
    assert "suspended" not in remembered(shop)
    drift = shop.run("drift", "--json").document
    (found,) = [each for each in drift["drifted"] if each["address"] == WEB]
    assert found["class"] == "pending"

    shop.run("apply", "--yes")
    assert remembered(shop)["suspended"] is True
    assert shop.run("drift").out.startswith("No drift")


def test_suspension_that_fails_beside_an_edit_keeps_what_was_applied_before(
    shop: CommandLineProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The edit is remembered, and of the switch what it was."""
    shop.edit("manifests/web.yaml", "payFrom", "suspended: false\n  payFrom")
    shop.run("apply", "--yes", "--allow", "charge")
    shop.edit("manifests/web.yaml", "suspended: false", "suspended: true\n  autoRenewMonths: 1")
    with shut(shop, monkeypatch):
        shop.run("apply", "--yes", code=6)
    assert remembered(shop)["suspended"] is False
    assert str(remembered(shop)["autoRenewMonths"]) == "1"
    shop.run("drift")


def test_panel_without_a_function_of_the_type_is_asked_by_the_one_for_all(
    shop: CommandLineProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some panels suspend services of every type by one function, and have no other."""
    absent = ErrorFault(func="vhost.suspend", count="always", type="missed", object="func")
    shop.edit("manifests/web.yaml", "payFrom", "suspended: true\n  payFrom")
    with shut(shop, monkeypatch, absent):
        shop.run("apply", "--yes", "--allow", "charge")
        shop.run("plan", "--detailed-exitcode")
    assert shop.writes()[-1] == "service.suspend"
    assert remembered(shop)["suspended"] is True
