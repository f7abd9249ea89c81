"""Secrets are taken out of whatever is written, in whatever encoding."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote, quote_plus

import pytest

from reconciler.cli.redact import Redactor

SECRET = 'p&ss "wörd"/1'


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        quote(SECRET),
        quote(SECRET, safe=""),
        quote_plus(SECRET),
        json.dumps(SECRET)[1:-1],
        json.dumps(SECRET, ensure_ascii=False)[1:-1],
        base64.b64encode(SECRET.encode()).decode(),
        base64.urlsafe_b64encode(SECRET.encode()).decode().rstrip("="),
        SECRET.encode().hex(),
        SECRET.encode().hex().upper(),
        "p&amp;ss &quot;wörd&quot;/1",
    ],
)
def test_secret_is_masked_in_every_common_form(form: str) -> None:
    """No encoding that a log or an error might use lets the secret through."""
    scrub = Redactor()
    scrub.watch(lambda: [SECRET])

    assert scrub(f"before {form} after") == "before (secret) after"


def test_secret_that_becomes_known_later_is_masked_from_then_on() -> None:
    """The sources are asked each time."""
    known: list[str] = []
    scrub = Redactor()
    scrub.watch(lambda: known)

    assert scrub("tok3n!") == "tok3n!"
    known.append("tok3n!")
    assert scrub("tok3n!") == "(secret)"


def test_longer_secret_is_masked_before_one_that_it_contains() -> None:
    """No rest of a secret is left standing."""
    scrub = Redactor()
    scrub.watch(lambda: ["abc1", "abc1-def2"])

    assert scrub("abc1-def2 abc1") == "(secret) (secret)"


@pytest.mark.parametrize("word", ["", "a", "x1", "sandbox", "admin"])
def test_plain_word_is_not_changed(word: str) -> None:
    """A password that is a word of the language would garble every report."""
    scrub = Redactor()
    scrub.watch(lambda: [word])

    assert scrub("the sandbox of admin x1 a") == "the sandbox of admin x1 a"
