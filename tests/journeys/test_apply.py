"""``apply`` asks, refuses, does, and tells what came of it."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from reconciler.sandbox import FaultMiddleware, Sandbox, ledger
from reconciler.sandbox.faults import ErrorFault
from reconciler.store.lock import lock_path, target_lock
from tests.support.command_line import CLIENT, SERVICE
from tests.support.http_panel import TARGET, intercepted, interrupting, serve_over_http

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.command_line import CommandLineProject


def test_without_a_terminal_nothing_is_applied_unasked(project: CommandLineProject) -> None:
    """The plan is shown, the refusal says what would approve it, the panel is untouched."""
    text = project.run("apply", code=4)
    document = project.run("apply", "--json", code=4)

    assert "Plan: 2 to create" in text.out
    assert "--yes" in text.err
    assert document.document["error"]["code"] == "refused"
    assert project.writes() == []


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("n\n", 4), ("\n", 4)])
def test_answer_on_a_terminal_decides(project: CommandLineProject, answer: str, code: int) -> None:
    """Yes applies, anything else is a refusal."""
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "wb", buffering=0) as typed, os.fdopen(theirs) as terminal:
        typed.write(answer.encode())
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "stdin", terminal)
            result = project.run("apply", code=code)

    assert "Apply these 2 changes? [y/N]" in result.err
    assert bool(project.writes()) is (code == 0)


def test_refusal_of_a_group_is_reported_with_the_panels_message(
    project: CommandLineProject,
) -> None:
    """A client was made, and why he is in no group is known: it is said."""
    project.run("sandbox", "seed", "--clients", "1")
    project.edit("manifests/globex.yaml", "name: Globex\n", "name: Globex\n  groups: [Partners]\n")
    shut = ErrorFault(func="account.group.resume", count="always", message="The group is locked")
    with (
        closing(Sandbox(project.database)) as sandbox,
        serve_over_http(FaultMiddleware(sandbox, [shut])) as url,
    ):
        project.edit("reconciler.yaml", "  guards:", TARGET % url + "  guards:")
        result = project.run("apply", "--yes", "--target", "shaky", code=6)

    differs = "created, but these fields differ from the manifest: groups; account.group.resume: "
    assert differs in result.out
    assert "The group is locked" in result.out


def test_interrupt_at_the_prompt_exits_with_130(project: CommandLineProject) -> None:
    """Ctrl-C leaves at once, with nothing sent."""
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "wb"), os.fdopen(theirs) as terminal:
        process = subprocess.Popen(
            [sys.executable, "-m", "reconciler", "apply"],
            stdin=terminal,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stderr is not None
        assert process.stdout is not None
        with process, process.stderr, process.stdout:
            try:
                seen = ""
                while not seen.endswith("[y/N] ") and process.poll() is None:
                    seen += process.stderr.read(1)
            finally:
                process.send_signal(signal.SIGINT)
            rest = process.stderr.read()
            code = process.wait(timeout=30)

    assert (code, rest) == (130, "error: interrupted\n")
    assert project.writes() == []


def test_dry_run_is_a_plan(project: CommandLineProject) -> None:
    """Nothing is asked, nothing is sent."""
    dry = project.run("apply", "--dry-run")

    assert dry.out == project.run("plan").out
    assert project.writes() == []


def test_saved_plan_is_stale_when_the_manifests_moved(project: CommandLineProject) -> None:
    """Exit code 5, and nothing of it is applied."""
    project.run("plan", "--out", "plan.json")
    project.edit("manifests/june.yaml", "percentage: 15", "percentage: 16")

    text = project.run("apply", "plan.json", code=5)
    document = project.run("apply", "plan.json", "--json", code=5)

    assert "the manifests have changed" in text.err
    assert document.document["error"]["code"] == "stale-plan"
    assert project.writes() == []


def test_saved_plan_is_stale_when_an_object_it_changes_has_changed(
    project: CommandLineProject, discount_by_hand: Callable[..., None]
) -> None:
    """A change in the panel is never overwritten by an approval that did not see it."""
    project.run("apply", "--yes")
    project.edit("manifests/june.yaml", "percentage: 15", "percentage: 20")
    project.run("plan", "--out", "plan.json")
    discount_by_hand(percentage="40")
    written = project.writes()

    result = project.run("apply", "plan.json", code=5)

    assert "Discount/globex-june" in result.err
    assert project.writes() == written


def test_saved_plan_that_was_altered_is_refused(project: CommandLineProject) -> None:
    """The digest covers the plan; editing it takes the approval away."""
    project.run("plan", "--out", "plan.json")
    plan = json.loads((project.root / "plan.json").read_text())
    plan["changes"].pop()
    project.write("plan.json", json.dumps(plan))
    asked = len(project.asked())

    assert "edited after the plan was made" in project.run("apply", "plan.json", code=4).err
    assert len(project.asked()) == asked


@pytest.mark.parametrize("text", [None, "{", "[]", "{}", '{"formatVersion": "1", "error": {}}'])
@pytest.mark.parametrize("command", ["apply", "rehearse", "show"])
def test_plan_file_that_cannot_be_read_exits_with_10(
    project: CommandLineProject, command: str, text: str | None
) -> None:
    """A missing or broken file, or one of another sort, is no plan for any command."""
    if text is not None:
        project.write("plan.json", text)

    result = project.run(command, "plan.json", code=10)

    assert "`reconciler plan --out" in result.err or "save the plan again" in result.err
    assert text is None or "plan.json is not a " in result.err
    assert project.asked() == []


@pytest.mark.parametrize("command", ["apply", "rehearse", "show"])
def test_folder_in_the_place_of_a_plan_is_wrong_usage(
    project: CommandLineProject, command: str
) -> None:
    """A folder of manifests is given by an option, and the message says by which."""
    err = project.run(command, "manifests", code=64).err

    assert f"manifests is a folder, and {command} takes a saved plan" in err
    assert "--manifests manifests" in err


def test_saved_plan_is_not_narrowed(project: CommandLineProject) -> None:
    """What was approved is applied whole."""
    project.run("plan", "--out", "plan.json")

    project.run("apply", "plan.json", "--only", "Client/globex", code=64)


def test_charge_needs_its_consent(project: CommandLineProject) -> None:
    """Without --allow charge nothing is sent; with it the balance is charged once."""
    email = project.seeded_client()
    project.write("manifests/web.yaml", SERVICE % email)
    project.edit("reconciler.yaml", "maxCharge: {EUR: 500}", "maxCharge: null")

    planned = project.run("plan")
    refused = project.run("apply", "--yes", code=4)
    assert project.writes() == []
    project.run("apply", "--yes", "--allow", "charge")

    assert "  ! Service/globex-web" in planned.out
    assert "charges " in planned.out
    assert "--allow charge" in planned.out
    assert "--allow charge" in refused.err
    with closing(Sandbox(project.database)) as sandbox:
        assert len(ledger(sandbox)) == 1


def test_order_whose_answer_is_lost_is_in_doubt(project: CommandLineProject) -> None:
    """Exit code 7: nothing is ordered again, and the report says what to look at."""
    email = project.seeded_client()
    project.write("manifests/web.yaml", SERVICE % email)
    project.edit("reconciler.yaml", "maxCharge: {EUR: 500}", "maxCharge: null")
    with serve_over_http(
        intercepted(Sandbox(project.database), 502, b"=vhost.order.param&", b"sok=")
    ) as url:
        project.edit("reconciler.yaml", "  guards:", TARGET % url + "  guards:")
        result = project.run("apply", "--yes", "--allow", "charge", "--target", "shaky", code=7)

    assert "? ! Service/globex-web" in result.out
    assert "1 in doubt" in result.out
    assert "Perhaps charged " in result.out
    with closing(Sandbox(project.database)) as sandbox:
        assert ledger(sandbox) == []


def test_operation_in_doubt_is_resolved_by_the_operator(project: CommandLineProject) -> None:
    """Nothing is applied over a doubt; one command ends it, and the record is whole and shown."""
    email = project.seeded_client()
    project.write("manifests/web.yaml", SERVICE % email)
    project.edit("reconciler.yaml", "maxCharge: {EUR: 500}", "maxCharge: null")
    with serve_over_http(
        intercepted(Sandbox(project.database), 502, b"=vhost.order.param&", b"sok=")
    ) as url:
        project.edit("reconciler.yaml", "  guards:", TARGET % url + "  guards:")
        shaky = ("--target", "shaky")
        project.run("apply", "--yes", "--allow", "charge", *shaky, code=7)
        planned = project.run("plan", *shaky)
        refused = project.run("apply", "--yes", "--allow", "charge", *shaky, code=7)
        looked = project.run("resume", "--json", *shaky, code=7)
        project.run("resume", "--link", "Service/globex-web", "999999", *shaky, code=4)
        project.run("resume", "--none-exists", "Client/globex", *shaky, code=3)
        project.run("resume", "--none-exists", "Service/globex-web", *shaky)
        settled = project.run("resume", *shaky)
        again = project.run("plan", *shaky)
        written = project.run("journal", *shaky)
        project.run("journal", "verify", *shaky)
        path = project.root / ".reconciler" / "shaky.journal"
        path.write_text(path.read_text().replace("vhost", "vds"))
        project.run("journal", "verify", *shaky, code=10)

    assert "is in doubt: run `reconciler --target shaky resume`" in planned.out
    assert "reconciler --target shaky resume" in refused.err
    assert looked.document["outcomes"][0]["result"] == "in-doubt"
    assert settled.out == "Nothing is open.\n"
    assert "! Service/globex-web" in again.out
    assert "will create Service/globex-web" in written.out
    with closing(Sandbox(project.database)) as sandbox:
        assert ledger(sandbox) == []


def test_interrupt_finishes_what_is_in_flight_and_begins_no_more(
    project: CommandLineProject,
) -> None:
    """Exit code 130: the change at hand is proved and remembered, the rest is left for later."""
    project.run("sandbox", "reset")
    app = interrupting(Sandbox(project.database), b"=account.edit&", b"sok=")
    with serve_over_http(app) as url:
        project.edit("reconciler.yaml", "  guards:", TARGET % url + "  guards:")
        result = project.run("apply", "--yes", "--json", "--target", "shaky", code=130)
        project.run("resume", "--target", "shaky")
        rest = project.run("apply", "--yes", "--json", "--target", "shaky")

    results = [each["result"] for each in result.document["outcomes"]]
    assert results == ["verified", "skipped"]
    assert "finishing requests that were sent" in result.err
    assert [each["action"] for each in rest.document["outcomes"]] == ["create"]


def test_interrupted_apply_reports_what_was_done(project: CommandLineProject) -> None:
    """A redirect stops everything: with exit code 6 once something was written, and a report."""
    project.run("sandbox", "reset")
    with serve_over_http(intercepted(Sandbox(project.database), 302, b"=account.discount&")) as url:
        project.edit("reconciler.yaml", "  guards:", TARGET % url + "  guards:")
        result = project.run("apply", "--yes", "--json", "--target", "shaky", code=6)

    ends = [(each["result"], each["message"]) for each in result.document["outcomes"]]
    assert ends[0][0] == "verified"
    assert ends[1][0] == "failed"
    assert "redirect" in ends[1][1]


def test_change_that_the_panel_refuses_fails_alone(project: CommandLineProject) -> None:
    """Exit code 6: the rest is done and verified, the report names what was not."""
    rows = project.run("call", "currency", "--json").document["rows"]
    euro = next(each["values"]["id"] for each in rows if "EUR" in each["values"].values())
    project.write(
        "manifests/rate.yaml",
        "apiVersion: reconciler/v1\nkind: CurrencyRate\nmetadata: {name: globex-same}\nspec:\n"
        f'  {{client: globex, base: EUR, relate: {{id: "{euro}"}}, rate: 2, date: 2030-01-01}}\n',
    )

    result = project.run("apply", "--yes", "--report", "outcome.json", code=6)

    assert "✗ + CurrencyRate/globex-same" in result.out
    assert "Apply: 2 verified, 1 failed." in result.out
    outcome = json.loads((project.root / "outcome.json").read_text())
    assert outcome["summary"]["verified"] == 2
    assert outcome["summary"]["failed"] == 1


def test_second_writer_waits_outside(project: CommandLineProject) -> None:
    """Exit code 9 while another run holds the target, for an apply and for a forget."""
    with target_lock(lock_path(project.root / ".reconciler", "sandbox"), "somebody else"):
        held = project.run("apply", "--yes", code=9)
        project.run("forget", "Client/globex", code=9)

    assert "somebody else" in held.err
    assert project.asked() == []


def test_damaged_inventory_exits_with_10_and_is_left_alone(project: CommandLineProject) -> None:
    """Nothing is planned on a memory that cannot be trusted."""
    path = project.write(".reconciler/inventory.json", "{")

    project.run("plan", code=10)
    project.run("apply", "--yes", "--json", code=10)

    assert path.read_text() == "{"
    assert project.asked() == []


def test_panel_that_is_not_there_exits_with_8(
    project: CommandLineProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A closed port is reported as such, and the password is not printed."""
    monkeypatch.setenv("RECONCILER_URL", "http://127.0.0.1:1/billmgr")
    monkeypatch.setenv("RECONCILER_USERNAME", "admin")
    monkeypatch.setenv("RECONCILER_PASSWORD", "never-to-be-seen-1")

    result = project.run("plan", "--json", "-vv", code=8)

    assert result.document["error"]["code"] == "unreachable"
    assert "never-to-be-seen-1" not in result.out + result.err


def test_secret_that_leads_nowhere_exits_with_3(project: CommandLineProject) -> None:
    """An unset variable is named before a request is made."""
    result = project.run("plan", "--target", "prod", code=3)

    assert "targets.prod.auth." in result.err
    assert "BILLMANAGER_" in result.err


def test_secret_that_leads_nowhere_stops_before_the_first_write(
    project: CommandLineProject,
) -> None:
    """Found out later, it would leave the changes beside it in the middle of their work."""
    zeta = CLIENT.replace("globex", "zeta").replace("Globex", "Zeta")
    project.write("manifests/zeta.yaml", f"{zeta}  password: {{env: NOT_SET_ANYWHERE}}\n")

    result = project.run("apply", "--yes", code=3)

    assert "manifests/zeta.yaml:1:1: Client/zeta: password: the environment" in result.err
    assert "NOT_SET_ANYWHERE" in result.err
    assert project.writes() == []
    assert project.run("resume").out == "Nothing is open.\n"


def test_report_that_cannot_be_written_stops_before_the_first_write(
    project: CommandLineProject,
) -> None:
    """It is better to know before than after."""
    project.run("apply", "--yes", "--report", "reconciler.yaml/outcome.json", code=10)

    assert project.writes() == []


def test_signed_plan_is_applied_and_no_other(
    project: CommandLineProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 4 for a plan that nobody signed, 3 without the key, 64 without a plan."""
    terms = ("--require-signature", "--sign-key-env", "PLAN_KEY")
    project.run("plan", "--out", "unsigned.json")
    project.run("plan", "--sign-key-env", "PLAN_KEY", code=3)
    monkeypatch.setenv("PLAN_KEY", "a key of the pipeline")
    project.run("plan", "--out", "plan.json", "--sign-key-env", "PLAN_KEY")
    signature = json.loads((project.root / "plan.json").read_text())["signature"]

    project.run("apply", "--yes", *terms, code=64)
    project.run("apply", "plan.json", "--require-signature", code=64)
    assert "not signed" in project.run("apply", "unsigned.json", *terms, code=4).err
    monkeypatch.setenv("PLAN_KEY", "another pipeline's key")
    assert "another key" in project.run("apply", "plan.json", *terms, code=4).err
    assert project.writes() == []
    monkeypatch.setenv("PLAN_KEY", "a key of the pipeline")
    project.run("apply", "plan.json", *terms)

    assert project.writes().count("account.edit") == 1
    assert signature.startswith("hmac-sha256:")


def test_plan_may_be_too_old(project: CommandLineProject) -> None:
    """Exit code 5, before the panel is asked; a time that is none is wrong usage."""
    project.run("plan", "--out", "plan.json")
    asked = len(project.asked())
    text = (project.root / "plan.json").read_text()
    made = json.loads(text)["createdAt"]
    project.write("old.json", text.replace(made, "2026-01-01T00:00:00+00:00"))

    project.run("apply", "plan.json", "--max-plan-age", "tomorrow", code=64)
    project.run("apply", "--yes", "--max-plan-age", "24h", code=64)
    old = project.run("apply", "old.json", "--max-plan-age", "24h", code=5)
    assert len(project.asked()) == asked
    project.run("apply", "plan.json", "--max-plan-age", "24h")

    assert "more than 1 d: plan again" in old.err


def test_reasons_of_a_refusal_have_codes_beside_their_words(project: CommandLineProject) -> None:
    """Programs read why a guard refuses, and why a saved plan fits no more."""
    project.run("plan", "--out", "plan.json")
    project.edit("manifests/june.yaml", "percentage: 15", "percentage: 20")
    stale = project.run("apply", "plan.json", "--json", code=5).document["error"]
    project.run("apply", "--yes")
    (project.root / "manifests" / "june.yaml").unlink()
    refused = project.run("apply", "--yes", "--json", code=4).document["error"]

    assert stale["reasonCodes"] == ["manifests-changed"]
    assert refused["reasonCodes"] == ["max-delete-share"]
    assert len(refused["reasons"]) == 1
