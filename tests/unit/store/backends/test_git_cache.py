from __future__ import annotations

import logging
import os
import signal
import stat
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from reconciler.errors import StoreError, UncertainError
from reconciler.store.backends.file_store import UnsentError
from reconciler.store.backends.git_cache import GitCache, public_address
from reconciler.store.backends.protocol import Head
from tests.support.git import commit_all, git
from tests.support.git_server import BASIC, PASSWORD, USER, bare_repository, serve_git
from tests.support.git_state import GitState
from tests.support.state_place import follow, lock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.wsgi_server import WsgiServer

# A git that notes its arguments before it is the real one.
NOTED = '#!/bin/sh\nprintf "%s\\n" "$*" >>"$NOTED"\nPATH="$REAL" exec git "$@"\n'


@pytest.fixture
def secured(tmp_path: Path) -> Iterator[tuple[GitState, WsgiServer]]:
    """Return a repository that asks for credentials, and its server."""
    with serve_git(tmp_path / "server", secured=True) as server:
        bare = bare_repository(tmp_path / "server" / "billing.git")
        state = GitState(bare, f"{server.url}/billing.git", tmp_path / "machines")
        yield state, server
        state.close()


def program(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a program ``git`` before the real one."""
    folder.mkdir()
    (folder / "git").write_text(text)
    (folder / "git").chmod(0o755)
    monkeypatch.setenv("REAL", os.environ["PATH"])
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


def contents(folder: Path) -> dict[str, bytes]:
    """Return each file below a folder, with its time of change and its content."""
    return {
        str(path.relative_to(folder)): b"%d %s" % (path.lstat().st_mtime_ns, path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".reconciler" not in path.parts
    }


def test_repository_of_the_user_is_untouched_to_the_byte(git_state: GitState) -> None:
    """Refs, index, working tree, configuration: also with changes that are not committed."""
    project = git_state.machine()
    (project / "reconciler.yaml").write_text("# settings\n")
    commit_all(project)
    (project / "reconciler.yaml").write_text("# edited\n")
    (project / "staged.yaml").write_text("# new\n")
    git(project, "add", "staged.yaml")
    before = contents(project)
    writer = lock(git_state.run(project))
    writer.write(b"one", checkpoint=b"c")
    list(writer.backend.history("production"))
    writer.backend.release("production", writer.fence)

    assert contents(project) == before
    assert stat.S_IMODE((project / ".reconciler" / "state.git").stat().st_mode) == 0o700
    assert "state" not in git(project, "for-each-ref")


def test_hooks_and_habits_of_the_user_have_no_say(
    http_state: GitState, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are made for pushes of people."""
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for name in ("pre-push", "reference-transaction", "post-checkout"):
        (hooks / name).write_text(f"#!/bin/sh\necho {name} >>{tmp_path}/ran\nexit 1\n")
        (hooks / name).chmod(0o755)
    settings = tmp_path / "gitconfig"
    settings.write_text(
        f"[core]\n\thooksPath = {hooks}\n[push]\n\tgpgSign = true\n\tfollowTags = true\n"
        "\tpushOption = ci.skip\n[fetch]\n\tprune = true\n[safe]\n\tbareRepository = explicit\n"
        "[transfer]\n\tfsckObjects = true\n"
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    lock(http_state.run()).write(b"one", checkpoint=b"c")

    assert http_state.run().load("production").covered == 1
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("way", ["header", "address", "insteadOf", "helper", "included", "given"])
def test_credentials_of_the_project_are_used_and_never_shown(
    secured: tuple[GitState, WsgiServer],
    way: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """However a pipeline stores them: no argument, message or log holds them."""
    caplog.set_level(logging.DEBUG)
    state, server = secured
    project, remote = state.machine(), "origin"
    with_password = server.url.replace("://", f"://{USER}:{PASSWORD.replace('/', '%2F')}@")
    header = f"AUTHORIZATION: basic {BASIC}"
    match way:
        case "header":  # as actions/checkout does
            git(project, "config", f"http.{server.url}/.extraheader", header)
        case "address":
            git(project, "remote", "set-url", "origin", f"{with_password}/billing.git")
        case "insteadOf":
            git(project, "config", f"url.{with_password}/.insteadOf", f"{server.url}/")
        case "helper":
            answer = f"!f() {{ echo username={USER}; echo password={PASSWORD}; }}; f"
            git(project, "config", "credential.helper", answer)
        case "included":  # as newer versions of actions/checkout do
            kept = tmp_path / "credentials.config"
            kept.write_text(f'[http "{server.url}/"]\n\textraheader = {header}\n')
            git(project, "config", f"includeIf.gitdir:{project}/.git.path", str(kept))
        case _:
            remote = f"{with_password}/billing.git"
    program(tmp_path / "bin", NOTED, monkeypatch)
    monkeypatch.setenv("NOTED", str(tmp_path / "noted"))
    monkeypatch.setenv("GIT_TRACE", "1")
    monkeypatch.setenv("GIT_CURL_VERBOSE", "1")

    backend = state.run(project, remote=remote)
    lock(backend).write(b"one")
    server.answer("git-", "404 Not Found")
    with pytest.raises(StoreError, match="not found") as caught:
        backend.load("production")
    server.answer("git-", "503 Service Unavailable", times=20)
    with pytest.raises(UnsentError, match="503") as later:
        backend.load("production")

    noted = (tmp_path / "noted").read_text()
    shown = f"{noted}{caught.value}{later.value}{backend.place}{caplog.text}"
    assert noted.count("push --porcelain") == 2
    for secret in (PASSWORD, PASSWORD.replace("/", "%2F"), BASIC):
        assert secret not in shown
    cache = project / ".reconciler" / "state.git"
    assert not [path for path in cache.rglob("*") if path.is_file() and BASIC in _text(path)]


def test_missing_credentials_are_reported_at_once(secured: tuple[GitState, WsgiServer]) -> None:
    """Nobody is asked for a password, and no refusal is tried again."""
    state, server = secured

    with pytest.raises(StoreError, match=r"could not read Username.*git ls-remote origin"):
        state.run().load("production")
    assert server.count("git-upload-pack") == 1
    assert state.pauses == []


def test_right_to_read_alone_is_reported_at_the_first_push(
    http_state: GitState, server: WsgiServer
) -> None:
    """It is a refusal, and leaves no doubt."""
    backend = http_state.run()
    server.answer("git-receive-pack", "403 Forbidden", times=20)

    with pytest.raises(StoreError, match=r"403.*`permissions: contents: write`") as caught:
        lock(backend)
    assert type(caught.value) is StoreError
    assert server.count("git-receive-pack") == 1


def test_settings_of_the_environment_are_kept(
    http_state: GitState, server: WsgiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pipeline may say in variables of its own where a name leads."""
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", f"url.{server.url}/.insteadOf")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "forge:")
    project = http_state.machine()
    git(project, "remote", "set-url", "origin", "forge:billing.git")

    assert lock(http_state.run(project)).fence == 1


def test_environment_of_a_hook_leads_nowhere_else(
    git_state: GitState, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Git sets such variables for what it starts, and they name another repository."""
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY"):
        monkeypatch.setenv(name, str(tmp_path / "elsewhere"))
    project = tmp_path / "plain"
    project.mkdir()
    backend = git_state.run(project, remote=git_state.url)

    assert lock(backend).fence == 1
    assert not (tmp_path / "elsewhere").exists()


def test_address_below_the_top_of_the_repository_is_understood(git_state: GitState) -> None:
    """A path that the user gave is relative to the top, wherever the project lies."""
    project = git_state.machine()
    git(project, "remote", "set-url", "origin", "../../server/billing.git")
    below = project / "teams" / "billing"
    below.mkdir(parents=True)

    assert lock(git_state.run(below)).fence == 1
    assert git_state.commits() == ["production: lock 1 taken"]


def test_address_for_pushing_stands_for_both(git_state: GitState, tmp_path: Path) -> None:
    """What is read has to be what is written: a mirror may lag."""
    project = git_state.machine()
    mirror = bare_repository(tmp_path / "mirror.git")
    git(project, "remote", "set-url", "origin", f"file://{mirror}")
    git(project, "remote", "set-url", "--push", "origin", git_state.url)
    writer = lock(git_state.run(project))
    writer.write(b"one")

    assert writer.backend.load("production").lines == (b"one",)
    assert git(mirror, "for-each-ref") == ""


@pytest.mark.parametrize("number", ["no address", "several addresses"])
def test_remote_without_one_address_is_refused(git_state: GitState, number: str) -> None:
    """A compare-and-swap at two places is none."""
    project = git_state.machine()
    if number == "no address":
        git(project, "remote", "remove", "origin")
    else:
        git(project, "remote", "set-url", "--add", "origin", f"{git_state.url}2")

    with pytest.raises(StoreError, match=f"'origin' has {number} in the repository at"):
        git_state.run(project).load("production")


def test_folder_that_git_does_not_trust_is_named(
    git_state: GitState, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own words say what to do."""
    said = "detected dubious ownership in repository"
    text = f'case "$1" in rev-parse) echo "fatal: {said}" >&2; exit 128;; config) exit 0;; esac'
    program(tmp_path / "bin", f'#!/bin/sh\n{text}\nPATH="$REAL" exec git "$@"\n', monkeypatch)

    with pytest.raises(StoreError, match=f"has no address .*{said}"):
        git_state.run().load("production")


def test_missing_git_is_reported_with_its_remedy(
    git_state: GitState, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A slim image may lack it."""
    backend = git_state.run()
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(StoreError, match=r"needs the program git.*apt-get install git"):
        backend.load("production")


@pytest.mark.parametrize("printed", ["git version 2.25.1", "git version 1.8.3.1", ""])
def test_git_that_is_too_old_is_refused(
    git_state: GitState, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, printed: str
) -> None:
    """It would not read what is passed on, and ask for credentials."""
    backend = git_state.run()
    program(tmp_path / "bin", f"#!/bin/sh\necho {printed}\n", monkeypatch)

    with pytest.raises(StoreError, match=r"too old .*install 2\.31"):
        backend.load("production")


def test_cache_that_is_deleted_is_made_again(git_state: GitState) -> None:
    """At any moment of a run: nothing is in it that the remote has not."""
    project = git_state.machine()
    cache = project / ".reconciler" / "state.git"
    writer = lock(git_state.run(project))
    for number in range(3):
        writer.write(b"%d" % number, checkpoint=b"c" if number == 1 else None)
        _remove(cache)
    assert writer.backend.load("production").lines == (b"2",)
    _remove(cache)
    assert list(writer.backend.history("production")) == [b"0", b"1", b"2"]
    _remove(cache)
    writer.backend.renew("production", writer.fence)
    assert cache.exists()


def test_second_run_on_a_machine_has_a_cache_of_its_own(
    git_state: GitState, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Git's own locks would stop one of them; it is removed at the end."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    project = git_state.machine()
    first, second = git_state.run(project), git_state.run(project)
    writer, other = lock(first, "acme"), lock(second, "initech")
    writer.write(b"one")
    other.reload()
    other.write(b"two")

    assert first.load("production").lines == (b"one", b"two")
    assert len(list((tmp_path / "temporary").iterdir())) == 1
    second.close()
    assert list((tmp_path / "temporary").iterdir()) == []
    first.close()
    assert git_state.run(project).load("production").lines == (b"one", b"two")
    assert list((tmp_path / "temporary").iterdir()) == []


def test_project_that_cannot_be_written_has_its_cache_elsewhere(git_state: GitState) -> None:
    """A plan in a container may have no right to write."""
    project = git_state.machine()
    (project / ".reconciler").write_text("a file where a folder should be\n")

    assert lock(git_state.run(project)).fence == 1


def test_folder_with_something_else_in_it_is_left_alone(git_state: GitState) -> None:
    """Nothing that the user has is taken for a cache."""
    project = git_state.machine()
    cache = project / ".reconciler" / "state.git"
    cache.mkdir(parents=True)
    (cache / "notes.txt").write_text("mine\n")

    with pytest.raises(StoreError, match="is not what a state in Git is cached in: move it away"):
        git_state.run(project).load("production")
    assert [path.name for path in cache.iterdir()] == ["notes.txt"]


def test_locks_of_a_run_that_died_are_removed(git_state: GitState) -> None:
    """A killed Git leaves its own lock files behind."""
    project = git_state.machine()
    lock(git_state.run(project)).write(b"one")
    git_state.close()
    cache = project / ".reconciler" / "state.git"
    for name in ("shallow.lock", "refs/reconciler/state.lock", "packed-refs.lock"):
        (cache / name).touch()

    assert git_state.run(project).load("production").lines == (b"one",)


def test_cache_that_grew_large_is_emptied(
    git_state: GitState, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is never packed, for it is only a cache."""
    monkeypatch.setattr("reconciler.store.backends.git_cache._MOST_OBJECTS", 10)
    project = git_state.machine()
    writer = lock(git_state.run(project))
    for number in range(5):
        writer.write(b"%d" % number)
    git_state.close()
    backend = git_state.run(project)

    assert len(backend.load("production").lines) == 5
    cache = project / ".reconciler" / "state.git"
    assert len([path for path in (cache / "objects").rglob("*") if path.is_file()]) < 12


def test_damaged_cache_is_named_with_the_command_that_removes_it(git_state: GitState) -> None:
    """A disk that was full, for example."""
    project = git_state.machine()
    writer = lock(git_state.run(project))
    cache = project / ".reconciler" / "state.git"
    for path in (cache / "objects").rglob("*"):
        if path.is_file():
            path.unlink()

    with pytest.raises(StoreError, match=f"the cache {cache} cannot be used: .*: rm -r '{cache}'"):
        writer.write(b"one")
    _remove(cache)
    writer.write(b"one")


def test_repository_with_longer_hashes_is_understood(tmp_path: Path) -> None:
    """As the user's own is made, so is the private one."""
    bare = tmp_path / "server" / "billing.git"
    bare.mkdir(parents=True)
    git(bare, "init", "-q", "--bare", "--object-format=sha256")
    state = GitState(bare, f"file://{bare}", tmp_path / "machines")
    project = state.machine("ada", "--object-format=sha256")
    writer = lock(state.run(project))
    writer.write(b"one", checkpoint=b"c")

    assert writer.backend.targets() == ("production",)
    assert list(writer.backend.history("production")) == [b"one"]
    state.close()


def test_git_that_is_silent_is_ended(
    git_state: GitState, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A read fails, and a write is in doubt; neither waits for ever."""
    writer = lock(git_state.run())
    monkeypatch.setattr("reconciler.store.backends.git_cache._PATIENCE", 0.3)
    silent = 'case "$1" in "$SILENT") sleep 60;; esac\nPATH="$REAL" exec git "$@"\n'
    program(tmp_path / "bin", f"#!/bin/sh\n{silent}", monkeypatch)

    monkeypatch.setenv("SILENT", "fetch")
    with pytest.raises(StoreError, match="cannot be read: git was silent for 0 seconds"):
        git_state.run().load("production")
    monkeypatch.setenv("SILENT", "push")
    again = git_state.run()
    with pytest.raises(UncertainError, match=r"is unknown: .* git was silent for 0 seconds"):
        again.append("production", follow(Head(), b"one"), writer.fence)


def test_git_that_reports_progress_is_waited_for(
    git_state: GitState, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A large state takes its time on a slow line."""
    writer = lock(git_state.run())
    monkeypatch.setattr("reconciler.store.backends.git_cache._PATIENCE", 2.0)
    slow = 'for n in 1 2 3 4 5 6; do echo "progress: $n" >&2; sleep 0.5; done'
    text = f'#!/bin/sh\ncase "$1" in push) {slow};; esac\nPATH="$REAL" exec git "$@"\n'
    program(tmp_path / "bin", text, monkeypatch)
    git_state.run().append("production", follow(Head(), b"one"), writer.fence)

    assert git_state.commits() == ["production: lines 1 to 1", "production: lock 1 taken"]


def test_interruption_ends_git_with_its_children(
    git_state: GitState, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No ssh goes on in the background."""
    writer = lock(git_state.run())
    pids = tmp_path / "pids"
    hang = f'sleep 600 & echo "$! $$" >{pids}.part; mv {pids}.part {pids}; wait'
    text = f'#!/bin/sh\ncase "$1" in push) {hang};; esac\nPATH="$REAL" exec git "$@"\n'
    program(tmp_path / "bin", text, monkeypatch)

    def interrupt() -> None:
        while not pids.exists():
            time.sleep(0.02)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt, daemon=True)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        git_state.run().append("production", follow(Head(), b"one"), writer.fence)

    left = pids.read_text().split()
    for _ in range(1_000):  # a signal takes its time on a busy machine
        left = [pid for pid in left if _runs(pid)]
        if not left:
            break
        time.sleep(0.02)
    assert left == []


@pytest.mark.parametrize(
    ("said", "read", "written"),
    [
        ("fatal: unable to access 'x': Could not resolve host: forge", UnsentError, UnsentError),
        ("ssh: connect to host forge port 22: Connection refused", UnsentError, UnsentError),
        ("fatal: unable to access 'x': The requested URL returned error: 503", *[UnsentError] * 2),
        ("fatal: unable to access 'x': The requested URL returned error: 403", *[StoreError] * 2),
        ("git@forge: Permission denied (publickey).", StoreError, StoreError),
        ("ERROR: Repository not found.", StoreError, StoreError),
        ("fatal: the remote end hung up unexpectedly", UnsentError, UncertainError),
        ("error: RPC failed; curl 56 Recv failure: Connection reset", UnsentError, UncertainError),
        ("error: RPC failed; HTTP 502 curl 22 returned error: 502", UnsentError, UncertainError),
        ("error: RPC failed; HTTP 413 curl 22 returned error: 413", StoreError, StoreError),
        ("fatal: something that nobody knows", StoreError, UncertainError),
        ("", StoreError, UncertainError),
    ],
)
def test_failures_are_told_apart(
    said: str, read: type[StoreError], written: type[StoreError], tmp_path: Path
) -> None:
    """Only what provably did not arrive leaves no doubt."""
    cache = GitCache(tmp_path / "x", tmp_path, "origin")

    assert type(cache.failure("the place", said.encode())) is read
    assert type(cache.failure("the place", said.encode(), sends=True)) is written


def test_address_is_shown_without_credentials() -> None:
    """Whatever its form."""
    assert public_address("https://bot:x@forge.example/a.git") == "https://forge.example/a.git"
    assert public_address("https://t0ken@forge.example/a.git") == "https://forge.example/a.git"
    assert public_address("git@forge.example:a.git") == "git@forge.example:a.git"
    assert public_address("origin") == "origin"


def _runs(pid: str) -> bool:
    """Return whether a process runs; one that ended may still be listed."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except OSError:
        return False


def _text(path: Path) -> str:
    return path.read_bytes().decode("latin-1")


def _remove(folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    folder.rmdir()
