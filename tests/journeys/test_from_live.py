"""A project for a panel that is there, in one command."""

from __future__ import annotations

import shutil
from errno import ENOSPC
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from reconciler.errors import UsageError
from reconciler.kinds.catalogue import discover
from reconciler.project.init_files import write_project
from reconciler.project.load import load_project
from reconciler.sandbox import PASSPHRASE, Sandbox, seed
from tests.support.http_panel import interrupting, serve_over_http

if TYPE_CHECKING:
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


@pytest.mark.parametrize("words", [b"func=account&", b"func=account.discount&", b"func=vhost&"])
def test_run_that_was_interrupted_is_taken_up_by_the_same_command(
    project: CommandLineProject, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, words: bytes
) -> None:
    """Wherever it stopped: the last one writes what the first one would have written."""
    monkeypatch.setenv("RECONCILER_USERNAME", "admin")
    monkeypatch.setenv("RECONCILER_PASSWORD", PASSPHRASE)
    seed(tmp_path / "panel.sqlite3", clients=4, seed=1)
    with Sandbox(tmp_path / "panel.sqlite3") as app:
        with serve_over_http(interrupting(app, words)) as url:
            stopped = project.run("init", "live", "--from-live", "--url", url, code=130)
        again = (*("init", "live", "--from-live", "--url"), url)
        with serve_over_http(app, port=int(url.split(":")[2].split("/")[0])):
            result = project.run(*again)
            assert "Proved: a plan" in result.out
            whole = _texts(project.root / "live")
            shutil.rmtree(project.root / "live")
            project.run(*again)

    assert "this command goes on: reconciler init live --from-live --target prod\n" in stopped.err
    assert stopped.err.endswith("\nerror: interrupted\n")
    assert "--target prod" in result.out
    assert len(list((project.root / "live" / "manifests").rglob("*.yaml"))) == 4
    assert whole == _texts(project.root / "live")


def test_disk_that_is_full_leaves_no_half_of_a_project_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next run would keep it, as it keeps whatever is there."""
    write = Path.write_text

    def fill(path: Path, text: str, encoding: str) -> int:
        if "reconciler.yaml" not in path.name:
            return write(path, text, encoding)
        write(path, text[:100], encoding)
        raise OSError(ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_text", fill)
    with pytest.raises(UsageError, match=r"reconciler.yaml cannot be written: no space left"):
        write_project(tmp_path, discover())

    assert not [*tmp_path.glob("*reconciler.yaml*"), *tmp_path.glob(".reconciler.yaml*")]
    monkeypatch.undo()
    write_project(tmp_path, discover())
    assert "prod" in load_project(tmp_path / "reconciler.yaml", {}).targets


def _texts(folder: Path) -> dict[str, str]:
    found = sorted(each for each in folder.rglob("*") if each.is_file())
    return {str(each.relative_to(folder)): each.read_text(encoding="utf-8") for each in found}


def test_address_without_a_live_panel_is_a_wrong_usage(project: CommandLineProject) -> None:
    """An address that no target of the project file has is refused as well."""
    project.run("init", "other", "--url", "https://x.example/billmgr", code=64)
    words = ("init", "--from-live", "--url", "https://x.example/billmgr")
    none = project.run(*words, code=64)
    other = project.run(*words, "--target", "sandbox", code=64)

    remedy = "has another address than --url: choose one of sandbox, prod with --target"
    assert f"each target of {project.root}/reconciler.yaml {remedy}" in none.err
    assert f"target 'sandbox' of {project.root}/reconciler.yaml {remedy}" in other.err


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
