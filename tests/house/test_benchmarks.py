"""Each benchmark says how it measures, and the runner keeps what it measured."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.environment import unmeasured_environment
from tests.support.figures import figure, read_figures

if TYPE_CHECKING:
    from subprocess import CompletedProcess

FOLDER = Path(__file__).parents[1] / "benchmarks"
NAMES = sorted(path.stem.removeprefix("bench_") for path in FOLDER.glob("bench_*.py"))


@pytest.mark.parametrize("name", NAMES)
def test_benchmark_says_what_it_does_and_how_it_is_run(name: str) -> None:
    """A figure without its method is no figure."""
    tree = ast.parse((FOLDER / f"bench_{name}.py").read_text(encoding="utf-8"))
    words = ast.get_docstring(tree) or ""

    assert "\nMethod:  " in words
    assert f"\nRun:     python -m tests.benchmarks.bench_{name}" in words
    assert "main" in {each.name for each in tree.body if isinstance(each, ast.FunctionDef)}


def run(folder: Path, *names: str, python: str = sys.executable) -> CompletedProcess[str]:
    """Run benchmarks with an interpreter for each of them."""
    program = f"import sys; from tests.benchmarks.__main__ import main; sys.executable = {python!r}"
    words = [*names, "--out", str(folder / "bench.json")]
    return subprocess.run(
        [sys.executable, "-c", f"{program}; sys.exit(main({words!r}))"],
        check=False,
        env=unmeasured_environment(),
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_runner_keeps_figures_with_machine_and_commit(tmp_path: Path) -> None:
    """A history is made of such files: they say what was measured, where, and at which commit."""
    ended = run(tmp_path, "xml")

    document = json.loads((tmp_path / "bench.json").read_bytes())
    figures = document.pop("figures")
    assert (ended.returncode, document["failed"]) == (0, [])
    assert set(document) == {
        *("formatVersion", "commit", "at", "python", "machine", "processors", "load", "failed"),
    }
    assert list(figures) == ["xml"]
    assert len(figures["xml"]) == 8
    assert all(value > 0 for value in figures["xml"].values())
    assert "our reader" in ended.stdout


def test_benchmark_that_fails_is_named_and_the_rest_is_run(tmp_path: Path) -> None:
    """The exit code says so, too."""
    ended = run(tmp_path, "sets", "xml", python="false")

    document = json.loads((tmp_path / "bench.json").read_bytes())
    assert (ended.returncode, document["failed"]) == (1, ["sets", "xml"])
    assert document["figures"] == {"sets": {}, "xml": {}}


def test_benchmark_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    """The message lists those that do."""
    ended = run(tmp_path, "plans")

    assert ended.returncode == 2
    assert f"no benchmark is called plans: {', '.join(NAMES)}" in ended.stderr


def test_figure_is_printed_and_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its unit is a part of its name."""
    monkeypatch.setenv("BENCHMARK_FIGURES", str(tmp_path / "figures"))

    figure("load", 1234.5678, "ms", digits=1)
    figure("plan to bare client, ratio", 1.25)

    assert capsys.readouterr().out.split("\n")[0].split() == ["load", "1,234.6", "ms"]
    assert read_figures(tmp_path / "figures") == {
        "load, ms": 1234.5678,
        "plan to bare client, ratio": 1.25,
    }
