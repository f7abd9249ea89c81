"""Every code that a report can hold is explained: what it means, an example, how to mend it."""

from __future__ import annotations

import re
from typing import get_args

import pytest
from pydantic.fields import FieldInfo

from reconciler.cli.help import COMMANDS
from reconciler.documents.findings import ErrorCode
from reconciler.kinds.catalogue import discover
from reconciler.model.drift import DriftClass
from reconciler.model.finding import FindingCode, LintCode, Severity
from reconciler.model.outcome import Result
from reconciler.model.plan import Action, ChangeClass
from reconciler.model.reason import ReasonCode
from reconciler.model.refusal import RefusalCode
from reconciler.model.resource import REMOVALS, OnRemove
from reconciler.report.code_help import ERROR, FINDING, REASON, REFUSAL, CodeHelp, code_helps
from reconciler.report.word_help import ACTIONS, CLASSES, DRIFTS, RESULTS, SEVERITIES

HELPS = list(code_helps())
NAMED = re.compile(r"\breconciler ([a-z-]+)")


@pytest.mark.parametrize(
    ("sort", "codes"),
    [
        # Rules of lint are explained by their own table.
        (FINDING, sorted({*get_args(FindingCode)} - {*get_args(LintCode)})),
        (REASON, [str(code) for code in ReasonCode]),
        (ERROR, get_args(ErrorCode)),
        (REFUSAL, get_args(RefusalCode)),
    ],
)
def test_every_code_has_a_text(sort: str, codes: list[str]) -> None:
    """A new code comes with its words, and an old one leaves none behind."""
    explained = [each.code for each in HELPS if each.sort == sort]

    assert sorted(explained) == sorted(codes)


@pytest.mark.parametrize("each", HELPS, ids=lambda each: f"{each.sort}-{each.code}")
def test_text_of_a_code_is_short_and_whole(each: CodeHelp) -> None:
    """Each part is there, in one clause or two, and commands that it names exist."""
    for part in (each.meaning, each.example, each.remedy):
        assert 3 < len(part) <= 100
        assert not part.endswith(".")
        assert [
            name for name in NAMED.findall(part) if name not in {*COMMANDS, "as", "alone"}
        ] == []


@pytest.mark.parametrize(
    ("explained", "words"),
    [
        (ACTIONS, Action),
        (RESULTS, Result),
        (DRIFTS, DriftClass),
        (CLASSES, ChangeClass),
        (SEVERITIES, Severity),
        (REMOVALS, OnRemove),
    ],
)
def test_every_word_of_a_closed_set_has_a_text(explained: dict[str, str], words: object) -> None:
    """A word that a report can hold can be asked for."""
    assert sorted(explained) == sorted(words_of(words))


def words_of(closed: object) -> set[str]:
    """Return the words of a closed set, of nested ones too."""
    return {
        word
        for part in get_args(closed)
        for word in ([part] if isinstance(part, str) else words_of(part))
    }


def test_every_closed_value_of_a_kind_has_a_meaning() -> None:
    """A field that takes some words only says what each of them means."""
    silent = []
    for kind in discover().resources:
        for facet in kind.facets:
            closed = get_args(kind.spec.model_fields.get(facet.attribute, FieldInfo()).annotation)
            words = [word for word in closed if isinstance(word, str)]
            if words != [word for word, _ in facet.wire.meanings]:
                silent.append(f"{kind.name}.{facet.name}")

    assert silent == []
