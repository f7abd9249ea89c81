"""Asking for help costs no more than it must."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import reconciler
from reconciler.cli.help import COMMANDS
from reconciler.cli.parser import command_module
from tests.support.environment import unmeasured_environment

if TYPE_CHECKING:
    from pathlib import Path

HEAVY = frozenset(
    {
        "_ruamel_yaml",
        "anyascii",
        "asyncio",
        "boto3",
        "botocore",
        "cel_expr_python",
        "deepdiff",
        "httptools",
        "httpx",
        "importlib.metadata",
        "psycopg",
        "pycountry",
        "pydantic",
        "ruamel",
        "shtab",
        "sqlite3",
        "ssl",
        "tqdm",
        "uvicorn",
    }
)
# What a command that reads manifests has no use for, and imports none of.
OFFLINE = HEAVY - {"importlib.metadata", "pycountry", "pydantic"} | {
    "cryptography",
    "reconciler.documents.plan",
    "reconciler.engine",
    "reconciler.panel",
    "reconciler.planning",
    "reconciler.sandbox",
    "reconciler.wire.reply",
    "wcwidth",
}
MANIFEST = """# yaml-language-server: $schema=../schemas/manifest.schema.json
apiVersion: reconciler/v1
kind: Client
metadata: {name: acme, labels: {team: emea}}
spec:
  email: billing@acme.example
  name: "Acme Ltd."
  country: DE
  discounts:
    - {name: acme-spring, percentage: 15, type: Percentage discount, periods: [12]}
"""
PROJECT = """apiVersion: reconciler/v1
kind: Project
metadata: {name: acme-billing}
spec:
  manifests: [manifests]
  targets: {sandbox: {url: "sandbox:.reconciler/sandbox.sqlite3"}}
"""
START = "import sys; from reconciler.cli.main import main; sys.exit(main())"


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_and_version_import_no_heavy_library(option: str) -> None:
    """Help and version are printed by the interpreter's own parser alone."""
    run = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", START, option],
        check=False,
        env=unmeasured_environment(),
        capture_output=True,
        text=True,
        timeout=60,
    )
    complaint = re.sub(r"^import time:.*\n", "", run.stderr, flags=re.MULTILINE)
    imported = set(re.findall(r"^import time:.*\|\s*(\S+)$", run.stderr, re.MULTILINE))

    assert run.returncode == 0, complaint
    assert "reconciler.cli.main" in imported
    assert {name for name in imported if HEAVY & {name, name.split(".")[0]}} == set()


def test_help_of_every_command_imports_the_command_line_alone() -> None:
    """What a command needs to run is imported when it is run, not when its help is asked for."""
    program = (
        "import sys; from reconciler.cli.parser import build_parser; build_parser();"
        "print(*sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", program],
        check=True,
        env=unmeasured_environment(),
        capture_output=True,
        text=True,
        timeout=60,
    )
    imported = set(run.stdout.split())
    own = {name for name in imported if name.startswith("reconciler.")}

    assert {command_module(name).__name__ for name in COMMANDS} <= own
    assert own - {name for name in own if name.startswith("reconciler.cli.commands.")} == {
        "reconciler.cli",
        "reconciler.cli.commands",
        "reconciler.cli.formats",
        "reconciler.cli.help",
        "reconciler.cli.options",
        "reconciler.cli.parser",
    }
    assert imported & {*HEAVY, "dataclasses", "typing"} == set()


@pytest.mark.parametrize(
    ("words", "unused"),
    [
        ("validate", OFFLINE),
        ("validate --json", OFFLINE),
        ("completion bash", OFFLINE - {"shtab"} | {"pydantic", "reconciler.manifest.load"}),
    ],
)
def test_command_imports_no_library_that_it_has_no_use_for(
    tmp_path: Path, words: str, unused: frozenset[str]
) -> None:
    """Manifests in the usual form are read without a parser of YAML, a panel or a plan."""
    (tmp_path / "manifests").mkdir()
    (tmp_path / "manifests" / "acme.yaml").write_text(MANIFEST, encoding="utf-8")
    (tmp_path / "reconciler.yaml").write_text(PROJECT, encoding="utf-8")
    program = (
        "import sys; from reconciler.cli.main import main; code = main();"
        "print(*sys.modules, file=sys.stderr); sys.exit(code)"
    )
    run = subprocess.run(
        [sys.executable, "-c", program, *words.split()],
        check=False,
        cwd=tmp_path,
        env=unmeasured_environment(),
        capture_output=True,
        text=True,
        timeout=60,
    )
    imported = set(run.stderr.split())

    assert (run.returncode, run.stdout != "") == (0, True), run.stdout
    assert "reconciler.cli.console" in imported
    assert {name for name in imported if _belongs(name, unused)} == set()


def _belongs(name: str, packages: frozenset[str]) -> bool:
    parts = name.split(".")
    return any(".".join(parts[:length]) in packages for length in range(1, len(parts) + 1))


def test_version_is_that_of_the_package() -> None:
    """The printed version is the one the package was built with."""
    run = subprocess.run(
        [sys.executable, "-c", START, "--version"],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert run.stdout.split() == ["reconciler", reconciler.__version__]
