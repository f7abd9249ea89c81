"""Names say what a thing is for; words that fit everything say nothing."""

from __future__ import annotations

import ast
import re

import pytest

from tests.house.source import PACKAGE, modules, parse, place

EMPTY_BEGINNINGS = ("get_", "handle_", "process_", "do_")
EMPTY_WORDS = {
    *("manager", "managers", "util", "utils", "utility", "utilities"),
    *("helper", "helpers", "data", "info", "infos"),
}
# Names that are not ours to choose, each with the one who chose it.
IMPOSED = frozenset(
    {
        "handle_async_request",  # the transport protocol of httpx
        "data_received",  # the protocol of asyncio
    }
)


@pytest.mark.parametrize(
    ("name", "empty"),
    [
        ("get_client", True),
        ("client_data", True),
        ("PlanManager", True),
        ("DataLoader", True),
        ("observe", False),
        ("metadata", False),
        ("BillmanagerPanel", False),
        ("document", False),
    ],
)
def test_empty_words_in_names_are_found(name: str, *, empty: bool) -> None:
    """The words are looked for as words, not as letters within others."""
    assert is_empty(name) is empty


def test_no_module_has_an_empty_name() -> None:
    """A module is called after its idea."""
    paths = (path.relative_to(PACKAGE) for path in modules())

    assert [str(path) for path in paths if any(map(is_empty, _parts(path.parts)))] == []


def test_no_public_function_or_class_has_an_empty_name() -> None:
    """What others call tells them what it does."""
    offences = [
        f"{place(path, node)} {node.name}"
        for path in modules()
        for node in ast.walk(parse(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and node.name not in IMPOSED
        and is_empty(node.name)
    ]

    assert offences == []


def is_empty(name: str) -> bool:
    """Whether a name begins or is made of a word that fits everything."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().split("_")
    return name.startswith(EMPTY_BEGINNINGS) or not EMPTY_WORDS.isdisjoint(words)


def _parts(parts: tuple[str, ...]) -> list[str]:
    return [part.removesuffix(".py") for part in parts]
