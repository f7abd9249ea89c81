"""The last step before any sink: the texts of secrets are taken out by value.

Invariant: once a secret was resolved, neither it nor its common encodings are printed or logged;
a password that is a plain word is the exception.
"""

from __future__ import annotations

import base64
import json
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_MASK = "(secret)"
# Shorter texts and plain words occur everywhere: masking them would garble every report.
_SHORTEST = 4
_LONGEST_WORD = 11


class Scrubber:
    """Masks the secrets that are known by the time something is written."""

    def __init__(self) -> None:
        self._sources: list[Callable[[], Iterable[str]]] = []

    def watch(self, source: Callable[[], Iterable[str]]) -> None:
        """Ask this source for the secrets known so far, each time something is written."""
        self._sources.append(source)

    def __call__(self, text: str) -> str:
        """Return a text without secrets, whatever encoding they were in."""
        secrets = {secret for source in self._sources for secret in source()}
        forms = {form for secret in secrets if _is_telling(secret) for form in _forms(secret)}
        for form in sorted(forms, key=len, reverse=True):
            text = text.replace(form, _MASK)
        return text


def _is_telling(secret: str) -> bool:
    is_word = secret.isalpha() and secret.islower() and len(secret) <= _LONGEST_WORD
    return len(secret) >= _SHORTEST and not is_word


def _forms(secret: str) -> set[str]:
    raw = secret.encode()
    return {
        secret,
        quote(secret, safe=""),
        quote_plus(secret),
        escape(secret),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        base64.b64encode(raw).decode(),
        raw.hex(),
    }
