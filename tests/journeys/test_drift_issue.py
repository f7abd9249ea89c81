"""The issue about drift: it opens, is updated and closes by itself, on three providers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.forge import ROBOT, TOKEN, ForgeServer, serve_forge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.command_line import CommandLineProject


@pytest.fixture(params=("github", "gitlab", "gitea"))
def forge(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[ForgeServer]:
    """A server of each provider; the pipeline runs on a schedule, for no pull request."""
    with serve_forge(request.param) as server:
        for name, value in server.variables().items():
            monkeypatch.setenv(name, value)
        for name in ("GITHUB_REF", "CI_MERGE_REQUEST_IID"):
            monkeypatch.delenv(name, raising=False)
        yield server


@pytest.fixture
def applied(project: CommandLineProject) -> CommandLineProject:
    """A project whose manifests were applied."""
    project.run("apply", "--yes")
    return project


def _check(project: CommandLineProject, *words: str, code: int = 2) -> str:
    """Look for drift and bring the issue up to date; return what is said."""
    project.run("drift", "--json", "--out", "drift.json", code=code)
    return project.run("comment", "drift.json", "--issue", *words).out


def test_issue_opens_is_updated_and_closes_by_itself(
    applied: CommandLineProject, forge: ForgeServer, discount_by_hand: Callable[..., None]
) -> None:
    """From the first drift to the first check without any; the next drift is a new issue."""
    assert "is not needed" in _check(applied, code=0)

    discount_by_hand(percentage="30")
    assert "was written" in _check(applied)
    (issue,) = forge.issues
    assert issue.title == "Drift on sandbox"
    assert "Discount/globex-june" in issue.body
    assert "live 30" in issue.body
    assert "reconciler --target sandbox drift --accept" in issue.body

    writes = len(forge.asked("PATCH") + forge.asked("PUT"))
    assert "is as it was" in _check(applied)
    assert len(forge.asked("PATCH") + forge.asked("PUT")) == writes

    discount_by_hand(percentage="40")
    assert "was updated" in _check(applied)
    assert "live 40" in issue.body

    applied.run("apply", "--yes")
    assert "was closed" in _check(applied, code=0)
    assert not issue.open
    assert "No drift any more" in issue.body
    assert "live 40" in issue.body

    discount_by_hand(percentage="50")
    assert "was written" in _check(applied)
    assert [each.open for each in forge.issues] == [False, True]


def test_change_in_git_alone_opens_no_issue(
    applied: CommandLineProject, forge: ForgeServer
) -> None:
    """What waits for its apply is no drift."""
    applied.edit("manifests/june.yaml", "percentage: 15", "percentage: 25")

    assert "is not needed" in _check(applied, code=0)
    assert forge.issues == []


def test_issue_of_another_author_is_neither_changed_nor_closed(
    applied: CommandLineProject, forge: ForgeServer, discount_by_hand: Callable[..., None]
) -> None:
    """A copy of ours under another name is left alone, open as it is."""
    discount_by_hand(percentage="30")
    _check(applied)
    copy = forge.open("mallory", forge.issues[0].body)
    before = copy.body
    applied.run("apply", "--yes")
    _check(applied, code=0)

    assert copy.open
    assert copy.body == before
    assert not forge.issues[0].open


def test_two_checks_at_once_leave_one_open_issue(
    applied: CommandLineProject, forge: ForgeServer, discount_by_hand: Callable[..., None]
) -> None:
    """The older one stays open with the newer text; the other one is closed and names it."""
    discount_by_hand(percentage="30")
    _check(applied)
    body = forge.issues.pop().body
    forge.before("POST", "/issues", lambda: forge.open(ROBOT, body.replace("live 30", "live 29")))
    said = _check(applied)

    older, newer = forge.issues
    assert "was updated" in said
    assert (older.open, newer.open) == (True, False)
    assert "live 30" in older.body
    assert f"issue {older.number} stays open" in newer.body


def test_issue_that_was_deleted_meanwhile_is_opened_anew(
    applied: CommandLineProject, forge: ForgeServer, discount_by_hand: Callable[..., None]
) -> None:
    """Somebody with the right deletes it between our reading and our writing."""
    discount_by_hand(percentage="30")
    _check(applied)
    discount_by_hand(percentage="31")
    method = "PUT" if forge.provider == "gitlab" else "PATCH"
    forge.before(method, "/issues", forge.issues.clear)

    assert "was written" in _check(applied)
    assert len(forge.issues) == 1


def test_issue_is_found_among_many_and_pull_requests_are_none(
    applied: CommandLineProject, forge: ForgeServer, discount_by_hand: Callable[..., None]
) -> None:
    """All pages of open issues are read before another is opened."""
    discount_by_hand(percentage="30")
    _check(applied)
    for number in range(230):
        forge.open("somebody", "x", f"issue {number}").is_pull = number % 2 == 0
    forge.open(ROBOT, forge.issues[0].body).is_pull = forge.provider != "gitlab"

    _check(applied)

    ours = [each for each in forge.issues if each.author == ROBOT and not each.is_pull]
    assert [each.open for each in ours][:1] == [True]
    assert len([each for each in ours if each.open]) == 1


def test_labels_are_given_to_a_new_issue(
    applied: CommandLineProject, forge: ForgeServer, discount_by_hand: Callable[..., None]
) -> None:
    """Each provider is given labels in its own way; people may change them afterwards."""
    forge.labels["on call"] = 4
    discount_by_hand(percentage="30")
    _check(applied, "--label", "drift", "--label", "on call")

    wanted: list[object] = [3, 4] if forge.provider == "gitea" else ["drift", "on call"]
    assert forge.issues[0].labels == wanted


def test_label_that_gitea_does_not_know_is_told(
    applied: CommandLineProject, forge: ForgeServer, discount_by_hand: Callable[..., None]
) -> None:
    """Gitea makes no label by itself; the others do."""
    discount_by_hand(percentage="30")
    applied.run("drift", "--json", "--out", "drift.json", code=2)
    code = 8 if forge.provider == "gitea" else 0
    done = applied.run("comment", "drift.json", "--issue", "--label", "new", code=code)

    assert ("there is no label 'new': create it first" in done.err) == bool(code)
    assert len(forge.issues) == (0 if code else 1)


def test_lost_answer_opens_no_second_issue(
    applied: CommandLineProject, forge: ForgeServer, discount_by_hand: Callable[..., None]
) -> None:
    """The issue was opened before the 502: the next look finds it."""
    discount_by_hand(percentage="30")
    forge.answer("POST", "/issues", 502, b"Bad Gateway", serve_first=True)

    assert "is as it was" in _check(applied)
    assert len(forge.issues) == 1


def test_server_that_names_no_user_is_not_guessed_about(
    applied: CommandLineProject, forge: ForgeServer, discount_by_hand: Callable[..., None]
) -> None:
    """An issue with our marker may be anybody's: it is neither closed nor doubled."""
    forge.tells_user = False
    discount_by_hand(percentage="30")
    _check(applied)
    failed = applied.run("comment", "drift.json", "--issue", code=8)
    told = applied.run("comment", "drift.json", "--issue", "--best-effort")

    assert "the server does not say whose token this is" in failed.err
    assert "use the token of a user" in told.err
    assert len(forge.issues) == 1


def test_report_that_is_no_drift_is_refused(
    applied: CommandLineProject, forge: ForgeServer
) -> None:
    """A plan, a report of a run that failed, and a report that was cut are no drift."""
    applied.run("plan", "--out", "plan.json")
    applied.write("failed.json", '{"error": {"code": "unreachable", "message": "away"}}')
    applied.write("cut.json", '{"formatVersion": "1", "target": ')
    for name in ("plan.json", "failed.json", "cut.json"):
        applied.run("comment", name, "--issue", code=10)

    assert forge.requests == []


def test_without_a_token_the_issue_is_printed(
    applied: CommandLineProject,
    forge: ForgeServer,
    discount_by_hand: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What would be opened is seen before a token is given."""
    for name, value in forge.variables().items():
        if value == TOKEN:
            monkeypatch.delenv(name)
    discount_by_hand(percentage="30")

    assert _check(applied).startswith("<!-- reconciler:drift target=sandbox")
    assert forge.requests == []
