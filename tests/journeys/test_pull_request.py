"""A pull request from branch to healed drift, as the workflow that `init` writes plays it."""

from __future__ import annotations

import json
import os
import re
import subprocess
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from reconciler.cli.main import main
from reconciler.kinds.catalogue import discover
from reconciler.project.init_files import Ci, write_project
from reconciler.sandbox import ADMIN, PASSPHRASE, Sandbox, audit, ledger, seed
from tests.support.command_line import SERVICE
from tests.support.forge import PULL, TOKEN, ForgeServer, serve_forge
from tests.support.gitlab_pipeline import GitLabRunner
from tests.support.http_panel import serve_over_http
from tests.support.ssh_keys import make_key
from tests.support.workflow import BIN, PERSON, Event, JobEnd, WorkflowRunner, git

if TYPE_CHECKING:
    from collections.abc import Iterator

WORKFLOW = ".github/workflows/reconciler.yml"
MANIFEST = "manifests/clients/acme.yaml"
PANEL = {"BILLMANAGER_USER": ADMIN, "BILLMANAGER_PASSWORD": PASSPHRASE}
KEY = {"RECONCILER_PLAN_KEY": "a long random text that signs plans"}
SECRETS = {
    "billing-plan": {**PANEL, **KEY},
    "billing-apply": {**PANEL, **KEY},
    "billing-consent": {**PANEL, **KEY},
    # Gitea has no environments.
    "": {
        **KEY,
        **{f"BILLING_{job}_USER": ADMIN for job in ("PLAN", "APPLY")},
        **{f"BILLING_{job}_PASSWORD": PASSPHRASE for job in ("PLAN", "APPLY")},
    },
}


ROOT = Path(__file__).parents[2]
TOUR = re.compile(r"<!-- tour -->\n```sh\n(.*?)```", re.DOTALL)
APPROVALS = """\
  approvals:
    - {when: {classes: [delete]}, from: [ops]}
  approvers:
    ops: {keys: ["%s"]}
  guards:
"""


class PullRequests:
    """A bare repository with a forge, a panel, a person's clone, and what runs the workflow."""

    def __init__(self, folder: Path, forge: ForgeServer, sandbox: Sandbox, url: str) -> None:
        """Begin with a new project on the main branch, whose state is empty."""
        self.provider: Ci = forge.provider
        self.folder, self.forge, self.sandbox = folder, forge, sandbox
        self.bare, self.work = folder / "repository.git", folder / "work"
        git("init", "--quiet", "--bare", "--initial-branch=main", str(self.bare))
        git("clone", "--quiet", str(self.bare), str(self.work))
        git("switch", "--quiet", "--orphan", "main", at=self.work)
        write_project(self.work, discover(), ci=self.provider)
        place = "url: https://billing.example.com/billmgr"
        self.edit(place, f"timeouts: {{settle: 0}}\n      url: {url}", "reconciler.yaml")
        if self.provider != "gitlab":
            wanted, package = "RECONCILER_REQUIREMENT: ", '"reconciler==0"'
            self.edit(f'{wanted}""', wanted + package, self.workflow_file)
        self.commit("Begin")
        git("push", "--quiet", "origin", "main", at=self.work)
        self.runner = WorkflowRunner(
            self.bare,
            folder / "runs",
            secrets=SECRETS,
            variables=forge.variables(),
            keep=self._keep,
        )

    @property
    def workflow_file(self) -> str:
        """Where the workflow stands."""
        return WORKFLOW.replace(".github", f".{self.provider}")

    @property
    def workflow(self) -> str:
        """The workflow as it stands on the branch that is checked out."""
        return (self.work / self.workflow_file).read_text(encoding="utf-8")

    def _keep(self, name: str, raw: bytes) -> None:
        self.forge.keep(name.removeprefix("plan-"), raw)

    def edit(self, old: str, new: str, path: str = MANIFEST) -> None:
        """Replace a text in a file."""
        file = self.work / path
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new), encoding="utf-8")

    def commit(self, message: str) -> str:
        """Commit everything and return the commit."""
        git("add", "--all", at=self.work)
        git("commit", "--quiet", "--message", message, at=self.work)
        return git("rev-parse", "HEAD", at=self.work)

    def propose(self, message: str, branch: str = "change") -> dict[str, JobEnd]:
        """Commit to a branch, push it, and run what the pull request starts."""
        if git("branch", "--show-current", at=self.work) == "main":
            git("switch", "--quiet", "--create", branch, at=self.work)
        self.commit(message)
        git("push", "--quiet", "--force", "origin", f"HEAD:{branch}", at=self.work)
        return self.opened()

    def opened(self) -> dict[str, JobEnd]:
        """Run what the pull request of the pushed branch starts."""
        head = git("rev-parse", "HEAD", at=self.work)
        ref = f"refs/pull/{PULL}/merge"
        event = Event("pull_request", ref, head, pull=PULL, head_sha=head)
        return self.runner.run(self.workflow, event)

    def merge(self, branch: str = "change") -> tuple[str, dict[str, JobEnd]]:
        """Merge the branch, push main, and run what that starts; return the commit, too."""
        head = git("rev-parse", branch, at=self.work)
        git("switch", "--quiet", "main", at=self.work)
        git("merge", "--quiet", "--no-ff", "--no-edit", branch, at=self.work)
        git("branch", "--quiet", "--delete", "--force", branch, at=self.work)
        commit = git("rev-parse", "HEAD", at=self.work)
        git("push", "--quiet", "origin", "main", at=self.work)
        self.forge.merges[commit] = head
        return commit, self.pushed(commit)

    def pushed(self, commit: str) -> dict[str, JobEnd]:
        """Run what a push to main starts."""
        return self.runner.run(self.workflow, Event("push", "refs/heads/main", commit))

    def by_hand(self, commit: str, digest: str, classes: str) -> dict[str, JobEnd]:
        """Run the workflow by hand."""
        inputs = {"commit": commit, "digest": digest, "classes": classes}
        head = git("rev-parse", "main", at=self.work)
        event = Event("workflow_dispatch", "refs/heads/main", head, inputs=inputs)
        return self.runner.run(self.workflow, event)

    def type_in(self, commands: str) -> None:
        """Run commands in the person's clone."""
        git("fetch", "--quiet", "origin", at=self.work)
        subprocess.run(
            ["bash", "-e", "-c", commands],
            cwd=self.work,
            env={**PERSON, "PATH": f"{BIN}:{os.environ['PATH']}", "HOME": str(self.folder)},
            check=True,
        )

    def nightly(self) -> JobEnd:
        """Run what the schedule starts."""
        head = git("rev-parse", "main", at=self.work)
        ended = self.runner.run(self.workflow, Event("schedule", "refs/heads/main", head))
        assert ended.keys() == {"drift"}
        return ended["drift"]

    def discount(self) -> dict[str, str]:
        """Return the one discount as the panel lists it."""
        clients = json.loads(self.sandbox.call("account", out="JSONdata"))
        client = next(each for each in clients if each["email"] == "billing@acme.example")
        discounts = self.sandbox.call("account.discount", elid=client["id"], out="JSONdata")
        (found,) = json.loads(discounts)
        return {"owner": client["id"], **found}

    def percentage(self) -> str:
        """Return the percentage of the one discount, which its name begins with."""
        return f"{Decimal(self.discount()['name'].partition('%')[0]).normalize():f}"

    def change_by_hand(self, **params: str) -> None:
        """Edit the discount in the panel, past Git."""
        known = self.discount()
        edit = "account.discount.edit"
        answer = self.sandbox.call(
            edit, sok="ok", plid=known["owner"], elid=known["idname"], **params
        )
        assert b"<error" not in answer

    def writes(self) -> list[str]:
        """Return the functions that changed the panel."""
        return [each.func for each in audit(self.folder / "panel.sqlite3") if each.wrote]


@pytest.fixture
def play(tmp_path: Path) -> Iterator[PullRequests]:
    """A new project on a forge."""
    with (
        serve_forge("github") as forge,
        closing(Sandbox(tmp_path / "panel.sqlite3")) as sandbox,
        serve_over_http(sandbox) as url,
    ):
        yield PullRequests(tmp_path, forge, sandbox, url)


@pytest.fixture
def play_on_gitea(tmp_path: Path) -> Iterator[PullRequests]:
    """A new project on Gitea."""
    with (
        serve_forge("gitea") as forge,
        closing(Sandbox(tmp_path / "panel.sqlite3")) as sandbox,
        serve_over_http(sandbox) as url,
    ):
        yield PullRequests(tmp_path, forge, sandbox, url)


def begin(play: PullRequests) -> None:
    """Bring the first change through a pull request."""
    play.edit("percentage: 10", "percentage: 12")
    proposed = play.propose("Declare the first client")
    assert {name: job.code for name, job in proposed.items()} == {"validate": 0, "plan": 0}, (
        proposed
    )
    _, merged = play.merge()
    assert {name: job.code for name, job in merged.items()} == {"validate": 0, "apply": 0}, merged


def test_change_goes_from_branch_to_panel_and_drift_is_healed(play: PullRequests) -> None:
    """Plan, comment, merge and apply; what is changed by hand is an issue until it is healed."""
    begin(play)
    assert play.percentage() == "12"
    play.edit("percentage: 12", "percentage: 15")

    proposed = play.propose("Raise the discount of Acme")
    assert proposed["plan"].code == 0
    (comment,) = play.forge.comments
    assert "12" in comment.body
    assert "15" in comment.body
    assert play.percentage() == "12"  # a pull request changes nothing
    merged = play.merge()[1]

    assert merged["apply"].code == 0, merged
    assert merged["apply"].environment == "billing-apply"
    assert play.percentage() == "15"
    assert play.nightly().code == 0
    assert play.forge.issues == []

    play.change_by_hand(percentage="50")
    assert play.nightly().code == 0
    (issue,) = play.forge.issues
    assert issue.open
    assert "Discount/acme-welcome" in issue.body
    assert play.nightly().code == 0
    assert len(play.forge.issues) == 1

    play.edit("labels: {team: sales}", "labels: {team: emea}")
    healing = play.propose("Name the team of Acme")
    assert "50" in play.forge.comments[0].body
    assert healing["plan"].code == 0
    assert play.merge()[1]["apply"].code == 0
    assert play.percentage() == "15"
    assert play.nightly().code == 0
    assert not issue.open


def test_tour_of_the_readme_can_be_played(play: PullRequests) -> None:
    """Its commands lead from a branch to the panel, and from drift back to what is declared."""
    begin(play)
    change, heal = TOUR.findall((ROOT / "README.md").read_text(encoding="utf-8"))

    play.type_in(change)
    assert play.opened()["plan"].code == 0
    assert play.merge("raise-acme")[1]["apply"].code == 0
    assert play.percentage() == "15"
    play.change_by_hand(percentage="50")
    play.nightly()
    (issue,) = play.forge.issues
    assert issue.open
    play.type_in(heal)
    assert play.opened()["plan"].code == 0
    assert play.merge("heal-acme")[1]["apply"].code == 0
    assert play.percentage() == "15"
    play.nightly()
    assert not issue.open


def test_gitea_keeps_the_plan_with_the_pull_request(play_on_gitea: PullRequests) -> None:
    """Its workflow attaches the plan, comments it, and applies the attachment after the merge."""
    play = play_on_gitea
    begin(play)

    assert play.percentage() == "12"
    assert len(play.forge.comments) == 1
    assert_only_what_was_reviewed_is_applied(play)


def test_gitlab_applies_what_its_merge_request_kept(tmp_path: Path) -> None:
    """The component plans, comments and keeps; the merge applies that file, or stops with 5."""
    with (
        serve_forge("gitlab") as forge,
        closing(Sandbox(tmp_path / "panel.sqlite3")) as sandbox,
        serve_over_http(sandbox) as url,
    ):
        play = PullRequests(tmp_path, forge, sandbox, url)
        token = {"GITLAB_TOKEN": TOKEN}
        runner = GitLabRunner(
            play.bare,
            tmp_path / "runs",
            secrets={name: {**of, **token} for name, of in SECRETS.items() if name},
            variables=forge.variables(),
            keep=forge.keep,
        )
        component = (play.work / ".gitlab" / "reconciler.yml").read_text(encoding="utf-8")

        def propose(before: str, after: str) -> str:
            git("switch", "--quiet", "--create", "change", at=play.work)
            play.edit(before, after)
            head = play.commit("Change the discount of Acme")
            git("push", "--quiet", "--force", "origin", "HEAD:change", at=play.work)
            base = git("rev-parse", "main", at=play.work)
            event = {"CI_MERGE_REQUEST_DIFF_BASE_SHA": base, "CI_MERGE_REQUEST_IID": str(PULL)}
            event |= {"CI_PIPELINE_SOURCE": "merge_request_event"}
            fork = runner.run(component, head, **event, CI_MERGE_REQUEST_SOURCE_PROJECT_ID="8")
            assert {name: job.environment for name, job in fork.items()} == {"billing-validate": ""}
            own = runner.run(component, head, **event, CI_MERGE_REQUEST_SOURCE_PROJECT_ID="7")
            assert {name: job.code for name, job in own.items()} == {
                "billing-validate": 0,
                "billing-plan": 0,
            }, own
            return head

        def merge(head: str) -> JobEnd:
            git("switch", "--quiet", "main", at=play.work)
            git("merge", "--quiet", "--ff-only", head, at=play.work)
            git("branch", "--quiet", "--delete", "--force", "change", at=play.work)
            git("push", "--quiet", "origin", "main", at=play.work)
            forge.merges[head] = head
            event = {"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_BRANCH": "main"}
            event |= {"DIGEST": "sha256:0"}  # as an option of the push would set it
            return runner.run(component, head, **event)["billing-apply"]

        first = merge(propose("percentage: 10", "percentage: 12"))
        assert (first.code, play.percentage()) == (0, "12"), first.out
        assert len(forge.comments) == 1
        head = propose("percentage: 12", "percentage: 15")
        play.change_by_hand(percentage="40")
        second = merge(head)
        assert (second.code, play.percentage()) == (5, "40"), second.out
        event = {"CI_PIPELINE_SOURCE": "schedule", "CI_COMMIT_BRANCH": "main"}
        assert runner.run(component, head, **event)["billing-drift"].code == 0
        assert len(forge.issues) == 1
        hook = play.bare / "hooks" / "update"
        hook.write_text('#!/bin/sh\ntest "$1" != refs/heads/reconciler-state\n', encoding="utf-8")
        hook.chmod(0o755)
        third = merge(propose("percentage: 15", "percentage: 20"))
        # What cannot be recorded is not sent.
        assert (third.code, play.percentage()) == (10, "40"), third.out


def assert_only_what_was_reviewed_is_applied(play: PullRequests) -> None:
    """Change the panel between review and merge, and see that the apply stops."""
    play.edit("percentage: 12", "percentage: 15")
    play.propose("Raise the discount of Acme")
    play.change_by_hand(percentage="40")
    before = play.writes()

    merged = play.merge()[1]

    assert merged["apply"].code == 5, merged["apply"].out
    told = [line for line in merged["apply"].out.splitlines() if "title=stale-plan::" in line]
    assert "Discount/acme-welcome" in told[0]
    assert "Discount/acme-welcome" in merged["apply"].summary
    assert play.percentage() == "40"
    assert play.writes() == before


def test_merge_stops_when_the_panel_moved_since_the_review(play: PullRequests) -> None:
    """Exit code 5, the object that moved is named, and nothing is written."""
    begin(play)

    assert_only_what_was_reviewed_is_applied(play)


@pytest.mark.parametrize(
    ("reviewed", "anew"),
    [
        (
            'reconciler fetch-plan "$COMMIT" --out approvals/plan.json',
            "reconciler --target prod plan --out approvals/plan.json",
        ),
        ("apply approvals/plan.json --format github", "apply --yes --format github"),
    ],
)
def test_workflow_that_plans_anew_is_found(play: PullRequests, reviewed: str, anew: str) -> None:
    """The check above fails for a workflow that applies another plan than the reviewed one."""
    begin(play)
    play.edit(reviewed, anew, WORKFLOW)
    secrets = "BILLMANAGER_USER: ${{ secrets.BILLMANAGER_USER }}\n"
    password = "          BILLMANAGER_PASSWORD: ${{ secrets.BILLMANAGER_PASSWORD }}\n"
    play.edit(
        'env: {GITHUB_TOKEN: "${{ github.token }}"}\n        run: reconciler --target prod plan',
        f"env:\n          {secrets}{password}        run: reconciler --target prod plan",
        WORKFLOW,
    ) if "fetch-plan" in reviewed else None
    checks = " --require-signature --sign-key-env RECONCILER_PLAN_KEY --max-plan-age 30d"
    play.edit(f"\n          {checks.strip()}", "", WORKFLOW)
    play.edit('\n          --digest "$DIGEST"', "\n         ", WORKFLOW)

    with pytest.raises(AssertionError, match=r"assert 0 == 5"):
        assert_only_what_was_reviewed_is_applied(play)
    assert play.percentage() == "15"


def test_plan_that_nobody_of_us_signed_is_not_applied(play: PullRequests) -> None:
    """A plan under the right name, from a run without the key, ends the apply."""
    begin(play)
    play.edit("percentage: 12", "percentage: 15")
    play.propose("Raise the discount of Acme")
    document = json.loads(play.forge.plans[-1].raw)
    del document["signature"]
    play.forge.keep(play.forge.plans[-1].commit, json.dumps(document).encode())

    merged = play.merge()[1]

    assert merged["apply"].code == 4, merged["apply"].out
    assert play.percentage() == "12"


def test_fork_is_validated_and_meets_no_secret(play: PullRequests) -> None:
    """Its pull request starts no job that has an environment."""
    git("switch", "--quiet", "--create", "fork", at=play.work)
    play.edit("percentage: 10", "percentage: 99")
    head = play.commit("A wish of somebody")
    git("push", "--quiet", "origin", "HEAD:fork", at=play.work)
    event = Event(
        "pull_request",
        f"refs/pull/{PULL}/merge",
        head,
        head_repository="mallory/billing",
        pull=PULL,
        head_sha=head,
    )

    ended = play.runner.run(play.workflow, event)

    assert {name: job.environment for name, job in ended.items()} == {"validate": ""}
    assert ended["validate"].code == 0
    assert play.forge.comments == []


def test_change_that_needs_a_consent_waits_and_is_applied_by_hand(play: PullRequests) -> None:
    """The merge orders nothing; by hand it is ordered, of the same plan and once."""
    seed(play.folder / "panel.sqlite3", clients=3)
    play.edit("maxCharge: {EUR: 500}", "maxCharge: null", "reconciler.yaml")
    email = next(each["email"] for each in json.loads(play.sandbox.call("account", out="JSONdata")))
    (play.work / "manifests" / "web.yaml").write_text(SERVICE % email, encoding="utf-8")
    play.propose("Order a service")

    commit, merged = play.merge()

    digest = json.loads(play.forge.plans[-1].raw)["digest"]
    assert merged["apply"].code == 0, merged["apply"].out
    assert play.percentage() == "10"
    assert ledger(play.sandbox) == []
    assert f"`{commit}`" in merged["apply"].summary
    assert digest in merged["apply"].summary
    wrong = play.by_hand(commit, "sha256:" + "0" * 64, "charge")
    assert wrong["apply"].code == 5
    assert play.by_hand(commit, digest, "terminate")["apply"].code == 0
    assert ledger(play.sandbox) == []
    ended = play.by_hand(commit, digest, "charge")
    assert ended["apply"].code == 0, ended["apply"].out
    assert ended["apply"].environment == "billing-consent"
    assert len(ledger(play.sandbox)) == 1
    assert play.by_hand(commit, digest, "charge")["apply"].code == 5


@pytest.mark.parametrize("approved", [True, False])
def test_approval_is_committed_to_the_branch_and_counts_after_the_merge(
    play: PullRequests, tmp_path: Path, capsys: pytest.CaptureFixture[str], *, approved: bool
) -> None:
    """The commit of the approval makes the same plan again; without one nothing is applied."""
    key = make_key(tmp_path, "ops")
    play.edit("  guards:", (APPROVALS % key.line).rstrip(), "reconciler.yaml")
    play.edit("maxDeleteShare: 0.2", "maxDeleteShare: null", "reconciler.yaml")
    begin(play)
    text = (play.work / MANIFEST).read_text(encoding="utf-8")
    play.edit("\n---\n" + text.partition("\n---\n")[2], "\n", MANIFEST)
    play.propose("Remove the discount of Acme")
    digest = json.loads(play.forge.plans[-1].raw)["digest"]
    if approved:
        file = play.work / "approvals" / "plan.json"
        file.parent.mkdir()
        file.write_bytes(play.forge.plans[-1].raw)
        project = ("--project", str(play.work / "reconciler.yaml"))
        words = ("approve", str(file), "--as", "ops", "--key", str(key.path))
        assert main([*words, *project]) == 0, capsys.readouterr()
        assert play.propose("Approve the plan")["plan"].code == 0
        assert "approvals/plan.json.ops.sig" in git("ls-files", at=play.work)
        assert "approvals/plan.json\n" not in git("ls-files", at=play.work)
        assert json.loads(play.forge.plans[-1].raw)["digest"] == digest

    merged = play.merge()[1]

    assert merged["apply"].code == (0 if approved else 4), merged["apply"].out
    assert ("account.discount.delete" in play.writes()) is approved
    if not approved:
        assert "ops" in merged["apply"].out


def test_merge_without_a_plan_changes_nothing(play: PullRequests) -> None:
    """A push past the pull requests is not applied."""
    play.edit("percentage: 10", "percentage: 12")
    commit = play.commit("Past the review")
    git("push", "--quiet", "origin", "main", at=play.work)

    ended = play.pushed(commit)

    assert ended["apply"].code == 8
    assert "nobody reviewed a plan" in ended["apply"].out
