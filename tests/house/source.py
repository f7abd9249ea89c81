"""The project's own source, as the house tests read it."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "reconciler"


def modules() -> list[Path]:
    """List the modules of the reconciler, in a steady order."""
    return sorted(PACKAGE.rglob("*.py"))


def dotted_name(path: Path) -> str:
    """Name a module as an import names it."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def place(path: Path, node: ast.stmt | ast.expr) -> str:
    """Say where a node stands, in the form that editors follow."""
    return f"{path.relative_to(ROOT)}:{node.lineno}"


def parse(path: Path) -> ast.Module:
    """Read a module without running it."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Walk over all functions and methods, nested ones included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def imports(path: Path, *, known_as: str | None = None) -> Iterator[tuple[str, ast.stmt]]:
    """Name every module that a module imports, at its top or inside a function.

    Shape: ``from a.b import c`` yields ``a.b.c``, so that a rule about ``a.b`` holds for it too.
    """
    package = (known_as or dotted_name(path)).split(".")
    if path.name != "__init__.py":
        package = package[:-1]
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            origin = [*base, node.module] if node.module else base
            for alias in node.names:
                yield ".".join([*origin, alias.name]), node


def is_within(name: str, package: str) -> bool:
    """Whether a module is a package or lies in it."""
    return name == package or name.startswith(f"{package}.")


def committed_files() -> list[Path]:
    """List the files that a commit of the checkout would hold."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    paths = (ROOT / name for name in listed.split("\0") if name)
    return sorted({path for path in paths if path.is_file() and not path.is_symlink()})
