"""Parse YAML into plain values with a position for every key and value; refuse everything else.

Invariants: anchors, aliases, merge keys, tags, directives, duplicate keys, keys that are not texts
and more than 32 levels are findings; a finding repeats at most a short, escaped key.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from reconciler.manifest.quote import quote
from reconciler.manifest.yaml.positions import Inner, Position, YamlDocument
from reconciler.manifest.yaml.scalars import MAX_SCALAR, Plain, RefusedScalar, resolve
from reconciler.manifest.yaml.text import FORBIDDEN
from reconciler.model.finding import Finding, FindingCode, Source

if TYPE_CHECKING:
    from collections.abc import Callable


MAX_DEPTH = 32
MAX_KEY = 128


def compose_text(
    text: str, file: str, parser: Callable[[str], Callable[[], Any]]
) -> tuple[list[YamlDocument], list[Finding]]:
    """Read all documents of an admitted text with the given parser."""
    composer = _Composer(file, parser(text))
    try:
        composer.read_stream()
    except _TooDeepError:
        pass  # its finding was added already
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        composer.refuse("syntax", _syntax(error), line, column)
    except YAMLError:
        composer.refuse("syntax", "not YAML", 0, 0)
    return composer.documents, composer.findings


def _is_plain_key(event: ScalarEvent) -> bool:
    return event.ctag is None and bool(event.implicit[0]) and _is_name(event.value)


@lru_cache(maxsize=4096)
def _is_name(text: str) -> bool:
    """Return whether a plain scalar is a valid key; cached, because keys repeat in all files."""
    short = 0 < len(text) <= MAX_KEY and text.isprintable()
    return short and text != "<<" and resolve(text) == text


def _syntax(error: MarkedYAMLError) -> str:
    if error.problem == "found unexpected ':'":  # the C parser requires quotes, YAML 1.2 does not
        return "not YAML: a text with ':' needs quotes inside {…} and […]"
    return f"not YAML: {error.problem}"


class _TooDeepError(Exception):
    """Ends the reading of a file."""


class _Composer:
    __slots__ = ("documents", "file", "findings", "step")

    def __init__(self, file: str, step: Callable[[], Any]) -> None:
        self.file = file
        self.step = step
        self.documents: list[YamlDocument] = []
        self.findings: list[Finding] = []

    def refuse(self, code: FindingCode, message: str, line: int, column: int) -> None:
        self.findings.append(Finding("error", code, message, Source(self.file, line, column)))

    def read_stream(self) -> None:
        self.step()
        while type(event := self.step()) is not StreamEndEvent:
            if type(event) is DocumentStartEvent:
                self._document(event)

    def _document(self, start: DocumentStartEvent) -> None:
        if start.version or start.tags:
            line, column = start.start_mark.line + 1, start.start_mark.column + 1
            message = "directives (%YAML, %TAG) are not supported: remove them"
            self.refuse("directive", message, line, column)
        event = self.step()
        at = (event.start_mark.line + 1, event.start_mark.column + 1)
        value, inner = self._node(event, 1)
        self.documents.append(YamlDocument(self.file, value, Position(*at, *at, inner)))

    def _node(self, event: NodeStart, depth: int) -> tuple[Plain, Inner]:
        if isinstance(event, ScalarEvent):
            return self._scalar(event), None
        if isinstance(event, AliasEvent):
            self._refuse_at(event, "alias", "aliases are not supported: write the value itself")
            return None, None
        if event.anchor is not None or event.ctag is not None:
            self._refuse_decoration(event)
        if depth > MAX_DEPTH:
            message = f"nested more than {MAX_DEPTH} levels: the rest of the file was not read"
            self._refuse_at(event, "too-deep", message)
            raise _TooDeepError
        return self._map(depth) if isinstance(event, MappingStartEvent) else self._list(depth)

    def _map(self, depth: int) -> tuple[Plain, Inner]:
        value: dict[str, Plain] = {}
        places: dict[str, Position] = {}
        step = self.step
        while type(key := step()) is not MappingEndEvent:
            if type(key) is ScalarEvent and key.anchor is None and _is_plain_key(key):
                name = key.value  # the common case, fast
            else:
                name = self._key(key, depth)
            event = step()
            if type(event) is ScalarEvent:
                item, inner = self._scalar(event), None
            else:
                item, inner = self._node(event, depth + 1)
            if name is None:
                continue
            at, mark = key.start_mark, event.start_mark
            if name in value:
                first = places[name].key_line
                message = f"the key {quote(name)} occurs twice: first on line {first}"
                self._refuse_at(key, "duplicate-key", message)
                continue
            value[name] = item
            places[name] = Position(
                mark.line + 1, mark.column + 1, at.line + 1, at.column + 1, inner
            )
        return value, places

    def _list(self, depth: int) -> tuple[Plain, Inner]:
        value: list[Plain] = []
        places: list[Position] = []
        while type(event := self.step()) is not SequenceEndEvent:
            item, inner = self._node(event, depth + 1)
            at = (event.start_mark.line + 1, event.start_mark.column + 1)
            value.append(item)
            places.append(Position(*at, *at, inner))
        return value, places

    def _key(self, event: NodeStart, depth: int) -> str | None:
        """Return a key, or None after adding a finding."""
        if not isinstance(event, ScalarEvent):
            if not isinstance(event, AliasEvent):
                self._refuse_at(event, "key-type", "a key must be a text")
            self._node(event, depth + 1)
            return None
        name: str = event.value
        if event.implicit[0] and name == "<<":
            message = "merge keys are not supported: write the fields themselves"
            self._refuse_at(event, "merge-key", message)
        elif len(name) > MAX_KEY:
            self._refuse_at(event, "too-long", f"a key of more than {MAX_KEY} characters")
        elif not isinstance(self._scalar(event), str) or not name:
            self._refuse_at(event, "key-type", "a key must be a text: write it in quotes")
        elif not name.isprintable():
            self._refuse_at(event, "character", "a key must be printable and on one line")
        else:
            return name
        return None

    def _scalar(self, event: ScalarEvent) -> Plain:
        """Return the value of a scalar, or None after adding a finding."""
        if event.anchor is not None or event.ctag is not None:
            self._refuse_decoration(event)
        text: str = event.value
        if len(text) > MAX_SCALAR:
            self._refuse_at(event, "too-long", "a text of more than 64 KiB")
            return None
        if event.implicit[0]:
            value = resolve(text)
            if not isinstance(value, RefusedScalar):
                return value
            self._refuse_at(event, value.code, value.message)
            return None
        if event.style == '"' and FORBIDDEN.search(text):
            message = "an escape stands for an unprintable character: remove it"
            self._refuse_at(event, "character", message)
            return None
        return text

    def _refuse_at(self, event: NodeStart, code: FindingCode, message: str) -> None:
        self.refuse(code, message, event.start_mark.line + 1, event.start_mark.column + 1)

    def _refuse_decoration(self, event: NodeStart) -> None:
        if event.anchor is not None:
            self._refuse_at(event, "anchor", "anchors are not supported: remove it")
        else:
            message = "tags are not supported: remove it; quotes make a text"
            self._refuse_at(event, "tag", message)


try:
    from _ruamel_yaml import CParser
except ImportError:  # an interpreter without the C module: slower, with the same events
    CParser = None

NodeStart: TypeAlias = AliasEvent | ScalarEvent | MappingStartEvent | SequenceStartEvent

__all__ = [
    "AliasEvent",
    "DocumentStartEvent",
    "MappingEndEvent",
    "MappingStartEvent",
    "MarkedYAMLError",
    "NodeStart",
    "ScalarEvent",
    "SequenceEndEvent",
    "SequenceStartEvent",
    "StreamEndEvent",
    "YAMLError",
    "next_event",
    "next_event_in_python",
]


def next_event(text: str) -> Callable[[], Any]:
    """Return a function that returns the next event of a text each time it is called.

    Raises: YAMLError from the returned function, when the text is not YAML.
    """
    if CParser is None:
        return next_event_in_python(text)
    step: Callable[[], Any] = CParser(text).get_event
    return step


def next_event_in_python(text: str) -> Callable[[], Any]:
    """Return the same function as ``next_event``, without the C module."""
    from ruamel.yaml import YAML

    step: Callable[[], Any] = iter(YAML(typ="safe", pure=True).parse(text)).__next__
    return step
