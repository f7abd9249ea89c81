"""A charge in doubt, and the answers that only a person can give."""

from __future__ import annotations

import json
import os
import re
import signal
import xml.etree.ElementTree as ET
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from reconciler.sandbox import Sandbox, ledger
from reconciler.sandbox.faults import Cart, Drop, FaultMiddleware, Twice
from tests.support.command_line import SERVICE
from tests.support.http_panel import TARGET, observed, serve_over_http

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reconciler.sandbox.faults import Fault
    from tests.support.command_line import CommandLineProject

SHAKY = ("--target", "shaky")
APPLY = ("apply", "--yes", "--allow", "charge", *SHAKY)
WEB = "Service/globex-web"


@contextmanager
def _ordering(
    project: CommandLineProject, *faults: Fault, words: Sequence[bytes] = ()
) -> Iterator[None]:
    """Declare an order of a client that lives, at a panel behind some faults.

    A request that holds all of ``words`` is when somebody interrupts the run, and insists.
    """
    project.run("sandbox", "seed", "--clients", "3")
    with closing(Sandbox(project.database)) as sandbox:
        email = json.loads(sandbox.call("account", out="JSONdata"))[-1]["email"]
    project.write("manifests/web.yaml", SERVICE % email)
    project.edit("reconciler.yaml", "maxCharge: {EUR: 500}", "maxCharge: null")
    panel = Sandbox(project.database, lag=timedelta(0))
    app = FaultMiddleware(panel, faults)
    with serve_over_http(observed(app, _insist, *words) if words else app) as url:
        project.edit("reconciler.yaml", "  guards:", TARGET % url + "  guards:")
        yield


def _insist() -> None:
    """Interrupt this very process, and once more before it has had its answer."""
    for number in (signal.SIGINT, signal.SIGTERM):
        os.kill(os.getpid(), number)


def _charges(project: CommandLineProject) -> list[str]:
    with closing(Sandbox(project.database)) as sandbox:
        return [charge.what for charge in ledger(sandbox)]


def test_missing_order_is_sent_again_after_none_exists(
    project: CommandLineProject,
) -> None:
    """--none-exists: nothing is sent before it was said, one order after, and none after that."""
    lost = Drop(func="vhost.order.param", request="submit")
    with _ordering(project, lost):
        result = project.run(*APPLY, code=7)
        assert "Run `reconciler --target shaky resume`" in result.out
        project.run(*APPLY, code=7)
        project.run("import", WEB, "1", "--yes", *SHAKY, code=7)
        result = project.run("resume", *SHAKY, code=7)
        assert f"reconciler --target shaky resume --none-exists {WEB}" in result.out
        assert _charges(project) == []
        project.run("resume", "--none-exists", WEB, *SHAKY)
        project.run(*APPLY)
        project.run(*APPLY)
        project.run("journal", "verify", *SHAKY)

    assert _charges(project) == ["order"]


def test_drift_names_resume_before_an_apply_that_would_be_refused(
    project: CommandLineProject,
) -> None:
    """While a charge is in doubt the remedy of drift begins with what lets an apply start."""
    with _ordering(project, Drop(func="vhost.order.param", request="submit")):
        project.run(*APPLY, code=7)
        owned = project.run("inventory", "--json", *SHAKY).document["resources"]
        number = next(each["id"] for each in owned if each["address"] == "Client/globex")
        project.panel("account.edit", elid=number, name="Other", sok="ok")
        doubtful = project.run("drift", *SHAKY, code=2).out
        project.run("resume", "--none-exists", WEB, *SHAKY)
        resolved = project.run("drift", *SHAKY, code=2).out

    first = "it is resolved: reconciler --target shaky resume\n"
    assert doubtful.index(first) < doubtful.index("To restore what the manifests declare")
    assert "resume" not in resolved


def test_order_that_waits_in_the_cart_names_what_ends_it(project: CommandLineProject) -> None:
    """Paid there or taken out: an apply points to resume, which says both answers."""
    with _ordering(project, Cart(func="vhost.order.param", request="submit")):
        project.run(*APPLY, code=6)
        assert "run `reconciler --target shaky resume`" in project.run(*APPLY, code=6).out
        reported = project.run("resume", *SHAKY).out
        assert f"reconciler --target shaky resume --link {WEB} " in reported
        assert f"reconciler --target shaky resume --none-exists {WEB}" in reported
    assert _charges(project) == []


def test_duplicate_order_is_resolved_by_link(
    project: CommandLineProject,
) -> None:
    """--link: both ids are reported; the other is left for a person, nothing more is ordered."""
    with _ordering(project, Twice(func="vhost.order.param", request="submit")):
        reported = project.run(*APPLY, code=7).out
        again = project.run("resume", *SHAKY, code=7).out
        ids = re.findall(r"\d+", re.findall(r"(?:ids|objects) ([\d, ]+)", reported)[0])
        assert len(ids) == 2
        assert sorted(
            re.findall(r"\d+", re.findall(r"(?:ids|objects) ([\d, ]+)", again)[0])
        ) == sorted(ids)
        assert "--none-exists" in again
        project.run("resume", "--link", WEB, ids[0], *SHAKY)
        other = project.run(*APPLY, code=6).out
        project.panel("vhost.delete", elid=ids[1])
        project.run(*APPLY)
        assert "No changes" in project.run("plan", *SHAKY).out

    assert ids[1] in other
    assert _charges(project) == ["order", "order"]


def test_order_is_linked_to_nothing_that_no_plan_would_know_again(
    project: CommandLineProject,
) -> None:
    """--link: an object with another domain is refused until manifest or panel call it the same."""
    with _ordering(project, Drop(func="vhost.order.param", request="submit")):
        project.run(*APPLY, code=7)
        with closing(Sandbox(project.database)) as sandbox:
            owner = json.loads(sandbox.call("account", out="JSONdata"))[-1]["email"]
            tariffs = json.loads(sandbox.call("pricelist", out="JSONdata"))
            step = ET.fromstring(sandbox.call("vhost.order", su=owner))  # noqa: S314 - our sandbox
        (tariff,) = (each["id"] for each in tariffs if each["name"] == "Web Start")
        place = step.findtext("datacenter", "")
        terms = {"pricelist": tariff, "period": "1", "datacenter": place}
        terms |= {"skipbasket": "on", "sok": "ok"}
        project.panel("vhost.order.param", su=owner, domain="other.example", **terms)
        with closing(Sandbox(project.database)) as sandbox:
            rows = json.loads(sandbox.call("vhost", out="JSONdata"))
        (number,) = (each["id"] for each in rows if each["domain"] == "other.example")

        refused = project.run("resume", "--link", WEB, number, *SHAKY, code=4).err
        manifest = project.root / "manifests/web.yaml"
        away = manifest.rename(manifest.with_name("_web.yaml"))
        undeclared = project.run("resume", "--link", WEB, number, *SHAKY, code=4).err
        away.rename(manifest)
        other = {"domain": "globex.example", "remoteid": "git:initech/web/1"}
        project.panel("vhost.edit", elid=number, sok="ok", **other)
        marked = project.run("resume", "--link", WEB, number, *SHAKY, code=4).err
        project.panel("vhost.edit", elid=number, remoteid="", sok="ok")
        project.run("resume", "--link", WEB, number, *SHAKY)
        project.run(*APPLY)
        assert "No changes" in project.run("plan", *SHAKY).out

    assert "differs from Service/globex-web in its domain" in refused
    assert "differs from Service/globex-web in its remoteid" in marked
    assert "no manifest declares any more" in undeclared
    assert _charges(project) == ["order"]


def test_duplicate_renewal_is_resolved_by_the_operator(
    project: CommandLineProject,
) -> None:
    """--link with the service's own id: until then each run is in doubt, and none renews again."""
    with _ordering(project, Twice(func="service.prolong", request="submit")):
        project.run(*APPLY)
        listed = project.run("inventory", "--json", *SHAKY).document["resources"]
        number = next(each["id"] for each in listed if each["address"] == WEB)
        day = datetime.now(UTC).date() + timedelta(days=45)
        project.edit("manifests/web.yaml", "balance", f"balance\n  paidThrough: {day}")
        project.run(*APPLY, code=7)
        project.run(*APPLY, code=7)
        assert "more than one period" in project.run("resume", *SHAKY, code=7).out
        project.run("resume", "--link", WEB, number, *SHAKY)
        project.run(*APPLY)

    assert _charges(project) == ["order", "prolong", "prolong"]


def test_link_of_a_renewal_records_nothing_that_the_panel_does_not_show(
    project: CommandLineProject,
) -> None:
    """Linked by mistake, a lost renewal is planned again, and no drift is reported."""
    with _ordering(project, Drop(func="service.prolong", request="submit")):
        project.run(*APPLY)
        day = datetime.now(UTC).date() + timedelta(days=45)
        project.edit("manifests/web.yaml", "balance", f"balance\n  paidThrough: {day}")
        project.run(*APPLY, code=7)
        reported = project.run("resume", *SHAKY, code=7).out
        found = re.search(rf"reconciler --target shaky resume --link {WEB} (\d+)\n", reported)
        assert found is not None
        linked = project.run("resume", "--link", WEB, found[1], *SHAKY)
        assert f"recorded: {WEB} is object {found[1]}" in linked.err
        assert "0 missing, 0 added, 1 pending" in project.run("drift", *SHAKY).out
        project.run(*APPLY)

    assert _charges(project) == ["order", "prolong"]


def test_killed_run_is_resolved_by_the_next_one(
    project: CommandLineProject,
) -> None:
    """Exit code 130 with the order in flight: it is written down, found, and not ordered again."""
    with _ordering(project, words=(b"=vhost.order.param&", b"sok=")):
        result = project.run(*APPLY, code=130)
        opened = project.run("journal", *SHAKY)
        settled = project.run("resume", "--json", *SHAKY)
        project.run(*APPLY)

    assert "interrupt again to stop immediately" in result.err
    remedy = "run `reconciler --target shaky resume`"
    assert f"requests already sent may have taken effect: {remedy}" in result.err
    assert f"will create {WEB}" in opened.out
    # What goes on side by side with the order may be stopped, too.
    found = {each["address"]: each["result"] for each in settled.document["outcomes"]}
    assert found[WEB] == "verified"
    assert _charges(project) == ["order"]
