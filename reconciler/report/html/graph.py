"""What the changes of a plan need of one another, drawn in layers: what is needed stands left.

Invariants: the drawing is repeated as a list in words; a plan with more changes than can be read in
a drawing is drawn by kinds, with their counts.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.report.html.element import tag
from reconciler.report.html.page import folded, plural, scrolled

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.model.plan import Change
    from reconciler.report.html.element import Element

_MOST_NODES = 40
_MOST_NEEDS = 100
_SIGN_WIDTH, _HEIGHT, _GAP_X, _GAP_Y, _PADDING = 7, 28, 64, 10, 12
_LONGEST = 34


@dataclass(frozen=True, slots=True)
class GraphLayout:
    """Nodes with their words and links, and what each needs.

    ``layers`` are the columns from left to right: a node stands right of all that it needs.
    """

    words: Mapping[str, str]
    links: Mapping[str, str]
    needs: Mapping[str, Sequence[str]]
    layers: Sequence[Sequence[str]]


def dependency_graph(changes: Sequence[Change], anchors: Mapping[int, str]) -> tuple[Element, ...]:
    """Return the graph and its list; nothing where no change needs another."""
    needs = {
        str(change.address): sorted(map(str, change.depends_on))
        for change in changes
        if change.depends_on
    }
    if not needs:
        return ()
    links = {str(change.address): anchors[place] for place, change in enumerate(changes)}
    nodes = {*needs, *(need for each in needs.values() for need in each)}
    free = len({str(change.address) for change in changes} - nodes)
    drawing = _of_changes(needs, links) if len(nodes) <= _MOST_NODES else _of_kinds(needs)
    count = sum(map(len, needs.values()))
    about = f"An arrow leads to what must be applied first. {plural(count, 'arrow')}"
    about += f"; {plural(free, 'change needs', 'changes need')} no other." if free else "."
    if len(nodes) > _MOST_NODES:
        about += f" {len(nodes):,} resources are drawn by their kinds."
    frame = scrolled("Drawing of the dependencies", _svg(drawing))
    lines = [
        tag("li", tag("code", name), " needs ", tag("code", need))
        for name, each in _named(drawing)
        for need in each
    ]
    text = tag("details", tag("summary", "The same as a list"))
    text.extend(folded(lines, _MOST_NEEDS, "{} more", list_tag="ul"))
    return (tag("p", about, class_="about"), frame, text)


def _named(drawing: GraphLayout) -> list[tuple[str, list[str]]]:
    return [
        (drawing.words[name], [drawing.words[need] for need in each])
        for name, each in drawing.needs.items()
    ]


def _of_changes(needs: Mapping[str, Sequence[str]], links: Mapping[str, str]) -> GraphLayout:
    words = {name: name for pair in needs.items() for name in (pair[0], *pair[1])}
    shown = {name: links[name] for name in words if name in links}
    return GraphLayout(words, shown, needs, _layers(needs))


def _of_kinds(needs: Mapping[str, Sequence[str]]) -> GraphLayout:
    """Return the same graph with one node for all resources of a kind."""
    members: defaultdict[str, set[str]] = defaultdict(set)
    arrows: Counter[tuple[str, str]] = Counter()
    for name, each in needs.items():
        kind = name.partition("/")[0]
        members[kind].add(name)
        for need in each:
            other = need.partition("/")[0]
            members[other].add(need)
            arrows[kind, other] += kind != other
    of_kinds: defaultdict[str, list[str]] = defaultdict(list)
    for (kind, other), count in sorted(arrows.items()):
        if count:
            of_kinds[kind].append(other)
    words = {kind: f"{len(each):,} × {kind}" for kind, each in members.items()}
    return GraphLayout(words, {}, of_kinds, _layers(of_kinds))


def _layers(needs: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Put each node right of what it needs, and near to it; a cycle ends where it began."""
    depths: dict[str, int] = {}

    def depth(name: str, above: frozenset[str]) -> int:
        if name not in depths:
            before = [
                depth(each, above | {name}) for each in needs.get(name, ()) if each not in above
            ]
            depths[name] = 1 + max(before, default=-1)
        return depths[name]

    for name in sorted(needs):
        depth(name, frozenset({name}))
    layers: list[list[str]] = [[] for _ in range(1 + max(depths.values()))]
    for name in sorted(depths):
        layers[depths[name]].append(name)
    places: dict[str, float] = {}
    for layer in layers:
        layer.sort(key=lambda name: (_middle(needs.get(name, ()), places), name))
        places |= {name: place / max(len(layer), 1) for place, name in enumerate(layer)}
    return layers


def _middle(names: Sequence[str], places: Mapping[str, float]) -> float:
    known = [places[name] for name in names if name in places]
    return sum(known) / len(known) if known else 0.0


def _svg(drawing: GraphLayout) -> Element:
    boxes: dict[str, tuple[int, int, int]] = {}
    left = _PADDING
    tallest = max(map(len, drawing.layers))
    for layer in drawing.layers:
        width = max(len(_short(drawing.words[name])) for name in layer) * _SIGN_WIDTH + 24
        top = _PADDING + (tallest - len(layer)) * (_HEIGHT + _GAP_Y) // 2
        for place, name in enumerate(layer):
            boxes[name] = (left, top + place * (_HEIGHT + _GAP_Y), width)
        left += width + _GAP_X
    right = left - _GAP_X + _PADDING
    bottom = 2 * _PADDING + tallest * (_HEIGHT + _GAP_Y) - _GAP_Y
    made = tag(
        "svg",
        class_="graph",
        width=right,
        height=bottom,
        view_box=f"0 0 {right} {bottom}",
        role="group",
        aria_label="Resources and what they need",
        focusable="false",
    )
    made.extend(
        _arrow(boxes[name], boxes[need]) for name, each in drawing.needs.items() for need in each
    )
    made.extend(_node(drawing, name, box) for name, box in boxes.items())
    return made


def _arrow(source: tuple[int, int, int], target: tuple[int, int, int]) -> Element:
    x, y = source[0], source[1] + _HEIGHT // 2
    end, level = target[0] + target[2], target[1] + _HEIGHT // 2
    bend = max((x - end) // 2, 20)
    curve = f"M{x} {y}C{x - bend} {y} {end + bend} {level} {end + 7} {level}"
    head = f"M{end + 1} {level}l7 -4v8z"
    line = tag("path", class_="edge", d=curve)
    return tag("g", line, tag("path", class_="head", d=head), aria_hidden="true")


def _node(drawing: GraphLayout, name: str, box: tuple[int, int, int]) -> Element:
    left, top, width = box
    words = drawing.words[name]
    link = drawing.links.get(name)
    rect = tag("rect", x=left, y=top, width=width, height=_HEIGHT, rx=5)
    text = tag("text", _short(words), x=left + 12, y=top + 18)
    title = tag("title", words if link else f"{words}, not in this plan")
    if not drawing.links:
        return tag("g", rect, text, class_="node")
    if link is None:
        return tag("g", title, rect, text, class_="node outside")
    return tag("a", title, rect, text, class_="node", href=f"#{link}")


def _short(words: str) -> str:
    return words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1]}…"
