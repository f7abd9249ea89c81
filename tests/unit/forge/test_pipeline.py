"""What a pipeline's variables say: the forge, the project, the pull request, the token."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from reconciler.errors import UsageError
from reconciler.forge.pipeline import authorities, find_provider, find_token, read_pipeline

if TYPE_CHECKING:
    from pathlib import Path

GITHUB = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_API_URL": "https://api.github.com",
    "GITHUB_REPOSITORY": "acme/billing.io",
    "GITHUB_REF": "refs/pull/7/merge",
}


@pytest.mark.parametrize(
    ("environ", "provider"),
    [
        ({}, None),
        ({"CI": "true"}, None),
        ({"GITHUB_ACTIONS": "true"}, "github"),
        ({"GITHUB_ACTIONS": "true", "GITEA_ACTIONS": "true"}, "gitea"),
        ({"GITHUB_ACTIONS": "true", "FORGEJO_ACTIONS": "true"}, "gitea"),
        ({"GITLAB_CI": "true"}, "gitlab"),
        ({"GITHUB_API_URL": "https://api.github.com"}, "github"),
        ({"CI_API_V4_URL": "https://gitlab.example/api/v4"}, "gitlab"),
    ],
)
def test_provider_is_whose_variables_are_set(environ: dict[str, str], provider: str | None) -> None:
    """Gitea sets the variables of GitHub, too, and is known by its own."""
    assert find_provider(environ, None) == provider


def test_provider_that_a_user_names_comes_first() -> None:
    """An option is stronger than a variable."""
    assert find_provider(GITHUB, "gitlab") == "gitlab"


@pytest.mark.parametrize(
    ("event", "number"),
    [
        ({"pull_request": {"number": 8}}, "8"),
        ({"issue": {"number": 9, "pull_request": {}}}, "7"),
        ({"issue": {"number": 9, "pull_request": {"url": "x"}}}, "9"),
        ({"issue": {"number": 9}}, "7"),
        ({"pull_request": {"number": "8; rm"}}, "7"),
        ({"pull_request": {"number": -8}}, ""),
        ({"pull_request": [8]}, "7"),
        ([8], "7"),
        ("{", "7"),
    ],
)
def test_number_is_of_the_event_and_else_of_the_reference(
    tmp_path: Path, event: object, number: str
) -> None:
    """An event of another shape is no error: the reference may still say the number."""
    path = tmp_path / "event.json"
    path.write_text(event if isinstance(event, str) else json.dumps(event), encoding="utf-8")
    environ = {**GITHUB, "GITHUB_EVENT_PATH": str(path)}

    assert read_pipeline(environ, "github").number == number


def test_missing_event_leaves_the_reference() -> None:
    """A path that leads nowhere is no error."""
    environ = {**GITHUB, "GITHUB_EVENT_PATH": "/nowhere/event.json"}

    assert read_pipeline(environ, "github").number == "7"


@pytest.mark.parametrize("ref", ["refs/heads/pull/7/x", "refs/pull/0/merge", "refs/pull/x/merge"])
def test_reference_that_is_no_pull_request_says_no_number(ref: str) -> None:
    """A branch may be named like one."""
    assert read_pipeline({**GITHUB, "GITHUB_REF": ref}, "github").number == ""


def test_gitea_may_name_its_server_alone() -> None:
    """Its interface is at a fixed path of the server."""
    environ = {**GITHUB, "GITHUB_API_URL": "", "GITHUB_SERVER_URL": "https://gitea.example:3000/"}

    assert read_pipeline(environ, "gitea").api == "https://gitea.example:3000/api/v1"


def test_token_of_a_job_on_gitea_may_have_the_name_of_githubs() -> None:
    """A workflow that came from GitHub keeps its name; elsewhere that token is for GitHub."""
    token = {"GITHUB_TOKEN": "abc"}

    assert find_token({**token, "GITEA_ACTIONS": "true"}, "gitea") == "abc"
    assert find_token(token, "gitea") == ""
    assert find_token({**token, "GITEA_TOKEN": "own"}, "gitea") == "own"


def test_commit_on_gitlab_is_the_one_that_was_pushed() -> None:
    """In a pipeline of a merged result the other variable names a commit that nobody knows."""
    environ = {
        "CI_API_V4_URL": "https://gitlab.example/api/v4",
        "CI_PROJECT_ID": "7",
        "CI_COMMIT_SHA": "a" * 40,
        "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": "b" * 40,
        "CI_JOB_URL": "javascript:alert(1)",
    }
    found = read_pipeline(environ, "gitlab")

    assert (found.commit, found.run, found.number) == ("b" * 40, "", "")
    assert read_pipeline({**environ, "CI_COMMIT_SHA": "$(id)"}, "gitlab", number="3").number == "3"
    with pytest.raises(UsageError, match="CI_PROJECT_ID"):
        read_pipeline({**environ, "CI_PROJECT_ID": "7/../8"}, "gitlab")


def test_authority_of_the_runner_is_for_gitlab_alone() -> None:
    """The variable is of GitLab's runner, and the option of a user is stronger."""
    environ = {"CI_SERVER_TLS_CA_FILE": "/runner/ca.pem"}

    assert authorities(environ, None, "gitlab") == "/runner/ca.pem"
    assert authorities(environ, "own.pem", "gitlab") == "own.pem"
    assert authorities(environ, None, "github") == ""
