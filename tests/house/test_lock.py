"""The locks are complete, hashed, and say nothing about where their packages come from."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.source import ROOT

if TYPE_CHECKING:
    from pathlib import Path

LOCK = ROOT / ".ci" / "requirements.lock"
RELEASE_LOCK = ROOT / ".ci" / "release.lock"
each_lock = pytest.mark.parametrize("lock", [LOCK, RELEASE_LOCK], ids=lambda lock: lock.name)
PYTHONS = ("3.11", "3.12", "3.13")


@each_lock
def test_lock_names_no_index_and_no_host(lock: Path) -> None:
    """Which index is used is the machine's own affair."""
    options = re.compile(r"://|^\s*--(?!hash=)|^-|\s@\s", re.MULTILINE)
    entries = re.sub(r"--hash=sha256:[0-9a-f]{64}", "", lock.read_text(encoding="utf-8"))

    assert options.findall(entries) == []


@each_lock
def test_every_locked_package_is_exact_and_hashed(lock: Path) -> None:
    """What is installed is, byte by byte, what was reviewed."""
    for entry in _entries(lock):
        requirement, *hashes = re.split(r"\s*\\\n\s*", entry.strip())
        specifiers = list(Requirement(requirement).specifier)

        assert [each.operator for each in specifiers] == ["=="], requirement
        assert hashes, f"{requirement} has no hash"
        assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", each) for each in hashes)


@each_lock
def test_lock_holds_what_the_project_asks_for(lock: Path) -> None:
    """A dependency that was added or raised has found its way into the lock."""
    locked = [Requirement(entry.split(" \\\n")[0].strip()) for entry in _entries(lock)]

    for python in PYTHONS:
        environment: dict[str, Any] = {
            **default_environment(),
            "python_version": python,
            "python_full_version": f"{python}.0",
        }
        versions = {
            canonicalize_name(each.name): next(iter(each.specifier)).version
            for each in locked
            if each.marker is None or each.marker.evaluate(environment)
        }
        for wanted in _direct_requirements(of_a_release=lock is RELEASE_LOCK):
            version = versions.get(canonicalize_name(wanted.name))
            assert version is not None, f"{wanted.name} is not locked for {python}: make lock"
            assert wanted.specifier.contains(version, prereleases=True), f"{wanted}: make lock"


def _entries(lock: Path) -> list[str]:
    text = lock.read_text(encoding="utf-8")
    bare = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    return [entry for entry in re.split(r"\n(?=\S)", bare.strip()) if entry]


def _direct_requirements(*, of_a_release: bool) -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = project["dependency-groups"]
    release = groups.pop("release")
    if of_a_release:
        lists = [release, groups["build"]]
    else:
        lists = [
            *groups.values(),
            *project["project"]["optional-dependencies"].values(),
            project["project"]["dependencies"],
            project["build-system"]["requires"],
        ]
    return [Requirement(each) for texts in lists for each in texts if isinstance(each, str)]
