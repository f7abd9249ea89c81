"""Remove the values of secrets from every text before it is written.

Invariant: once a secret was resolved, neither it nor its common encodings are printed or logged,
except a password that is a plain word.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.model.redaction import redact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class Redactor:
    """Masks the secrets that are known when a text is written."""

    def __init__(self) -> None:
        self._sources: list[Callable[[], Iterable[str]]] = []

    def watch(self, source: Callable[[], Iterable[str]]) -> None:
        """Add a source; it is called for its known secrets each time a text is written."""
        self._sources.append(source)

    def __call__(self, text: str) -> str:
        """Return a text without secrets and their common encodings."""
        return redact(text, {secret for source in self._sources for secret in source()})
