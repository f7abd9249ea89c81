"""Long tasks: answers that wait at an address of their own.

Invariants: an address is never used twice; the answer stays there once it has come.
Doubt: the wording of the pointer, its content type, and the form of the address.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

from reconciler.sandbox.faults.exchange import SentReply, page
from reconciler.sandbox.formats import TEXT


@dataclass(slots=True)
class _LongTask:
    pointer: SentReply
    answer: SentReply
    polls: int


class LongTasks:
    """The tasks of one site."""

    def __init__(self) -> None:
        """Begin without any."""
        self._numbers = count(1)
        self._tasks: dict[str, _LongTask] = {}

    def begin(self, answer: SentReply, polls: int, *, html: bool) -> SentReply:
        """Keep an answer for later, and give the pointer to it."""
        path = f"/long{next(self._numbers):06d}/billmgr"
        words = f"The operation takes a while. Its result: {path}"
        pointer = SentReply(TEXT, f"{words}\n".encode())
        if html:
            pointer = page(f'<html><body><a href="{path}">{words}</a></body></html>\n')
        self._tasks[path] = _LongTask(pointer, answer, polls)
        return pointer

    def poll(self, path: str) -> SentReply | None:
        """Answer whoever asks at an address; None when no task is there."""
        task = self._tasks.get(path)
        if task is None:
            return None
        if task.polls:
            task.polls -= 1
            return task.pointer
        return task.answer
