"""``approve`` and ``apply``: a plan is applied only as its approvers signed it."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.documents.plan import content_digest
from reconciler.policies.ssh_key import parse_public_key
from reconciler.sandbox import Sandbox, ledger
from tests.support.command_line import SERVICE
from tests.support.ssh_keys import SshKey, accepted_by_openssh, make_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.command_line import CommandLineProject, CommandResult

RULES = """
  approvals:
    - {{when: {when}, from: [{names}]}}
  approvers:
    ops: {{keys: ["{ben}", "{anna_ops}"]}}
    finance: {{keys: ["{anna}"]}}
"""
USUAL_KEY = "~/.ssh/id_ed25519"
APPLY = ("apply", "plan.json", "--allow", "charge")


@dataclass
class Approved:
    """A project with an order that charges, approvers, and their keys outside of it."""

    project: CommandLineProject
    keys: dict[str, SshKey]
    before: str

    def rule(self, when: str = "{classes: [charge]}", names: str = "ops, finance") -> None:
        """Let plans be approved by some approvers."""
        lines = {name.replace("-", "_"): key.line for name, key in self.keys.items()}
        text = self.before + RULES.format(when=when, names=names, **lines)
        self.project.write("reconciler.yaml", text)

    def approve(self, name: str, key: str, *words: str, code: int = 0) -> CommandResult:
        """Approve the plan with somebody's key."""
        path = str(self.keys[key].path)
        return self.project.run(
            "approve", "plan.json", "--as", name, "--key", path, *words, code=code
        )

    def saved(self) -> dict[str, Any]:
        """Return the saved plan."""
        document: dict[str, Any] = json.loads(self.plan.read_text(encoding="utf-8"))
        return document

    @property
    def plan(self) -> Path:
        """The file of the saved plan."""
        return self.project.root / "plan.json"

    def signature(self, name: str) -> Path:
        """Return the file of an approval."""
        return self.project.root / f"plan.json.{name}.sig"

    def fingerprint(self, key: str) -> str:
        """Return the fingerprint of somebody's key, as the project file has the key."""
        text = self.keys[key].line
        return parse_public_key(text).fingerprint

    def charges(self) -> int:
        """Return how many charges the panel has made."""
        with closing(Sandbox(self.project.database)) as sandbox:
            return len(ledger(sandbox))

    def codes(self, *words: str) -> list[str]:
        """Return the codes with which a command is refused."""
        document = self.project.run(*words, "--json", code=4).document
        found: list[str] = document["error"]["reasonCodes"]
        return found


@pytest.fixture
def approved(project: CommandLineProject, tmp_path_factory: pytest.TempPathFactory) -> Approved:
    """Orders are approved by ops, who are ben and anna, and by finance, who is anna."""
    folder = tmp_path_factory.mktemp("keys")
    keys = {name: make_key(folder, name) for name in ("ben", "anna", "anna-ops", "mallory")}
    project.write("manifests/web.yaml", SERVICE % project.seeded_client())
    project.edit("reconciler.yaml", "maxCharge: {EUR: 500}", "maxCharge: null")
    text = (project.root / "reconciler.yaml").read_text(encoding="utf-8")
    made = Approved(project, keys, text)
    made.rule()
    project.run("plan", "--out", "plan.json")
    return made


def test_plan_is_applied_with_what_its_own_remedies_approve(approved: Approved) -> None:
    """Each command that a refusal names is pasted, with the key of its approver."""
    refused = approved.project.run(*APPLY, code=4)

    assert "the approval of ops is missing (charge: Service/globex-web)" in refused.err
    lines = [line for line in refused.err.splitlines() if "to approve it as" in line]
    for line, key in zip(lines, ("ben", "anna"), strict=True):
        command = line.partition(": reconciler ")[2].replace(
            USUAL_KEY, str(approved.keys[key].path)
        )
        approved.project.run(*shlex.split(command))

    assert approved.charges() == 0
    applied = approved.project.run(*APPLY)
    assert "Approved: ops (charge: Service/globex-web), by ben@example" in applied.out
    assert approved.charges() == 1


def test_plan_shows_whose_approval_it_needs_and_how_to_get_it(approved: Approved) -> None:
    """Before anybody is asked: in text with the command, in JSON beside the digested plan."""
    shown = approved.project.run("plan", "--out", "plan.json").out
    printed = approved.project.run("plan", "--json").document

    assert "Needs approval: finance (charge: Service/globex-web)\n" in shown
    assert f"reconciler approve plan.json --as ops --key {USUAL_KEY}\n" in shown
    assert [each["approver"] for each in printed["approvals"]] == ["ops", "finance"]
    assert "approvals" not in approved.saved()
    assert content_digest(printed) == approved.saved()["digest"]


def test_apply_without_a_saved_plan_cannot_be_approved(approved: Approved) -> None:
    """It says which commands lead there, and nothing is sent."""
    words = ("apply", "--yes", "--allow", "charge")
    refused = approved.project.run(*words, code=4)

    assert "only a saved plan can be approved" in refused.err
    assert "to save it for approval: reconciler plan --out plan.json\n" in refused.err
    assert approved.codes(*words) == ["approval-needs-plan"] * 2
    approved.project.run("apply", "--approval", "x.sig", code=64)
    assert approved.charges() == 0


def test_amount_decides_to_the_cent(approved: Approved) -> None:
    """Equal is not above, and the panel's own price is what counts."""
    (charge,) = approved.saved()["impact"]["charges"]
    amount, currency = Decimal(charge["amount"]), charge["currency"]
    words = ("apply", "plan.json", "--allow", "charge")

    approved.rule(f"{{chargesNow: {{above: {{{currency}: {amount - Decimal('0.01')}}}}}}}", "ops")
    assert approved.codes(*words) == ["approval-missing"]
    approved.rule("{chargesNow: {above: {CHF: 100000}}}", "ops")
    assert approved.codes(*words) == ["approval-missing"]
    approved.rule(f"{{chargesNow: {{above: {{{currency}: {amount}}}}}}}", "ops")
    approved.project.run(*words)


def test_signatures_of_openssh_and_ours_are_the_same(approved: Approved) -> None:
    """By hand as the guide shows it, and verified by hand."""
    message = f"{approved.saved()['digest']}\n".encode()
    approved.signature("ops").write_bytes(approved.keys["ben"].sign(message))
    approved.approve("finance", "anna")

    line = approved.keys["anna"].line
    assert accepted_by_openssh(line, message, approved.signature("finance"))
    approved.project.run(*APPLY)


def test_one_person_does_not_approve_as_two(approved: Approved) -> None:
    """The second approval of anna is not even written."""
    approved.approve("ops", "anna-ops")

    refused = approved.approve("finance", "anna", code=4)

    assert "anna@example approves as ops already: another person must approve" in refused.err
    assert not approved.signature("finance").exists()
    approved.approve("ops", "ben")  # another one takes the place
    approved.approve("finance", "anna")
    approved.project.run(*APPLY)


@pytest.mark.parametrize(
    ("name", "key", "words"),
    [
        ("ops", "mallory", "its key is no approver's in the project file"),
        ("finance", "ben", "is a key of ops, not of finance"),
    ],
)
def test_key_that_does_not_count_writes_nothing(
    approved: Approved, name: str, key: str, words: str
) -> None:
    """A stranger's, and one of another approver."""
    refused = approved.approve(name, key, code=4)

    assert words in refused.err
    assert approved.approve(name, key, "--json", code=4).document["error"]["reasonCodes"] == [
        "not-an-approver"
    ]
    assert not approved.signature(name).exists()


@pytest.mark.parametrize("name", ["../ops", "/etc/ops", "ops/../finance", "-", "op\x1b[2Js"])
def test_hostile_name_of_an_approver_leads_to_no_file(approved: Approved, name: str) -> None:
    """Only names of the project file become part of a path, and none reaches a terminal raw."""
    before = sorted(approved.project.root.rglob("*"))

    refused = approved.approve(name, "ben", code=64)

    assert "the project file has no approver" in refused.err
    assert "\x1b" not in refused.err
    assert sorted(approved.project.root.rglob("*")) == before


def test_edited_plan_is_neither_approved_nor_applied(approved: Approved) -> None:
    """Approving ends as showing does, whatever the approval would have been."""
    approved.approve("ops", "ben")
    saved = approved.saved()
    saved["changes"][-1]["classes"] = []
    approved.plan.write_text(json.dumps(saved), encoding="utf-8")

    approved.approve("ops", "ben", code=10)
    approved.project.run("show", "plan.json", code=10)
    assert approved.codes(*APPLY) == ["plan-altered"]


def test_forged_plan_that_claims_to_need_nothing_is_refused(approved: Approved) -> None:
    """Its digest fits, but what is needed follows from what the panel says now."""
    saved = approved.saved()
    saved["impact"]["charges"] = []
    saved["approvals"] = []
    saved["digest"] = content_digest(saved)
    approved.plan.write_text(json.dumps(saved), encoding="utf-8")
    approved.rule("{chargesNow: {above: {CHF: 100000}}}", "ops")

    approved.project.run(*APPLY, code=5)
    saved["changes"] = [{**each, "classes": []} for each in saved["changes"]]
    saved["digest"] = content_digest(saved)
    approved.plan.write_text(json.dumps(saved), encoding="utf-8")
    approved.project.run(*APPLY, code=5)
    assert approved.charges() == 0


def test_forged_impact_of_a_plan_is_not_believed(approved: Approved) -> None:
    """What recurs is found anew as well; where it is not, it is unknown, and above every limit."""
    approved.rule("{recurring: {increaseAbove: {EUR: 0, USD: 0, RUB: 0}}}", "finance")
    saved = approved.saved()
    nothing: dict[str, Any] = {
        key: [] if isinstance(value, list) else {} for key, value in saved["impact"].items()
    }
    charges = {"charges": saved["impact"]["charges"], "clientCount": 9}
    saved["impact"] = {**nothing, **charges}
    saved["digest"] = content_digest(saved)
    approved.plan.write_text(json.dumps(saved), encoding="utf-8")

    assert "Needs approval" not in approved.project.run("show", "plan.json").out
    assert approved.codes(*APPLY) == ["approval-missing"]


def test_approvals_hold_for_the_same_content_and_for_no_other(approved: Approved) -> None:
    """A plan made anew keeps its digest, and its approvals; another plan has none."""
    approved.approve("ops", "ben")
    approved.approve("finance", "anna")

    again = approved.project.run("plan", "--out", "plan.json").out
    assert "Approved: ops (charge: Service/globex-web), by ben@example" in again

    approved.project.edit("manifests/june.yaml", "percentage: 15", "percentage: 16")
    other = approved.project.run("plan", "--out", "plan.json").out
    assert "plan.json.ops.sig does not count: it approves another plan, or is damaged" in other
    assert approved.codes(*APPLY) == ["approval-invalid"] * 2


def test_approved_plan_expires_with_its_age(approved: Approved) -> None:
    """An approval is as old as its plan."""
    approved.approve("ops", "ben")
    approved.approve("finance", "anna")
    old = datetime.now(UTC) - timedelta(days=2)
    text = json.dumps({**approved.saved(), "createdAt": old.isoformat(timespec="seconds")})
    approved.plan.write_text(text, encoding="utf-8")

    stale = approved.project.run(*APPLY, "--max-plan-age", "24h", code=5)

    assert "the plan is 2 d old, more than 1 d" in stale.err


def test_file_that_is_no_approval_is_named(approved: Approved) -> None:
    """A link, a folder, a huge file and a binary one: no crash, and none of them counts."""
    own = approved.signature("ops")
    approved.approve("ops", "ben")
    real = own.read_bytes()
    (approved.project.root / "real").write_bytes(real)
    for make, words in (
        (lambda: own.symlink_to("real"), "cannot be read: too many levels of symbolic links"),
        (own.mkdir, "is not a regular file"),
        (lambda: own.write_bytes(real + b"\n" * (2 << 20)), "is larger than 1 MiB"),
        (lambda: own.write_bytes(bytes(range(256)) * 9), "it is no signature of ssh-keygen"),
        (lambda: own.write_bytes(b""), "it is no signature of ssh-keygen"),
    ):
        own.rmdir() if own.is_dir() else own.unlink()
        make()
        refused = approved.project.run(*APPLY, code=4)
        assert f"plan.json.ops.sig does not count: {words}" in refused.err
    own.unlink()
    approved.project.run(*APPLY, "--approval", "real", "--approval", "none", code=4)
    assert approved.charges() == 0


def test_approval_may_lie_elsewhere(approved: Approved) -> None:
    """As the artifact of another job."""
    for name, key in (("ops", "ben"), ("finance", "anna")):
        approved.approve(name, key)
        (approved.project.root / "given").mkdir(exist_ok=True)
        approved.signature(name).rename(approved.project.root / "given" / f"{name}.sig")

    assert approved.codes(*APPLY) == ["approval-missing"] * 2
    approved.project.run(*APPLY, "--approval", "given/ops.sig", "--approval", "given/finance.sig")


def test_what_is_left_out_needs_no_approval(approved: Approved) -> None:
    """The rest is applied, and the order still needs its approvals after it."""
    approved.project.run("apply", "plan.json", "--without", "charge", code=6)

    assert approved.codes(*APPLY) == ["approval-missing"] * 2
    approved.approve("ops", "ben")
    approved.approve("finance", "anna")
    approved.project.run(*APPLY)
    assert approved.charges() == 1


def test_what_recurs_is_that_of_the_part_which_is_applied(approved: Approved) -> None:
    """The order adds to what recurs, and what is left without it does not."""
    approved.rule("{recurring: {increaseAbove: {EUR: 0, USD: 0, RUB: 0}}}", "finance")

    assert approved.codes(*APPLY) == ["approval-missing"]
    approved.project.run("apply", "plan.json", "--without", "charge", code=6)
    assert approved.codes(*APPLY) == ["approval-missing"]
    approved.approve("finance", "anna")
    approved.project.run(*APPLY)


def test_plan_needs_no_more_than_it_showed_while_others_change_the_panel(
    approved: Approved, discount_by_hand: Callable[..., None]
) -> None:
    """The plan of now would revert a manual edit, too; the one that was read does not."""
    (approved.project.root / "manifests/web.yaml").unlink()
    approved.rule("{recurring: {decreaseAbove: {EUR: 0}}}", "finance")
    approved.project.run("apply", "--yes")
    approved.project.edit("manifests/globex.yaml", "name: Globex", "name: Globex Corp")
    planned = approved.project.run("plan", "--out", "plan.json").out

    discount_by_hand(percentage="40")

    assert "Needs approval" not in planned
    assert "Needs approval" not in approved.project.run("apply", "plan.json", "--dry-run").out
    approved.project.run("apply", "plan.json")
    assert approved.project.run("drift", code=2).out.count("Discount/globex-june")


def test_journal_names_who_approved_a_run(approved: Approved) -> None:
    """By role, owner and fingerprint; a run that needed nobody names nobody."""
    approved.project.run("apply", "plan.json", "--without", "charge", code=6)
    approved.approve("ops", "ben")
    approved.approve("finance", "anna")
    approved.project.run(*APPLY)

    shown = approved.project.run("journal").out
    lines = approved.project.run("journal", "--json").document["lines"]

    runs = [each.get("approvedBy") for each in lines if each["type"] == "run"]
    words = {key: f"{key}@example ({approved.fingerprint(key)})" for key in ("anna", "ben")}
    assert runs == [None, {"finance": words["anna"], "ops": words["ben"]}]
    assert f"approved by {words['anna']} as finance and {words['ben']} as ops" in shown
    approved.project.run("journal", "verify")


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("at", "2099-01-01", "plan-of-another-day"),
        (
            "snapshot",
            {"takenAt": "2026-11-29T10:00:00+00:00", "pseudonyms": True},
            "plan-of-pseudonyms",
        ),
    ],
)
def test_plan_that_no_apply_takes_is_not_approved(
    approved: Approved, key: str, value: object, code: str
) -> None:
    """Its signature would promise what cannot happen."""
    made = {**approved.saved(), key: value}
    made["digest"] = content_digest(made)
    approved.plan.write_text(json.dumps(made), encoding="utf-8")
    path = str(approved.keys["ben"].path)

    assert approved.codes("approve", "plan.json", "--as", "ops", "--key", path) == [code]
    assert not approved.signature("ops").exists()


def test_what_recurs_is_found_anew_for_a_whole_plan(approved: Approved) -> None:
    """A plan that moves nothing which recurs needs no approval, also when it is applied."""
    approved.rule("{recurring: {decreaseAbove: {EUR: 0}}}", "finance")
    (approved.project.root / "manifests/web.yaml").unlink()

    planned = approved.project.run("plan", "--out", "plan.json").out

    assert "Needs approval" not in planned
    approved.project.run("apply", "plan.json")


def test_rules_are_those_of_the_machine_that_applies(approved: Approved) -> None:
    """Also where the plan was made before the rule, or under a weaker one."""
    approved.project.write("reconciler.yaml", approved.before)
    approved.project.run("plan", "--out", "plan.json")
    approved.rule(names="finance")

    assert approved.codes(*APPLY) == ["approval-missing"]


def test_dry_run_shows_what_is_missing(approved: Approved) -> None:
    """With the commands, and without an error: nothing would be sent anyway."""
    shown = approved.project.run("apply", "plan.json", "--dry-run", "--allow", "charge").out

    assert "Needs approval: ops (charge: Service/globex-web)\n" in shown
    assert "to approve it as finance: reconciler approve plan.json --as finance" in shown


def test_show_needs_no_project_but_tells_of_one(approved: Approved, tmp_path: Path) -> None:
    """Beside a project it shows the approvals; elsewhere, and beside a broken one, the plan."""
    approved.approve("ops", "ben")

    assert "by ben@example" in approved.project.run("show", "plan.json").out
    shown = approved.project.run("show", "plan.json", "--json").document
    assert [each["by"] for each in shown["approvals"]] == ["ben@example", None]
    approved.project.write("reconciler.yaml", "kind: Project\n")
    broken = approved.project.run("show", "plan.json")
    assert "Needs approval" not in broken.out
    assert "no approvals are shown" in broken.err
    (approved.project.root / "reconciler.yaml").unlink()
    assert "approval" not in approved.project.run("show", "plan.json").err


def test_approve_tells_what_it_approved_and_what_is_left(approved: Approved) -> None:
    """Text for a person, JSON for a program, and a role that nobody asks is signed all the same."""
    first = approved.approve("ops", "ben")
    assert "Approved: ops (charge: Service/globex-web), by ben@example" in first.out
    assert "to approve it as finance: " in first.out
    last = approved.approve("finance", "anna")
    assert "to apply it: reconciler apply plan.json --allow charge\n" in last.out

    printed = approved.approve("ops", "ben", "--json").document
    assert printed["planDigest"] == approved.saved()["digest"]
    assert (printed["approver"], printed["by"]) == ("ops", "ben@example")
    assert printed["file"] == "plan.json.ops.sig"
    assert approved.signature("ops").stat().st_mode & 0o777 == 0o644
    approved.rule(names="finance")
    assert "No rule of the project asks ops." in approved.approve("ops", "ben").out


def test_approve_says_that_a_guard_refused_the_plan(approved: Approved) -> None:
    """The approval counts, should the project file let the plan pass later."""
    approved.before = approved.before.replace("maxCharge: null", "maxCharge: {USD: 1}")
    approved.rule(names="ops")
    approved.project.run("plan", "--out", "plan.json", code=4)

    text = approved.approve("ops", "ben").out

    assert "Refused when it was made: maxCharge has no bound for charges in" in text
    assert "to apply it" not in text
    assert approved.signature("ops").exists()


def test_comment_names_first_whose_approval_is_missing(
    approved: Approved, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Above the plan, so that no long plan cuts it off."""
    for name in ("GITHUB_API_URL", "CI_API_V4_URL", "GITEA_ACTIONS"):
        monkeypatch.delenv(name, raising=False)
    approved.approve("ops", "ben")

    text = approved.project.run("comment", "plan.json").out

    needed, rest = text.split("Needs approval: finance (charge: Service/globex-web)")
    assert "Approved: ops (charge: Service/globex-web), by ben@example" in rest
    assert "Charges money" not in needed
    assert "Service/globex-web" in rest.partition("by ben@example")[2]


def test_undo_is_approved_like_any_other_plan(approved: Approved) -> None:
    """Taking a discount back is a deletion here, which ops approve."""
    approved.project.write("reconciler.yaml", approved.before)
    approved.project.run(
        "apply",
        "--yes",
        "--allow",
        "charge",
        "--only",
        "Discount/globex-june",
        "--only",
        "Client/globex",
    )
    approved.rule("{classes: [delete]}", "ops")
    run = next((approved.project.root / ".reconciler/sandbox.undo").glob("*.json")).stem

    shown = approved.project.run("undo", run, "--out", "plan.json", "--allow", "delete")

    assert "Needs approval: ops (delete: Discount/globex-june" in shown.out
    assert approved.codes("apply", "plan.json", "--allow", "delete") == ["approval-missing"]
    approved.approve("ops", "ben")
    approved.project.run("apply", "plan.json", "--allow", "delete")


def test_project_without_approvers_says_how_to_name_them(approved: Approved) -> None:
    """A key alone makes no approver."""
    approved.project.write("reconciler.yaml", approved.before)

    assert "names no approvers" in approved.approve("ops", "ben", code=64).err


def test_key_that_is_not_there_and_program_that_is_not_there(
    approved: Approved, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both are told with what to do."""
    words = ("approve", "plan.json", "--as", "ops", "--key", "none")
    assert "--key none: there is no such file" in approved.project.run(*words, code=64).err

    monkeypatch.setenv("PATH", str(approved.project.root))
    assert "install the package openssh-client" in approved.approve("ops", "ben", code=10).err


def test_ssh_keygen_receives_no_credential(
    approved: Approved, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is given what it needs to ask for a passphrase, and nothing of a panel."""
    program = approved.project.root / "bin" / "ssh-keygen"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\nenv >"$HOME/seen"\nexit 1\n', encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("HOME", str(approved.project.root))
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("RECONCILER_PASSWORD", "canary")
    monkeypatch.setenv("SSH_AUTH_SOCK", "/run/agent")

    assert "ssh-keygen made no signature" in approved.approve("ops", "ben", code=10).err

    seen = (approved.project.root / "seen").read_text(encoding="utf-8")
    assert "canary" not in seen
    assert "SSH_AUTH_SOCK=/run/agent\n" in seen


class TestPassphrase:
    """A key with a passphrase: refused without a terminal, taken from an agent."""

    @pytest.fixture
    def locked(self, approved: Approved, tmp_path: Path) -> SshKey:
        """A key of ben with a passphrase."""
        approved.keys["ben"] = make_key(tmp_path / "locked", "ben", passphrase="Kanarie1")
        approved.rule(names="ops")
        return approved.keys["ben"]

    @pytest.fixture
    def agent(self, tmp_path: Path) -> Iterator[str]:
        """An agent of its own."""
        socket = tmp_path / "agent"
        with subprocess.Popen(
            ["ssh-agent", "-D", "-a", socket], stdout=subprocess.DEVNULL
        ) as agent:
            while not socket.exists():
                assert agent.poll() is None
            yield str(socket)
            agent.terminate()

    def run(
        self, approved: Approved, key: Path, **environ: str
    ) -> subprocess.CompletedProcess[str]:
        """Approve in a process that has no terminal."""
        words = ("approve", "plan.json", "--as", "ops", "--key", str(key))
        return subprocess.run(
            [sys.executable, "-m", "reconciler", *words],
            cwd=approved.project.root,
            env={"PATH": os.environ["PATH"], "HOME": str(approved.project.root), **environ},
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def test_without_a_terminal_nobody_can_be_asked(
        self, approved: Approved, locked: SshKey
    ) -> None:
        """The command ends, and says what to do."""
        ended = self.run(approved, locked.path)

        assert ended.returncode == 10
        assert "needs a terminal, or ssh-agent and --key with the .pub file" in ended.stderr
        assert not approved.signature("ops").exists()

    def test_agent_signs_with_the_key_that_it_has(
        self, approved: Approved, locked: SshKey, agent: str, tmp_path: Path
    ) -> None:
        """The public key names it."""
        ask = tmp_path / "ask"
        ask.write_text("#!/bin/sh\necho Kanarie1\n", encoding="utf-8")
        ask.chmod(0o755)
        environ = {"SSH_AUTH_SOCK": agent, "SSH_ASKPASS": str(ask), "SSH_ASKPASS_REQUIRE": "force"}
        subprocess.run(
            ["ssh-add", "-q", locked.path],
            env={**os.environ, **environ},
            stdin=subprocess.DEVNULL,
            check=True,
        )

        ended = self.run(approved, locked.path.with_suffix(".pub"), SSH_AUTH_SOCK=agent)

        assert ended.returncode == 0, ended.stderr
        approved.project.run(*APPLY)
