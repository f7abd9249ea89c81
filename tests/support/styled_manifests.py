"""Random manifests as people write them: any style of YAML that is admitted, comments everywhere.

Invariant: each comment of a text is another one, so that a lost one is missed.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from reconciler.manifest.yaml.documents import compose
from reconciler.manifest.yaml.scalars import resolve
from reconciler.manifest.yaml.text import FORBIDDEN
from tests.support.strategies import WORDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reconciler.manifest.yaml.scalars import Plain

FIELDS = ["email", "note", "periods", "type", "terms", "from"]
LISTS = ["discounts", "taxRules"]
_LINES = st.text("ab: #'\"-{}[],é\\", max_size=8)
_TEXTS = st.one_of(
    st.sampled_from(["", "no", "12", "a b", "acme", "# x", "- x", "x: y", "it's", "---", "[a]"]),
    WORDS.filter(lambda text: not FORBIDDEN.search(text)),
    st.lists(_LINES, min_size=1, max_size=4).map("\n".join),
)
_SCALARS: st.SearchStrategy[Plain] = st.one_of(
    _TEXTS,
    st.integers(-999, 10**6),
    st.decimals("-9", "99", places=2, allow_nan=False).map(lambda number: Decimal(str(number))),
    st.booleans(),
)
VALUES: st.SearchStrategy[Plain] = st.one_of(
    _SCALARS,
    st.lists(_SCALARS, max_size=4),
    st.dictionaries(st.sampled_from(["id", "name", "EUR", "env"]), _SCALARS, max_size=3),
    st.lists(st.fixed_dictionaries({"id": _SCALARS}), max_size=2),
)
SPECS = st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=5)


@st.composite
def documents(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Return the plain values of some documents, inline children among them."""
    found = []
    for number in range(draw(st.integers(1, 3))):
        spec: dict[str, Any] = dict(draw(SPECS))
        for key in draw(st.lists(st.sampled_from(LISTS), unique=True)):
            spec[key] = [
                {"name": f"{key.lower()}{number}{index}"} | draw(SPECS)
                for index in range(draw(st.integers(0, 3)))
            ]
        found.append(
            {
                "apiVersion": "reconciler/v1",
                "kind": "Client",
                "metadata": {"name": f"client{number}"},
                "spec": spec,
            }
        )
    return found


@st.composite
def styled(draw: st.DrawFn, values: list[dict[str, Any]]) -> str:
    """Return a text that holds these documents."""
    style = _Style(draw)
    lines: list[str] = []
    for number, value in enumerate(values):
        if number or draw(st.booleans()):
            lines.append("---" + style.beside())
        keys = draw(st.permutations(list(value)))
        lines += style.entries({key: value[key] for key in keys}, 0)
        lines += style.between(0)
    text = "\n".join([*lines, ""])
    if draw(st.booleans()) and "|" not in text:  # else a text would lose its last break
        text = text.rstrip("\n")
    return text.replace("\n", draw(st.sampled_from(["\n", "\r\n"])))


def values_of(text: str) -> Plain:
    """Return the plain values of all documents of a text that has no findings."""
    found, findings = compose(text.encode(), "a.yaml")
    assert findings == []
    return [each.value for each in found]


def comments_of(text: str) -> list[str]:
    """Return the comments of a text."""
    return sorted(re.findall(r"# c\d+\b", text))


class _Style:
    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.comments = 0

    def one_in(self, count: int) -> bool:
        return self.draw(st.integers(1, count)) == count

    def comment(self) -> str:
        self.comments += 1
        return f"# c{self.comments} {self.draw(st.sampled_from(['a: b', '- x', '[', '']))}".rstrip()

    def beside(self) -> str:
        return f"  {self.comment()}" if self.one_in(4) else ""

    def between(self, column: int) -> Iterator[str]:
        """Return blank lines and comments, none of them deeper than a column."""
        for _ in range(self.draw(st.sampled_from([0, 0, 0, 1, 2]))):
            yield "" if self.one_in(2) else " " * self.draw(st.integers(0, column)) + self.comment()

    def entries(self, value: Mapping[str, Plain], column: int) -> list[str]:
        lines: list[str] = []
        for key, item in value.items():
            lines += self.between(column)
            lines += self.part(" " * column + self.key(key) + ":", item, column)
        return lines

    def key(self, key: str) -> str:
        return self.draw(st.sampled_from([key, key, key, f'"{key}"', f"'{key}'"]))

    def part(self, head: str, value: Plain, column: int) -> list[str]:
        """Return what stands behind a key or a dash, with its lines."""
        below = column + self.draw(st.integers(1, 4))
        if isinstance(value, dict) and value and not self.one_in(4):
            return [head + self.beside(), *self.entries(value, below)]
        if isinstance(value, list) and value and not self.one_in(3):
            is_key = head.endswith(":")
            return [
                head + self.beside(),
                *self.items(value, column if is_key and self.one_in(3) else below),
            ]
        if isinstance(value, str) and self.fits_block(value) and self.one_in(2):
            sign = "|" if value.endswith("\n") else "|-"
            body = value.removesuffix("\n").split("\n")
            return [f"{head} {sign}{self.beside()}", *(" " * below + x if x else x for x in body)]
        return [f"{head} {self.inline(value, below)}{self.beside()}"]

    def items(self, items: Sequence[Plain], column: int) -> list[str]:
        lines: list[str] = []
        for item in items:
            lines += self.between(column)
            if isinstance(item, dict) and item and self.one_in(2):
                gap = self.draw(st.integers(1, 3))
                first, *rest = list(item)
                inner = column + 1 + gap
                head = " " * column + "-" + " " * gap + self.key(first) + ":"
                lines += self.part(head, item[first], inner)
                lines += self.entries({key: item[key] for key in rest}, inner)
            else:
                lines += self.part(" " * column + "-", item, column)
        return lines

    def fits_block(self, text: str) -> bool:
        lines = text.removesuffix("\n").split("\n")
        sound = all(line == line.strip(" \t") and line.isprintable() for line in lines)
        return sound and bool(lines[0]) and bool(lines[-1])

    def inline(self, value: Plain, column: int) -> str:
        match value:
            case dict():
                return self.flow(
                    "{}",
                    [f"{self.key(k)}: {self.inline(v, column)}" for k, v in value.items()],
                    column,
                )
            case list():
                return self.flow("[]", [self.inline(item, column) for item in value], column)
            case bool():
                return "true" if value else "false"
            case str():
                return self.text(value)
            case _:
                return str(value)

    def flow(self, signs: str, items: list[str], column: int) -> str:
        blank = self.draw(st.sampled_from(["", " "])) if items else ""
        breaks = "\n" + " " * column
        out = signs[0] + blank
        for number, item in enumerate(items):
            is_last = number == len(items) - 1
            out += item + ("," if not is_last or self.one_in(4) else "")
            if self.one_in(5):
                out += f" {self.comment()}{breaks}"
            elif not is_last:
                out += breaks if self.one_in(4) else " "
        return out + blank + signs[1]

    def text(self, value: str) -> str:
        choices = [json.dumps(value, ensure_ascii=False)]
        if "\n" not in value:
            choices.append("'" + value.replace("'", "''") + "'")
        is_plain = value.isascii() and value.replace(" ", "").isalnum() and value == value.strip()
        if is_plain and resolve(value) == value:
            choices.append(value)
        return self.draw(st.sampled_from(choices))
