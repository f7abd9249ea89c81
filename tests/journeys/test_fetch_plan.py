"""`fetch-plan` brings the plan that was reviewed, or says that there is none."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING

import pytest

from tests.support.forge import PULL, ForgeServer, serve_forge

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from reconciler.model.forge import Provider
    from tests.support.command_line import CommandLineProject

MERGE, HEAD = "a" * 40, "b" * 40


@pytest.fixture(params=["github", "gitlab", "gitea"])
def forge(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[ForgeServer]:
    """A forge of each sort, whose pipeline runs for the merge of a pull request."""
    provider: Provider = request.param
    with serve_forge(provider) as server:
        for name, value in server.variables().items():
            monkeypatch.setenv(name, value)
        server.merges = {MERGE: HEAD}
        yield server


@pytest.fixture
def plan(project: CommandLineProject) -> bytes:
    """A saved plan."""
    project.run("plan", "--out", "plan.json")
    return (project.root / "plan.json").read_bytes()


def test_newest_plan_of_the_merged_commit_is_fetched(
    project: CommandLineProject,
    forge: ForgeServer,
    plan: bytes,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Plans of other commits and earlier runs are left alone; later steps get the digest."""
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "output"))
    forge.keep(HEAD, b"an earlier one")
    forge.keep(HEAD, plan)
    forge.keep("c" * 40, b"of another commit")

    told = project.run("fetch-plan", MERGE, "--out", "approvals/plan.json").out

    digest = json.loads(plan)["digest"]
    assert (project.root / "approvals" / "plan.json").read_bytes() == plan
    assert digest in told
    assert (tmp_path / "output").read_text() == f"digest={digest}\n"


@pytest.mark.parametrize("kept", [True, False])
def test_merge_without_a_reviewed_plan_is_named(
    project: CommandLineProject, forge: ForgeServer, plan: bytes, *, kept: bool
) -> None:
    """Neither a push past the pull requests nor one without a plan is applied."""
    if kept:
        forge.keep(HEAD, plan)
        forge.merges = {}

    refused = project.run("fetch-plan", MERGE, "--out", "p.json", code=8)

    assert ("nobody reviewed a plan" if kept else str(PULL)) in refused.err
    assert not (project.root / "p.json").exists()


def test_plan_of_a_job_that_ran_again_after_the_merge_is_not_taken(
    project: CommandLineProject, forge: ForgeServer, plan: bytes
) -> None:
    """Nobody has read it: the plan from before the merge is taken, though it is older."""
    forge.keep(HEAD, plan)
    forge.keep(HEAD, b"another plan", made="2026-11-29T12:00:01+01:00")

    project.run("fetch-plan", MERGE, "--out", "p.json")

    assert (project.root / "p.json").read_bytes() == plan


@pytest.mark.parametrize("made", ["2026-11-29T10:00:01Z", "2026-11-29T09:00:00", "soon", None])
def test_plan_that_is_not_known_to_be_older_than_the_merge_is_not_taken(
    project: CommandLineProject, forge: ForgeServer, plan: bytes, made: str | None
) -> None:
    """A time that is missing, without a zone or no time at all is not before the merge."""
    forge.keep(HEAD, plan, made=made)

    refused = project.run("fetch-plan", MERGE, "--out", "p.json", code=8)

    assert "before the merge" in refused.err


def test_commit_that_is_only_a_part_of_a_pull_request_has_no_plan(
    project: CommandLineProject, forge: ForgeServer, plan: bytes
) -> None:
    """The reviewers of a pull request read its end, and not each state in between."""
    forge.keep("f" * 40, plan)
    forge.merges, forge.merge_commit = {MERGE: "f" * 40}, "d" * 40

    refused = project.run("fetch-plan", MERGE, "--out", "p.json", code=8)

    assert "nobody reviewed a plan" in refused.err


@pytest.mark.parametrize("commit", ["main", "abc", "a" * 41, "../../x"])
def test_commit_is_written_in_full(
    project: CommandLineProject, forge: ForgeServer, commit: str
) -> None:
    """What is no name of a commit never becomes part of an address."""
    project.run("fetch-plan", commit, "--out", "p.json", code=64)
    assert forge.requests == []


def test_what_is_no_plan_is_not_taken(project: CommandLineProject, forge: ForgeServer) -> None:
    """A file that somebody else kept under that name ends the run."""
    forge.keep(HEAD, b"[]")

    project.run("fetch-plan", MERGE, "--out", "p.json", code=10)


def test_server_that_refuses_is_named(project: CommandLineProject, forge: ForgeServer) -> None:
    """The exit code is that of a server that cannot be used."""
    forge.answer("GET", "/commits/", 403, {"message": "Resource not accessible"}, times=9)

    refused = project.run("fetch-plan", MERGE, "--out", "p.json", code=8)

    assert "403" in refused.err


@pytest.fixture
def github(monkeypatch: pytest.MonkeyPatch) -> Iterator[ForgeServer]:
    """GitHub, which keeps artifacts elsewhere."""
    with serve_forge("github") as server:
        for name, value in server.variables().items():
            monkeypatch.setenv(name, value)
        server.merges = {MERGE: HEAD}
        yield server


def test_storage_gets_no_credential(
    project: CommandLineProject, github: ForgeServer, plan: bytes
) -> None:
    """The address of the storage is followed once; it refuses whoever sends the token."""
    github.keep(HEAD, plan)

    project.run("fetch-plan", MERGE, "--out", "p.json")

    assert [path for path in github.asked("GET") if path.startswith("/storage/")]


@pytest.mark.parametrize("origin", ["http://storage.example", "ftp://127.0.0.1"])
def test_storage_that_is_not_safe_is_not_asked(
    project: CommandLineProject, github: ForgeServer, plan: bytes, origin: str
) -> None:
    """An address without encryption, beyond this machine, is refused."""
    github.keep(HEAD, plan)
    github.storage = origin

    project.run("fetch-plan", MERGE, "--out", "p.json", code=8)


@pytest.mark.parametrize(("expired", "run"), [(True, ""), (False, "c" * 40)])
def test_artifact_that_expired_or_is_of_another_run_is_not_taken(
    project: CommandLineProject, github: ForgeServer, plan: bytes, run: str, *, expired: bool
) -> None:
    """A run of a fork can give its artifact any name, and not another commit."""
    github.keep(HEAD, plan, expired=expired, run=run)

    refused = project.run("fetch-plan", MERGE, "--out", "p.json", code=8)

    assert "open a new pull" in refused.err


def test_file_that_is_no_archive_is_not_taken(
    project: CommandLineProject, github: ForgeServer, plan: bytes
) -> None:
    """What comes from the storage is checked like any answer."""
    github.keep(HEAD, plan)
    github.answer("GET", "/storage/", 200, b"PK no archive")

    project.run("fetch-plan", MERGE, "--out", "p.json", code=8)


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_damaged_archive_is_not_taken(
    project: CommandLineProject, github: ForgeServer, plan: bytes, method: int
) -> None:
    """What the decompression of each method raises is an answer that is not taken, and no bug."""
    github.keep(HEAD, plan)
    with io.BytesIO() as file:
        with zipfile.ZipFile(file, "w", method) as archive:
            archive.writestr("plan.json", plan)
        raw = bytearray(file.getvalue())
    raw[60:90] = b"\xff" * 30
    github.answer("GET", "/storage/", 200, bytes(raw))

    project.run("fetch-plan", MERGE, "--out", "p.json", code=8)


def test_fetching_needs_a_pipeline(project: CommandLineProject) -> None:
    """Without its variables the command says what to set."""
    refused = project.run("fetch-plan", MERGE, "--out", "p.json", code=64)

    assert "GITHUB_API_URL" in refused.err
