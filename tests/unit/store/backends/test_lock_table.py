from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, strategies as st

from reconciler.errors import LockedError
from reconciler.model.lock import LockHolder, LockRecord
from reconciler.store.backends.lock_table import (
    LockTable,
    TargetLocks,
    encode_lock_table,
    read_lock_table,
)

TEXTS = st.text(st.characters(), max_size=12)
HOLDERS = st.builds(
    LockHolder,
    owner=TEXTS,
    purpose=TEXTS,
    host=TEXTS,
    pid=st.none() | st.integers(0, 1 << 22),
    started=st.none() | st.datetimes(timezones=st.just(UTC)),
    job=TEXTS,
)
RECORDS = st.builds(
    LockRecord,
    fence=st.integers(1, 1 << 40),
    holder=HOLDERS,
    parts=st.frozensets(TEXTS, max_size=3),
    lease=st.floats(0.1, 1e6),
    renewals=st.integers(0, 1 << 30),
    expired=st.none(),
)
LOCKS = st.builds(
    TargetLocks,
    fence=st.integers(0, 1 << 40),
    records=st.lists(RECORDS, max_size=3).map(tuple),
)


@given(st.dictionaries(TEXTS, LOCKS, max_size=3))
def test_table_is_read_as_it_was_written(targets: dict[str, TargetLocks]) -> None:
    """Whatever a holder calls itself."""
    table = LockTable(targets)

    assert read_lock_table(encode_lock_table(table)) == table


def test_place_without_a_table_has_no_lock() -> None:
    """A state is new until somebody takes a lock on it."""
    assert read_lock_table(None).records("prod") == ()


def test_number_of_a_lock_is_never_given_out_again() -> None:
    """Also when all locks are gone: a run that lost its lock must not find it back."""
    table, first = LockTable().with_new("prod", LockHolder(), frozenset(), lease=60, place="x")
    table, second = table.without("prod", first.fence).with_new(
        "prod", LockHolder(), frozenset(), lease=60, place="x"
    )
    _, other = table.with_new("test", LockHolder(), frozenset(), lease=60, place="x")

    assert (first.fence, second.fence, other.fence) == (1, 2, 1)


def test_refusal_shows_all_locks_that_are_in_the_way() -> None:
    """A whole target is held by whoever holds a client of it."""
    started = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
    ada = LockHolder("ada", "apply", "runner-7", pid=1, started=started)
    table, first = LockTable().with_new("prod", ada, frozenset({"acme"}), lease=60, place="x")
    table, second = table.with_new("prod", ada, frozenset({"initech"}), lease=60, place="x")

    with pytest.raises(LockedError, match=r"'apply', of 'ada'.* on acme; .* on initech") as caught:
        table.with_new("prod", LockHolder(), frozenset(), lease=60, place="x")
    assert caught.value.records == (first, second)
    with pytest.raises(LockedError) as caught:
        table.with_new("prod", LockHolder(), frozenset({"acme"}), lease=60, place="x")
    assert caught.value.records == (first,)


def test_renewal_counts_for_one_lock() -> None:
    """Whoever watches a lock sees from the count that its holder lives."""
    table, first = LockTable().with_new("prod", LockHolder(), frozenset("a"), lease=60, place="x")
    table, second = table.with_new("prod", LockHolder(), frozenset("b"), lease=60, place="x")
    table = table.with_renewal("prod", second.fence, "x")

    assert table.records("prod") == (first, replace(second, renewals=1))
    with pytest.raises(LockedError, match=r"lock 7 of the target prod in x is gone: .* holds one"):
        table.with_renewal("prod", 7, "x")


@pytest.mark.parametrize(
    "raw",
    [b"", b"[]", b'{"prod": 1}', b'{"prod": {"fence": 1, "locks": [{}]}}', b'{"p": {}, "p": {}}'],
)
def test_other_shapes_are_no_table(raw: bytes) -> None:
    """A damaged table is no empty one: nobody may take a lock by damaging it."""
    with pytest.raises((ValueError, LookupError, TypeError, AttributeError)):
        read_lock_table(raw)
