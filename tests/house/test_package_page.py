"""The page of the package on an index links into the repository."""

from __future__ import annotations

import importlib.util
import re
from typing import TYPE_CHECKING

from tests.house.source import ROOT

if TYPE_CHECKING:
    from types import ModuleType


def test_relative_links_are_made_absolute_for_the_index() -> None:
    """Links and pictures lead to the repository; what is absolute, or on the page, stays."""
    text = (
        "[a](.github/A.md#b) ![p](.github/plan.svg) [s](schemas/) "
        "[c](#c) [d](https://d.example/) [m](mailto:m@example)"
    )

    assert _hook().with_absolute_links(text, "https://h.example/o/r") == (
        "[a](https://h.example/o/r/blob/main/.github/A.md#b) "
        "![p](https://h.example/o/r/raw/main/.github/plan.svg) "
        "[s](https://h.example/o/r/blob/main/schemas/) "
        "[c](#c) [d](https://d.example/) [m](mailto:m@example)"
    )


def test_page_of_the_package_has_no_relative_link() -> None:
    """Whatever the README links is reached from the index, too."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")

    page = _hook().with_absolute_links(text, "https://h.example/o/r")

    assert "https://h.example/o/r/raw/main/.github/plan.svg" in page
    assert re.findall(r"\]\((?!\w+:|#)[^)]*\)", page) == []


def _hook() -> ModuleType:
    found = importlib.util.spec_from_file_location("readme_hook", ROOT / ".ci" / "readme.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module
