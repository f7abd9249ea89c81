"""Rooms import downwards, and each foreign library has its one door."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest
from importlinter import configuration
from importlinter.application import use_cases

from tests.house.source import PACKAGE, ROOT, dotted_name, imports, is_within, modules, parse, place

if TYPE_CHECKING:
    from pathlib import Path

ROOMS = {
    *(
        "cli",
        "rehearsal",
        "export",
        "offline",
        "report",
        "engine",
        "forge",
        "panel",
        "store",
        "project",
        "policies",
        "lint",
        "manifest",
        "planning",
        "mapping",
    ),
    *("documents", "ports", "kinds", "wire", "model", "errors", "sandbox"),
}
PURE = ("model", "wire", "kinds", "documents", "planning", "lint", "report", "ports", "errors")
WORLDLY = (
    "asyncio",
    "httptools",
    "httpx",
    "logging",
    "os",
    "pathlib",
    "random",
    "secrets",
    "shutil",
    "socket",
    "sqlite3",
    "ssl",
    "subprocess",
    "tempfile",
    "threading",
    "time",
    "urllib.request",
)
# Who alone may import what.
DOORS = {
    "anyascii": ("reconciler.export.names",),
    "httptools": ("reconciler.panel.connection",),
    "httpx": ("reconciler.panel.embedded",),
    "boto3": ("reconciler.store.backends.bucket",),
    "botocore": ("reconciler.store.backends.bucket",),
    "idna": ("reconciler.panel.network",),
    "cel_expr_python": ("reconciler.policies.cel",),
    "cryptography": ("reconciler.policies.ssh_signature",),
    "psycopg": ("reconciler.store.backends",),
    "deepdiff": ("reconciler.documents.difference",),
    "ruamel": ("reconciler.manifest", "reconciler.sandbox.install_file"),
    "_ruamel_yaml": ("reconciler.manifest",),
    "sqlite3": ("reconciler.store", "reconciler.sandbox"),
    "asyncio": (
        "reconciler.panel",
        "reconciler.forge",
        "reconciler.engine",
        "reconciler.store.journal_writer",
        "reconciler.cli",
        "reconciler.sandbox",
    ),
    "logging": (
        "reconciler.panel",
        "reconciler.forge",
        "reconciler.engine",
        "reconciler.store",
        "reconciler.cli",
    ),
    "argparse": ("reconciler.cli",),
    "shtab": ("reconciler.cli",),
    "tqdm": ("reconciler.cli",),
    "uvicorn": ("reconciler.cli", "reconciler.sandbox"),
    "wcwidth": ("reconciler.report.layout",),
}


def test_contracts_of_import_linter_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """The contracts in pyproject.toml hold for the code as it stands."""
    monkeypatch.chdir(ROOT)
    configuration.configure()

    assert use_cases.lint_imports(
        config_filename="pyproject.toml", cache_dir=None, is_debug_mode=True, no_logo=True
    ), "the report of import-linter is above"


def test_every_room_of_the_house_exists_and_no_other() -> None:
    """The package holds the rooms of decision 0001, and a new one is a decision of its own."""
    present = {
        path.stem
        for path in PACKAGE.iterdir()
        if path.suffix == ".py" or (path.is_dir() and any(path.glob("*.py")))
    }

    assert present - {"__init__", "__main__"} == ROOMS


@pytest.mark.parametrize("room", PURE)
def test_pure_room_imports_nothing_of_the_world(room: str) -> None:
    """No pure room reaches for a clock, a disk, a network, a log, chance or an event loop."""
    offences = [
        f"{place(path, node)} imports {name}"
        for path in modules()
        if is_within(dotted_name(path), f"reconciler.{room}")
        for name, node in imports(path)
        if any(is_within(name, library) for library in WORLDLY)
    ]

    assert offences == []


@pytest.mark.parametrize("library", sorted(DOORS))
def test_library_is_imported_by_its_package_alone(library: str) -> None:
    """A library that could be exchanged one day is known to the one room that wraps it."""
    offences = [
        f"{place(path, node)} imports {name}"
        for path in modules()
        if not any(is_within(dotted_name(path), door) for door in DOORS[library])
        for name, node in imports(path)
        if is_within(name, library)
    ]

    assert offences == []


def test_sandbox_imports_nothing_of_the_reconciler() -> None:
    """The second witness shares not a line with the first, not even a constant."""
    offences = [
        f"{place(path, node)} imports {name}"
        for path in modules()
        if is_within(dotted_name(path), "reconciler.sandbox")
        for name, node in imports(path)
        if is_within(name, "reconciler") and not is_within(name, "reconciler.sandbox")
    ]

    assert offences == []


def test_panel_is_written_to_by_the_sending_protocol_alone() -> None:
    """A call submitted elsewhere would be sent without an intent and without a proof."""
    sending = {
        (dotted_name(path), name)
        for path in modules()
        if is_within(dotted_name(path), "reconciler.engine")
        for node in ast.walk(parse(path))
        if isinstance(node, ast.Call)
        and (name := ast.unparse(node.func).rpartition(".")[2]) in {"submit", "submit_calls"}
    }

    assert sending == {
        ("reconciler.engine.apply.submit", "submit"),
        ("reconciler.engine.apply.send", "submit_calls"),
        # Removing a saved filter changes what lists show, and no object.
        ("reconciler.engine.doctor.clear_filters", "submit"),
    }


def test_relative_imports_are_resolved_before_they_are_judged(tmp_path: Path) -> None:
    """The reading of imports sees through relative ones, or the rules above could be dodged."""
    module = PACKAGE / "model" / "address.py"
    copy = tmp_path / "address.py"
    copy.write_text("from . import value\nfrom ..wire import call\n", encoding="utf-8")

    resolved = [name for name, _ in imports(copy, known_as=dotted_name(module))]

    assert resolved == ["reconciler.model.value", "reconciler.wire.call"]
