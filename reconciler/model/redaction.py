"""Secrets taken out of a text by value, in whatever common encoding they stand there.

Invariant: a password that is a plain word, or shorter than four characters, is the exception:
masking those would garble every text.
"""

from __future__ import annotations

import base64
import json
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Iterable

_MASK = "(secret)"
_SHORTEST = 4
_LONGEST_WORD = 11


def redact(text: str, secrets: Iterable[str]) -> str:
    """Return a text without these secrets."""
    forms = {form for secret in secrets if _is_telling(secret) for form in _forms(secret)}
    for form in sorted(forms, key=len, reverse=True):
        text = text.replace(form, _MASK)
    return text


def _is_telling(secret: str) -> bool:
    is_word = secret.isalpha() and secret.islower() and len(secret) <= _LONGEST_WORD
    return len(secret) >= _SHORTEST and not is_word


def _forms(secret: str) -> set[str]:
    raw = secret.encode("utf-8", "surrogateescape")
    return {
        secret,
        repr(secret)[1:-1],
        quote(raw),
        quote(raw, safe=""),
        quote_plus(raw),
        *_html_forms(secret),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        base64.b64encode(raw).decode(),
        base64.b64encode(raw).decode().rstrip("="),
        base64.urlsafe_b64encode(raw).decode(),
        base64.urlsafe_b64encode(raw).decode().rstrip("="),
        raw.hex(),
        raw.hex().upper(),
    }


def _html_forms(secret: str) -> set[str]:
    """Return how an HTML report writes a text: nothing in it is markup, or a command to a CI."""
    forms = {escape(secret), escape(repr(secret)[1:-1])}
    return forms | {form.replace("##", "#&#35;").replace("::", ":&#58;") for form in forms}
