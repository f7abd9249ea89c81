"""The XML reader against what it is made of, on one list, in one run.

Method:  a list of 1000 rows, one column of them coded, is read fifteen times in turn by expat with
         no handlers, by expat with three empty ones, by the standard library's tree builder in C,
         by that builder with its tree turned into ours, by our reader, and by our reader with the
         rows made of it. Reported: the best time of each, in microseconds a row. What a tree takes
         is measured in a process of its own, on a list of 17 MiB, in bytes a byte of the answer.
Run:     python -m tests.benchmarks.bench_xml [COLUMNS]
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET
from xml.parsers import expat

from reconciler.wire.formats.node import Document, Node
from reconciler.wire.formats.xml import read_xml
from reconciler.wire.replies.list import parse_list
from tests.support.figures import figure

if TYPE_CHECKING:
    from collections.abc import Callable

ROWS = 1000
LARGE = 40_000
ROUNDS = 15


def main(columns: int) -> None:
    """Measure, and print one line a reader."""
    body = listed(ROWS, columns)
    best: dict[str, float] = {}
    for _ in range(ROUNDS):
        for name, reader in READERS.items():
            started = time.perf_counter()
            reader(body)
            taken = time.perf_counter() - started
            best[name] = min(taken, best.get(name, taken))
    for name, seconds in best.items():
        figure(f"{name}, a row of {columns} columns", seconds / ROWS * 1e6, "µs", digits=1)
    for name in ("our reader", "tree in C, turned into ours"):
        words = [sys.executable, "-m", "tests.benchmarks.bench_xml", "--memory", name]
        done = subprocess.run(words, capture_output=True, check=True, text=True)
        figure(f"{name}, memory a byte", float(done.stdout), "bytes", digits=1)


def memory(name: str) -> None:
    """Print what reading a large list once adds to this process, a byte of the answer."""
    body = listed(LARGE, 20)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    kept = READERS[name](body)
    added = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    del kept
    print(f"{added * 1024 / len(body):.1f}")


def listed(rows: int, columns: int) -> bytes:
    """Write a list."""
    plain = "".join(f"<col{i}>value {i}</col{i}>" for i in range(columns - 2))
    coded = '<status color="green" orig="2">Active</status>'
    elems = "".join(f"<elem><id>{i}</id>{coded}{plain}</elem>" for i in range(1, rows + 1))
    return f'<doc func="x">{elems}<p_elems>{rows}</p_elems></doc>'.encode()


def parse_bare(body: bytes) -> None:
    """Parse with nobody listening."""
    expat.ParserCreate("UTF-8").Parse(body, True)  # noqa: FBT003 - by place only


def parse_heard(body: bytes) -> None:
    """Parse with three listeners that do nothing."""
    parser = expat.ParserCreate("UTF-8")
    parser.buffer_text = True
    parser.StartElementHandler = lambda _name, _attrs: None
    parser.EndElementHandler = lambda _name: None
    parser.CharacterDataHandler = lambda _text: None
    parser.Parse(body, True)  # noqa: FBT003 - by place only


def build(body: bytes) -> ET.Element:
    """Build the standard library's tree."""
    return ET.fromstring(body)  # noqa: S314 - our own


def turn(elem: ET.Element) -> Node:
    """Turn it into ours."""
    leaves: dict[str, str] = {}
    children: list[Node] = []
    for child in elem:
        if len(child):
            children.append(turn(child))
        elif child.attrib or child.tag in leaves:
            children.append(Node(child.tag, child.attrib, child.text or ""))
        else:
            leaves[child.tag] = child.text or ""
    return Node(elem.tag, elem.attrib, elem.text or "", leaves=leaves, children=children)


READERS: dict[str, Callable[[bytes], object]] = {
    "expat, no handlers": parse_bare,
    "expat, empty handlers": parse_heard,
    "tree in C": build,
    "tree in C, turned into ours": lambda body: turn(build(body)),
    "our reader": read_xml,
    "our reader, and rows": lambda body: parse_list(Document(read_xml(body)), "x"),
}


if __name__ == "__main__":
    if sys.argv[1:2] == ["--memory"]:
        memory(sys.argv[2])
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
