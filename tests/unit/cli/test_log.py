"""The log goes to standard error, in the shape that was asked for, without secrets."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

import pytest

from reconciler.cli.log import configure_log
from reconciler.cli.redact import Redactor

if TYPE_CHECKING:
    from collections.abc import Iterator

LOG = logging.getLogger("reconciler.test")


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    """Leave the logging of the test run as it was."""
    ours = logging.getLogger("reconciler")
    before = (ours.handlers, ours.level, ours.propagate)
    yield
    ours.handlers, ours.level, ours.propagate = before


def _scrubber() -> Redactor:
    scrub = Redactor()
    scrub.watch(lambda: ["hunter2!"])
    return scrub


@pytest.mark.parametrize(
    ("verbose", "levels"),
    [(0, ["WARNING"]), (1, ["INFO", "WARNING"]), (3, ["DEBUG", "INFO", "WARNING"])],
)
def test_log_level_follows_the_verbosity(
    capsys: pytest.CaptureFixture[str], verbose: int, levels: list[str]
) -> None:
    """Quiet by default, more with each -v."""
    configure_log(verbose=verbose, shape="text", scrub=Redactor())
    LOG.debug("a")
    LOG.info("a")
    LOG.warning("a")

    out, err = capsys.readouterr()
    assert out == ""
    assert [line.split()[2] for line in err.splitlines()] == levels


def test_text_line_is_inert_and_carries_its_fields(capsys: pytest.CaptureFixture[str]) -> None:
    """A field from outside cannot begin a line of its own."""
    configure_log(verbose=1, shape="text", scrub=_scrubber())
    LOG.info("asked", extra={"func": "account\n::error::x", "key": "hunter2!"})

    err = capsys.readouterr().err
    assert err.endswith("reconciler.test: asked func=account\\n:\\:error::x key=(secret)\n")


def test_json_line_is_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    """Programs read the same record, the traceback included."""
    configure_log(verbose=0, shape="json", scrub=_scrubber())
    LOG.error("failed", extra={"func": "account"}, exc_info=ValueError("hunter2!"))

    entry = json.loads(capsys.readouterr().err)
    assert (entry["level"], entry["message"], entry["func"]) == ("ERROR", "failed", "account")
    assert entry["traceback"].endswith("ValueError: (secret)")


def test_libraries_that_print_addresses_stay_quiet() -> None:
    """Not even -vv lets an address with credentials into the log."""
    configure_log(verbose=2, shape="text", scrub=Redactor())

    assert not logging.getLogger("httpx").isEnabledFor(logging.INFO)
    assert not logging.getLogger("httpcore.connection").isEnabledFor(logging.DEBUG)
