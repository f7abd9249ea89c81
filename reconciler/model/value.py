"""The values a field can hold, besides text, numbers, flags and dates.

Invariant: a ``Secret`` is a reference; its text exists only while a request is written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from reconciler.model.text import fold_text


@dataclass(frozen=True, slots=True)
class Ref:
    """A thing that a manifest points to: by the name of its manifest, by email, or by id."""

    kind: str
    by: Literal["name", "email", "id"]
    key: str

    def __str__(self) -> str:
        """Return ``Kind/name``, or ``Kind{email: …}`` for what lives in no manifest."""
        return (
            f"{self.kind}/{self.key}"
            if self.by == "name"
            else f"{self.kind}{{{self.by}: {self.key}}}"
        )


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of an option list: its id, its label, or (once resolved) both."""

    id: str | None = None
    label: str | None = None

    @property
    def meaning(self) -> tuple[str, str]:
        """The id, or else the label, to compare two ways of writing one option."""
        return (self.id, "") if self.id is not None else ("", fold_text(self.label or ""))

    def __str__(self) -> str:
        """Return the label a person reads, or the id where there is none, or an empty one."""
        return f"{{id: {self.id}}}" if self.id is not None and not self.label else self.label or ""


@dataclass(frozen=True, slots=True)
class Secret:
    """A reference to a secret: an environment variable, a file, or a command's output."""

    kind: Literal["env", "file", "command"]
    reference: tuple[str, ...]

    def __str__(self) -> str:
        """Return the kind of reference, never the content."""
        return f"(secret from {self.kind})"


Scalar = str | Decimal | int | bool | date | None
Value = Scalar | Choice | Ref | Secret | frozenset[Choice] | tuple[Choice, ...] | Mapping[str, str]
Fields = Mapping[str, Value]
