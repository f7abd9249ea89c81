"""The repository says nothing about the machines it was made on, and leaves nothing half done."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.house.source import ROOT, committed_files

# Written so that this file does not find itself.
HOME_OF_SOMEONE = re.compile(
    r"(?<![\w.$}/-])/(?:home|Users|root|builds|farm|work|workspace)(?=[/\s\"'`:,;)]|$)"
)
_HOSTS = "files.python~hosted py~pi py~pi.python registry.npm~js deb.deb~ian proxy.go~lang"
REGISTRY = re.compile(
    rf"\b(?:{'|'.join(map(re.escape, _HOSTS.replace('~', '').split()))})\.(?:org|io)\b"
)
CHOSEN_NAME = re.compile(r"[A-Za-z0-9._/-]+")
DATABASE = b"SQLite format 3"
UNFINISHED = re.compile(r"\b(?:T[O]DO|FI[X]ME|X[X]X)\b")


def test_no_file_names_a_folder_of_the_machine_it_was_made_on() -> None:
    """Nothing depends on the place of a checkout, or names it."""
    own = re.compile("|".join(re.escape(str(path)) + r"(?=[/\s\"']|$)" for path in _own_folders()))

    assert _found(HOME_OF_SOMEONE) == []
    assert _found(own) == []


def test_no_file_names_a_package_registry() -> None:
    """Packages come from whatever index the machine is set up with."""
    assert _found(REGISTRY) == []


def test_no_file_has_a_name_that_a_mistake_made() -> None:
    """An object that became a text, and then a path, leaves a name that no person would type."""
    names = [path.relative_to(ROOT).as_posix() for path in committed_files()]

    assert [name for name in names if not re.fullmatch(r"[\w./+@-]+", name)] == []


def test_no_file_has_a_marker_of_unfinished_work() -> None:
    """What is left to do is an issue, with someone to answer for it."""
    assert _found(UNFINISHED) == []


def test_every_file_has_a_name_that_somebody_chose() -> None:
    """What a test or a tool writes by accident is no part of the repository, nor is a database."""
    names = [str(path.relative_to(ROOT)) for path in committed_files()]

    assert [name for name in names if not CHOSEN_NAME.fullmatch(name)] == []
    assert [path.name for path in committed_files() if path.read_bytes()[:15] == DATABASE] == []


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        (HOME_OF_SOMEONE, "see /ho~me/ann/notes", True),
        (HOME_OF_SOMEONE, "cd /ro~ot", True),
        (HOME_OF_SOMEONE, "GET /api/home/x", False),
        (HOME_OF_SOMEONE, "/usr/local/mgr5/sbin/mgrctl", False),
        (REGISTRY, "the index py~pi.org/simple", True),
        (REGISTRY, "https://files.python~hosted.org/packages", True),
        (REGISTRY, "registry.npm~js.org", True),
        (REGISTRY, "deb.deb~ian.org", True),
        (REGISTRY, "proxy.go~lang.org", True),
        (REGISTRY, "the-py~pi-of-a-company.example", False),
        (UNFINISHED, "# TO~DO: later", True),
        (UNFINISHED, "todos", False),
    ],
)
def test_leak_is_recognised(pattern: re.Pattern[str], text: str, *, found: bool) -> None:
    """The patterns find what they are meant to find (a tilde keeps this list out of it)."""
    assert bool(pattern.search(text.replace("~", ""))) is found


def _own_folders() -> set[Path]:
    """The checkout and the home folder, unless they are too near the root to tell anything."""
    folders = {ROOT, Path.home()}
    return {folder for folder in folders if len(folder.parts) > 1}


def _found(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{number}: {match[0]}"
        for path in committed_files()
        for number, line in enumerate(_lines(path), start=1)
        for match in pattern.finditer(line)
    ]


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:  # a picture, or bytes that a test feeds on purpose
        return []
