"""Which forge, project and pull request a run is for: read from the pipeline's own variables.

Invariants: the server is the one that those variables name, and no other; what they say is checked
before it becomes part of an address.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reconciler.errors import SecretError, StoreError, UsageError
from reconciler.model.forge import Pipeline, Provider
from reconciler.store.atomic_file import read_file
from reconciler.store.strict_json import JsonError, parse_json

if TYPE_CHECKING:
    from collections.abc import Mapping

TITLES: Mapping[Provider, str] = {"github": "GitHub", "gitlab": "GitLab", "gitea": "Gitea"}
# The first variable that is set holds the token. GitLab's CI_JOB_TOKEN cannot write notes.
TOKENS: Mapping[Provider, tuple[str, ...]] = {
    "github": ("GITHUB_TOKEN", "GH_TOKEN"),
    "gitlab": ("RECONCILER_GITLAB_TOKEN", "GITLAB_TOKEN"),
    "gitea": ("GITEA_TOKEN", "FORGEJO_TOKEN"),
}
# The first provider with one of its variables runs the pipeline. Gitea sets GitHub's as well.
_SIGNS: tuple[tuple[Provider, tuple[str, ...]], ...] = (
    ("gitea", ("GITEA_ACTIONS", "FORGEJO_ACTIONS")),
    ("gitlab", ("GITLAB_CI", "CI_API_V4_URL")),
    ("github", ("GITHUB_ACTIONS", "GITHUB_API_URL")),
)
_API = re.compile(
    r"https?://(?:\[[0-9a-fA-F:.]+\]|[^\s/?#@:\[\]]+)(?::[0-9]{1,4}|:[1-5][0-9]{4}|:6[0-4][0-9]{3})?(?:/[\w.~/-]*)?",
    re.ASCII,
)
_REPOSITORY = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}/[A-Za-z0-9_.-]{1,100}")
_NUMBER = re.compile(r"[1-9][0-9]{0,9}")
_PULL = re.compile(r"refs/pull/([0-9]+)/")
_COMMIT = re.compile(r"[0-9a-f]{7,64}")
_LINK = re.compile(r"https?://[A-Za-z0-9._~:/\[\]?=&%+-]{1,300}")
_TOKEN = re.compile(r"[!-~]{1,4096}")
_EVENT_BYTES = 16 << 20


def find_provider(environ: Mapping[str, str], given: str | None) -> Provider | None:
    """Return which provider runs the pipeline, None where no variable tells."""
    for provider, names in _SIGNS:
        if given == provider or (given is None and any(environ.get(name) for name in names)):
            return provider
    return None


def read_pipeline(
    environ: Mapping[str, str], provider: Provider, *, number: str | None = None
) -> Pipeline:
    """Read the variables of a pipeline; ``number`` is the pull request that a user named.

    Raises: UsageError for variables that are missing or wrong, SecretError for a wrong token.
    """
    title = TITLES[provider]
    if provider == "gitlab":
        api = _address(environ, "CI_API_V4_URL", title)
        project = _checked(_NUMBER, _wanted(environ, "CI_PROJECT_ID", title), "CI_PROJECT_ID")
        found = environ.get("CI_MERGE_REQUEST_IID", "")
        commit = environ.get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA") or environ.get("CI_COMMIT_SHA")
        run = environ.get("CI_JOB_URL", "")
    else:
        api = _api(environ, provider)
        named = _wanted(environ, "GITHUB_REPOSITORY", title)
        project = _checked(_REPOSITORY, named, "GITHUB_REPOSITORY")
        if project.partition("/")[2] in {".", ".."}:
            raise UsageError(f"GITHUB_REPOSITORY is {project!r}, which is no repository")
        event = _event(environ)
        found = _number_of(event) or _number_in(environ.get("GITHUB_REF", ""))
        commit = _commit_of(event) or environ.get("GITHUB_SHA")
        run = _run(environ)
    return Pipeline(
        provider,
        api,
        project,
        _checked(_NUMBER, number, "--pr") if number else _if_fits(_NUMBER, found),
        _if_fits(_COMMIT, commit or ""),
        _if_fits(_LINK, run),
        find_token(environ, provider),
    )


def find_token(environ: Mapping[str, str], provider: Provider) -> str:
    """Return the token for a provider, empty where none is set. Raises: SecretError."""
    names = TOKENS[provider]
    if provider == "gitea" and find_provider(environ, None) == "gitea":
        names = (*names, "GITHUB_TOKEN")  # there, it is the token of that very server
    for name in names:
        token = environ.get(name, "").strip()
        if token and not _TOKEN.fullmatch(token):
            raise SecretError(f"the token in {name} has characters that no token has")
        if token:
            return token
    return ""


def authorities(environ: Mapping[str, str], given: str | None, provider: Provider) -> str:
    """Return the file of authorities that a user or GitLab's runner names, empty for the system's.

    The runner is started with that file for the very server that its other variables name.
    """
    return given or (environ.get("CI_SERVER_TLS_CA_FILE", "") if provider == "gitlab" else "")


def _api(environ: Mapping[str, str], provider: Provider) -> str:
    """Return the base of the API; Gitea's variables may name the server alone."""
    server = environ.get("GITHUB_SERVER_URL", "")
    if provider == "gitea" and server and not environ.get("GITHUB_API_URL"):
        server = _address(environ, "GITHUB_SERVER_URL", TITLES[provider])
        return f"{server.rstrip('/')}/api/v1"
    return _address(environ, "GITHUB_API_URL", TITLES[provider])


def _address(environ: Mapping[str, str], name: str, title: str) -> str:
    """Return an address that a variable holds; one that may hold a credential is not repeated."""
    value = _wanted(environ, name, title)
    if not _API.fullmatch(value):
        raise UsageError(f"{name} is not the address of an API: it is https://HOST/PATH")
    return value


def _wanted(environ: Mapping[str, str], name: str, title: str) -> str:
    value = environ.get(name, "").strip()
    if not value:
        raise UsageError(f"{name} is not set: a pipeline of {title} sets it, or set it by hand")
    return value


def _checked(shape: re.Pattern[str], value: str, name: str) -> str:
    if not shape.fullmatch(value):
        raise UsageError(f"{name} is {value[:100]!r}, which is not of its shape")
    return value


def _if_fits(shape: re.Pattern[str], value: str) -> str:
    return value if shape.fullmatch(value) else ""


def _event(environ: Mapping[str, str]) -> Mapping[str, Any]:
    """Return what the pipeline says of its event; nothing where that is missing."""
    path = environ.get("GITHUB_EVENT_PATH", "")
    if not path:
        return {}
    try:
        found = parse_json(read_file(Path(path), _EVENT_BYTES) or b"{}")
    except (StoreError, JsonError):
        return {}
    return found if isinstance(found, dict) else {}


def _number_of(event: Mapping[str, Any]) -> str:
    issue = event.get("issue")
    pull = event.get("pull_request")
    if pull is None and isinstance(issue, dict) and issue.get("pull_request"):
        pull = issue
    number = pull.get("number") if isinstance(pull, dict) else None
    return str(number) if isinstance(number, int) else ""


def _commit_of(event: Mapping[str, Any]) -> str:
    match event.get("pull_request"):
        case {"head": {"sha": str(commit)}}:
            return commit
        case _:
            return ""  # what GITHUB_SHA names is a merge that nobody pushed


def _number_in(ref: str) -> str:
    found = _PULL.match(ref)
    return found[1] if found else ""


def _run(environ: Mapping[str, str]) -> str:
    names = ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")
    server, repository, run = (environ.get(name, "") for name in names)
    return f"{server}/{repository}/actions/runs/{run}" if server and repository and run else ""
