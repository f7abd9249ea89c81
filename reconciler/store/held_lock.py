"""Hold a lock in a backend: take it, renew its lease in a thread, and know when it is lost.

Invariants: nothing is sent or written once the lease ran out by our own clock, whether or not
somebody else took the lock; a lock of which nobody can say that its holder is gone is never taken
from it: either the backend's clock says so, or it was watched for the whole lease.
"""

from __future__ import annotations

import getpass
import os
import socket
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from reconciler.errors import LockedError, StoreError
from reconciler.model.lock import LockHolder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from reconciler.model.lock import LockRecord
    from reconciler.store.backends.protocol import Backend

Taken = TypeVar("Taken")
# How often the lease is renewed in its time.
_RENEWALS = 3
# How long to wait before a lock is asked for again, in seconds.
_PAUSE = 1.0
# Where the pipelines of forges write the address of a job.
_JOBS = ("CI_JOB_URL", "BUILD_URL")


@dataclass(frozen=True, slots=True)
class Waiting:
    """What to do while a lock is held: wait for ``timeout`` seconds, take over what ran out.

    ``notice`` is called with what is waited for, each time that it changes.
    """

    timeout: float = 0.0
    take_over: bool = False
    notice: Callable[[str], None] = lambda _text: None
    sleep: Callable[[float], None] = time.sleep


class HeldLock:
    """A lock that is held, and renewed until it is given back."""

    def __init__(self, backend: Backend, target: str, record: LockRecord) -> None:
        """Hold a lock that was just taken."""
        self.record = record
        self._backend = backend
        self._target = target
        self._since = _boot_time()
        self._lost = ""
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._renew, daemon=True, name="lock")
        self._thread.start()

    def check(self) -> None:
        """Check that the lock is still held. Raises: LockedError when it was lost."""
        if not self._lost and _boot_time() - self._since >= self.record.lease:
            self._lost = "its lease ran out before it could be renewed"
        if self._lost:
            raise LockedError(
                f"the lock of {self._target} was lost: {self._lost}: nothing more is sent; "
                "run `reconciler resume` afterwards"
            )

    def give_back(self) -> None:
        """End the renewing, and remove the lock where the backend can still be reached."""
        self._ended.set()
        self._thread.join()
        with suppress(StoreError, LockedError):
            self._backend.release(self._target, self.record.fence)

    def _renew(self) -> None:
        pause = self.record.lease / _RENEWALS
        while not self._ended.wait(pause):
            begun = _boot_time()
            try:
                self._backend.renew(self._target, self.record.fence)
            except LockedError as error:
                self._lost = str(error)
                return
            except StoreError:
                # The lease goes on until it ends: the next try may reach the backend.
                pause = min(pause, self.record.lease / 10)
            else:
                self._since, pause = begun, self.record.lease / _RENEWALS


@contextmanager
def hold_lock(
    backend: Backend,
    target: str,
    purpose: str,
    *,
    parts: frozenset[str] = frozenset(),
    lease: float,
    waiting: Waiting | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Iterator[HeldLock]:
    """Hold the lock of clients of a target, or of the whole of it. ``purpose`` is shown to others.

    Raises: LockedError when another run holds it, StoreError when there can be no lock.
    """
    asked = partial(backend.acquire, target, _holder(purpose, environ), parts, lease)
    held = HeldLock(backend, target, _acquire(backend, target, asked, waiting or Waiting()))
    try:
        yield held
    finally:
        held.give_back()


def wait_for_lock(target: str, take: Callable[[], Taken], waiting: Waiting) -> Taken:
    """Take a lock, or wait until it can be taken. Raises: LockedError when the time is up."""
    end = time.monotonic() + waiting.timeout
    noted = ""
    while True:
        try:
            return take()
        except LockedError as error:
            if time.monotonic() >= end:
                raise
            if str(error) != noted:
                noted = str(error)
                waiting.notice(f"waiting for the lock of {target}: {noted}")
            waiting.sleep(_PAUSE)


def _acquire(
    backend: Backend, target: str, asked: Callable[[], LockRecord], waiting: Waiting
) -> LockRecord:
    def take() -> LockRecord:
        try:
            return asked()
        except LockedError as error:
            if not waiting.take_over:
                raise _held(target, error) from None
            for each in error.records:
                _take_over(backend, target, each, waiting)
            return asked()

    return wait_for_lock(target, take, waiting)


def _held(target: str, error: LockedError) -> LockedError:
    who = "; ".join(str(each) for each in error.records) or str(error)
    gone = [each for each in error.records if each.expired]
    if gone and len(gone) == len(error.records):
        advice = "its lease ran out: run the command again with --take-over"
    else:
        advice = (
            "wait for it with --lock-timeout 5m; if its machine is gone, take the lock with "
            "--take-over"
        )
    return LockedError(f"{target} is locked by {who}: {advice}", error.records)


def _take_over(backend: Backend, target: str, record: LockRecord, waiting: Waiting) -> None:
    """Remove a lock whose lease ran out. Raises: LockedError when its holder renews it."""
    if record.expired is None:
        _watch(backend, target, record, waiting)
    elif not record.expired:
        raise LockedError(
            f"{target} is locked by {record}, whose lease has not run out: wait for it with "
            "--lock-timeout 5m, or break the lock with `reconciler unlock --force`",
            (record,),
        )
    backend.release(target, record.fence, renewals=record.renewals)


def _watch(backend: Backend, target: str, record: LockRecord, waiting: Waiting) -> None:
    """Watch a lock for its whole lease. Raises: LockedError when its holder renews it."""
    waiting.notice(f"watching for {record.lease:.0f} s whether {record} still renews its lock")
    end = _boot_time() + record.lease
    while _boot_time() < end:
        waiting.sleep(min(_PAUSE, max(0.0, end - _boot_time())))
        now = next((r for r in backend.locks(target) if r.fence == record.fence), None)
        if now is None:
            return
        if now.renewals != record.renewals:
            raise LockedError(
                f"{target} is locked by {record}, which still renews its lock: wait for it with "
                "--lock-timeout 5m, or break the lock with `reconciler unlock --force`",
                (record,),
            )


def _holder(purpose: str, environ: Mapping[str, str]) -> LockHolder:
    return LockHolder(
        owner=_user(),
        purpose=purpose[:200],
        host=socket.gethostname(),
        pid=os.getpid(),
        started=datetime.now(UTC).replace(microsecond=0),
        job=_job(environ)[:500],
    )


def _job(environ: Mapping[str, str]) -> str:
    """Return the address of the pipeline's job that this runs in; empty outside of one."""
    for name in _JOBS:
        if environ.get(name):
            return environ[name]
    server, repo, run = (
        environ.get(f"GITHUB_{name}", "") for name in ("SERVER_URL", "REPOSITORY", "RUN_ID")
    )
    return f"{server}/{repo}/actions/runs/{run}" if server and repo and run else ""


def _user() -> str:
    with suppress(OSError, KeyError, ImportError):
        return getpass.getuser()[:200]
    return ""


def _boot_time() -> float:
    """Return seconds that go on while the machine sleeps, where it has such a clock."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))
