"""The words that ``explain`` knows: a list of sources, each with its words and explanations.

Invariants: a word is found in any spelling; an unknown word is answered with similar ones of all
sources. A new sort of word is one more function in ``SOURCES``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from reconciler.cli.help import EXIT_CODES
from reconciler.cli.parser import find_commands
from reconciler.errors import UsageError
from reconciler.lint.table import RULES
from reconciler.manifest.quote import did_you_mean, quote, which_rule
from reconciler.project.schemas import json_schemas
from reconciler.report.code_help import CodeHelp, code_helps, code_text, codes_text
from reconciler.report.explain import (
    POLICY,
    catalogue_text,
    exit_code_text,
    exit_codes_text,
    field_text,
    kind_text,
    lookup_text,
)
from reconciler.report.explain_topics import TOPICS, topic_text, topic_words
from reconciler.report.lint_help import LINT, rule_text, rules_text
from reconciler.report.policy_help import policy_text
from reconciler.report.word_help import WORDS, word_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.kinds.catalogue import Catalogue
    from reconciler.kinds.fields import Field
    from reconciler.kinds.kind import ResourceKind

# Words, and what explains each: the text is made when it is asked for.
Explanations: TypeAlias = Mapping[str, Callable[[], str]]
_RULE_CODE = re.compile(r"BM\d*", re.IGNORECASE)
EXIT_CODES_TOPIC, CODES_TOPIC = "exit-codes", "codes"


def explanation(subject: str, catalogue: Catalogue) -> str:
    """Explain a word. Raises: UsageError for a word that no source knows."""
    if not subject:
        return catalogue_text(catalogue)
    known = [source(catalogue) for source in SOURCES]
    found = list(_find(subject, known))
    if not found:
        raise UsageError(_unknown(subject, known, catalogue))
    return "\n".join(text() for text in found)


def _find(subject: str, known: Sequence[Explanations]) -> Iterator[Callable[[], str]]:
    """Find a word as it is written; a word without capitals finds every spelling."""
    exact = [texts[subject] for texts in known if subject in texts]
    if exact and subject != subject.lower():
        yield from exact
        return
    for texts in known:
        yield from (text for word, text in texts.items() if word.lower() == subject.lower())


def _unknown(subject: str, known: Sequence[Explanations], catalogue: Catalogue) -> str:
    first, dot, field = subject.partition(".")
    kind = next((k for k in catalogue.resources if k.name.lower() == first.lower()), None)
    if dot and kind is not None:
        fields = [*kind.by_name, *catalogue.children[kind.name]]
        near = did_you_mean(field, fields) or f"; there are {', '.join(fields)}"
        return f"{kind.name} has no field {quote(field)}{near}"
    if _RULE_CODE.fullmatch(subject.strip()):
        codes = [rule.code for rule in RULES]
        return f"there is no rule {quote(subject)}{which_rule(subject, codes)}"
    words = {word for texts in known for word in texts}
    # Who writes no dot means no key of something.
    near = did_you_mean(subject, {word for word in words if dot or "." not in word})
    rest = near or "; to list what there is: reconciler explain"
    return f"there is nothing called {quote(subject)} to explain{rest}"


def _kinds(catalogue: Catalogue) -> Explanations:
    """Return the kinds, their fields with closed values, and the lists that a kind may hold."""
    texts: dict[str, Callable[[], str]] = {}
    for kind in catalogue.resources:
        children = catalogue.children[kind.name]
        texts[kind.name] = partial(kind_text, kind, children)
        for facet in kind.facets:
            texts[f"{kind.name}.{facet.name}"] = text = partial(field_text, kind, facet)
            for word, _ in facet.wire.meanings:
                texts[word] = texts[f"{kind.name}.{facet.name}.{word}"] = text
            if (group := facet.name.rpartition(".")[0]) and f"{kind.name}.{group}" not in texts:
                members = [each for each in kind.facets if each.name.startswith(f"{group}.")]
                texts[f"{kind.name}.{group}"] = partial(_fields_text, kind, members)
        for key, child in children.items():
            texts[f"{kind.name}.{key}"] = partial(kind_text, child, {})
    return texts


def _fields_text(kind: ResourceKind, facets: Sequence[Field]) -> str:
    return "\n".join(field_text(kind, each) for each in facets)


def _lookups(catalogue: Catalogue) -> Explanations:
    return {name: partial(lookup_text, kind) for name, kind in catalogue.lookups.items()}


def _topics(catalogue: Catalogue) -> Explanations:
    """Return the topics; a key of a topic is explained by the whole of it."""
    schemas = json_schemas(catalogue)
    return {
        word: partial(topic_text, name, schemas)
        for name in TOPICS
        for word in topic_words(name, schemas)
    }


def _policies(_: Catalogue) -> Explanations:
    return {POLICY: policy_text}


def _rules(_: Catalogue) -> Explanations:
    """Return the rules of lint, and the list of them."""
    texts: dict[str, Callable[[], str]] = {LINT: partial(rules_text, RULES)}
    for rule in RULES:
        texts[rule.code] = partial(rule_text, rule)
    return texts


def _commands(_: Catalogue) -> Explanations:
    return {name: command.format_help for name, command in find_commands().items()}


def _words(_: Catalogue) -> Explanations:
    return {word: partial(word_text, word) for word in WORDS}


def _exit_codes(_: Catalogue) -> Explanations:
    each = {code: partial(exit_code_text, code, meaning) for code, meaning in EXIT_CODES.items()}
    return {EXIT_CODES_TOPIC: partial(exit_codes_text, EXIT_CODES), **each}


def _codes(_: Catalogue) -> Explanations:
    """Return the codes of findings, reasons and errors; some words are codes of several sorts."""
    by_word: dict[str, list[CodeHelp]] = {}
    for each in code_helps():
        by_word.setdefault(each.code, []).append(each)
    return {
        CODES_TOPIC: codes_text,
        **{word: partial(code_text, helps) for word, helps in by_word.items()},
    }


SOURCES: tuple[Callable[[Catalogue], Explanations], ...] = (
    _kinds,
    _lookups,
    _topics,
    _policies,
    _rules,
    _commands,
    _words,
    _exit_codes,
    _codes,
)
