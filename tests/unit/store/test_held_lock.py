"""A lock in a backend: renewed while its run lives, taken over when it is gone, never before."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from reconciler.errors import LockedError, StoreError
from reconciler.model.lock import LockHolder
from reconciler.store import held_lock
from reconciler.store.held_lock import Waiting, hold_lock
from tests.support.memory_backend import MemoryBackend

if TYPE_CHECKING:
    from collections.abc import Callable

EVERYTHING: frozenset[str] = frozenset()


class _Time:
    """A clock that stands still until somebody sleeps."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        self.then: Callable[[], None] = lambda: None
        monkeypatch.setattr(held_lock, "_boot_time", lambda: self.now)

    def sleep(self, seconds: float) -> None:
        """Let time go by."""
        self.now += seconds
        self.then()


def test_second_run_is_told_who_holds_what() -> None:
    """The message names the holder, the clients and the ways out."""
    backend = MemoryBackend()
    with (
        hold_lock(
            backend,
            "prod",
            "reconciler apply",
            parts=frozenset({"name acme"}),
            lease=60.0,
            environ={"CI_JOB_URL": "https://ci.example/7"},
        ),
        pytest.raises(LockedError) as caught,
        hold_lock(backend, "prod", "other", parts=frozenset({"name acme"}), lease=60.0),
    ):
        pass

    for words in ("'reconciler apply'", "https://ci.example/7", "on name acme", "--take-over"):
        assert words in str(caught.value)
    assert backend.locks("prod") == ()


def test_runs_on_other_clients_go_on_side_by_side() -> None:
    """Only what touches shared things takes the whole target."""
    backend = MemoryBackend()
    with hold_lock(backend, "prod", "a", parts=frozenset({"name acme"}), lease=60.0):
        with hold_lock(backend, "prod", "b", parts=frozenset({"name other"}), lease=60.0) as other:
            other.check()
            assert len(backend.locks("prod")) == 2
        with (
            pytest.raises(LockedError),
            hold_lock(backend, "prod", "c", parts=EVERYTHING, lease=60.0),
        ):
            pass


def test_lease_is_renewed_in_time() -> None:
    """A run that takes longer than its lease keeps the lock."""
    backend = MemoryBackend()
    renewed = threading.Event()
    with hold_lock(backend, "prod", "a", lease=0.3) as lock:
        backend.before = renewed.set
        assert renewed.wait(10)
        lock.check()
    assert backend.locks("prod") == ()


def test_lock_that_was_broken_stops_the_run() -> None:
    """The holder finds out at its next renewal, and nothing more is sent."""
    backend = MemoryBackend()
    with hold_lock(backend, "prod", "a", lease=0.3) as lock:
        backend.release("prod", lock.record.fence)
        lock._thread.join(10)  # noqa: SLF001 - it ends by itself
        with pytest.raises(LockedError, match="nothing more is sent"):
            lock.check()


def test_lease_that_ran_out_stops_the_run_before_anybody_takes_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A machine that slept, or cannot reach the backend, does not know who came meanwhile."""
    time = _Time(monkeypatch)
    backend = MemoryBackend()
    with hold_lock(backend, "prod", "a", lease=60.0) as lock:
        time.now = 59.0
        lock.check()
        time.now = 60.0
        with pytest.raises(LockedError, match="its lease ran out"):
            lock.check()


def test_lock_without_clock_is_taken_after_watching_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """No clock is compared: the lock did not move in the time in which it had to."""
    time = _Time(monkeypatch)
    backend = MemoryBackend()
    backend.expired = None
    gone = backend.acquire("prod", LockHolder("ann"), EVERYTHING, 60.0)
    notes: list[str] = []
    waiting = Waiting(0.0, take_over=True, notice=notes.append, sleep=time.sleep)

    with hold_lock(backend, "prod", "a", lease=60.0, waiting=waiting) as lock:
        assert time.now == 60.0
        assert lock.record.fence > gone.fence
        assert "ann" in notes[0]


def test_lock_that_is_renewed_while_it_is_watched_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its holder lives, whatever the clocks say."""
    time = _Time(monkeypatch)
    backend = MemoryBackend()
    backend.expired = None
    alive = backend.acquire("prod", LockHolder("ann"), EVERYTHING, 60.0)
    time.then = lambda: backend.renew("prod", alive.fence) if time.now == 30.0 else None
    waiting = Waiting(0.0, take_over=True, sleep=time.sleep)

    with (
        pytest.raises(LockedError, match="still renews"),
        hold_lock(backend, "prod", "a", lease=60.0, waiting=waiting),
    ):
        pass
    assert [each.fence for each in backend.locks("prod")] == [alive.fence]


@pytest.mark.parametrize("expired", [True, False])
def test_clock_of_the_backend_decides_where_it_has_one(*, expired: bool) -> None:
    """A lease that ran out by it is taken over at once, any other not at all."""
    backend = MemoryBackend()
    backend.expired = expired
    backend.acquire("prod", LockHolder("ann"), EVERYTHING, 60.0)
    waiting = Waiting(0.0, take_over=True)

    if expired:
        with hold_lock(backend, "prod", "a", lease=60.0, waiting=waiting) as lock:
            assert lock.record.fence == 2
    else:
        with (
            pytest.raises(LockedError, match="has not run out"),
            hold_lock(backend, "prod", "a", lease=60.0, waiting=waiting),
        ):
            pass


def test_waiting_ends_when_the_lock_is_free() -> None:
    """``--lock-timeout`` asks again, and says once what it waits for."""
    backend = MemoryBackend()
    held = backend.acquire("prod", LockHolder("ann"), EVERYTHING, 60.0)
    notes: list[str] = []
    pauses: list[float] = []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            backend.release("prod", held.fence)

    waiting = Waiting(3600.0, notice=notes.append, sleep=sleep)
    with hold_lock(backend, "prod", "a", lease=60.0, waiting=waiting):
        assert len(pauses) == 3
        assert len(notes) == 1


def test_backend_that_fails_for_a_while_costs_no_lock() -> None:
    """The lease goes on until its end: the next try may reach the backend."""
    backend = MemoryBackend()
    tries: list[int] = []
    done = threading.Event()

    def fail_twice() -> None:
        tries.append(1)
        if len(tries) < 3:
            raise StoreError("no network")
        done.set()

    backend.before = fail_twice
    with hold_lock(backend, "prod", "a", lease=5.0) as lock:
        assert done.wait(10)
        lock.check()
