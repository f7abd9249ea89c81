"""What PostgreSQL alone does: sessions that break, servers that are unfit, SQL beside us."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING

import psycopg
import pytest

from reconciler.errors import LockedError, StoreError, UncertainError
from reconciler.store.backends import postgres_session, postgres_tables
from reconciler.store.backends.postgres import PostgresBackend
from reconciler.store.backends.postgres_session import PostgresSession, parse_url
from reconciler.store.backends.protocol import Snapshot
from tests.support.cut_line import Fault, cut_line
from tests.support.postgres import PASSWORD, USER, PostgresServer
from tests.support.state_place import TARGET, LockedRun, PostgresPlace, follow, holder

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def place(postgres_place: PostgresPlace) -> PostgresPlace:
    """An empty schema."""
    return postgres_place


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give a broken session up soon."""
    monkeypatch.setattr(postgres_session, "PATIENCE", 0.3)


def lines(place: PostgresPlace) -> list[bytes]:
    """Return the lines that are there, as a run on another machine sees them."""
    return list(place.open().history(TARGET))


def through(place: PostgresPlace, port: int) -> str:
    """Return the URL of the place by way of another port."""
    return place.server.url.replace(f":{place.server.port}/", f":{port}/")


def wait_for_waiting(server: PostgresServer) -> None:
    """Return when a session waits for another one."""
    while not server.execute("SELECT 1 FROM pg_locks WHERE NOT granted"):
        assert server.execute("SELECT 1 FROM pg_stat_activity WHERE state = 'active'")


# ── Sessions that break ──────────────────────────────────────────────────────────────────────────


def test_ended_session_is_opened_anew_and_nothing_is_written_twice(place: PostgresPlace) -> None:
    """The first statement on a dead session is run again on the next one."""
    run = LockedRun(place.open())
    run.write(b"1")
    assert place.server.end_sessions() == 2
    run.write(b"2")
    place.server.end_sessions()
    run.backend.renew(TARGET, run.lock.fence)
    assert [each.renewals for each in run.backend.locks(TARGET)] == [1]
    place.server.end_sessions()
    assert list(run.backend.load(TARGET).lines) == [b"1", b"2"]
    place.server.end_sessions()
    run.end()

    assert lines(place) == [b"1", b"2"]


@pytest.mark.parametrize("lose", ["request", "answer"])
@pytest.mark.parametrize("checkpoint", [None, b"all"])
@pytest.mark.parametrize("count", [0, 1, 3])
def test_batch_whose_answer_was_lost_is_written_once(
    place: PostgresPlace, lose: Fault, checkpoint: bytes | None, count: int
) -> None:
    """Whether it had arrived or not: the head says which, and is moved once."""
    batch = [b"%d" % number for number in range(count)]
    with cut_line(place.server.port) as line:
        run = LockedRun(place.open(through(place, line.port)))
        run.write(b"first", b"second")
        line.lose = lose
        run.write(*batch, checkpoint=checkpoint)
        run.write(b"last")
        run.backend.close()
    found = place.open().load(TARGET)

    assert lines(place) == [b"first", b"second", *batch, b"last"]
    assert (found.head, found.checkpoint) == (run.head, checkpoint)
    assert found.covered == (2 + count if checkpoint else 0)


def test_large_batch_whose_answer_was_lost_is_written_once(place: PostgresPlace) -> None:
    """What was sent in pieces is sent again in pieces."""
    large = [bytes([number]) * 4_000_000 for number in (1, 2, 3)]
    with cut_line(place.server.port) as line:
        run = LockedRun(place.open(through(place, line.port)))
        run.write(b"first")
        for lose in ("answer", "request"):
            line.lose = lose
            run.write(*large, checkpoint=b"x" * 3_000_000)
        run.backend.close()

    assert lines(place) == [b"first", *large, *large]


@pytest.mark.parametrize("lose", ["request", "answer"])
@pytest.mark.usefixtures("_impatient")
def test_batch_of_which_nothing_can_be_found_out_is_uncertain(
    place: PostgresPlace, lose: Fault
) -> None:
    """The message names the place, and a run that comes back sees what is there."""
    with cut_line(place.server.port) as line:
        run = LockedRun(place.open(through(place, line.port)))
        run.write(b"1")
        before = run.head
        line.lose, line.is_open = lose, False
        with pytest.raises(UncertainError, match="it is unknown whether") as uncertain:
            run.write(b"2")
        assert run.backend.place in str(uncertain.value)

        line.is_open = True
        found = run.backend.load(TARGET)
        after = follow(before, b"2").after
        assert (found.head, list(found.lines)) == (
            (after, [b"1", b"2"]) if lose == "answer" else (before, [b"1"])
        )
        run.backend.close()


@pytest.mark.usefixtures("_impatient")
def test_server_that_falls_silent_is_given_up(
    place: PostgresPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that is stopped keeps its connections, so the network reports nothing."""
    with cut_line(place.server.port) as line:
        run = LockedRun(place.open(through(place, line.port)))
        monkeypatch.setattr(postgres_session.PostgresConnection, "silence", 0.2)
        monkeypatch.setattr(postgres_tables, "SILENCE", 0.2)
        line.lose, line.is_open = "silence", False
        with pytest.raises(UncertainError, match=r"postgresql://127\.0\.0\.1"):
            run.write(b"1")
        line.is_open = True
        run.backend.load(TARGET)
        line.lose, line.is_open = "silence", False
        with pytest.raises(StoreError, match="cannot be reached") as failed:
            run.backend.load(TARGET)
        assert type(failed.value) is StoreError
        run.backend.close()

    assert lines(place) == []


def test_lock_whose_answer_was_lost_is_taken_once(place: PostgresPlace) -> None:
    """The run finds its own lock, and is not kept off by it."""
    for lose in ("request", "answer"):
        with cut_line(place.server.port) as line:
            backend = place.open(through(place, line.port))
            backend.acquire(TARGET, holder(), frozenset({"other"}), 60.0)
            line.lose = lose
            taken = backend.acquire(TARGET, holder(), frozenset({lose}), 60.0)
            assert backend.locks(TARGET)[-1] == taken
            assert len(backend.locks(TARGET)) == 2
            for each in backend.locks(TARGET):
                backend.release(TARGET, each.fence)
            backend.close()


@pytest.mark.usefixtures("_impatient")
def test_server_that_stops_is_reported_and_used_again_when_it_is_back(place: PostgresPlace) -> None:
    """What was committed before the power was cut is there."""
    run = LockedRun(place.open())
    run.write(b"1", checkpoint=b"one")
    place.server.stop(signal.SIGQUIT)
    try:
        for call in (
            lambda: run.backend.load(TARGET),
            lambda: run.backend.renew(TARGET, run.lock.fence),
            lambda: place.open().load(TARGET),
            lambda: run.backend.append(TARGET, follow(run.head, b"lost"), run.lock.fence),
        ):
            with pytest.raises(StoreError, match=r"cannot be reached: .*that the server runs"):
                call()
    finally:
        place.server.start()
    run.write(b"2")

    assert lines(place) == [b"1", b"2"]


# ── Renewals beside batches ──────────────────────────────────────────────────────────────────────


def test_renewal_does_not_wait_for_a_batch(place: PostgresPlace) -> None:
    """A batch that waits for another run's holds no lease up."""
    run = LockedRun(place.open())
    run.write(b"1")
    blocked = threading.Thread(target=run.write, args=(b"2",))
    with psycopg.connect(place.server.url) as other:
        other.execute(f'SELECT FROM "{place.schema}".head FOR UPDATE'.encode())
        blocked.start()
        wait_for_waiting(place.server)
        run.backend.renew(TARGET, run.lock.fence)
        assert run.backend.locks(TARGET)[0].renewals == 1
        assert place.open().load(TARGET).head.count == 1
    blocked.join()

    assert lines(place) == [b"1", b"2"]


def test_whoever_breaks_a_lock_sees_the_last_batch_under_it(place: PostgresPlace) -> None:
    """Breaking waits for a batch that is being written, so none comes later."""
    run = LockedRun(place.open())
    run.write(b"1")
    other = place.open()
    with psycopg.connect(place.server.url) as writing:
        last = follow(run.head, b"2")
        writing.execute(
            f'SELECT "{place.schema}".append(%s, %s, %s, %s, %s, %s, %b, %b, NULL, false, false, '
            "false)".encode(),
            [
                *(TARGET, run.lock.fence, last.before.count, last.before.digest),
                *(last.after.count, last.after.digest, b"2", [b"2"]),
            ],
        )
        broken = threading.Thread(target=other.release, args=(TARGET, run.lock.fence))
        broken.start()
        wait_for_waiting(place.server)
        assert len(place.open().locks(TARGET)) == 1
        writing.commit()
        broken.join()

    assert list(other.load(TARGET).lines) == [b"1", b"2"]
    with pytest.raises(LockedError):
        run.write(b"3")


def test_run_that_lost_its_lock_learns_who_has_one(place: PostgresPlace) -> None:
    """The message says so, and the error carries the record."""
    run = LockedRun(place.open())
    run.end()
    successor = place.open().acquire(TARGET, holder("order"), frozenset(), 60.0)

    for call in (
        lambda: run.write(b"1"),
        lambda: run.backend.renew(TARGET, run.lock.fence),
    ):
        with pytest.raises(LockedError, match=r"'order'.* holds one now") as gone:
            call()
        assert gone.value.records == (successor,)


# ── Servers and schemas that are unfit ───────────────────────────────────────────────────────────


def test_replica_is_refused(place: PostgresPlace, replica: PostgresServer) -> None:
    """Its answers may be older than what was written."""
    LockedRun(place.open()).write(b"1")
    backend = PostgresBackend(replica.url, schema=place.schema)

    with pytest.raises(StoreError, match=r"is a replica, .*name the server that takes writes"):
        backend.load(TARGET)
    with pytest.raises(StoreError, match="is a replica"):
        backend.acquire(TARGET, holder(), frozenset(), 60.0)
    backend.close()


def test_of_several_servers_the_one_that_takes_writes_is_used(
    place: PostgresPlace, replica: PostgresServer
) -> None:
    """A cluster is named whole, whichever of its servers leads at the moment."""
    hosts = f"127.0.0.1:{replica.port},127.0.0.1:{place.server.port}"
    url = place.server.url.replace(f"127.0.0.1:{place.server.port}", hosts)
    run = LockedRun(place.open(url))
    run.write(b"1")

    assert run.backend.place == (
        f"postgresql://127.0.0.1:{replica.port},127.0.0.1:{place.server.port}/state"
    )
    assert lines(place) == [b"1"]


def test_server_that_does_not_wait_for_its_disk_is_refused(place: PostgresPlace) -> None:
    """An intent that a power cut takes back is none."""
    place.server.stop()
    place.server.start("fsync=off")
    try:
        with pytest.raises(StoreError, match="ALTER SYSTEM SET fsync = on"):
            place.open().load(TARGET)
    finally:
        place.server.stop()
        place.server.start()


def test_defaults_of_the_user_change_nothing(place: PostgresPlace) -> None:
    """Whatever an administrator set for other programs, a commit is durable, and one moment."""
    names = ("synchronous_commit", "default_transaction_isolation", "search_path", "lock_timeout")
    hostile = ("off", "serializable", "nowhere", "1ms")
    for name, value in zip(names, hostile, strict=True):
        place.server.execute(f"ALTER ROLE {USER} SET {name} = '{value}'")
    session = PostgresSession(parse_url(place.server.url))
    try:
        run = LockedRun(place.open())
        run.write(b"1")
        run.end()
        assert lines(place) == [b"1"]
        found = session.run(
            lambda at: [at.execute(f"SHOW {name}".encode()).fetchone() for name in names]
        )
    finally:
        session.close()
        place.server.execute(f"ALTER ROLE {USER} RESET ALL")

    assert found == [("on",), ("read committed",), ("nowhere",), ("20s",)]


def test_server_that_takes_no_writes_is_reported(place: PostgresPlace) -> None:
    """Reading goes on; whoever wants to write learns what to name."""
    LockedRun(place.open()).write(b"1")
    place.server.execute(f"ALTER ROLE {USER} SET default_transaction_read_only = on")
    try:
        backend = place.open()
        assert list(backend.load(TARGET).lines) == [b"1"]
        with pytest.raises(StoreError, match=r"read-only.*: name the server that takes writes"):
            backend.acquire("other", holder(), frozenset(), 60.0)
    finally:
        place.server.execute(f"ALTER ROLE {USER} RESET ALL")


def test_user_who_may_make_no_schema_uses_one_that_was_made(place: PostgresPlace) -> None:
    """The message says which right is missing; nothing beside the schema is needed."""
    backend = place.open()
    place.server.execute("ALTER DATABASE state OWNER TO postgres")
    try:
        with pytest.raises(StoreError, match=r"permission denied.*grant"):
            backend.acquire(TARGET, holder(), frozenset(), 60.0)
        place.execute(f"CREATE SCHEMA {{}} AUTHORIZATION {USER}")
        assert backend.load(TARGET) == Snapshot()
        run = LockedRun(backend)
        run.write(b"1")
    finally:
        place.server.execute(f"ALTER DATABASE state OWNER TO {USER}")

    assert lines(place) == [b"1"]


def test_schema_of_something_else_is_left_alone(place: PostgresPlace) -> None:
    """Tables of another program are neither read nor added to."""
    place.execute("CREATE SCHEMA {}")
    place.execute("CREATE TABLE {}.head (id integer)")
    place.execute(f"GRANT ALL ON SCHEMA {{}} TO {USER}")
    before = place.contents()

    for call in (
        lambda: place.open().load(TARGET),
        lambda: place.open().acquire(TARGET, holder(), frozenset(), 60.0),
        lambda: place.open().targets(),
    ):
        with pytest.raises(StoreError, match="has tables, but no table `format`"):
            call()
    assert place.contents() == before


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        ("DELETE FROM {}.line WHERE number = 4", "lacks a part of the state of production"),
        ("DELETE FROM {}.checkpoint WHERE piece = 1", "lacks a part of the state of production"),
        ("DELETE FROM {}.checkpoint", "lacks a part of the state of production"),
        ("DELETE FROM {}.format", "has no row in its table `format`"),
        ("UPDATE {}.format SET version = 0", "says that its format is 0"),
        ("DROP TABLE {}.format", "has tables, but no table `format`"),
        ("DROP TABLE {}.line CASCADE", "holds what no version of reconciler wrote"),
        ("ALTER TABLE {}.head DROP COLUMN covered CASCADE", "holds what no version of"),
    ],
)
def test_damage_is_reported_and_never_taken_for_an_empty_state(
    place: PostgresPlace, damage: str, words: str
) -> None:
    """An empty state would have everything made a second time."""
    run = LockedRun(place.open())
    run.write(b"1", b"2", checkpoint=b"x" * 600_000)
    run.write(b"3", b"4", b"5")
    place.execute(damage)

    with pytest.raises(StoreError, match=words) as damaged:
        place.open().load(TARGET)
    assert "restore" in str(damaged.value)
    assert run.backend.place in str(damaged.value)


def test_missing_line_ends_the_history(place: PostgresPlace) -> None:
    """A gap is no end."""
    LockedRun(place.open()).write(b"1", b"2", b"3")
    place.execute("DELETE FROM {}.line WHERE number = 2")

    with pytest.raises(StoreError, match="lacks lines of the state of production"):
        lines(place)


# ── Tables ───────────────────────────────────────────────────────────────────────────────────────


def test_tables_are_made_once_by_runs_that_begin_together(place: PostgresPlace) -> None:
    """Each gets its lock, and none an error."""
    backends = [place.open() for _ in range(4)]
    begin = threading.Barrier(len(backends))
    taken = []

    def work(number: int) -> None:
        begin.wait()
        parts = frozenset({str(number)})
        taken.append(backends[number].acquire(TARGET, holder(), parts, 60.0))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(len(backends))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(taken) == len(backends)


def test_older_format_is_brought_to_the_newest_by_the_first_lock(
    place: PostgresPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one transaction with the state that it holds; reading changes nothing."""
    run = LockedRun(place.open())
    run.write(b"1")
    run.end()
    steps = (*postgres_tables.STEPS, b"CREATE TABLE more (number integer); SELECT 1 / 0")
    monkeypatch.setattr(postgres_tables, "STEPS", steps)
    before = place.contents()
    with pytest.raises(StoreError, match="division by zero"):
        place.open().acquire(TARGET, holder(), frozenset(), 60.0)
    assert place.contents() == before

    steps = (*steps[:1], b"CREATE TABLE more (number integer)")
    monkeypatch.setattr(postgres_tables, "STEPS", steps)
    assert lines(place) == [b"1"]
    assert place.contents() == before
    place.open().acquire(TARGET, holder(), frozenset(), 60.0)

    assert place.execute("SELECT version FROM {}.format") == [(2,)]
    assert place.rows("more") == []
    assert lines(place) == [b"1"]


def test_views_show_entries_and_locks_to_dashboards(place: PostgresPlace) -> None:
    """As JSON where it is JSON; what is none ends no query."""
    run = LockedRun(place.open(), parts=frozenset({"acme"}))
    run.write(b'{"type": "run", "number": 1}', checkpoint=b"all")
    run.write(b'{"zero": "\\u0000"}', b"\xff")

    assert place.execute("SELECT number, archived, entry FROM {}.journal ORDER BY number") == [
        (1, True, {"type": "run", "number": 1}),
        (2, False, None),
        (3, False, None),
    ]
    assert place.execute(
        "SELECT target, fence, holder ->> 'owner', parts, expired, renewals FROM {}.locks"
    ) == [(TARGET, 1, "anna", ["acme"], False, 0)]


def test_role_of_dashboards_reads_the_views_and_nothing_else(place: PostgresPlace) -> None:
    """With the grants of the guide: it neither reads the tables nor writes through a function."""
    LockedRun(place.open()).write(b'{"number": 1}')
    place.server.execute(f"CREATE ROLE dashboards LOGIN PASSWORD '{PASSWORD}'")
    try:
        place.execute("GRANT USAGE ON SCHEMA {} TO dashboards")
        place.execute("GRANT SELECT ON {}.journal, {}.locks TO dashboards")
        url = place.server.url.replace(f"//{USER}:", "//dashboards:")
        with psycopg.connect(url, autocommit=True) as session:
            for query in ("SELECT entry FROM {}.journal", "SELECT holder FROM {}.locks"):
                assert session.execute(query.replace("{}", f'"{place.schema}"').encode()).fetchone()
            for query in (
                "SELECT * FROM {}.line",
                f"SELECT {{}}.renew('{TARGET}', 1)",
                f"SELECT {{}}.release('{TARGET}', 1, NULL)",
            ):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    session.execute(query.replace("{}", f'"{place.schema}"').encode())
    finally:
        place.execute("DROP OWNED BY dashboards")
        place.server.execute("DROP ROLE dashboards")


@pytest.mark.parametrize("name", ["caf\udce9", "a\x00b"], ids=["surrogate", "zero"])
def test_name_that_no_text_of_the_server_can_be_is_refused(place: PostgresPlace, name: str) -> None:
    """No name of a client or a target is like that; an error says so, and no traceback."""
    backend = place.open()
    run = LockedRun(backend)

    for call in (
        lambda: backend.load(name),
        lambda: backend.acquire("other", holder(), frozenset({name}), 60.0),
    ):
        with pytest.raises(StoreError, match=r"postgresql://127\.0\.0\.1:\d+/state refused: "):
            call()
    run.write(b"1")

    assert lines(place) == [b"1"]


def test_each_call_costs_one_request(place: PostgresPlace) -> None:
    """Once a session is open and the tables were seen."""
    log = place.server.folder / "log"
    place.server.execute(f"ALTER ROLE {USER} SET log_statement = 'all'")
    try:
        run = LockedRun(place.open())
        costs = {}
        for name, call in (
            ("append", lambda: run.write(b"1")),
            ("checkpoint", lambda: run.write(b"2", checkpoint=b"x" * 1_000_000)),
            ("load", lambda: run.backend.load(TARGET)),
            ("renew", lambda: run.backend.renew(TARGET, run.lock.fence)),
            ("locks", lambda: run.backend.locks(TARGET)),
        ):
            before = log.stat().st_size
            call()
            text = log.read_bytes()[before:].decode()
            costs[name] = text.count("LOG:  execute") + text.count("LOG:  statement")
    finally:
        place.server.execute(f"ALTER ROLE {USER} RESET ALL")

    assert costs == dict.fromkeys(costs, 1)


# ── Words ────────────────────────────────────────────────────────────────────────────────────────


def test_no_message_holds_a_credential(place: PostgresPlace) -> None:
    """Neither the place nor an error, with its causes."""
    wrong = place.server.url.replace(PASSWORD, "wrong-donkey")
    backend = place.open(wrong)
    with pytest.raises(StoreError, match="password authentication failed") as refused:
        backend.load(TARGET)
    error: BaseException | None = refused.value
    texts = [backend.place, repr(backend), repr(parse_url(wrong))]
    while error is not None:
        texts += [str(error), repr(error)]
        error = error.__cause__ or error.__context__

    assert backend.place == f"postgresql://127.0.0.1:{place.server.port}/state"
    assert [text for text in texts if "donkey" in text or USER in text.split("user ")[0]] == []


@pytest.fixture(scope="module")
def replica(server: PostgresServer) -> Iterator[PostgresServer]:
    """A server that follows the other one."""
    with server.replica() as copy:
        yield copy
