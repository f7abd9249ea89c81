"""A set of files behind a compare-and-swap, and the way to use one over a network that breaks.

Invariants: nothing is said of a swap whose answer was lost before the place was looked at; a swap
that may still arrive is sent again as it was, and never in another form.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Protocol

from reconciler.errors import MovedError, StoreError, UncertainError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

# How often a place is asked that does not answer, and the longest pause in between, in seconds.
# Together they outlast an outage of ten seconds, and stay below a third of a lease of a minute.
_ASKED = 7
_LONGEST_PAUSE = 8.0


class UnsentError(StoreError):
    """A request to a place provably had no effect, and may succeed a little later."""


class Sight(Enum):
    """What a look at a place shows of a swap of which no answer came."""

    WRITTEN = "our files are there, or were before somebody swapped them"
    MOVED = "somebody else swapped first, so that ours can never succeed"
    UNCHANGED = "nobody swapped yet: ours may still arrive, and may be sent again"


@dataclass(frozen=True, slots=True)
class Files:
    """The files of a place at one moment, as far as they were asked for.

    ``version`` is what a swap is compared with, None where the place holds nothing. ``targets``
    are those that have files.
    """

    version: str | None
    targets: frozenset[str]
    contents: dict[str, bytes]


class PreparedSwap(Protocol):
    """A compare-and-swap that is ready to be sent; sending it twice swaps once."""

    def send(self) -> str:
        """Swap, and return the new version.

        Raises: MovedError when the place has another version, UnsentError, StoreError when it is
                refused; then nothing was swapped. UncertainError when that is not known.
        """
        ...

    def look(self) -> Sight:
        """Return what became of it. Raises: StoreError, UncertainError where no look can say."""
        ...


class FileStore(Protocol):
    """A set of files behind a compare-and-swap.

    ``place`` is how messages name it; ``repair`` is what a person does where it is damaged.
    """

    place: str
    repair: str

    def read(self, names: Sequence[str]) -> Files:
        """Return the files of these names, as far as there are such. Raises: StoreError."""
        ...

    def prepare(
        self,
        files: Files,
        put: Mapping[str, bytes],
        archive: Mapping[str, bytes],
        note: str,
    ) -> PreparedSwap:
        """Return the swap that puts files over those that were read, and adds to the archive.

        ``note`` says what it is for. Raises: MovedError, StoreError.
        """
        ...

    def archived(self, names: Sequence[str]) -> Iterator[bytes]:
        """Return archived files, in the order of their names. Raises: StoreError."""
        ...

    def close(self) -> None:
        """End connections and remove temporary files."""
        ...


def read_files(store: FileStore, names: Sequence[str], pause: Callable[[float], None]) -> Files:
    """Read files, again where no answer came. Raises: StoreError."""
    for number in range(_ASKED - 1):
        try:
            return store.read(names)
        except UnsentError:
            wait(pause, number)
    return store.read(names)


def send_swap(
    store: FileStore, prepared: PreparedSwap, pause: Callable[[float], None]
) -> str | None:
    """Send a swap until it is known what became of it; return the new version.

    None: it was written, and somebody else has swapped over it since.
    Raises: MovedError, StoreError: nothing was swapped. UncertainError.
    """
    doubt: StoreError | None = None
    for number in range(_ASKED):
        try:
            return prepared.send()
        except UncertainError as error:
            doubt = error
        except (MovedError, UnsentError) as error:
            # A copy that was sent before may have arrived since it was looked for.
            if doubt is None and (isinstance(error, MovedError) or number == _ASKED - 1):
                raise
        if doubt is not None:
            match _look(store, prepared, pause, doubt):
                case Sight.WRITTEN:
                    return None
                case Sight.MOVED:
                    raise MovedError(f"another run wrote to {store.place}: run the command again")
                case Sight.UNCHANGED:
                    pass
        wait(pause, number)
    raise _uncertain(store, doubt)


def wait(pause: Callable[[float], None], number: int) -> None:
    """Wait before another try, longer each time, and never as long as another run does."""
    longest = min(_LONGEST_PAUSE, 0.25 * 2.0**number)
    pause(longest * random.uniform(0.5, 1.0))  # noqa: S311 - no secret


def _look(
    store: FileStore,
    prepared: PreparedSwap,
    pause: Callable[[float], None],
    doubt: StoreError,
) -> Sight:
    for number in range(_ASKED):
        try:
            return prepared.look()
        except UnsentError:
            wait(pause, number)
        except StoreError as error:
            raise _uncertain(store, error) from doubt
    raise _uncertain(store, doubt)


def _uncertain(store: FileStore, reason: StoreError | None) -> UncertainError:
    return UncertainError(f"whether {store.place} was written is unknown: {reason}")
