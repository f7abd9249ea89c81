from __future__ import annotations

import json
import logging
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from reconciler.errors import LockedError, MovedError, StoreError, UncertainError, UsageError
from reconciler.store.backends.bucket import Bucket
from reconciler.store.backends.file_store import UnsentError
from reconciler.store.backends.files import FilesBackend
from reconciler.store.backends.s3 import S3Store, s3_backend
from tests.support.s3_server import SECRET, keys, new_bucket, put, read
from tests.support.state_place import holder, lock, race

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.wsgi_server import WsgiServer

LARGE = b"x" * 300_000


@dataclass
class BucketState:
    """A part of a bucket that holds a state, and runs that use it."""

    bucket: str
    server: WsgiServer
    pauses: list[float] = field(default_factory=list)
    _backends: list[FilesBackend] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"s3://{self.bucket}/team/state"

    def run(self) -> FilesBackend:
        store = S3Store(Bucket(self.bucket, "team/state"))
        self._backends.append(FilesBackend(store, self.pauses.append))
        return self._backends[-1]

    def head(self) -> dict[str, object]:
        found: dict[str, object] = json.loads(read(self.bucket, "team/state/head"))
        return found

    def objects(self) -> list[str]:
        return [key.removeprefix("team/state/") for key in keys(self.bucket)]

    def close(self) -> None:
        for backend in self._backends:
            backend.close()


@pytest.fixture
def state(s3: WsgiServer) -> Iterator[BucketState]:
    """Return a part of a new bucket."""
    made = BucketState(new_bucket(), s3)
    s3.requests.clear()
    yield made
    made.close()
    s3.forget_faults()


def test_round_costs_one_request_a_call(state: BucketState) -> None:
    """As long as nothing is large: the head holds all of it."""
    writer = lock(state.run())
    state.server.requests.clear()
    writer.write(b"one")
    writer.write(b"two", b"\xff\x00")
    writer.backend.renew("production", writer.fence)
    assert state.server.requests == [f"PUT /{state.bucket}/team/state/head"] * 3
    state.server.requests.clear()

    assert state.run().load("production").lines == (b"one", b"two", b"\xff\x00")
    assert state.server.requests == [f"GET /{state.bucket}/team/state/head"]


def test_large_checkpoint_is_an_object_of_its_own(state: BucketState) -> None:
    """A plan reads it with a second request; renewing a lock does not write it again."""
    writer = lock(state.run())
    writer.write(b"one", checkpoint=LARGE)
    state.server.requests.clear()
    writer.backend.renew("production", writer.fence)
    writer.write(b"two")
    assert state.server.count("PUT") == 2
    state.server.requests.clear()

    assert state.run().load("production").checkpoint == LARGE
    assert state.server.count("GET") == 2
    assert [key.partition("/")[0] for key in state.objects()] == ["archive", "head", "objects"]


def test_objects_that_nobody_names_any_more_are_removed(state: BucketState) -> None:
    """A bucket does not grow with each checkpoint but by the archive."""
    writer = lock(state.run())
    for number in range(4):
        writer.write(b"%d" % number, checkpoint=LARGE + b"%d" % number)
    writer.write(checkpoint=b"small")

    assert [key for key in state.objects() if key.startswith("objects/")] == []
    assert len([key for key in state.objects() if key.startswith("archive/")]) == 4
    assert list(state.run().history("production")) == [b"0", b"1", b"2", b"3"]


def test_object_that_is_removed_while_it_is_read_is_looked_for_again(state: BucketState) -> None:
    """The head that named it was read before the one that replaced it was written."""
    writer = lock(state.run())
    writer.write(b"one", checkpoint=LARGE)
    reader = state.run()
    state.server.before("GET objects/", lambda: writer.write(b"two", checkpoint=LARGE + b"!"))

    assert reader.load("production").checkpoint == LARGE + b"!"


def test_objects_of_a_run_that_lost_are_removed(state: BucketState) -> None:
    """Nothing names them."""
    writer, other = lock(state.run(), "acme"), lock(state.run(), "initech")
    writer.reload()
    state.server.before("PUT state/head", lambda: other.write(b"theirs"))

    with pytest.raises(MovedError):
        writer.write(b"ours", checkpoint=LARGE)
    assert [key for key in state.objects() if key.startswith("objects/")] == []


@pytest.mark.parametrize("side", ["before", "after"])
def test_write_that_is_cut_off_is_written_once(state: BucketState, side: str) -> None:
    """It is looked for, and sent again only where it did not arrive."""
    writer = lock(state.run())
    state.server.requests.clear()
    state.server.cut("PUT state/head", "before" if side == "before" else "after")
    writer.write(b"one")
    writer.write(b"two")

    assert state.server.count("PUT state/head") == (3 if side == "before" else 2)
    assert state.run().load("production").lines == (b"one", b"two")


@pytest.mark.parametrize("status", ["412 Precondition Failed", "409 Conflict", "503 Slow Down"])
@pytest.mark.parametrize("serves", [True, False])
def test_no_of_the_server_is_no_proof(state: BucketState, status: str, *, serves: bool) -> None:
    """A proxy that sent it twice gets such an answer to its second copy."""
    writer = lock(state.run())
    state.server.answer("PUT state/head", status, serves=serves)
    writer.write(b"one")

    assert state.run().load("production").lines == (b"one",)
    assert state.server.count("PUT state/head") == (2 if serves else 3)


def test_write_without_an_answer_is_found_below_those_of_others(state: BucketState) -> None:
    """Somebody wrote behind it before we looked."""
    writer, other = lock(state.run(), "acme"), lock(state.run(), "initech")
    writer.reload()
    state.server.cut("PUT state/head", "after")

    def write() -> None:
        for number in range(3):
            other.reload()
            other.write(b"theirs %d" % number)

    state.server.before("GET state/head", write)
    writer.write(b"ours")

    lines = state.run().load("production").lines
    assert lines == (b"ours", b"theirs 0", b"theirs 1", b"theirs 2")


def test_write_without_an_answer_behind_very_many_others_is_in_doubt(state: BucketState) -> None:
    """The head does not name that many earlier writes."""
    writer, other = lock(state.run()), lock(state.run(), target="test")
    writer.reload()
    state.server.cut("PUT state/head", "before")

    def write() -> None:
        for number in range(70):
            other.write(b"%d" % number)

    state.server.before("GET state/head", write)
    with pytest.raises(UncertainError, match="was written to very often since"):
        writer.write(b"ours")


def test_first_write_that_is_cut_off_is_written_once(state: BucketState) -> None:
    """There is no earlier head to compare with."""
    state.server.cut("PUT state/head", "after")

    assert lock(state.run()).fence == 1
    assert [each.fence for each in state.run().locks("production")] == [1]


def test_runs_of_several_processes_lose_no_line(state: BucketState, tmp_path: Path) -> None:
    """Whoever is overtaken writes behind the others."""
    lines = race(state.url, dict.fromkeys(("acme", "initech", "umbrella"), tmp_path), 6)

    snapshot = state.run().load("production")
    assert sorted(snapshot.lines) == sorted(lines)
    assert snapshot.locks == ()


@pytest.mark.parametrize("header", ["HTTP_IF_NONE_MATCH", "HTTP_IF_MATCH"])
def test_server_that_ignores_a_condition_is_refused_before_anything_is_written(
    state: BucketState, header: str
) -> None:
    """Two runs would overwrite one another."""
    state.server.change("PUT", lambda environ: environ.pop(header, None), times=100)

    with pytest.raises(StoreError, match=r"writes an object whatever the condition If-?") as caught:
        lock(state.run())
    assert "use a server with conditional writes" in str(caught.value)
    assert state.objects() == []


def test_server_that_knows_no_condition_is_refused(state: BucketState) -> None:
    """As some say themselves."""
    body = b"<Error><Code>NotImplemented</Code><Message>If-None-Match</Message></Error>"
    state.server.answer("PUT probe-", "200 OK")
    state.server.answer("PUT probe-", "501 Not Implemented", body)

    with pytest.raises(StoreError, match=r"NotImplemented.*use a server with conditional writes"):
        lock(state.run())


def test_conditions_are_asked_about_once(state: BucketState) -> None:
    """At the first write of a new state, which leaves nothing of it behind."""
    lock(state.run()).write(b"one")
    lock(state.run(), target="test")

    assert len({each for each in state.server.requests if "probe-" in each and "PUT" in each}) == 1
    assert state.objects() == ["head"]


def test_reading_makes_nothing(state: BucketState) -> None:
    """A plan needs no right to write."""
    reader = state.run()
    assert reader.load("production").head.count == 0
    assert reader.targets() == ()

    assert state.objects() == []
    assert state.server.count("PUT") == 0


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"not JSON", "the object head is damaged: restore an earlier version of the object s3:"),
        (b"{}", "the object head is damaged"),
        (b'{"formatVersion": 1, "writtenBy": "x", "id": "x", "earlier": [], "files": 3}', "head"),
        (b'{"formatVersion": 2, "writtenBy": "9.9.9"}', r"reconciler 9\.9\.9 .*update reconciler"),
        (
            b'{"formatVersion": 1, "writtenBy": "x", "id": "x", "earlier": [], "files": {}}',
            "holds something that is no state",
        ),
    ],
)
def test_head_that_cannot_be_read_is_left_as_it_is(
    state: BucketState, raw: bytes, message: str
) -> None:
    """It is no empty state."""
    put(state.bucket, "team/state/head", raw)
    for call in (lambda: state.run().load("production"), lambda: lock(state.run())):
        with pytest.raises(StoreError, match=message):
            call()

    assert read(state.bucket, "team/state/head") == raw
    assert state.objects() == ["head"]


def test_object_that_was_changed_is_found_out(state: BucketState) -> None:
    """Its name is that of its content."""
    writer = lock(state.run())
    writer.write(b"one", checkpoint=LARGE)
    (key,) = (key for key in state.objects() if key.startswith("objects/"))
    put(state.bucket, f"team/state/{key}", b"y" * len(LARGE))

    with pytest.raises(StoreError, match=f"the object {key} is damaged"):
        state.run().load("production")


def test_object_that_is_gone_is_reported(state: BucketState) -> None:
    """Not read as if there were none; history alone misses what was archived."""
    writer = lock(state.run())
    writer.write(b"one", checkpoint=LARGE)
    client = Bucket(state.bucket, "team/state")
    client.delete([key for key in state.objects() if key != "head"])
    client.close()

    with pytest.raises(StoreError, match="an object that the head names is gone"):
        state.run().load("production")
    with pytest.raises(StoreError, match=r"archive/production/0.* is gone.*restore the object"):
        list(state.run().history("production"))
    writer.write(b"two")


def test_state_that_somebody_removed_ends_a_run(state: BucketState) -> None:
    """Its lock is gone with it."""
    writer = lock(state.run())
    writer.write(b"one")
    client = Bucket(state.bucket, "team/state")
    client.delete(["head"])
    client.close()

    with pytest.raises(LockedError):
        writer.write(b"two")
    assert state.objects() == []


def test_two_prefixes_are_two_states(state: BucketState) -> None:
    """A bucket may serve many projects."""
    lock(state.run()).write(b"one")
    other = s3_backend(f"s3://{state.bucket}/other/")

    assert other.place == f"s3://{state.bucket}/other"
    assert lock(other).fence == 1
    assert other.targets() == ()
    other.close()


@pytest.mark.parametrize(
    ("status", "code", "remedy"),
    [
        ("403 Forbidden", "AccessDenied", "allow it s3:GetObject"),
        ("403 Forbidden", "InvalidAccessKeyId", "set AWS_ACCESS_KEY_ID"),
        ("403 Forbidden", "SignatureDoesNotMatch", "set AWS_SECRET_ACCESS_KEY"),
        ("400 Bad Request", "ExpiredToken", "get new credentials"),
        ("400 Bad Request", "AuthorizationHeaderMalformed", "set AWS_REGION"),
        ("403 Forbidden", "RequestTimeTooSkewed", "set the clock"),
        ("404 Not Found", "NoSuchBucket", "aws s3 mb"),
        ("418 I am a teapot", "Teapot", "aws s3 ls"),
    ],
)
def test_refusal_is_reported_with_its_remedy(
    state: BucketState, status: str, code: str, remedy: str
) -> None:
    """On reading and on writing, and never as a doubt."""
    body = f"<Error><Code>{code}</Code><Message>said the\nserver.</Message></Error>".encode()
    writer = lock(state.run())
    state.server.answer("state/head", status, body, times=2)

    for call in (lambda: writer.write(b"one"), lambda: state.run().load("production")):
        with pytest.raises(StoreError, match=f"{code}: said the.server: .*{remedy}") as caught:
            call()
        assert type(caught.value) is StoreError
        assert str(caught.value).startswith(f"{state.url} cannot be used: ")


def test_bucket_that_is_not_there_is_reported(state: BucketState) -> None:
    """By the server itself."""
    with pytest.raises(StoreError, match=r"NoSuchBucket.*make the bucket with"):
        s3_backend("s3://no-such-bucket-anywhere/state").load("production")


def test_credentials_are_needed_and_never_shown(
    state: BucketState, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing that we print or log holds them; without any, the message says where they go."""
    caplog.set_level(logging.DEBUG, logger="reconciler")
    state.server.answer("state/head", "403 Forbidden", times=1)
    with pytest.raises(StoreError) as refused:
        state.run().load("production")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    with pytest.raises(StoreError, match="set AWS_ACCESS_KEY_ID and AWS_SECRET") as missing:
        state.run().load("production")

    assert SECRET not in f"{refused.value}{missing.value}{caplog.text}"


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:1", "connect.*: check the address"),
        ("AWS_ENDPOINT_URL", "no address", "check AWS_ENDPOINT_URL"),
        ("AWS_PROFILE", "nobody", "set AWS_ACCESS_KEY_ID and .*, or AWS_PROFILE"),
    ],
)
def test_settings_that_lead_nowhere_are_reported(
    state: BucketState, monkeypatch: pytest.MonkeyPatch, name: str, value: str, message: str
) -> None:
    """With their names, and without a traceback."""
    monkeypatch.setenv(name, value)
    monkeypatch.setattr("time.sleep", lambda _seconds: None)

    with pytest.raises(StoreError, match=message):
        state.run().load("production")


def test_server_that_is_away_for_a_while_is_waited_for(
    state: BucketState, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reads are sent again; a write is looked for each time."""
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    writer = lock(state.run())
    state.server.answer("state/head", "503 Service Unavailable", times=9)
    writer.write(b"one")
    state.server.answer("state/head", "503 Service Unavailable", times=1000)

    with pytest.raises(UnsentError):
        state.run().load("production")
    with pytest.raises(UncertainError, match=r"whether s3://.* was written is unknown"):
        writer.write(b"two")
    state.server.forget_faults()
    assert state.run().load("production").lines == (b"one",)


@pytest.mark.parametrize("url", ["s3://", "s3://x", "s3://bucket", "s3://Bucket/x", "s3:bucket/x"])
def test_address_that_is_none_is_refused(url: str) -> None:
    """A state has a prefix of its own."""
    with pytest.raises(StoreError, match=r"is no address of a state in S3: write s3://BUCKET/PRE"):
        s3_backend(url)


def test_missing_extra_is_reported_with_the_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """boto3 is large, and nobody else needs it."""
    monkeypatch.setitem(sys.modules, "boto3", None)

    with pytest.raises(UsageError, match=r"pip install 'reconciler\[s3\]'"):
        s3_backend("s3://bucket/state")


def test_lock_is_one_object_with_the_state(state: BucketState) -> None:
    """So that one comparison covers both."""
    writer = lock(state.run())
    other = state.run()
    other.release("production", writer.fence)
    other.acquire("production", holder(), frozenset(), 60.0)

    with pytest.raises(LockedError, match=r"lock 1 of the target production in s3://.* is gone"):
        writer.write(b"one")
    assert state.head()["note"] == "production: lock 2 taken"
