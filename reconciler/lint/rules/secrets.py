"""Rules about secrets: one that stands in clear, one that is shared, one that is never sent.

Invariant: no message repeats a text that could be a secret.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.lint.rule import LintView, Rule, Violation, text_of
from reconciler.model.value import Secret

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.model.resource import Desired

_SHORT = 8
# A word for a secret, a sign between, and a text that is no word of prose: letters with digits or
# signs among them. Only what is nearly certain counts.
_NAMED = re.compile(
    r"(?i:\b(?:pass(?:word|wd|phrase)?|pwd|secret|api[ _-]?key|token|root pw|пароль|passwort)\b)"
    r"\s*[:=]\s*[\"'`]?(?P<text>[^\s\"'`,;]{6,})"
)
_KNOWN = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----"
    r"|\bAKIA[0-9A-Z]{16}\b"
    r"|\bgh[pousr]_[A-Za-z0-9]{36,}"
    r"|\bglpat-[A-Za-z0-9_-]{20,}"
    r"|\bxox[abprs]-[A-Za-z0-9-]{10,}"
    r"|\bsk_live_[A-Za-z0-9]{16,}"
    r"|\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"
    r"|\b[a-z][a-z0-9+.-]*://[^\s/:@]+:[^\s/@]{3,}@"
)


# Without one of these a text fits no pattern above: most texts are not searched any further.
_CLUE = re.compile(r"[:=_-]|AKIA|eyJ")


def _stands_in_clear(view: LintView) -> Iterator[Violation]:
    for desired, name, value in view.holding(str):
        if len(value) > _SHORT and _has_secret(value):
            message = f"{name} has what looks like a password or a key, in clear"
            yield Violation(desired, message, name)


def _has_secret(text: str) -> bool:
    if _CLUE.search(text) is None:
        return False
    if _KNOWN.search(text):
        return True
    return any(_is_random(found["text"]) for found in _NAMED.finditer(text))


def _is_random(text: str) -> bool:
    """Return whether a text has letters, and among them digits or signs: no word is like that."""
    core = text.rstrip(".!?)")
    letters = any(each.isalpha() for each in core)
    others = any(not each.isalpha() and each != "-" for each in core)
    return letters and others and not core.startswith(("http", "{", "<", "$", "("))


def _is_shared(view: LintView) -> Iterator[Violation]:
    held: dict[Secret, Desired] = {}
    for desired, name, value in view.holding(Secret):
        first = held.setdefault(value, desired)
        if first is not desired:
            message = f"{name} is the same secret as that of {first.address} ({first.source})"
            yield Violation(desired, message, name)


def _rotates_nothing(view: LintView) -> Iterator[Violation]:
    for desired in view.desired:
        label = view.kind_of(desired).rotation
        if not label or not text_of(desired, label):
            continue
        if not any(isinstance(value, Secret) for value in desired.fields.values()):
            message = f"{label} sends the password again, and no password is declared"
            yield Violation(desired, message, label)


_CLIENT = """\
kind: Client
metadata: {name: acme-inc}
spec:
  email: pay@acme-inc.example
  provider: Main provider
  country: DE
  password: {env: ACME_PASSWORD}
  note: "hosting panel, login: in the vault"
"""
_OTHER = """\
---
kind: Client
metadata: {name: globex}
spec:
  email: pay@globex.example
  provider: Main provider
  country: DE
  password: {env: GLOBEX_PASSWORD}
  rotate: 2027-q1
"""

RULES = (
    Rule(
        code="BM110",
        level="warning",
        title="A rotation has no password",
        why="Changing `rotate` sends the password again. Without a password nothing is sent, and "
        "the author believes that it was changed.",
        bad=_CLIENT + _OTHER.replace("  password: {env: GLOBEX_PASSWORD}\n", ""),
        good=_CLIENT + _OTHER,
        fix="Declare `password` as a reference, or take `rotate` out.",
        check=_rotates_nothing,
    ),
    Rule(
        code="BM410",
        level="warning",
        title="Two resources share a password",
        why="Who learns the password of one client can sign in as the other one.",
        bad=_CLIENT + _OTHER.replace("GLOBEX", "ACME"),
        good=_CLIENT + _OTHER,
        fix="Give each its own reference.",
        check=_is_shared,
    ),
    Rule(
        code="BM411",
        level="warning",
        title="A secret stands in clear",
        why="What is in Git is read by many, and stays in its history for ever. Notes in a panel "
        "hold passwords more often than anybody likes.",
        bad=_CLIENT.replace("login: in the vault", "password: Gr4nite-77"),
        good=_CLIENT,
        fix="Change the password, then take it out: of the manifest, of the panel, and of the "
        "history of Git. A field of its own takes `{env: NAME}`.",
        check=_stands_in_clear,
    ),
)
