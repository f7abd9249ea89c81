"""The pages for people: links that lead somewhere, and decisions that say when and whether."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest

from tests.house.source import ROOT, committed_files, functions, parse

if TYPE_CHECKING:
    from pathlib import Path

PAGES = [path for path in committed_files() if path.suffix == ".md"]
# Pages of the present state: a change log and a record of a decision speak of their own day.
CURRENT = [page for page in PAGES if page.name != "CHANGELOG.md" and "decisions" not in page.parts]
FILE = re.compile(r"`((?:reconciler|tests|\.ci)/[\w./*-]+)`")
ROW = re.compile(r"^\| `((?:reconciler|tests)/[\w/]+\.py)` \| ([^|]+) \|", re.MULTILINE)
DECISIONS = ROOT / ".github" / "decisions"
RECORDS = sorted(DECISIONS.glob("0*.md"))
STATUS = re.compile(
    r"accepted(, amended (by|on) .+)?|superseded by \[\d{4}\]\(.+\)|proposed|rejected"
)


def relative(path: Path) -> str:
    """Name a page in the report of a run."""
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    """A page or a heading that was renamed takes its links along."""
    broken = [link for link in find_links(page) if not leads_somewhere(page, link)]

    assert broken == []


@pytest.mark.parametrize("page", CURRENT, ids=relative)
def test_files_and_functions_that_a_page_names_are_there(page: Path) -> None:
    """A table that leads through the code leads to code that exists, under its present name."""
    text = page.read_text(encoding="utf-8")
    missing = [name for name in FILE.findall(text) if not list(ROOT.glob(name))]
    for name, cell in ROW.findall(text):
        defined = find_definitions(ROOT / name)
        called = re.findall(r"`([\w.]+)`", cell)
        missing += [f"{name}: {each}" for each in called if each not in defined]

    assert missing == []


@pytest.mark.parametrize("record", RECORDS, ids=relative)
def test_decision_says_when_it_was_made_and_whether_it_holds(record: Path) -> None:
    """A reader knows at the top whether to go on."""
    title, _, dated, _, *rest = record.read_text(encoding="utf-8").splitlines()
    found = re.fullmatch(r"Date: \d{4}-\d\d-\d\d\. Status: (.+)\.", dated)

    assert re.fullmatch(rf"# {record.name[:4]}: \S.+", title)
    assert found, dated
    assert STATUS.fullmatch(found[1]), dated
    sections = [line for line in rest if line.startswith("## ")]
    assert sections == ["## Context", "## Decision", "## Consequences"]


def test_index_names_each_decision_with_its_title_date_and_status() -> None:
    """The index says what the records say, in their order."""
    rows = re.findall(
        r"^\| \[(.+?)\]\((.+?)\) \| (.+?) \| (.+?) \|$",
        (DECISIONS / "README.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )

    assert rows == [summarise(record) for record in RECORDS]


def summarise(record: Path) -> tuple[str, str, str, str]:
    """Return what the index says of a record: title, file, date, status without its reason."""
    title, _, dated, *_ = record.read_text(encoding="utf-8").splitlines()
    date, status = re.findall(r"(?:Date|Status): (.+?)\.(?= Status|$)", dated)
    return title.removeprefix("# "), record.name, date, re.sub(r"(on \S+):.*", r"\1", status)


def find_links(page: Path) -> list[str]:
    """List the links of a page that stay within the repository."""
    text = without_code(page.read_text(encoding="utf-8"))
    links = re.findall(r"\]\(([^)\s]+)\)", text)
    return [link for link in links if not re.match(r"[a-z]+:", link)]


def leads_somewhere(page: Path, link: str) -> bool:
    """Whether a link's file is there, and its heading, where it names one."""
    name, _, heading = unquote(link).partition("#")
    target = (page.parent / name).resolve() if name else page
    if not target.exists():
        return False
    return not heading or heading in list_anchors(target)


def list_anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub makes of a page's headings."""
    text = without_code(page.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    bare = [re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings]
    return {heading.strip().replace(" ", "-") for heading in bare}


def find_definitions(path: Path) -> set[str]:
    """Return the functions and classes of a module, methods as ``Class.method``."""
    names = set()
    for node in parse(path).body if path.is_file() else ():
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            names.add(node.name)
        if isinstance(node, ast.ClassDef):
            names |= {f"{node.name}.{each.name}" for each in functions(node)}
    return names


def without_code(text: str) -> str:
    """Return a page's text without its fenced blocks and code spans."""
    unfenced = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"`[^`\n]*`", "", unfenced)


@pytest.mark.parametrize(
    ("link", "found"),
    [
        ("README.md", True),
        ("README.md#start", True),
        ("#start", True),
        ("README.md#end", False),
        ("other.md", False),
    ],
)
def test_a_dead_link_is_noticed(tmp_path: Path, link: str, *, found: bool) -> None:
    """The search finds files and headings that are there, and no others."""
    page = tmp_path / "README.md"
    page.write_text(f"# Start\n\n[x]({link}) `[y](nowhere.md)` [z](https://example.test/)\n")

    assert find_links(page) == [link]
    assert leads_somewhere(page, link) is found
