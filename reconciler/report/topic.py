"""What a topic of ``explain`` holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Topic:
    """One thing to explain: a title, what to know, the keys it is about, and a file as an example.

    ``keys`` are tables of keys: a heading, and the way to them through the schemas. ``said`` is the
    type and the meaning of keys of which each kind has its own.
    """

    title: str
    text: str
    example: str
    keys: tuple[tuple[str, tuple[str, ...]], ...] = ()
    said: Mapping[str, tuple[str, str]] = field(default_factory=dict)
