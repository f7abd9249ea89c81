"""What every backend does with the locks of a target, by the words of its protocol."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from reconciler.errors import LockedError
from reconciler.model.lock import LockHolder, LockRecord
from tests.support.state_place import TARGET, holder

if TYPE_CHECKING:
    from tests.support.state_place import StatePlace

WHOLE: frozenset[str] = frozenset()
HOLDERS = [
    LockHolder(),
    LockHolder(
        owner="Иван 'X' \"Y\" \\ %s",
        purpose="apply --yes",
        host="runner-1.example",
        pid=4711,
        started=datetime(2026, 11, 30, 9, 8, 7, tzinfo=UTC),
        job="https://ci.example/jobs/1?a=b&c=d",
    ),
    LockHolder(owner="caf\udce9", purpose="a\x00b\nc", pid=0),
]


def clients(*names: str) -> frozenset[str]:
    """Return the part of a target that is locked."""
    return frozenset(names)


@pytest.mark.parametrize("who", HOLDERS, ids=["nobody", "all", "odd"])
def test_lock_is_seen_by_others_as_it_was_taken(place: StatePlace, who: LockHolder) -> None:
    """Its holder, its parts and its lease; a lock of this moment has not run out."""
    taken = place.open().acquire(TARGET, who, clients("acme", "zoë"), 90.5)
    (seen,) = place.open().locks(TARGET)

    assert (taken.holder, taken.parts, taken.lease) == (who, clients("acme", "zoë"), 90.5)
    assert (taken.renewals, taken.expired or False) == (0, False)
    assert seen == taken
    assert place.open().load(TARGET).locks == (taken,)


@pytest.mark.parametrize(
    ("held", "wanted", "is_free"),
    [
        (WHOLE, WHOLE, False),
        (WHOLE, clients("acme"), False),
        (clients("acme"), WHOLE, False),
        (clients("acme"), clients("acme"), False),
        (clients("acme", "initech"), clients("initech", "umbrella"), False),
        (clients("acme"), clients("initech"), True),
        (clients("acme", "initech"), clients("umbrella", "hooli"), True),
        (clients("acme"), clients("Acme"), True),
    ],
)
def test_lock_keeps_off_whoever_wants_some_of_the_same(
    place: StatePlace, held: frozenset[str], wanted: frozenset[str], *, is_free: bool
) -> None:
    """The whole of a target is some of everything in it; who is refused learns who is there."""
    first = place.open().acquire(TARGET, holder("apply"), held, 60.0)
    other = place.open()
    if is_free:
        second = other.acquire(TARGET, holder("order"), wanted, 60.0)
        assert other.locks(TARGET) == (first, second)
        return

    with pytest.raises(LockedError) as refused:
        other.acquire(TARGET, holder("order"), wanted, 60.0)

    assert refused.value.records == (first,)
    assert str(first) in str(refused.value)
    assert other.locks(TARGET) == (first,)


def test_every_lock_in_the_way_is_named_and_no_other(place: StatePlace) -> None:
    """In the order in which they were taken."""
    backend = place.open()
    locks = [backend.acquire(TARGET, holder(), clients(name), 60.0) for name in ("b", "a", "c")]

    with pytest.raises(LockedError) as refused:
        backend.acquire(TARGET, holder(), clients("c", "b"), 60.0)

    assert refused.value.records == (locks[0], locks[2])
    assert backend.locks(TARGET) == tuple(locks)


def test_targets_are_locked_for_themselves(place: StatePlace) -> None:
    """A lock on one is none on another."""
    backend = place.open()
    backend.acquire("first", holder(), WHOLE, 60.0)
    second = backend.acquire("second", holder(), WHOLE, 60.0)

    assert backend.locks("second") == (second,)
    assert backend.locks("third") == ()


def test_number_of_a_lock_is_never_given_again(place: StatePlace) -> None:
    """Each is higher than all before, of this target, whatever became of those."""
    fences = []
    backend = place.open()
    for _ in range(4):
        taken = backend.acquire(TARGET, holder(), WHOLE, 60.0)
        with pytest.raises(LockedError):
            backend.acquire(TARGET, holder(), WHOLE, 60.0)
        fences.append(taken.fence)
        backend.release(TARGET, taken.fence)

    assert fences == sorted(set(fences))
    assert backend.locks(TARGET) == ()


def test_renewals_are_counted(place: StatePlace) -> None:
    """Others see that the holder lives."""
    backend = place.open()
    taken = backend.acquire(TARGET, holder(), WHOLE, 60.0)
    backend.renew(TARGET, taken.fence)
    backend.renew(TARGET, taken.fence)

    (seen,) = place.open().locks(TARGET)
    assert seen == LockRecord(taken.fence, holder(), WHOLE, 60.0, 2, seen.expired)
    assert not seen.expired


def test_lock_that_is_gone_cannot_be_renewed(place: StatePlace) -> None:
    """Nor does trying bring it back, nor harm the next one."""
    backend = place.open()
    taken = backend.acquire(TARGET, holder(), WHOLE, 60.0)
    place.open().release(TARGET, taken.fence)
    with pytest.raises(LockedError):
        backend.renew(TARGET, taken.fence)
    assert backend.locks(TARGET) == ()

    successor = place.open().acquire(TARGET, holder(), WHOLE, 60.0)
    with pytest.raises(LockedError):
        backend.renew(TARGET, taken.fence)
    assert backend.locks(TARGET) == (successor,)


def test_lock_is_released_by_its_number_alone(place: StatePlace) -> None:
    """One that is gone already is no error, and the others stay."""
    backend = place.open()
    first = backend.acquire(TARGET, holder(), clients("a"), 60.0)
    second = backend.acquire(TARGET, holder(), clients("b"), 60.0)

    backend.release(TARGET, first.fence)
    backend.release(TARGET, first.fence)
    backend.release(TARGET, second.fence + 1)
    backend.release("other", second.fence)

    assert backend.locks(TARGET) == (second,)


def test_lock_is_taken_over_only_as_long_as_nobody_renews_it(place: StatePlace) -> None:
    """Who watched a lock says what it saw of it."""
    backend, other = place.open(), place.open()
    taken = backend.acquire(TARGET, holder(), WHOLE, 60.0)
    backend.renew(TARGET, taken.fence)

    with pytest.raises(LockedError) as refused:
        other.release(TARGET, taken.fence, renewals=0)
    (seen,) = other.locks(TARGET)
    assert refused.value.records == (seen,)

    other.release(TARGET, taken.fence, renewals=1)
    other.release(TARGET, taken.fence, renewals=1)
    assert other.locks(TARGET) == ()
    with pytest.raises(LockedError):
        backend.renew(TARGET, taken.fence)


def test_lease_runs_out_by_the_clock_of_the_place(place: StatePlace) -> None:
    """Where the place has one; renewing begins it anew, and such a lock is in the way."""
    backend = place.open()
    late = backend.acquire(TARGET, holder(), clients("a"), 0.0)
    backend.acquire(TARGET, holder(), clients("b"), 3600.0)

    found = [each.expired for each in backend.locks(TARGET)]
    assert found in ([True, False], [None, None])
    with pytest.raises(LockedError) as refused:
        backend.acquire(TARGET, holder(), clients("a"), 60.0)
    assert [each.fence for each in refused.value.records] == [late.fence]


def test_one_of_many_gets_the_lock(place: StatePlace) -> None:
    """The others learn which one, and the number of no two is the same."""
    backends = [place.open() for _ in range(4)]
    taken, refused = [], []
    begin = threading.Barrier(len(backends))

    def work(number: int) -> None:
        begin.wait()
        try:
            taken.append(backends[number].acquire(TARGET, holder(f"run {number}"), WHOLE, 60.0))
        except LockedError as error:
            refused.append(error.records)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(len(backends))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(taken) == 1
    assert refused == [tuple(taken)] * (len(backends) - 1)


def test_locks_on_different_clients_are_taken_side_by_side(place: StatePlace) -> None:
    """Everybody gets one, with a number of its own."""
    backends = [place.open() for _ in range(4)]
    taken = []

    def work(number: int) -> None:
        taken.append(backends[number].acquire(TARGET, holder(), clients(str(number)), 60.0))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(len(backends))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({each.fence for each in taken}) == len(backends)
    assert {each.fence for each in place.open().locks(TARGET)} == {each.fence for each in taken}
