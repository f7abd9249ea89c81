"""The last step before any sink: the texts of secrets are taken out by value.

Invariant: once a secret was resolved, neither it nor its common encodings are printed or logged;
a password that is a plain word is the exception.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.model.redaction import redact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class Redactor:
    """Masks the secrets that are known by the time something is written."""

    def __init__(self) -> None:
        self._sources: list[Callable[[], Iterable[str]]] = []

    def watch(self, source: Callable[[], Iterable[str]]) -> None:
        """Ask this source for the secrets known so far, each time something is written."""
        self._sources.append(source)

    def __call__(self, text: str) -> str:
        """Return a text without secrets, whatever encoding they were in."""
        return redact(text, {secret for source in self._sources for secret in source()})
