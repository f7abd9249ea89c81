from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from reconciler import __version__
from reconciler.errors import LockedError, MovedError, StoreError, UncertainError
from reconciler.store.backends.file_store import Files, Sight
from reconciler.store.backends.files import FilesBackend
from reconciler.store.backends.protocol import Batch, Head, Snapshot
from tests.support.state_place import follow, holder, lock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence


@dataclass
class MemoryPlace:
    """What several runs share: files, a version, an archive."""

    version: int = 0
    files: dict[str, bytes] = field(default_factory=dict)
    archive: dict[str, bytes] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    reads: int = 0


@dataclass
class MemoryStore:
    """One run's way to it; ``before`` is done once, right before the next swap is sent."""

    shared: MemoryPlace
    place: str = "the place"
    repair: str = "mend it"
    before: Callable[[], object] | None = None
    loses_answers: bool = False

    def read(self, names: Sequence[str]) -> Files:
        self.shared.reads += 1
        files = self.shared.files
        targets = {name.split("/")[1] for name in files if name.startswith("targets/")}
        found = {name: files[name] for name in names if name in files}
        version = str(self.shared.version) if self.shared.version else None
        return Files(version, frozenset(targets), found)

    def prepare(
        self, files: Files, put: Mapping[str, bytes], archive: Mapping[str, bytes], note: str
    ) -> MemorySwap:
        return MemorySwap(self, files.version, put, archive, note)

    def archived(self, names: Sequence[str]) -> Iterator[bytes]:
        for name in names:
            if name not in self.shared.archive:
                raise StoreError(f"{name} is gone")
            yield self.shared.archive[name]

    def close(self) -> None:
        self.shared = MemoryPlace()


@dataclass
class MemorySwap:
    store: MemoryStore
    version: str | None
    put: Mapping[str, bytes]
    archive: Mapping[str, bytes]
    note: str

    def send(self) -> str:
        shared = self.store.shared
        if self.store.before is not None:
            act, self.store.before = self.store.before, None
            act()
        if self.version != (str(shared.version) if shared.version else None):
            raise MovedError("moved")
        shared.version += 1
        shared.files |= self.put
        shared.archive |= self.archive
        shared.notes.append(self.note)
        if self.store.loses_answers:
            raise UncertainError("no answer")
        return str(shared.version)

    def look(self) -> Sight:
        return Sight.WRITTEN


@dataclass
class Runs:
    """Runs on one place; each has a backend of its own."""

    place: MemoryPlace = field(default_factory=MemoryPlace)
    pauses: list[float] = field(default_factory=list)

    def store(self) -> MemoryStore:
        return MemoryStore(self.place)

    def run(self, store: MemoryStore | None = None) -> FilesBackend:
        return FilesBackend(store or self.store(), self.pauses.append)


@pytest.fixture
def runs() -> Runs:
    """Return runs on a place that holds nothing yet."""
    return Runs()


def test_files_of_a_state_are_as_they_are_documented(runs: Runs) -> None:
    """A person who looks at a branch finds what the documentation names."""
    writer = lock(runs.run())
    writer.write(b"one", b"two")
    writer.write(b"three", checkpoint=b"so far")
    writer.write(b"four")

    files = runs.place.files
    assert json.loads(files["format.json"]) == {"formatVersion": 1, "writtenBy": __version__}
    assert json.loads(files["locks.json"])["production"]["fence"] == 1
    assert files["targets/production/journal"] == b"four\n"
    assert files["targets/production/checkpoint"] == b"so far"
    head = {"count": 4, "digest": writer.head.digest, "covered": 3}
    assert json.loads(files["targets/production/head.json"]) == head
    (name,) = json.loads(files["targets/production/archive.json"])
    assert name.startswith("production/000000000001-000000000003.")
    assert runs.place.archive == {name: b"one\ntwo\nthree\n"}
    assert runs.place.notes == [
        "production: lock 1 taken",
        "production: lines 1 to 2",
        "production: checkpoint at 3",
        "production: lines 4 to 4",
    ]


def test_writing_reads_nothing_while_nobody_else_writes(runs: Runs) -> None:
    """One request a batch: what was written last is still known."""
    writer = lock(runs.run())
    reads = runs.place.reads
    for number in range(20):
        writer.write(b"%d" % number)
    writer.backend.renew("production", writer.fence)
    writer.backend.release("production", writer.fence)

    assert runs.place.reads == reads


def test_each_look_at_the_state_is_a_new_one(runs: Runs) -> None:
    """What somebody else wrote is seen, whatever is known from before."""
    reader, writer = runs.run(), lock(runs.run())
    assert reader.load("production").head == Head()
    writer.write(b"one")

    assert reader.load("production").lines == (b"one",)
    assert [each.fence for each in reader.locks("production")] == [1]
    assert list(reader.history("production")) == [b"one"]
    assert reader.targets() == ("production",)


def test_change_of_another_target_does_not_stop_a_write(runs: Runs) -> None:
    """All targets share one compare-and-swap, and no head."""
    store = runs.store()
    writer, other = lock(runs.run(store)), lock(runs.run(), target="test")
    store.before = lambda: other.write(b"theirs")
    writer.write(b"ours")
    other.write(b"more")

    assert runs.run().load("production").lines == (b"ours",)
    assert runs.run().load("test").lines == (b"theirs", b"more")
    assert len(runs.pauses) >= 1


def test_change_of_another_lock_does_not_stop_a_write(runs: Runs) -> None:
    """Two runs on different clients write side by side, one behind the other."""
    store = runs.store()
    writer = lock(runs.run(store), "acme")
    store.before = lambda: lock(runs.run(), "initech")
    writer.write(b"ours")

    locks = runs.run().locks("production")
    assert [each.parts for each in locks] == [frozenset({"acme"}), frozenset({"initech"})]
    assert runs.run().load("production").lines == (b"ours",)


def test_line_of_another_run_stops_a_batch(runs: Runs) -> None:
    """The chain would break: the batch has to be made anew behind the other one."""
    store = runs.store()
    writer, other = lock(runs.run(store), "acme"), lock(runs.run(), "initech")
    store.before = lambda: other.write(b"theirs")

    with pytest.raises(MovedError, match="has 1 lines, and not 0"):
        writer.write(b"ours")
    assert runs.run().load("production").lines == (b"theirs",)
    writer.reload()
    writer.write(b"ours")
    assert runs.run().load("production").lines == (b"theirs", b"ours")


def test_lock_that_was_broken_stops_a_batch(runs: Runs) -> None:
    """Whatever is known from before: the fence is compared together with the head."""
    store = runs.store()
    writer = lock(runs.run(store))
    writer.write(b"one")

    def take_over() -> None:
        other = runs.run()
        other.release("production", writer.fence)
        other.acquire("production", holder(), frozenset(), 60.0)

    store.before = take_over
    with pytest.raises(LockedError, match="lock 1 of the target production in the place is gone"):
        writer.write(b"two")
    with pytest.raises(LockedError):
        writer.backend.renew("production", writer.fence)
    assert runs.run().load("production").lines == (b"one",)


def test_refusal_rests_on_what_is_there_now(runs: Runs) -> None:
    """A lock that stood in the way when it was last looked at may be gone."""
    first, second = lock(runs.run()), runs.run()
    with pytest.raises(LockedError):
        second.acquire("production", holder(), frozenset(), 60.0)
    first.backend.release("production", first.fence)

    assert second.acquire("production", holder(), frozenset(), 60.0).fence == 2


def test_releasing_what_is_gone_writes_nothing(runs: Runs) -> None:
    """It is no error, and no request."""
    writer = lock(runs.run())
    writer.backend.release("production", writer.fence)
    version = runs.place.version
    runs.run().release("production", writer.fence)
    runs.run().release("test", 3, renewals=1)

    assert runs.place.version == version


def test_closed_backend_is_of_no_use(runs: Runs) -> None:
    """Also where nothing would have to be read."""
    writer = lock(runs.run())
    writer.backend.close()
    writer.backend.close()

    with pytest.raises(StoreError, match="the place was closed by this run"):
        writer.write(b"one")
    with pytest.raises(StoreError, match="the place was closed by this run"):
        writer.backend.load("production")


def test_asking_makes_nothing(runs: Runs) -> None:
    """A plan on a new project leaves no branch and no object behind."""
    backend = runs.run()

    assert backend.load("production") == Snapshot()
    assert backend.targets() == ()
    assert backend.locks("production") == ()
    assert list(backend.history("production")) == []
    assert runs.place.version == 0


def test_swap_whose_answer_was_lost_is_no_ground_for_the_next_one(runs: Runs) -> None:
    """Somebody may have written since, so the state is read again."""
    store = runs.store()
    writer = lock(runs.run(store))
    store.loses_answers = True
    writer.write(b"one")
    other = runs.run()
    other.acquire("test", holder(), frozenset(), 60.0)
    writer.write(b"two")

    assert runs.run().load("production").lines == (b"one", b"two")


def test_write_among_many_others_ends(runs: Runs) -> None:
    """Nothing was written, and the message says so."""
    store = runs.store()
    backend = runs.run(store)
    other = lock(runs.run(), target="test")

    def again() -> None:
        other.write(b"x")
        store.before = again

    store.before = again
    with pytest.raises(StoreError, match="others wrote to it 20 times") as caught:
        backend.acquire("production", holder(), frozenset(), 60.0)
    assert type(caught.value) is StoreError
    assert runs.run().locks("production") == ()


def test_history_runs_through_all_archived_files(runs: Runs) -> None:
    """None of the lines is lost by a checkpoint, also where it comes without new lines."""
    writer = lock(runs.run())
    lines = [b"%d" % number for number in range(12)]
    for start in range(0, 12, 3):
        writer.write(*lines[start : start + 3], checkpoint=b"c" if start % 2 else None)
    writer.write(checkpoint=b"twice")
    writer.write(checkpoint=b"without anything new")

    assert list(runs.run().history("production")) == lines
    assert len(runs.place.archive) == 2
    assert runs.run().load("production") == Snapshot(
        head=writer.head,
        checkpoint=b"without anything new",
        covered=12,
        locks=runs.run().locks("production"),
    )


def test_archived_file_of_a_run_that_lost_is_not_taken_for_ours(runs: Runs) -> None:
    """Where an archive is written first, two runs may archive other lines of the same numbers."""
    writer = lock(runs.run())
    writer.write(b"one")
    lost = MemoryPlace(runs.place.version, dict(runs.place.files))
    never = follow(writer.head, b"never", checkpoint=b"x")
    Runs(lost).run().append("production", never, writer.fence)
    writer.write(b"two", checkpoint=b"y")
    runs.place.archive |= lost.archive

    assert list(runs.run().history("production")) == [b"one", b"two"]


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("targets/production/head.json", b""),
        ("targets/production/head.json", b'{"count": 3}'),
        ("targets/production/archive.json", b"3"),
        ("targets/production/journal", b"one line too much\n" * 9),
        ("targets/production/journal", b""),
        ("targets/production/checkpoint", None),
        ("targets/production/head.json", None),
        ("locks.json", b"[]"),
        ("locks.json", b'{"production": {"fence": "x", "locks": []}}'),
        ("format.json", b"{}"),
        ("format.json", b"\xff"),
    ],
)
def test_damage_is_reported_with_its_place_and_a_remedy(
    runs: Runs, name: str, raw: bytes | None
) -> None:
    """It is never read as a state that holds less; nothing is written over it."""
    writer = lock(runs.run())
    writer.write(b"one", b"two", checkpoint=b"c")
    writer.write(b"three")
    if raw is None:
        del runs.place.files[name]
    else:
        runs.place.files[name] = raw
    before = dict(runs.place.files)

    with pytest.raises(StoreError, match=rf"^the place: {name} is damaged: mend it$"):
        runs.run().load("production")
    assert runs.place.files == before


def test_damaged_archive_is_reported_by_history_alone(runs: Runs) -> None:
    """Plans do not need it."""
    writer = lock(runs.run())
    writer.write(b"one", checkpoint=b"c")
    (name,) = runs.place.archive
    runs.place.archive[name] = b"one?\n"

    assert runs.run().load("production").covered == 1
    with pytest.raises(StoreError, match=f"the archived file {name} is damaged"):
        list(runs.run().history("production"))
    runs.place.files["targets/production/archive.json"] = b"[]"
    with pytest.raises(StoreError, match="the archive, which ends at 0 and not at 1, is damaged"):
        list(runs.run().history("production"))


def test_state_of_a_newer_version_is_left_as_it_is(runs: Runs) -> None:
    """The message names the version that can read it."""
    writer = lock(runs.run())
    writer.write(b"one")
    newer = {"formatVersion": 2, "writtenBy": "9.1.0"}
    runs.place.files["format.json"] = json.dumps(newer).encode()
    before = dict(runs.place.files)

    calls: list[Callable[[], object]] = [
        lambda: runs.run().load("production"),
        lambda: runs.run().targets(),
        lambda: list(runs.run().history("production")),
        lambda: runs.run().acquire("production", holder(), frozenset({"x"}), 60.0),
        lambda: runs.run().release("production", 1),
        lambda: runs.run().append("production", follow(writer.head, b"two"), 1),
    ]
    for call in calls:
        with pytest.raises(StoreError, match=r"by reconciler 9\.1\.0 .*'reconciler>=9\.1\.0'"):
            call()
    assert runs.place.files == before


def test_place_with_other_content_is_left_as_it_is(runs: Runs) -> None:
    """A branch with the user's own files is no state."""
    runs.place.version = 1
    runs.place.files["README.md"] = b"# Billing\n"

    with pytest.raises(StoreError, match="holds something that is no state of reconciler"):
        runs.run().acquire("production", holder(), frozenset(), 60.0)
    assert runs.place.files == {"README.md": b"# Billing\n"}


def test_state_that_somebody_emptied_is_no_ground_to_write(runs: Runs) -> None:
    """The lock is gone with it."""
    writer = lock(runs.run())
    writer.write(b"one")
    runs.place.version, runs.place.files = 0, {}

    with pytest.raises(LockedError):
        writer.write(b"two")
    assert runs.place.files == {}


def test_batch_that_breaks_the_log_is_a_mistake_of_ours(runs: Runs) -> None:
    """It is found before anything is written."""
    writer = lock(runs.run())
    for batch in (
        Batch(Head(), Head(1, "x"), [b"a\nb"]),
        Batch(Head(), Head(2, "x"), [b"a"]),
    ):
        with pytest.raises(ValueError, match=r"line feed|another head"):
            writer.backend.append("production", batch, writer.fence)
    assert runs.run().load("production").lines == ()


def test_lock_is_renewed_from_another_thread_while_lines_are_written(runs: Runs) -> None:
    """Neither loses what the other wrote."""
    writer = lock(runs.run())

    def renew() -> None:
        for _ in range(50):
            writer.backend.renew("production", writer.fence)

    thread = threading.Thread(target=renew)
    thread.start()
    for number in range(50):
        writer.write(b"%d" % number)
    thread.join()

    snapshot = runs.run().load("production")
    assert len(snapshot.lines) == 50
    assert snapshot.locks[0].renewals == 50
    assert runs.pauses == []
