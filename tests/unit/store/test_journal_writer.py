"""An apply writes many intents at once where that is slow, and sends none before it is durable."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.errors import StoreError
from reconciler.model.journal import Intent
from reconciler.model.resource import Scope
from reconciler.store.journal_writer import JournalWriter

if TYPE_CHECKING:
    from collections.abc import Sequence

INTENT = Intent("Client/a", "update", "client.edit", "write", (), Scope("Client", "", None))


class _Journal:
    """Numbers lines, and notes what was written at once."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.count = 0
        self.error: Exception | None = None

    def check(self) -> None:
        """Hold the lock."""

    def mark_saved(self) -> None:
        """Write nothing."""

    def write(self, contents: Sequence[dict[str, Any]]) -> list[int]:
        """Write lines."""
        if self.error:
            raise self.error
        self.batches.append([str(each["type"]) for each in contents])
        self.count += len(contents)
        return list(range(self.count - len(contents) + 1, self.count + 1))


async def _edit(writer: JournalWriter, journal: _Journal) -> None:
    with writer.change():
        number = await writer.intend(INTENT)
        assert journal.count >= number, "it is durable before it is sent"
        await asyncio.sleep(0)
        await writer.conclude([number], "verified", "", "")


def test_wave_is_written_at_once_and_outcomes_with_the_next() -> None:
    """A thousand edits, a hundred side by side, take twenty writes and one at the end."""
    journal = _Journal()
    writer = JournalWriter(journal, 50, blocks=True)

    async def run() -> None:
        width = asyncio.Semaphore(writer.width(4))

        async def one() -> None:
            async with width:
                await _edit(writer, journal)

        await asyncio.gather(*(one() for _ in range(1_000)))
        await writer.flush()

    asyncio.run(run())

    assert writer.width(4) == 100
    assert journal.count == 2_000
    assert len(journal.batches) <= 25
    assert set(journal.batches[-1]) == {"outcome"}


def test_charge_waits_for_no_other_change() -> None:
    """It is written alone, and its outcome is durable before the next."""
    journal = _Journal()
    writer = JournalWriter(journal, 50, blocks=True)

    async def run() -> None:
        with writer.change(), writer.change():
            number = await writer.intend(INTENT, alone=True)
            await writer.conclude([number], "verified", "", "", urgent=True)

    asyncio.run(run())

    assert journal.batches == [["intent"], ["outcome"]]


def test_change_that_waits_for_another_does_not_stop_it() -> None:
    """A wave that cannot fill is written after a while."""
    journal = _Journal()
    writer = JournalWriter(journal, 50, blocks=True)

    async def run() -> None:
        turn = asyncio.Lock()

        async def one() -> None:
            with writer.change():
                async with turn:
                    await writer.intend(INTENT)

        await asyncio.wait_for(asyncio.gather(*(one() for _ in range(3))), 30)

    asyncio.run(run())

    assert journal.batches == [["intent"]] * 3


def test_failed_write_reaches_each_that_waits() -> None:
    """No request of the wave is sent, and an outcome that was lost is reported by the flush."""
    journal = _Journal()
    writer = JournalWriter(journal, 2, blocks=True)

    async def run() -> None:
        await writer.conclude([1], "verified", "", "")
        journal.error = StoreError("the disk is full")
        found = await asyncio.gather(
            writer.intend(INTENT), writer.intend(INTENT), return_exceptions=True
        )
        assert [type(each) for each in found] == [StoreError, StoreError]
        with pytest.raises(StoreError, match="full"):
            await writer.flush()

    asyncio.run(run())

    assert journal.batches == []


def test_file_is_written_line_by_line() -> None:
    """Where a write costs nothing, every line is durable before anything else happens."""
    journal = _Journal()
    writer = JournalWriter(journal)

    asyncio.run(_edit(writer, journal))

    assert writer.width(4) == 4
    assert journal.batches == [["intent"], ["outcome"]]
