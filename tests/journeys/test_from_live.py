"""A project for a panel that is there, in one command."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from reconciler.sandbox import PASSPHRASE, Sandbox, seed
from tests.support.http_panel import serve_over_http

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.support.command_line import CommandLineProject


def test_project_that_is_there_gets_the_manifests_of_its_panel(
    project: CommandLineProject,
) -> None:
    """Doctor, export and plan run on the project's own target, and the next steps are printed."""
    shutil.rmtree(project.root / "manifests")
    project.run("sandbox", "seed", "--clients", "3")

    result = project.run("init", "--from-live")

    assert "Proved: a plan" in result.out
    assert "0 to create, 0 to update, 0 to delete" in result.out
    assert result.out.count("\n  reconciler ") == 2
    assert len(list((project.root / "manifests" / "clients").iterdir())) == 3
    project.run("apply", "--yes")
    assert project.writes() == []


def test_manifests_that_lie_elsewhere_are_planned_as_well(project: CommandLineProject) -> None:
    """The project file says where manifests are, and what was exported there is planned."""
    shutil.rmtree(project.root / "manifests")
    project.edit("reconciler.yaml", "manifests: [manifests]", "manifests: [infra]")
    project.run("sandbox", "seed", "--clients", "2")

    result = project.run("init", "--from-live")

    assert "The panel holds no clients" not in result.out
    assert "0 to create, 0 to update, 0 to delete" in result.out


def test_new_project_is_made_for_the_panel_of_an_address(
    project: CommandLineProject, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The address stands in the project file, and no example is declared."""
    monkeypatch.setenv("RECONCILER_USERNAME", "admin")
    monkeypatch.setenv("RECONCILER_PASSWORD", PASSPHRASE)
    seed(tmp_path / "panel.sqlite3", clients=2, seed=1)
    with Sandbox(tmp_path / "panel.sqlite3") as app, serve_over_http(app) as url:
        result = project.run("init", "live", "--from-live", "--url", url)

    assert f"url: {url}" in (project.root / "live" / "reconciler.yaml").read_text(encoding="utf-8")
    assert len(list((project.root / "live" / "manifests").rglob("*.yaml"))) == 2
    assert "--target prod" in result.out


def test_panel_that_cannot_be_reached_ends_with_the_code_of_doctor(
    project: CommandLineProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is exported from a panel that does not answer."""
    monkeypatch.setenv("RECONCILER_USERNAME", "admin")
    monkeypatch.setenv("RECONCILER_PASSWORD", PASSPHRASE)

    result = project.run("init", "live", "--from-live", "--url", "http://127.0.0.1:9/b", code=8)

    assert "reconciler export" not in result.out


def test_address_without_a_live_panel_is_a_wrong_usage(project: CommandLineProject) -> None:
    """An address beside a project file that names its targets is refused as well."""
    project.run("init", "other", "--url", "https://x.example/billmgr", code=64)
    project.run("init", "--from-live", "--url", "https://x.example/billmgr", code=64)


def test_address_that_is_none_is_refused_before_a_file_is_written(
    project: CommandLineProject,
) -> None:
    """What YAML or a panel would not take never stands in a project file."""
    result = project.run(
        "init", "live", "--from-live", "--url", "https://a:hush@x.example/b", code=64
    )

    assert "--url" in result.err
    assert "hush" not in result.err
    assert not (project.root / "live").exists()
