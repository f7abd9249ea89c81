"""An answer as one small tree, whatever format it came in, and the bounds that every format keeps.

Invariants: a child that is text alone stands in its parent's ``leaves``, the first of its name;
every other child is a ``Node``; the order among children means nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.errors import NotAPanelError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MAX_DEPTH = 32
MAX_TEXT = 1 << 20
# Values in one answer: a list of 100,000 rows that does not page stays below.
MAX_VALUES = 8_000_000
_NO_LEAVES: dict[str, str] = {}
_NO_CHILDREN: list[Node] = []


class Node:
    """One element: its text, its attributes, its plain children by name, and the others."""

    __slots__ = ("attrs", "children", "leaves", "name", "text")

    def __init__(
        self,
        name: str,
        attrs: Mapping[str, str],
        text: str = "",
        *,
        leaves: dict[str, str] | None = None,
        children: list[Node] | None = None,
    ) -> None:
        """Make an element; without containers of its own it is a leaf, and nothing is added."""
        self.name = name
        self.attrs = attrs
        self.text = text
        self.leaves = _NO_LEAVES if leaves is None else leaves
        self.children = _NO_CHILDREN if children is None else children

    def __repr__(self) -> str:
        """Return the name alone: contents may be secret."""
        return f"Node({self.name!r})"

    @property
    def scalar(self) -> bool:
        """Return whether the element has no children."""
        return not self.children and not self.leaves

    def has(self, name: str) -> bool:
        """Return whether there is a child of this name."""
        return name in self.leaves or any(child.name == name for child in self.children)

    def named(self, name: str) -> Iterator[Node]:
        """Yield each child of this name as a node."""
        if name in self.leaves:
            yield Node(name, {}, self.leaves[name])
        for child in self.children:
            if child.name == name:
                yield child

    def first(self, name: str) -> Node | None:
        """Return one child of this name, or None."""
        return next(self.named(name), None)

    def scalars(self) -> dict[str, str]:
        """Return the text of each child that has no children of its own, by name."""
        texts = dict(self.leaves)
        for child in self.children:
            if child.scalar and child.name not in texts:
                texts[child.name] = child.text
        return texts


def make_branch(name: str, attrs: Mapping[str, str]) -> Node:
    """Make an element that children can be added to."""
    return Node(name, attrs, leaves={}, children=[])


def add_text(parent: Node, name: str, text: str) -> None:
    """Add a child that is text alone."""
    if name in parent.leaves:
        parent.children.append(Node(name, {}, text))
    else:
        parent.leaves[name] = text


@dataclass(frozen=True, slots=True)
class Document:
    """A whole answer; ``listed``: it names a list, perhaps one without rows.

    ``file`` holds what came in place of a document, where a file was asked for; else it is empty.
    """

    root: Node
    listed: bool = False
    file: bytes = b""

    @property
    def func(self) -> str:
        """The function that the answer says it answers; empty where it does not say."""
        return self.root.attrs.get("func", "")


def not_a_panel(what: str) -> NotAPanelError:
    """Make the error for an answer that breaks a rule; the caller raises it."""
    return NotAPanelError(f"the answer is not a panel's: {what}")
