from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reconciler.errors import LockedError, MovedError, StoreError
from reconciler.store.backends.file_store import UnsentError
from reconciler.store.backends.git import git_backend
from tests.support.git import commit_all, git
from tests.support.git_server import FETCH, PUSH
from tests.support.git_state import ARCHIVE, BRANCH, URL, GitState
from tests.support.state_place import holder, lock, race

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.wsgi_server import WsgiServer


def test_round_over_http_costs_one_fetch_or_one_push_a_call(
    http_state: GitState, server: WsgiServer
) -> None:
    """A plan reads with one fetch of the newest commit; a batch is written with one push."""
    writer = lock(http_state.run())
    for number in range(3):
        server.requests.clear()
        writer.write(b"line %d" % number)
        assert (server.count(PUSH), server.count(FETCH)) == (1, 0)
    reader = http_state.run()
    server.requests.clear()

    assert len(reader.load("production").lines) == 3
    assert (server.count(PUSH), server.count(FETCH)) == (0, 1)
    cache = http_state.folder / "machine-1" / ".reconciler" / "state.git"
    assert git(cache, "rev-list", "--count", "--all") == "1"
    assert len(http_state.commits()) == 4


def test_branch_of_a_new_state_is_made_by_its_first_write(git_state: GitState) -> None:
    """Reading makes none, and a repository without any commit will do."""
    backend = git_state.run()

    assert backend.load("production").head.count == 0
    assert git_state.commits() == []
    lock(backend).write(b"one")
    assert git_state.commits() == ["production: lines 1 to 1", "production: lock 1 taken"]
    assert git_state.files() == [
        "format.json",
        "locks.json",
        "targets/production/head.json",
        "targets/production/journal",
    ]


def test_commits_have_one_author_and_start_no_pipeline(
    git_state: GitState, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever runs it: a name of the environment may be one that nobody should read."""
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Ada")
    monkeypatch.setenv("GIT_COMMITTER_EMAIL", "ada@example.com")
    project = git_state.machine()
    git(project, "config", "user.name", "Ada")
    lock(git_state.run(project))

    shown = git(git_state.bare, "log", "-1", "--format=%an %ae %cn %ce%n%B", BRANCH)
    who = "reconciler reconciler@localhost"
    assert shown.splitlines() == [f"{who} {who}", "production: lock 1 taken", "", "[skip ci]"]


@pytest.mark.parametrize("side", ["before", "after"])
def test_push_that_is_cut_off_is_written_once(
    http_state: GitState, server: WsgiServer, side: str
) -> None:
    """Whether it arrived is looked for, and it is sent again only where it did not."""
    writer = lock(http_state.run())
    server.requests.clear()
    server.cut(PUSH, "before" if side == "before" else "after")
    writer.write(b"one")
    writer.write(b"two")

    assert server.count(PUSH) == (3 if side == "before" else 2)
    assert http_state.run().load("production").lines == (b"one", b"two")
    assert http_state.commits() == [
        "production: lines 2 to 2",
        "production: lines 1 to 1",
        "production: lock 1 taken",
    ]


def test_first_push_of_a_state_that_is_cut_off_is_written_once(
    http_state: GitState, server: WsgiServer
) -> None:
    """There is no earlier commit to compare with."""
    server.cut(PUSH, "after")

    assert lock(http_state.run()).fence == 1
    assert http_state.commits() == ["production: lock 1 taken"]


def test_push_without_an_answer_is_found_below_those_of_others(
    http_state: GitState, server: WsgiServer
) -> None:
    """Somebody wrote behind it before we looked: it is no lost race."""
    writer, other = lock(http_state.run(), "acme"), lock(http_state.run(), "initech")
    writer.reload()
    server.cut(PUSH, "after")

    def write() -> None:
        for number in range(3):
            other.reload()
            other.write(b"theirs %d" % number)

    server.before(FETCH, write)
    writer.write(b"ours")

    lines = http_state.run().load("production").lines
    assert lines == (b"ours", b"theirs 0", b"theirs 1", b"theirs 2")


def test_push_that_never_arrived_behind_others_is_a_lost_race(
    http_state: GitState, server: WsgiServer
) -> None:
    """It cannot arrive any more, for it compares with a commit that is no longer the newest."""
    writer, other = lock(http_state.run(), "acme"), lock(http_state.run(), "initech")
    writer.reload()
    server.cut(PUSH, "before")
    server.before(FETCH, lambda: other.write(b"theirs"))

    with pytest.raises(MovedError, match="has 1 lines, and not 0"):
        writer.write(b"ours")
    assert http_state.run().load("production").lines == (b"theirs",)


def test_push_that_others_overtake_is_rejected_and_sent_anew(
    http_state: GitState, server: WsgiServer
) -> None:
    """At each of the two requests of a push: the server compares as well as we do."""
    for number, words in enumerate(("GET git-receive-pack", PUSH)):
        writer = lock(http_state.run(), f"acme-{number}")
        server.before(words, lambda: lock(http_state.run(), target="test").backend)
        writer.write(b"ours")
        lock(http_state.run(), f"initech-{number}").backend.release("test", number + 1)

    assert http_state.run().load("production").lines == (b"ours", b"ours")


@pytest.mark.parametrize("status", ["502 Bad Gateway", "504 Gateway Timeout"])
def test_answer_of_a_gateway_is_no_proof_of_anything(
    http_state: GitState, server: WsgiServer, status: str
) -> None:
    """The server behind it may have written: it is looked for."""
    writer = lock(http_state.run())
    server.answer(PUSH, status, serves=True)
    writer.write(b"one")
    server.answer(PUSH, status)
    writer.write(b"two")

    assert http_state.run().load("production").lines == (b"one", b"two")
    assert len(http_state.commits()) == 3


def test_refusal_of_the_server_is_reported_in_its_words(git_state: GitState) -> None:
    """A protected branch: the push is not sent again, and the state is as it was."""
    writer = lock(git_state.run())
    hook = git_state.bare / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho x >>tries\necho 'protected: ask \033[1mBob' >&2\nexit 1\n")
    hook.chmod(0o755)

    with pytest.raises(StoreError, match=r"pre-receive hook declined.*protected: ask") as caught:
        writer.write(b"one")
    assert "git:refs/heads/reconciler-state of origin cannot be written" in str(caught.value)
    assert str(caught.value).isprintable()
    assert (git_state.bare / "tries").read_text() == "x\n"
    assert git_state.commits() == ["production: lock 1 taken"]


def test_server_that_is_away_is_waited_for_and_named(
    http_state: GitState, server: WsgiServer
) -> None:
    """Nothing has left, so nothing is in doubt."""
    writer = lock(http_state.run())
    server.answer("git-receive-pack", "503 Service Unavailable", times=2)
    writer.write(b"one")
    assert len(http_state.pauses) == 2
    server.answer("git-", "503 Service Unavailable", times=100)

    with pytest.raises(UnsentError, match="503: try `git ls-remote origin`"):
        writer.write(b"two")
    with pytest.raises(UnsentError, match="cannot be read"):
        http_state.run().load("production")


def test_runs_of_several_processes_lose_no_line(git_state: GitState) -> None:
    """Whoever is overtaken writes behind the others."""
    roots = {name: git_state.machine(name) for name in ("acme", "initech", "umbrella")}
    lines = race(URL, roots, 4)

    snapshot = git_state.run().load("production")
    assert sorted(snapshot.lines) == sorted(lines)
    assert snapshot.locks == ()


@pytest.mark.parametrize("is_atomic", [True, False])
def test_archive_is_a_branch_beside_the_state(git_state: GitState, *, is_atomic: bool) -> None:
    """Each of its commits holds what one checkpoint moved there, and history reads them all."""
    if not is_atomic:
        git(git_state.bare, "config", "receive.advertiseAtomic", "false")
    writer = lock(git_state.run())
    lines = [b"%d" % number for number in range(9)]
    for start in range(0, 9, 3):
        writer.write(*lines[start : start + 3], checkpoint=b"so far %d" % start)
    other = lock(git_state.run(), target="test")
    other.write(b"x", checkpoint=b"y")

    assert list(git_state.run().history("production")) == lines
    assert list(git_state.run().history("test")) == [b"x"]
    assert len(git_state.commits(ARCHIVE)) == 4
    (name,) = git_state.files(ARCHIVE)
    assert name.startswith("test/000000000001-000000000001.")
    assert "targets/production/checkpoint" in git_state.files()


def test_reading_leaves_the_archive_where_it_is(http_state: GitState, server: WsgiServer) -> None:
    """Only history fetches it whole; a checkpoint fetches its newest commit, to build on it."""
    writer = lock(http_state.run())
    for number in range(3):
        server.requests.clear()
        writer.write(b"%d" % number, checkpoint=b"c")
        assert (server.count(FETCH), server.count(PUSH)) == (1, 1)
    server.requests.clear()
    reader = http_state.run()
    reader.load("production")
    assert server.count(FETCH) == 1
    reader.close()
    cache = http_state.folder / "machine-1" / ".reconciler" / "state.git"
    assert ARCHIVE.rpartition("/")[2] not in git(cache, "for-each-ref")

    assert list(http_state.run().history("production")) == [b"0", b"1", b"2"]


def test_refused_archive_keeps_the_state_as_it_is(git_state: GitState) -> None:
    """Both branches are pushed together, or neither is."""
    writer = lock(git_state.run())
    writer.write(b"one")
    hook = git_state.bare / "hooks" / "update"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text('#!/bin/sh\ncase "$1" in *-archive) exit 1;; esac\n')
    hook.chmod(0o755)

    with pytest.raises(StoreError, match="hook declined"):
        writer.write(b"two", checkpoint=b"c")
    assert git_state.run().load("production").lines == (b"one",)
    assert git_state.commits(ARCHIVE) == []


def test_archive_that_another_run_changed_is_fetched_again(
    http_state: GitState, server: WsgiServer
) -> None:
    """A checkpoint of another target may have come in between."""
    writer, other = lock(http_state.run()), lock(http_state.run(), target="test")
    server.before(PUSH, lambda: other.write(b"theirs", checkpoint=b"c"))
    writer.write(b"ours", checkpoint=b"c")

    assert list(http_state.run().history("production")) == [b"ours"]
    assert list(http_state.run().history("test")) == [b"theirs"]


def test_archive_that_was_deleted_is_missed_by_history_alone(git_state: GitState) -> None:
    """Plans and applies go on; what is missing has a name."""
    writer = lock(git_state.run())
    writer.write(b"one", checkpoint=b"c")
    git(git_state.bare, "update-ref", "-d", ARCHIVE)
    writer.write(b"two")

    assert git_state.run().load("production").lines == (b"two",)
    with pytest.raises(StoreError, match=f"{ARCHIVE} lacks production/000000000001-"):
        list(git_state.run().history("production"))


def test_state_branch_that_was_deleted_ends_a_run(git_state: GitState) -> None:
    """Its lock is gone with it; nothing is written."""
    writer = lock(git_state.run())
    writer.write(b"one")
    git(git_state.bare, "update-ref", "-d", BRANCH)

    with pytest.raises(LockedError):
        writer.write(b"two")
    assert git_state.commits() == []


def test_branch_of_the_user_is_left_as_it_is(git_state: GitState) -> None:
    """Somebody may have named the wrong one."""
    project = git_state.machine()
    commit_all(project)
    git(project, "push", "-q", "origin", f"main:{BRANCH}")

    with pytest.raises(StoreError, match="holds something that is no state of reconciler"):
        lock(git_state.run(project))
    assert git_state.commits() == ["Declare"]


def test_earlier_commit_can_be_put_back_as_a_message_says(git_state: GitState) -> None:
    """The remedy for damage is a command that works."""
    project = git_state.machine()
    writer = lock(git_state.run(project))
    writer.write(b"one")
    good = git(git_state.bare, "rev-parse", BRANCH)
    clone = git_state.folder / "clone"
    git(git_state.folder, "clone", "-q", "--branch", "reconciler-state", git_state.url, "clone")
    (clone / "targets" / "production" / "journal").write_bytes(b"a\nb\n")
    git(clone, "commit", "-qam", "break it")
    git(clone, "push", "-q")
    with pytest.raises(
        StoreError, match="targets/production/journal is damaged: put an "
    ) as caught:
        git_state.run().load("production")
    words = str(caught.value).partition("`git ")[2].rstrip("`").split(" ")
    git(clone, *(word.replace("COMMIT", good) for word in words))

    assert git_state.run().load("production").lines == (b"one",)


@pytest.mark.parametrize(
    "url",
    [
        "git:",
        "git:main",
        "git:refs/heads/",
        "git:refs/heads/a..b",
        "git:refs/heads/x.lock",
        "git:refs/heads/-x",
        "git:refs/heads/x y",
        "git:refs/heads/x:y",
        "git:+refs/heads/x",
        "git:refs/heads/x/",
        "file:x",
    ],
)
def test_address_that_is_none_is_refused(url: str, tmp_path: Path) -> None:
    """No text of the user becomes an option or a pattern of Git."""
    with pytest.raises(StoreError, match="is no address of a state in Git"):
        git_backend(url, remote="origin", project=tmp_path, cache=tmp_path / "x")


def test_address_of_a_branch_with_folders_is_taken(git_state: GitState) -> None:
    """As teams name theirs."""
    project = git_state.machine()
    backend = git_backend(
        "git:refs/heads/bots/state_v1.2",
        remote="origin",
        project=project,
        cache=project / ".reconciler" / "state.git",
    )

    assert backend.acquire("production", holder(), frozenset(), 60.0).fence == 1
    assert backend.place == "git:refs/heads/bots/state_v1.2 of origin"
    backend.close()
    assert git_state.commits("refs/heads/bots/state_v1.2") == ["production: lock 1 taken"]
