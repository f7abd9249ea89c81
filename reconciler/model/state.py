"""Where the state of a project is kept, as its file says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconciler.model.value import Secret

FILE = "file:"


@dataclass(frozen=True, slots=True)
class StateSettings:
    """Where the state is: its URL, the Git remote, the lease of locks in seconds, and the key.

    ``sign_key`` refers to the key that signs the lines of the journal.
    """

    url: str = "file:.reconciler"
    remote: str = "origin"
    lease: float = 60.0
    sign_key: Secret | None = None

    @property
    def folder(self) -> str | None:
        """The folder that the state is in; None where it is kept elsewhere."""
        return self.url.removeprefix(FILE) if self.url.startswith(FILE) else None
