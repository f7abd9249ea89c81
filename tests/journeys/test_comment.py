"""The sticky comment on a pull request, on a stand-in for GitHub, GitLab and Gitea."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.cli import comment as comment_command
from reconciler.documents.plan import content_digest
from tests.support.certificate import private_certificate
from tests.support.command_line import SERVICE
from tests.support.forge import LONGEST, PULL, ROBOT, TOKEN, ForgeServer, serve_forge
from tests.support.forge_markdown import live_elements

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.model.forge import Provider
    from tests.support.command_line import CommandLineProject

PROVIDERS: tuple[Provider, ...] = ("github", "gitlab", "gitea")
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl ops"
EDIT = {"github": "PATCH", "gitlab": "PUT", "gitea": "PATCH"}


@pytest.fixture(params=PROVIDERS)
def forge(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[ForgeServer]:
    """A server of each provider, whose pipeline this process seems to be."""
    with serve_forge(request.param) as server:
        for name, value in server.variables().items():
            monkeypatch.setenv(name, value)
        yield server


@pytest.fixture
def github(monkeypatch: pytest.MonkeyPatch) -> Iterator[ForgeServer]:
    """A server of GitHub alone, where no other differs."""
    with serve_forge("github") as server:
        for name, value in server.variables().items():
            monkeypatch.setenv(name, value)
        yield server


def _plan(project: CommandLineProject, percentage: int = 15) -> str:
    """Save a plan for another percentage; return its digest."""
    text = (project.root / "manifests/june.yaml").read_text(encoding="utf-8")
    text = re.sub(r"percentage: \d+", f"percentage: {percentage}", text)
    project.write("manifests/june.yaml", text)
    project.run("plan", "--out", "plan.json")
    saved: dict[str, Any] = json.loads((project.root / "plan.json").read_text(encoding="utf-8"))
    return str(saved["digest"])


def test_first_run_writes_the_comment_and_later_ones_update_it(
    project: CommandLineProject, forge: ForgeServer
) -> None:
    """There is one comment, with the plan, its digest and the runs before."""
    first = _plan(project)
    said = project.run("comment", "plan.json").out
    second = _plan(project, 20)
    again = project.run("comment", "plan.json").out

    (comment,) = forge.comments
    assert said.startswith("The comment about sandbox was written")
    assert again.startswith("The comment about sandbox was updated")
    assert comment.author == ROBOT
    assert f"digest `{second}`" in comment.body
    assert "Discount/globex-june" in comment.body
    assert "Earlier runs (1)" in comment.body
    assert f"`{first[:19]}…`" in comment.body
    assert "`c0ffeec0ffee`" in comment.body
    assert "by [this run](https://" in comment.body


def test_same_plan_is_named_once_however_often_it_runs(
    project: CommandLineProject, github: ForgeServer
) -> None:
    """The history tells plans apart, not runs of one plan."""
    _plan(project)
    for _ in range(3):
        project.run("comment", "plan.json")

    assert "Earlier runs" not in github.comments[0].body


def test_history_is_bounded(project: CommandLineProject, github: ForgeServer) -> None:
    """A comment that is updated for weeks names its last ten plans."""
    for percentage in range(1, 14):
        _plan(project, percentage)
        project.run("comment", "plan.json")

    assert "Earlier runs (9)" in github.comments[0].body
    assert len(github.comments) == 1


def test_several_targets_have_several_comments(
    project: CommandLineProject, github: ForgeServer
) -> None:
    """Each target's comment is found by the target, also where one name belongs to two panels."""
    project.edit(
        "reconciler.yaml",
        "  guards:",
        '    other: {url: "sandbox:.reconciler/other.sqlite3"}\n  guards:',
    )
    for target in ("sandbox", "other", "sandbox"):
        project.run("plan", "--target", target, "--out", "plan.json")
        project.run("comment", "plan.json")

    assert [re.search(r"target=(\w+)", each.body)[1] for each in github.comments] == [  # type: ignore[index]
        "sandbox",
        "other",
    ]


def test_comment_says_why_the_plan_is_refused(
    project: CommandLineProject, github: ForgeServer
) -> None:
    """A reader approves no plan that no apply takes; a later plan that passes says nothing."""
    project.run("apply", "--yes")
    (project.root / "manifests/june.yaml").unlink()
    project.edit("reconciler.yaml", "maxDeletes: 10", "maxDeletes: 0")
    project.run("plan", "--out", "plan.json", code=4)
    project.run("comment", "plan.json")
    refused = github.comments[0].body
    shown = project.run("show", "plan.json").out
    document = project.run("show", "plan.json", "--json").document
    project.edit("reconciler.yaml", "maxDeletes: 0", "maxDeletes: 10")
    project.edit("reconciler.yaml", "maxDeleteShare: 0.2", "maxDeleteShare: 1")
    passing = project.run("plan", "--out", "plan.json", "--json").document
    project.run("comment", "plan.json")

    assert "**This plan is refused**" in refused
    assert "refused: 1 deletes are more than maxDeletes (0)" in refused
    assert "refused: 1 deletes are more than maxDeletes (0)" in shown
    codes = [each["code"] for each in document["refusals"]]
    assert codes == ["max-deletes", "max-delete-share"]
    assert passing["digest"] == document["digest"]
    assert "refusals" not in passing
    assert "refused" not in github.comments[0].body


def test_comment_names_the_consents_that_a_plan_lacks(
    project: CommandLineProject, github: ForgeServer
) -> None:
    """What a merge leaves waiting is known before the merge."""
    project.write("manifests/web.yaml", SERVICE % project.seeded_client())
    project.edit("reconciler.yaml", "maxCharge: {EUR: 500}", "maxCharge: null")
    project.run("plan", "--out", "plan.json")
    project.run("comment", "plan.json")
    lacking = github.comments[0].body
    project.run("plan", "--out", "plan.json", "--allow", "charge")
    project.run("comment", "plan.json")

    words = "needs consent: Service/globex-web charges money, which needs --allow charge"
    assert words in lacking
    assert "consent" not in github.comments[0].body


def test_plan_that_became_empty_says_so(project: CommandLineProject, forge: ForgeServer) -> None:
    """Whoever read the changes before learns that nothing is left."""
    _plan(project)
    project.run("comment", "plan.json")
    project.run("apply", "--yes")
    _plan(project)
    project.run("comment", "plan.json")

    (comment,) = forge.comments
    assert "No changes." in comment.body
    assert "2 to create" in comment.body


def test_comment_of_another_author_is_never_changed(
    project: CommandLineProject, forge: ForgeServer
) -> None:
    """A copy of our comment under another name stays as it is, and ours is written beside it."""
    _plan(project)
    project.run("comment", "plan.json")
    copy = forge.write("mallory", forge.comments[0].body)
    forge.comments.reverse()
    before = copy.body
    second = _plan(project, 20)
    project.run("comment", "plan.json")

    assert copy.body == before
    assert [second in each.body for each in forge.comments] == [False, True]


def test_own_comment_that_quotes_the_marker_is_not_it(
    project: CommandLineProject, github: ForgeServer
) -> None:
    """A person whose token is used may reply with a quotation."""
    _plan(project)
    quotation = github.write(ROBOT, "")
    project.run("comment", "plan.json")
    quotation.body = f"> {github.comments[1].body}"
    project.run("comment", "plan.json")

    assert quotation.body.startswith("> ")
    assert len(github.comments) == 2


def test_two_runs_at_once_leave_the_older_comment(
    project: CommandLineProject, forge: ForgeServer
) -> None:
    """Both have found no comment: of the two that were written one remains, with the later text."""
    digest = _plan(project)
    project.run("comment", "plan.json")
    body = forge.comments.pop().body
    forge.before("POST", "", lambda: forge.write(ROBOT, body.replace(digest, "sha256:" + "0" * 64)))
    said = project.run("comment", "plan.json").out

    (comment,) = forge.comments
    assert comment.number == 102
    assert digest in comment.body
    assert "was updated" in said


def test_second_comment_of_an_interrupted_run_is_removed(
    project: CommandLineProject, forge: ForgeServer
) -> None:
    """A run that was killed between writing and tidying leaves two; the next one leaves one."""
    digest = _plan(project)
    project.run("comment", "plan.json")
    forge.write(ROBOT, forge.comments[0].body)
    project.run("comment", "plan.json")

    (comment,) = forge.comments
    assert comment.number == 101
    assert digest in comment.body


def test_comment_that_was_deleted_meanwhile_is_written_anew(
    project: CommandLineProject, forge: ForgeServer
) -> None:
    """Somebody deletes the comment between our reading and our writing."""
    _plan(project)
    project.run("comment", "plan.json")
    forge.before(EDIT[forge.provider], "", forge.comments.clear)
    said = project.run("comment", "plan.json").out

    assert "was written" in said
    assert len(forge.comments) == 1


def test_comment_is_found_behind_many_others(
    project: CommandLineProject, forge: ForgeServer
) -> None:
    """All pages are read before a second comment could be written."""
    _plan(project)
    for number in range(250):
        forge.write("somebody", f"comment {number}")
    project.run("comment", "plan.json")
    project.run("comment", "plan.json")

    ours = [each for each in forge.comments if each.author == ROBOT]
    assert len(ours) == 1
    assert len(forge.asked("GET")) < 20


def test_more_comments_than_are_read_are_an_error(
    project: CommandLineProject, github: ForgeServer
) -> None:
    """A list that does not end proves no absence, and the command ends."""
    _plan(project)
    github.comments += [github.write("somebody", "x") for _ in range(10_001)]
    failed = project.run("comment", "plan.json", code=8)

    assert "more than 10,000" in failed.err
    assert github.asked("POST") == []


@pytest.mark.parametrize("status", [401, 403, 404, 410, 422])
def test_refusal_is_told_and_ends_with_8(
    project: CommandLineProject, forge: ForgeServer, status: int
) -> None:
    """The server's own words are printed, once, and nothing is tried again."""
    _plan(project)
    words = {"message": "Unable to create comment because\nissue is locked.\x1b[2J"}
    forge.answer("POST", "", status, words, times=9)
    failed = project.run("comment", "plan.json", code=8)
    told = project.run("comment", "plan.json", "--best-effort")

    assert f"status {status}: Unable to create comment because issue is locked." in failed.err
    assert "\x1b" not in failed.err
    assert ("the token needs the" in failed.err) == (status in {401, 403})
    assert "warning" in told.err
    assert "is not up to date" in told.out
    assert len(forge.asked("POST")) == 2


def test_refusal_is_a_document_for_programs(
    project: CommandLineProject, github: ForgeServer
) -> None:
    """The exit code and the code of the error say the same."""
    _plan(project)
    github.answer("GET", "/comments", 404, {"message": "Not Found"})
    failed = project.run("--log-format", "json", "comment", "plan.json", code=8)

    assert "pull request 12 of acme/billing: GitHub answered with status 404: Not Found" in (
        failed.err
    )


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        (429, {"retry-after": "7"}, b"Retry later\n"),
        (403, {"retry-after": "7"}, {"message": "You have exceeded a secondary rate limit."}),
        (429, {"retry-after": "1000000000"}, None),
        (503, {"retry-after": "-5"}, b"<html>maintenance</html>"),
    ],
)
def test_request_that_was_limited_is_sent_again(
    project: CommandLineProject,
    forge: ForgeServer,
    status: int,
    headers: dict[str, str],
    body: object,
) -> None:
    """A wait within our bounds, with a sign of life; then the comment is written, once."""
    _plan(project)
    for method, path in (("GET", "/user"), ("GET", f"/{PULL}/"), ("POST", "")):
        forge.answer(method, path, status, body, headers=headers)
    done = project.run("comment", "plan.json")

    assert "was written" in done.out
    assert len(forge.comments) == 1
    if "-" not in headers["retry-after"]:
        assert re.search(r"waiting (7|60) s: .*status \d+.*; sending it again", done.err)


def test_spent_limit_of_requests_waits_for_its_reset(
    project: CommandLineProject, github: ForgeServer
) -> None:
    """GitHub says when in a header of its own; a time that is long past is no wait."""
    _plan(project)
    spent = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1700000000"}
    github.answer("GET", "/comments", 403, {"message": "API rate limit exceeded"}, headers=spent)
    project.run("comment", "plan.json")

    page = "https://docs.example/rate-limits-for-the-rest-api#about-secondary-rate-limits"
    github.answer("GET", "/comments", 403, {"message": "slow down", "documentation_url": page})
    waited = project.run("comment", "plan.json")

    assert "waiting 60 s" in waited.err
    assert len(github.comments) == 1


def test_limit_that_does_not_end_is_told_and_bounded(
    project: CommandLineProject, github: ForgeServer
) -> None:
    """All waits together have one bound, and the command ends."""
    _plan(project)
    github.answer("GET", "/comments", 429, None, headers={"retry-after": "60"}, times=99)
    failed = project.run("comment", "plan.json", code=8)

    assert "status 429" in failed.err
    assert len(github.requests) == 5


@pytest.mark.parametrize("served", [True, False])
def test_lost_answer_makes_no_second_comment(
    project: CommandLineProject, forge: ForgeServer, *, served: bool
) -> None:
    """Whether the comment was written before the 502 or not, there is one afterwards."""
    _plan(project)
    forge.answer("POST", "", 502, b"<html>Bad Gateway</html>", serve_first=served)
    project.run("comment", "plan.json")

    assert len(forge.comments) == 1


def test_gateway_that_stays_broken_ends_with_8(
    project: CommandLineProject, forge: ForgeServer
) -> None:
    """Neither reading nor writing goes on for ever."""
    _plan(project)
    forge.answer("GET", "", 502, b"<html>Bad Gateway</html>", times=999)

    assert "status 502" in project.run("comment", "plan.json", code=8).err
    assert len(forge.requests) <= 15


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (200, b"<html>sign in</html>", "is not JSON"),
        (200, b'[{"id": 1, "id": 2}]', "is not JSON"),
        (200, {"comments": []}, "the answer is not one of"),
        (200, [{"id": "1"}], "the answer is not one of"),
        (301, b"", "redirects are not followed"),
    ],
)
def test_answer_of_another_shape_is_no_empty_list(
    project: CommandLineProject, forge: ForgeServer, status: int, body: object, words: str
) -> None:
    """Nothing is written where it is not known what is there."""
    _plan(project)
    where = {"location": "http://127.0.0.1:1/"} if status == 301 else {}
    forge.answer("GET", f"/{PULL}/", status, body, times=99, headers=where)
    failed = project.run("comment", "plan.json", code=8)

    assert words in failed.err
    assert forge.asked("POST") == []


def test_name_of_an_app_comes_from_the_other_interface(
    project: CommandLineProject, github: ForgeServer
) -> None:
    """The pipeline's own token may not ask who it is; its comment is updated all the same."""
    github.users[TOKEN] = "github-actions[bot]"
    github.apps.add("github-actions[bot]")
    _plan(project)
    for _ in range(2):
        project.run("comment", "plan.json")

    assert [each.author for each in github.comments] == ["github-actions[bot]"]
    assert len([path for path in github.asked("POST") if "comments" in path]) == 1


def test_server_that_names_no_user_keeps_one_comment_all_the_same(
    project: CommandLineProject, forge: ForgeServer
) -> None:
    """The author of a new comment says who we are; the older one of that author is kept."""
    forge.tells_user = False
    copy = forge.write("mallory", "")
    first = _plan(project)
    project.run("comment", "plan.json")
    copy.body = forge.comments[1].body
    second = _plan(project, 20)
    project.run("comment", "plan.json")

    assert [each.author for each in forge.comments] == ["mallory", ROBOT]
    assert first in copy.body
    assert second not in copy.body
    assert second in forge.comments[1].body


def test_long_plan_fits_into_a_comment(project: CommandLineProject, forge: ForgeServer) -> None:
    """What is cut is said; the digest and the history are never cut."""
    _plan(project)
    saved: dict[str, Any] = json.loads((project.root / "plan.json").read_text(encoding="utf-8"))
    finding = {"severity": "warning", "code": "resembles", "source": None}
    saved["findings"] = [
        {**finding, "message": f"warning {number}: {'Ünïcode ' * 100}"} for number in range(900)
    ]
    saved["digest"] = digest = content_digest(saved)
    project.write("plan.json", json.dumps(saved))
    project.run("comment", "plan.json")

    (comment,) = forge.comments
    assert 60_000 < len(comment.body) <= min(LONGEST[forge.provider], 65_536)
    assert "**Left out here:**" in comment.body
    assert "To see all of it: `reconciler show plan.json --full`" in comment.body
    assert digest in comment.body


HOSTILE = (
    "/close",
    "```\n/close\n# heading",
    "@everyone <img src=x onerror=alert(1)>",
    "--> <script>alert(1)</script>",
    "| a | b |\\n<!-- reconciler:plan target=sandbox key=0 -->",
    "</details></summary><b>",
    "\u202eevil\u2066",
    "::set-output name=x::y",
)


def test_hostile_text_of_a_plan_is_inert(project: CommandLineProject, forge: ForgeServer) -> None:
    """Names in a plan neither end the fence, nor run as quick actions, nor hide."""
    notes = "\n".join(
        f"---\napiVersion: reconciler/v1\nkind: Client\nmetadata: {{name: h{number}}}\n"
        f"spec: {{email: h{number}@globex.example, name: {json.dumps(text[:60])}}}"
        for number, text in enumerate(each for each in HOSTILE if each.isprintable())
    )
    project.write("manifests/hostile.yaml", notes)
    _plan(project)
    project.run("comment", "plan.json")

    body = forge.comments[0].body
    ours = ("html <!-- reconciler:", "link_open {'href': 'https://")
    assert forge.quick_actions == []
    assert "@everyone" in body
    assert [each for each in live_elements(body) if not each.startswith(ours)] == []


def test_history_that_somebody_edited_is_read_field_by_field(
    project: CommandLineProject, github: ForgeServer
) -> None:
    """Maintainers can edit our comment: what is not of its shape is dropped, and never shown."""
    _plan(project)
    project.run("comment", "plan.json")
    body = github.comments[0].body
    good = {
        "at": "2026-11-01T10:00:00+00:00",
        "digest": "sha256:" + "a" * 64,
        "commit": "",
        "changes": "1 to create",
    }
    evil = [{**good, name: f"<script>{name}</script>"} for name in good]
    runs = json.dumps([good, *evil, 7, {}, None])
    github.comments[0].body = re.sub(r"reconciler:runs .* -->", f"reconciler:runs {runs} -->", body)
    project.run("comment", "plan.json")

    body = github.comments[0].body
    assert "Earlier runs (1)<" in body
    assert "2026-11-01 10:00:00 UTC" in body
    assert "<script" not in body


@pytest.mark.parametrize("broken", ["[[[", "[" * 19_000, '[{"at": NaN}]', "{}"])
def test_history_that_cannot_be_read_begins_anew(
    project: CommandLineProject, github: ForgeServer, broken: str
) -> None:
    """A broken history loses the history, not the comment."""
    _plan(project)
    project.run("comment", "plan.json")
    body = github.comments[0].body
    github.comments[0].body = re.sub(
        r"reconciler:runs .* -->", f"reconciler:runs {broken}] -->", body
    )
    project.run("comment", "plan.json")

    assert "Earlier runs" not in github.comments[0].body


def test_without_a_token_it_prints_what_it_would_write(
    project: CommandLineProject, forge: ForgeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is sent, and the reason is said beside the text."""
    digest = _plan(project)
    for name in ("GITHUB_TOKEN", "GITLAB_TOKEN", "GITEA_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    printed = project.run("comment", "plan.json")

    assert printed.out.startswith("<!-- reconciler:plan target=sandbox key=")
    assert digest in printed.out
    assert "Nothing is sent: no token in " in printed.err
    assert forge.requests == []


def test_without_a_pipeline_it_prints_what_it_would_write(project: CommandLineProject) -> None:
    """At a desk there is no server to send to."""
    _plan(project)
    printed = project.run("comment", "plan.json")

    assert "no variable of a pipeline names a server" in printed.err
    assert "### Plan for `sandbox`" in printed.out


def test_number_of_the_pull_request_is_that_of_the_event(
    project: CommandLineProject, github: ForgeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The event says the number and the commit that somebody pushed; an option says it by hand."""
    _plan(project)
    event = {"pull_request": {"number": PULL, "head": {"sha": "abc1234" + "0" * 33}}}
    project.write("event.json", json.dumps(event))
    monkeypatch.setenv("GITHUB_EVENT_PATH", str(project.root / "event.json"))
    monkeypatch.setenv("GITHUB_REF", "refs/heads/main")
    project.run("comment", "plan.json")
    assert "for commit `abc123400000`" in github.comments[0].body

    monkeypatch.delenv("GITHUB_EVENT_PATH")
    refused = project.run("comment", "plan.json", code=64)
    assert "name one with --pr N" in refused.err
    project.run("comment", "plan.json", "--pr", str(PULL))
    assert "status 404" in project.run("comment", "plan.json", "--pr", "13", code=8).err
    assert "--pr is '1/../2'" in project.run("comment", "plan.json", "--pr", "1/../2", code=64).err


@pytest.mark.parametrize(
    ("name", "value", "code", "words"),
    [
        ("GITHUB_API_URL", "http://forge.example/api", 8, "plain http to 'forge.example'"),
        ("GITHUB_API_URL", "https://user:word@forge.example", 64, "it is https://HOST/PATH"),
        ("GITHUB_API_URL", "https://forge.example/a b\r\nX: 1", 64, "it is https://HOST/PATH"),
        ("GITHUB_API_URL", "https://forge.example:70000/", 64, "it is https://HOST/PATH"),
        ("GITHUB_API_URL", "", 64, "GITHUB_API_URL is not set"),
        ("GITHUB_REPOSITORY", "acme/../../user", 64, "which is not of its shape"),
        ("GITHUB_REPOSITORY", "acme/..", 64, "which is no repository"),
        ("GITHUB_TOKEN", "two words", 3, "has characters that no token has"),
    ],
)
def test_variables_that_lead_elsewhere_are_refused(
    project: CommandLineProject,
    github: ForgeServer,
    monkeypatch: pytest.MonkeyPatch,
    *,
    name: str,
    value: str,
    code: int,
    words: str,
) -> None:
    """The credential goes to one origin, over https; no variable becomes part of a path unread."""
    _plan(project)
    monkeypatch.setenv(name, value)
    failed = project.run("comment", "plan.json", code=code)

    assert words in failed.err
    assert github.requests == []


def test_proxy_variables_are_not_obeyed(
    project: CommandLineProject, github: ForgeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever sets a variable of the environment does not get the credential."""
    _plan(project)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    project.run("comment", "plan.json")

    assert len(github.comments) == 1


def test_silent_server_ends_the_command(
    project: CommandLineProject, github: ForgeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing listens: each request is tried a few times, and then it is told."""
    _plan(project)
    monkeypatch.setenv("GITHUB_API_URL", "http://127.0.0.1:9/api/v3")
    failed = project.run("comment", "plan.json", code=8)

    assert "nothing listens on that port" in failed.err
    assert "doctor" not in failed.err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("comment", "none.json"), 10, "none.json does not exist"),
        (("comment", "manifests"), 64, "is a folder"),
        (("comment", "plan.json", "--label", "x"), 64, "--label goes with --issue"),
        (("comment", "plan.json", "--issue"), 10, "is not a report of `reconciler drift"),
        (("comment", "plan.json", "--issue", "--pr", "1"), 64, "--pr does not go with --issue"),
        (("comment", "plan.json", "--provider", "bitbucket"), 64, "--provider does not take"),
    ],
)
def test_wrong_use_names_the_remedy(
    project: CommandLineProject, words: tuple[str, ...], code: int, said: str
) -> None:
    """What is wrong is said before anything is sent."""
    _plan(project)

    assert said in project.run(*words, code=code).err


def test_edited_plan_is_not_shown_on_a_pull_request(
    project: CommandLineProject, github: ForgeServer
) -> None:
    """Reviewers see only plans that are as they were made."""
    _plan(project)
    project.edit("plan.json", "pay@globex.example", "pay@evil.example")
    failed = project.run("comment", "plan.json", code=10)

    assert "was edited after the plan was made" in failed.err
    assert github.requests == []


def test_waiting_for_an_answer_is_told(
    project: CommandLineProject, github: ForgeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that takes its time is not taken for a command that hangs."""
    _plan(project)
    monkeypatch.setattr(comment_command, "_EACH", 0.0)
    done = project.run("comment", "plan.json")

    assert "waiting for GitHub since 0 s" in done.err


def test_result_is_a_document_for_programs(
    project: CommandLineProject, forge: ForgeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was done, where, and with --best-effort why not; without a token what would be sent."""
    _plan(project)
    done = project.run("comment", "plan.json", "--json").document
    forge.answer(EDIT[forge.provider], "", 403, {"message": "no right"})
    failed = project.run("comment", "plan.json", "--json", "--best-effort").document
    forge.answer(EDIT[forge.provider], "", 403, {"message": "no right"})
    refused = project.run("comment", "plan.json", "--json", code=8).document
    monkeypatch.delenv(next(name for name, value in forge.variables().items() if value == TOKEN))
    printed = project.run("comment", "plan.json", "--json").document

    assert (done["result"], done["forge"], done["kind"]) == (
        "created",
        forge.provider,
        "comment",
    )
    assert (done["url"] is None) == (forge.provider == "gitlab")
    assert failed["result"] == "failed"
    assert "status 403: no right" in failed["message"]
    assert refused["error"]["code"] == "forge"
    assert printed["result"] == "printed"
    assert printed["text"].startswith("<!-- reconciler:plan")
    assert "no token in" in printed["message"]


def test_report_of_drift_needs_its_option(project: CommandLineProject) -> None:
    """The remedy is the command with the option."""
    project.run("drift", "--json", "--out", "drift.json")

    assert "reconciler comment drift.json --issue" in (
        project.run("comment", "drift.json", code=64).err
    )


def test_server_with_a_certificate_of_its_own_is_named_by_a_file(
    project: CommandLineProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the authority nothing is sent; the runner of GitLab names it in a variable."""
    _plan(project)
    authority, chain, _ = private_certificate(project.root)
    with serve_forge("gitlab", certificate=str(chain)) as server:
        for name, value in server.variables().items():
            monkeypatch.setenv(name, value)
        refused = project.run("comment", "plan.json", code=8)
        assert server.requests == []
        project.run("comment", "plan.json", "--ca-file", str(authority))
        monkeypatch.setenv("CI_SERVER_TLS_CA_FILE", str(authority))
        project.run("comment", "plan.json")
        monkeypatch.setenv("CI_SERVER_TLS_CA_FILE", str(project.root / "missing.pem"))
        unread = project.run("comment", "plan.json", code=8)

    assert "name its authority by --ca-file FILE; nothing was sent" in refused.err
    assert "check --ca-file" in unread.err
    assert len(server.comments) == 1


def test_comment_says_whose_approval_is_missing(
    project: CommandLineProject, github: ForgeServer
) -> None:
    """The reviewer reads on the pull request who has to approve, and why."""
    project.edit(
        "reconciler.yaml",
        "  guards:",
        f"  approvals:\n    - {{when: {{classes: [delete]}}, from: [ops]}}\n"
        f'  approvers: {{ops: {{keys: ["{KEY}"]}}}}\n  guards:',
    )
    _plan(project)
    project.run("apply", "--yes")
    (project.root / "manifests/june.yaml").unlink()
    project.run("plan", "--out", "plan.json", code=4)
    project.run("comment", "plan.json")

    assert "Needs approval: ops (" in github.comments[0].body
