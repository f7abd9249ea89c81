"""The YAML parser underneath: a stream of events, from C where it is built, else from Python.

Invariant: nothing else in the house names ruamel; another parser would take its place here.
"""

from __future__ import annotations

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

try:
    from _ruamel_yaml import CParser
except ImportError:  # an interpreter without the C module: the same events, more slowly
    CParser = None

if TYPE_CHECKING:
    from collections.abc import Callable

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
    """Return a function that gives the next event of a text each time it is called.

    Raises: YAMLError from the returned function, where the text is no YAML.
    """
    if CParser is None:
        return next_event_in_python(text)
    step: Callable[[], Any] = CParser(text).get_event
    return step


def next_event_in_python(text: str) -> Callable[[], Any]:
    """Do the same without the C module."""
    from ruamel.yaml import YAML

    step: Callable[[], Any] = iter(YAML(typ="safe", pure=True).parse(text)).__next__
    return step
