from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from reconciler.errors import MovedError, StoreError, UncertainError
from reconciler.store.backends.file_store import Files, Sight, UnsentError, read_files, send_swap

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

BROKEN = UncertainError("broken")
AWAY = UnsentError("away")
REFUSED = StoreError("no right")
MOVED = MovedError("moved")


@dataclass
class ScriptedSwap:
    """A swap and a store whose answers are given; ``calls`` are what was asked of them."""

    answers: list[str | Sight | Files | Exception]
    calls: list[str] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)
    place: str = "the place"
    repair: str = "mend it"

    def send(self) -> str:
        answer = self._next("send")
        assert isinstance(answer, str)
        return answer

    def look(self) -> Sight:
        answer = self._next("look")
        assert isinstance(answer, Sight)
        return answer

    def read(self, names: Sequence[str]) -> Files:
        answer = self._next("read")
        assert isinstance(answer, Files)
        return answer

    def prepare(
        self, files: Files, put: Mapping[str, bytes], archive: Mapping[str, bytes], note: str
    ) -> ScriptedSwap:
        return self

    def archived(self, names: Sequence[str]) -> Iterator[bytes]:
        return iter(())

    def close(self) -> None:
        return

    def _next(self, call: str) -> str | Sight | Files | Exception:
        self.calls.append(call)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def swap(self) -> str | None:
        return send_swap(self, self, self.pauses.append)


@pytest.mark.parametrize(
    ("answers", "calls", "version"),
    [
        (["v2"], ["send"], "v2"),
        ([AWAY, "v2"], ["send", "send"], "v2"),
        ([BROKEN, Sight.WRITTEN], ["send", "look"], None),
        ([BROKEN, Sight.UNCHANGED, "v2"], ["send", "look", "send"], "v2"),
        ([BROKEN, AWAY, Sight.WRITTEN], ["send", "look", "look"], None),
        # The first copy arrived after the look, so that the second one came too late.
        (
            [BROKEN, Sight.UNCHANGED, MOVED, Sight.WRITTEN],
            ["send", "look", "send", "look"],
            None,
        ),
        (
            [BROKEN, Sight.UNCHANGED, AWAY, Sight.WRITTEN],
            ["send", "look", "send", "look"],
            None,
        ),
    ],
)
def test_swap_ends_with_what_became_of_it(
    answers: list[str | Sight | Files | Exception], calls: list[str], version: str | None
) -> None:
    """A lost answer is looked for, and what may still arrive is sent again as it was."""
    swap = ScriptedSwap(answers)

    assert swap.swap() == version
    assert swap.calls == calls
    assert len(swap.pauses) == len([each for each in calls[1:] if each == "send"]) + (
        calls == ["send", "look", "look"]
    )


@pytest.mark.parametrize(
    ("answers", "calls", "error"),
    [
        ([MOVED], ["send"], MovedError),
        ([REFUSED], ["send"], StoreError),
        ([BROKEN, Sight.MOVED], ["send", "look"], MovedError),
        ([BROKEN, REFUSED], ["send", "look"], UncertainError),
        ([BROKEN, BROKEN], ["send", "look"], UncertainError),
        ([AWAY], ["send"] * 7, UnsentError),
        ([BROKEN, AWAY], ["send", *["look"] * 7], UncertainError),
    ],
)
def test_swap_fails_with_what_is_known(
    answers: list[str | Sight | Files | Exception], calls: list[str], error: type[Exception]
) -> None:
    """It is in doubt only where something may have arrived and no look can say."""
    swap = ScriptedSwap(answers)

    with pytest.raises(StoreError) as caught:
        swap.swap()

    assert type(caught.value) is error
    assert swap.calls == calls


def test_swap_that_nobody_answers_for_long_is_in_doubt() -> None:
    """However often it is sent again: the last copy may still arrive."""
    swap = ScriptedSwap([BROKEN, Sight.UNCHANGED] * 20)

    with pytest.raises(UncertainError, match="whether the place was written is unknown: broken"):
        swap.swap()
    assert swap.calls == ["send", "look"] * 7


def test_pauses_outlast_an_outage_of_ten_seconds_within_a_lease() -> None:
    """Each is drawn by chance, so that two runs do not meet again and again."""
    swaps = [ScriptedSwap([AWAY]) for _ in range(20)]
    for swap in swaps:
        with pytest.raises(UnsentError):
            swap.swap()

    assert all(7.5 < sum(swap.pauses) < 40.0 for swap in swaps)
    assert len({tuple(swap.pauses) for swap in swaps}) == 20


def test_reading_is_tried_again_where_no_answer_came() -> None:
    """A read has no effect, so it may be sent as often as one likes."""
    files = Files("v1", frozenset(), {})
    patient = ScriptedSwap([AWAY, AWAY, files])
    given_up = ScriptedSwap([AWAY])

    assert read_files(patient, (), patient.pauses.append) == files
    assert len(patient.pauses) == 2
    with pytest.raises(UnsentError):
        read_files(given_up, (), given_up.pauses.append)
    assert given_up.calls == ["read"] * 7
