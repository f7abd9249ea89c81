"""A project for each journey; no variable of the environment and no wait gets in its way."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.clock import skip_waits
from tests.support.command_line import new_project

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.command_line import CommandLineProject

# Ours, and those by which a pipeline names its server.
PREFIXES = ("RECONCILER_", "GITHUB_", "GITLAB_", "GITEA_", "FORGEJO_", "CI_", "GH_TOKEN")


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no variable of the person who runs the tests reach a command."""
    for name in list(os.environ):
        if name.startswith(PREFIXES) or name == "NO_COLOR":
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def _no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let commands skip every wait, before another attempt as well as for a slow panel."""
    skip_waits(monkeypatch)


@pytest.fixture
def project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> CommandLineProject:
    """A new project with one client and one discount, which is the working directory."""
    made = new_project(tmp_path / "billing", capsys)
    monkeypatch.chdir(made.root)
    return made


@pytest.fixture
def discount_by_hand(project: CommandLineProject) -> Any:  # noqa: ANN401 - a function with one option
    """Change the discount in the panel behind Git's back: ``discount_by_hand(percentage=…)``."""

    def change(**params: str) -> None:
        owned = project.run("inventory", "--json").document["resources"]
        found = next(each for each in owned if each["address"] == "Discount/globex-june")
        edit = partial(project.panel, "account.discount.edit", sok="ok")
        edit(plid=found["parent"], elid=found["id"], **params)

    return change
