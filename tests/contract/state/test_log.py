"""What every backend does with the log of a target, by the words of its protocol."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING

import pytest

from reconciler.errors import LockedError, MovedError, StoreError
from reconciler.store.backends.protocol import Batch, Head, Snapshot
from tests.support.state_place import TARGET, LockedRun, follow, holder

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.state_place import StatePlace

ODD_LINES = [
    b"{}",
    b"",
    " ключ – 値 🔒 ".encode(),
    "\udcff\ud800".encode(errors="surrogatepass"),
    b"\x00\x01\xff\xfe\\x41\\\\ '\"$1%s%%{}\r\t",
    b"\\000\\n",
    b"x" * 1_500_000,
]
MEGABYTE = bytes(range(256)) * 4096


def test_asking_a_place_without_state_makes_nothing(place: StatePlace) -> None:
    """A target that has no state yet has an empty one."""
    backend = place.open()

    assert backend.load(TARGET) == Snapshot()
    assert backend.targets() == ()
    assert backend.locks(TARGET) == ()
    assert list(backend.history(TARGET)) == []
    backend.release(TARGET, 1)
    with pytest.raises(LockedError):
        backend.renew(TARGET, 1)
    with pytest.raises(LockedError):
        backend.append(TARGET, follow(Head(), b"{}"), 1)
    assert not place.contents()


def test_asking_for_a_target_that_has_no_state_yet_changes_nothing(place: StatePlace) -> None:
    """The state of another one is no reason to make something."""
    LockedRun(place.open()).write(b"{}")
    before = place.contents()

    assert place.open().load("other") == Snapshot()
    assert list(place.open().history("other")) == []
    assert place.contents() == before


def test_lines_are_read_by_another_run_as_they_were_written(place: StatePlace) -> None:
    """Every byte is kept, and the lines of several batches follow one another."""
    run = LockedRun(place.open())
    run.write(*ODD_LINES)
    head = run.write(b"last")

    found = place.open().load(TARGET)

    assert (found.head, found.checkpoint, found.covered) == (head, None, 0)
    assert found.locks == (run.lock,)
    assert list(found.lines) == [*ODD_LINES, b"last"]
    assert list(place.open().history(TARGET)) == [*ODD_LINES, b"last"]


def test_targets_that_have_a_state_are_listed_in_order(place: StatePlace) -> None:
    """A lock alone is no state, and each target has a log of its own."""
    backend = place.open()
    for target in ("shop", "berlin", "Amsterdam"):
        LockedRun(backend, target).write(target.encode())
    backend.acquire("locked", holder(), frozenset(), 60.0)

    assert backend.targets() == ("Amsterdam", "berlin", "shop")
    assert list(backend.load("berlin").lines) == [b"berlin"]
    assert backend.load("shop").head.count == 1


@pytest.mark.parametrize(
    "before", [Head(), Head(1, "0" * 64), Head(3, ""), Head(0, "digest")], ids=str
)
def test_batch_behind_another_head_is_refused_and_leaves_nothing(
    place: StatePlace, before: Head
) -> None:
    """Both the number of lines and the hash of the last one are compared."""
    run = LockedRun(place.open())
    run.write(b"1", b"2")
    run.write(b"3", checkpoint=b"all")
    written = place.contents()

    with pytest.raises(MovedError):
        run.backend.append(TARGET, follow(before, b"lost", checkpoint=b"lost"), run.lock.fence)

    assert place.contents() == written
    assert run.backend.load(TARGET).head == run.head


def test_first_batch_behind_a_head_that_never_was_leaves_nothing(place: StatePlace) -> None:
    """The log of a target does not begin in the middle."""
    run = LockedRun(place.open())
    with pytest.raises(MovedError):
        run.backend.append(TARGET, follow(Head(7, "digest"), b"lost"), run.lock.fence)

    assert run.backend.targets() == ()
    assert run.backend.load(TARGET).head == Head()


def test_batch_under_a_lock_that_is_gone_is_refused_and_leaves_nothing(place: StatePlace) -> None:
    """Whoever broke the lock may count on that, and whoever holds the next one."""
    run = LockedRun(place.open())
    run.write(b"1")
    other = place.open()
    other.release(TARGET, run.lock.fence)
    with pytest.raises(LockedError):
        run.write(b"lost")

    successor = LockedRun(other)
    written = place.contents()
    with pytest.raises(LockedError):
        run.write(b"lost", checkpoint=b"lost")

    assert place.contents() == written
    successor.write(b"2")
    assert list(other.load(TARGET).lines) == [b"1", b"2"]


def test_lock_that_is_gone_is_reported_before_a_head_that_moved(place: StatePlace) -> None:
    """Reading again would not help."""
    run = LockedRun(place.open())
    run.end()
    LockedRun(place.open()).write(b"1")

    with pytest.raises(LockedError):
        run.write(b"lost")


def test_lock_of_one_target_gives_no_right_on_another(place: StatePlace) -> None:
    """Fences are counted for each target."""
    backend = place.open()
    LockedRun(backend, "first")
    fence = LockedRun(backend, "second").lock.fence
    backend.release("second", fence)

    with pytest.raises(LockedError):
        backend.append("second", follow(Head(), b"lost"), fence)


def test_lock_whose_lease_ran_out_is_still_a_lock(place: StatePlace) -> None:
    """It fences once somebody has taken it, not before."""
    run = LockedRun(place.open())
    run.end()
    late = run.backend.acquire(TARGET, holder(), frozenset(), 0.0)

    run.backend.append(TARGET, follow(Head(), b"in time"), late.fence)

    assert list(run.backend.load(TARGET).lines) == [b"in time"]


def test_locks_of_two_clients_write_side_by_side(place: StatePlace) -> None:
    """Each writes behind the other, and whoever is behind reads again."""
    first = LockedRun(place.open(), parts=frozenset({"acme"}))
    second = LockedRun(place.open(), parts=frozenset({"umbrella", "initech"}))
    first.write(b"1")
    with pytest.raises(MovedError):
        second.write(b"2")
    second.write_patiently(b"2")
    first.write_patiently(b"3")

    assert list(place.open().load(TARGET).lines) == [b"1", b"2", b"3"]


def test_checkpoint_replaces_the_lines_that_it_covers(place: StatePlace) -> None:
    """They are in the history, in their order, and no longer in what is loaded."""
    run = LockedRun(place.open())
    run.write(b"1", b"2")
    run.write(b"3", checkpoint=b"1+2+3")
    covered = run.backend.load(TARGET)
    assert (covered.head, list(covered.lines)) == (run.head, [])
    run.write(b"4")
    run.write(b"5", b"6")

    found = place.open().load(TARGET)

    assert (found.head, found.checkpoint, found.covered) == (run.head, b"1+2+3", 3)
    assert list(found.lines) == [b"4", b"5", b"6"]
    assert list(place.open().history(TARGET)) == [b"1", b"2", b"3", b"4", b"5", b"6"]


def test_checkpoint_may_come_without_a_line_and_replaces_the_earlier_one(place: StatePlace) -> None:
    """It moves no head: a batch behind it follows the last line."""
    run = LockedRun(place.open())
    run.write(b"1", b"2", checkpoint=b"first, and longer than the second")
    run.write(b"3")
    run.write(checkpoint=b"second")
    run.write(checkpoint=b"second, again")
    run.write(b"4")

    found = place.open().load(TARGET)

    assert (found.head.count, found.checkpoint, found.covered) == (4, b"second, again", 3)
    assert list(found.lines) == [b"4"]
    assert list(place.open().history(TARGET)) == [b"1", b"2", b"3", b"4"]


@pytest.mark.parametrize(
    "checkpoint",
    [b"", b"\x00", MEGABYTE[: 256 << 10], MEGABYTE, MEGABYTE + b"!", MEGABYTE * 12 + b"\n"],
    ids=len,
)
def test_checkpoint_of_any_size_is_kept_to_the_byte(place: StatePlace, checkpoint: bytes) -> None:
    """No backend reads what it means, or has a size that it likes."""
    run = LockedRun(place.open())
    run.write(b"1", checkpoint=b"x" * 600_000)
    run.write(b"2", checkpoint=checkpoint)

    found = place.open().load(TARGET)

    assert found.checkpoint == checkpoint
    assert found.covered == 2


def test_hundred_thousand_lines_in_one_batch(place: StatePlace) -> None:
    """A migration writes a whole journal at once."""
    lines = [json.dumps({"number": number, "text": "x" * 80}).encode() for number in range(100_000)]
    run = LockedRun(place.open())
    run.write(*lines)
    run.write(b"{}", checkpoint=b"all")
    run.write(*lines[:3])

    assert list(place.open().history(TARGET)) == [*lines, b"{}", *lines[:3]]
    assert list(place.open().load(TARGET).lines) == lines[:3]


def test_history_is_of_the_head_at_its_beginning(place: StatePlace) -> None:
    """What is written while it is read neither disturbs it nor is disturbed."""
    lines = [b"%d" % number for number in range(20_000)]
    run = LockedRun(place.open())
    run.write(*lines)

    history = run.backend.history(TARGET)
    found = [next(history)]
    run.write(b"later", checkpoint=b"later")
    found += history

    assert found == lines
    assert run.backend.load(TARGET).head.count == 20_001


def test_writers_that_race_lose_no_line(place: StatePlace) -> None:
    """Each line is there once, in the order of its writer, in a chain without a gap."""
    rounds = 8
    failures: list[BaseException] = []

    def work(name: str) -> None:
        try:
            run = LockedRun(place_backends[name], parts=frozenset({name}))
            for number in range(rounds):
                run.write_patiently(b"%s %d" % (name.encode(), number))
        except BaseException as error:
            failures.append(error)
            raise

    names = ("acme", "initech", "umbrella")
    place_backends = {name: place.open() for name in names}
    threads = [threading.Thread(target=work, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = place.open().load(TARGET)

    assert failures == []
    for name in names:
        own = [line for line in found.lines if line.startswith(name.encode())]
        assert own == [b"%s %d" % (name.encode(), number) for number in range(rounds)]
    assert follow(Head(), *found.lines).after == found.head


def test_newer_format_is_refused_and_left_as_it_is(place: StatePlace) -> None:
    """Nothing is read of it or written to it, and the message says which version wrote it."""
    run = LockedRun(place.open())
    run.write(b"1")
    place.write_newer_format()
    written = place.contents()
    calls: list[Callable[[], object]] = [
        lambda: place.open().load(TARGET),
        lambda: place.open().targets(),
        lambda: list(place.open().history(TARGET)),
        lambda: place.open().locks(TARGET),
        lambda: place.open().acquire(TARGET, holder(), frozenset({"acme"}), 60.0),
        lambda: place.open().renew(TARGET, run.lock.fence),
        lambda: place.open().release(TARGET, run.lock.fence),
        lambda: place.open().append(TARGET, follow(run.head, b"2"), run.lock.fence),
    ]

    for call in calls:
        with pytest.raises(StoreError, match=r"reconciler 9\.9\.9 .*update reconciler"):
            call()

    assert place.contents() == written


def test_closed_backend_is_of_no_further_use(place: StatePlace) -> None:
    """Closing twice is no error, asking it again is one."""
    backend = place.open()
    backend.load(TARGET)
    backend.close()
    backend.close()

    with pytest.raises(StoreError):
        backend.load(TARGET)


def test_place_is_named_in_messages(place: StatePlace) -> None:
    """Whoever reads an error knows where to look."""
    run = LockedRun(place.open())
    run.write(b"1")
    with pytest.raises(MovedError) as moved:
        run.backend.append(TARGET, Batch(Head(), Head(1, "x"), [b"2"]), run.lock.fence)

    assert run.backend.place in str(moved.value)
