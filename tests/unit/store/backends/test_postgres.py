"""What a state in PostgreSQL says before it asks a server anything."""

from __future__ import annotations

import subprocess
import sys

import pytest

from reconciler.errors import UsageError
from reconciler.store.backends.postgres import PostgresBackend
from tests.support.environment import unmeasured_environment


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("postgresql://db.example/state", "postgresql://db.example/state"),
        ("postgres://db.example:6432/state", "postgresql://db.example:6432/state"),
        ("postgresql://anna@db.example/state", "postgresql://db.example/state"),
        ("postgresql://anna:s3cr3t@db.example/state", "postgresql://db.example/state"),
        ("postgresql://anna:s3%2Fcr%403t@db.example/state", "postgresql://db.example/state"),
        ("postgresql://db.example/state?password=s3cr3t", "postgresql://db.example/state"),
        ("postgresql://db.example/state?sslmode=verify-full", "postgresql://db.example/state"),
        ("postgresql://[::1]:5433/state", "postgresql://[::1]:5433/state"),
        ("postgresql://a:1,b:2/state", "postgresql://a:1,b:2/state"),
        ("postgresql://a,b/state", "postgresql://a,b/state"),
        ("postgresql:///state?host=/run/postgresql", "postgresql:///state?host=/run/postgresql"),
        (
            "postgresql://anna:s3cr3t@/state?host=/run/postgresql&port=5433",
            "postgresql:///state?host=/run/postgresql&port=5433",
        ),
        ("postgresql://%2Frun%2Fpostgresql/state", "postgresql:///state?host=/run/postgresql"),
        ("postgresql://", "postgresql:///"),
    ],
)
def test_place_is_the_url_without_credentials_and_options(url: str, place: str) -> None:
    """It stands in messages and reports; to open a backend asks no server."""
    backend = PostgresBackend(url)
    try:
        assert backend.place == place
        assert "s3" not in repr(vars(backend)["_log"].__dict__)
    finally:
        backend.close()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mysql://db.example/state",
        "host=db.example password=s3cr3t",
        "postgresql://anna:s3/cr3t@db.example/state",
        "postgresql://anna:s3@cr3t@db.example/state",
        "postgresql://anna:s3%cr3t@db.example/state",
        "postgresql://db.example:s3cr3t/state",
        "postgresql://db.example/state?s3cr3t",
        "postgresql://db.example/state?s3cr3t=1",
        "postgresql://db.example/a@s3cr3t",
        "postgresql://db.example/st\x00ate?password=s3cr3t",
    ],
)
def test_url_that_cannot_be_read_is_refused_without_being_quoted(url: str) -> None:
    """A sign in a password that is not escaped must not put the password into a log."""
    with pytest.raises(UsageError, match="postgresql://HOST/DATABASE") as refused:
        PostgresBackend(url)

    assert "s3" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__ or refused.value.__context__ is None


@pytest.mark.parametrize("schema", ["", "a b", 'a"b', "a%b", "1a", "a" * 64, "ä", "a\n"])
def test_schema_with_odd_signs_is_refused(schema: str) -> None:
    """Its name stands in every statement."""
    with pytest.raises(UsageError, match="a schema is named with"):
        PostgresBackend("postgresql://db.example/state", schema=schema)


def test_missing_library_is_named_with_its_extra() -> None:
    """Importing the module needs no library; opening a state does."""
    program = (
        "import sys; sys.modules['psycopg'] = None\n"
        "from reconciler.errors import UsageError\n"
        "from reconciler.store.backends.postgres import PostgresBackend\n"
        "try:\n"
        "    PostgresBackend('postgresql://db.example/state')\n"
        "except UsageError as error:\n"
        "    print(error)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", program],
        check=True,
        env=unmeasured_environment(),
        capture_output=True,
        text=True,
    )

    assert run.stdout == (
        "state in PostgreSQL needs an extra: run pip install 'reconciler[postgres]'\n"
    )
