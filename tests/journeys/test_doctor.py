"""``doctor``: what can be worked with, what cannot, and the filters that it takes off."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import jsonschema
import pytest

from reconciler.documents.schemas import report_schemas
from reconciler.sandbox import ADMIN, PASSPHRASE, FaultMiddleware, Install, Sandbox
from reconciler.sandbox.faults import ErrorFault
from tests.support.http_panel import serve_over_http

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.command_line import CommandLineProject

Orders = Literal["wizard", "bare", "v2"]


@dataclass
class Installed:
    """The panel of a project behind HTTP, as some installation has it."""

    project: CommandLineProject
    monkeypatch: pytest.MonkeyPatch

    def point(self, url: str) -> None:
        """Let the project's commands ask this address."""
        self.monkeypatch.setenv("RECONCILER_URL", url)
        self.monkeypatch.setenv("RECONCILER_USERNAME", ADMIN)
        self.monkeypatch.setenv("RECONCILER_PASSWORD", PASSPHRASE)


@pytest.fixture
def seeded(project: CommandLineProject) -> CommandLineProject:
    """A project whose panel has clients and services."""
    project.run("sandbox", "seed", "--clients", "6")
    return project


@pytest.fixture
def installed(seeded: CommandLineProject, monkeypatch: pytest.MonkeyPatch) -> Installed:
    """The same panel, to be put behind HTTP."""
    return Installed(seeded, monkeypatch)


def checks(project: CommandLineProject, *words: str, code: int = 0) -> dict[str, dict[str, Any]]:
    """Run doctor for programs; return its checks and kinds by name."""
    document = project.run("doctor", "--json", *words, code=code).document
    jsonschema.validate(document, report_schemas()["doctor.schema.json"])
    named = {each["name"]: each for each in document["checks"]}
    return named | {each["kind"]: each for each in document["kinds"]}


def test_doctor_reports_a_ready_panel_and_writes_nothing(seeded: CommandLineProject) -> None:
    """Every check is well or unknown, and only questions were asked."""
    result = seeded.run("doctor")

    assert "problem" not in result.out
    assert "  ok        sign-in: as 'admin', by session\n" in result.out
    assert "  unknown   clock: the panel's answers carry no date\n" in result.out
    assert result.out.endswith("ready for use.\n")
    assert seeded.writes() == []
    assert not [each.func for each in seeded.asked() if "sok" in each.params]


def test_doctor_reports_clock_and_connection_over_http(installed: Installed) -> None:
    """A server's answers carry a date."""
    with closing(Sandbox(installed.project.database)) as sandbox, serve_over_http(sandbox) as url:
        installed.point(url)
        found = checks(installed.project)

    assert found["clock"]["status"] == "ok"
    assert found["TLS"]["message"] == "not needed: nothing leaves this machine"


def test_unreachable_panel_is_a_problem_and_other_checks_are_unknown(installed: Installed) -> None:
    """Exit code 8, and nothing is called well that was not looked at."""
    installed.point("http://127.0.0.1:9/billmgr")
    found = checks(installed.project, code=8)

    assert found["reach"]["status"] == "problem"
    assert found["reach"]["remedy"]
    assert {each["status"] for name, each in found.items() if name != "reach"} == {"unknown"}


def test_wrong_password_is_a_problem_of_signing_in(
    installed: Installed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The panel was reached; nobody got in."""
    with closing(Sandbox(installed.project.database)) as sandbox, serve_over_http(sandbox) as url:
        installed.point(url)
        monkeypatch.setenv("RECONCILER_PASSWORD", "wrong-password-4711")
        found = checks(installed.project, code=8)

    assert found["reach"]["status"] == "ok"
    assert found["sign-in"]["status"] == "problem"
    assert "wrong login or password" in found["sign-in"]["message"]
    assert "4711" not in json.dumps(found)


def test_level_of_a_client_is_too_low(
    installed: Installed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client is shown his own alone."""
    _register(installed.project, "low@example.com", passwd="climb-4711", confirm="climb-4711")
    with closing(Sandbox(installed.project.database)) as sandbox, serve_over_http(sandbox) as url:
        installed.point(url)
        monkeypatch.setenv("RECONCILER_USERNAME", "low@example.com")
        monkeypatch.setenv("RECONCILER_PASSWORD", "climb-4711")
        found = checks(installed.project, code=8)

    assert found["level"]["status"] == "problem"
    assert found["Client"]["status"] == "problem"


def test_missing_function_is_a_warning_until_a_manifest_needs_it(installed: Installed) -> None:
    """And says what would not work."""
    lacking = {"account.discount": 99, "account.taxrule.edit": 99}
    panel = Sandbox(installed.project.database, install=Install(levels=lacking))
    with closing(panel) as sandbox, serve_over_http(sandbox) as url:
        installed.point(url)
        found = checks(installed.project, code=8)
        (installed.project.root / "manifests" / "june.yaml").unlink()
        calm = checks(installed.project)

    assert found["Discount"]["status"] == "problem"
    assert found["TaxRule"]["status"] == "warning"
    assert found["TaxRule"]["consequences"] == ["TaxRule: cannot be created"] or (
        "TaxRule: cannot be compared or changed" in found["TaxRule"]["consequences"]
    )
    assert calm["Discount"]["status"] == "warning"
    assert "Discount: cannot be planned" in calm["Discount"]["consequences"]


def test_hidden_expenses_are_a_warning(installed: Installed) -> None:
    """Charges can be made without them; what they came to is then reported as planned."""
    panel = Sandbox(installed.project.database, install=Install(levels={"subaccount.expense": 99}))
    with closing(panel) as sandbox, serve_over_http(sandbox) as url:
        installed.point(url)
        found = checks(installed.project)

    assert found["Service"]["status"] == "warning"
    assert found["Service"]["consequences"] == [
        "Service: charges are reported as planned, because no expenses are shown"
    ]


@pytest.mark.parametrize(
    ("orders", "func", "how"),
    [
        ("wizard", "vds.order.param", "opens by the steps of a wizard"),
        ("bare", "vds.order.param", "opens bare"),
        ("v2", "v2.vds.order.param", "opens by the steps of a wizard"),
    ],
)
def test_way_in_which_services_are_ordered_is_found(
    installed: Installed, orders: Orders, func: str, how: str
) -> None:
    """By asking: a form that opens bare, the steps of a wizard, or the newer names."""
    panel = Sandbox(installed.project.database, install=Install(orders=orders))
    with closing(panel) as sandbox, serve_over_http(sandbox) as url:
        installed.point(url)
        found = checks(installed.project)["Service"]

    ways = {
        each["name"]: each["message"] for each in found["functions"] if each["purpose"] == "create"
    }
    assert ways[func] == how
    assert "Service: cannot be created" not in found["consequences"]


def test_services_that_cannot_be_ordered_are_reported_with_the_reason(installed: Installed) -> None:
    """Where the steps open and the form for their terms does not, a kind is not ready."""
    shut = ErrorFault(func="*.order.param", count="always", type="access", message="Not for resale")
    with (
        closing(Sandbox(installed.project.database)) as sandbox,
        serve_over_http(FaultMiddleware(sandbox, [shut])) as url,
    ):
        installed.point(url)
        found = checks(installed.project)["Service"]

    assert found["status"] != "ok"
    assert "Service: cannot be created" in found["consequences"]
    assert any("Not for resale" in each["message"] for each in found["functions"])


SERVICE = """\
apiVersion: reconciler/v1
kind: Service
metadata: {name: web}
spec: {client: {email: web@a.example}, type: %s, tariff: Web Start, domain: web.example}
"""


@pytest.mark.parametrize("func", ["dedic.order*", "dedic"])
@pytest.mark.parametrize(("declared", "code"), [("vhost", 0), ("dedic", 8)])
def test_missing_type_that_no_manifest_declares_is_not_a_problem(
    installed: Installed, func: str, declared: str, code: int
) -> None:
    """A panel without dedicated servers can be worked with, until a manifest orders one."""
    installed.project.write("manifests/web.yaml", SERVICE % declared)
    shut = ErrorFault(func=func, count="always", message="No tariff plans available for order")
    with (
        closing(Sandbox(installed.project.database)) as sandbox,
        serve_over_http(FaultMiddleware(sandbox, [shut])) as url,
    ):
        installed.point(url)
        found = checks(installed.project, code=code)["Service"]
        words = installed.project.run("doctor", code=code).out

    # Nothing is called ready beside a kind that cannot be created.
    verdict = "not ready for use" if code else "except for the warnings"
    assert words.endswith(f"{verdict}.\n")
    assert found["status"] == ("problem" if code else "warning")
    assert any(each.startswith("Service of type dedic: ") for each in found["consequences"])


def test_documented_columns_alone_are_no_obstacle(installed: Installed) -> None:
    """What a list does not show is read from the form; it is named all the same."""
    panel = Sandbox(installed.project.database, install=Install(columns="documented"))
    with closing(panel) as sandbox, serve_over_http(sandbox) as url:
        installed.point(url)
        found = checks(installed.project)

    assert "email" in found["Client"]["missingColumns"]
    assert found["Client"]["status"] == "ok"


class TestFilters:
    """Saved filters are found, named, and taken off only when somebody agrees."""

    @pytest.fixture
    def filtered(self, installed: Installed) -> Iterator[CommandLineProject]:
        """A panel whose administrator has saved a filter."""
        with (
            closing(Sandbox(installed.project.database)) as sandbox,
            serve_over_http(sandbox) as url,
        ):
            installed.point(url)
            project = installed.project
            project.run("call", "account.filter", "name=zzz", "sok=ok", "--confirm")
            yield project

    def test_filter_is_named_with_its_remedy(self, filtered: CommandLineProject) -> None:
        """As the problem that it is: a plan refuses to judge by such a list."""
        found = checks(filtered, code=8)["filter on account"]

        assert found["status"] == "problem"
        assert "name" in found["message"]
        assert "--clear-filters" in found["remedy"]
        filtered.run("plan", code=8)

    def test_nothing_is_taken_off_unasked(self, filtered: CommandLineProject) -> None:
        """Without a terminal and without --yes nobody has agreed."""
        before = filtered.writes()
        result = filtered.run("doctor", "--clear-filters", code=4)

        assert "the filter saved for the list account" in result.err
        assert filtered.writes() == before

    def test_filter_is_taken_off_and_that_is_proved(self, filtered: CommandLineProject) -> None:
        """By another look, after which a plan works."""
        found = checks(filtered, "--clear-filters", "--yes")

        assert found["saved filters"]["status"] == "ok"
        filtered.run("plan")

    def test_filter_by_client_is_found_by_what_is_missing(self, installed: Installed) -> None:
        """No answer names it: services that exist are in no list."""
        project = installed.project
        with closing(Sandbox(project.database)) as sandbox, serve_over_http(sandbox) as url:
            installed.point(url)
            project.run("call", "account.setfilter", f"elid={_idle_client(project)}", "--confirm")
            found = checks(project, code=8)
            healed = checks(project, "--clear-filters", "--yes")

        assert found["filter by client"]["status"] == "problem"
        assert found["saved filters"]["status"] == "ok"
        assert healed["filter by client"]["status"] == "ok"

    def test_empty_panel_tells_nothing_of_the_filter_by_client(
        self, project: CommandLineProject
    ) -> None:
        """What cannot be decided is unknown."""
        project.run("sandbox", "reset")
        assert checks(project)["filter by client"]["status"] == "unknown"

    @pytest.mark.parametrize(
        ("code", "why", "remedy"),
        [
            (
                "missed",
                "this panel has no account.setfilter, so it can neither save nor remove",
                "what else",
            ),
            (
                "access",
                "account.setfilter was refused; the filter was not changed",
                "as a user with the right to it",
            ),
        ],
    )
    def test_filter_by_client_that_stays_is_explained(
        self,
        project: CommandLineProject,
        monkeypatch: pytest.MonkeyPatch,
        *,
        code: str,
        why: str,
        remedy: str,
    ) -> None:
        """It stays unknown, and no less is done for the other filters."""
        project.run("sandbox", "reset")
        with closing(Sandbox(project.database)) as sandbox:
            lacking = FaultMiddleware(
                sandbox, [ErrorFault(func="account.setfilter", type=code, count="always")]
            )
            with serve_over_http(lacking) as url:
                Installed(project, monkeypatch).point(url)
                project.run("call", "account.filter", "name=zzz", "sok=ok", "--confirm")
                result = project.run("doctor", "--clear-filters", "--yes")
                found = checks(project, "--clear-filters", "--yes")

        assert "refused: the filter by client: " in result.err
        assert found["saved filters"]["status"] == "ok"
        reported = found["filter by client"]
        assert reported["status"] == "unknown"
        assert why in reported["message"]
        assert "needs known objects of two clients" in reported["message"]
        assert remedy in reported["remedy"]

    def test_lists_that_are_cut_all_the_same_stay_a_problem(self, installed: Installed) -> None:
        """That a panel lacks the function does not put back what its lists do not show."""
        project = installed.project
        with closing(Sandbox(project.database)) as sandbox:
            with serve_over_http(sandbox) as url:
                installed.point(url)
                idle = f"elid={_idle_client(project)}"
                project.run("call", "account.setfilter", idle, "--confirm")
            lacking = FaultMiddleware(
                sandbox, [ErrorFault(func="account.setfilter", type="missed")]
            )
            with serve_over_http(lacking) as url:
                installed.point(url)
                found = checks(project, "--clear-filters", "--yes", code=8)["filter by client"]

        assert found["status"] == "problem"
        assert "this panel has no account.setfilter" in found["message"]
        assert "objects that exist are in no list" in found["message"]


def _register(project: CommandLineProject, email: str, **more: str) -> None:
    """Make a client of the first provider."""
    form = project.run("call", "account.edit", "--json").document
    provider = next(iter(form["options"]["project"]))
    project.panel("account.edit", email=email, project=provider, sok="ok", **more)


def _idle_client(project: CommandLineProject) -> str:
    """Make a client without any service, and return his id."""
    _register(project, "idle@example.com")
    rows = project.run("call", "account", "--json").document["rows"]
    return next(str(r["values"]["id"]) for r in rows if r["values"]["email"] == "idle@example.com")


def test_broken_manifests_do_not_hide_the_panel(seeded: CommandLineProject, tmp_path: Path) -> None:
    """Doctor looks at the panel; validate looks at the manifests."""
    seeded.write("manifests/broken.yaml", "kind: [")

    assert checks(seeded)["Client"]["status"] == "ok"
