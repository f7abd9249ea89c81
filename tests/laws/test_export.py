"""The law of exports: whatever lives is declared so that nothing is to be done, killed or not."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings, strategies as st

from reconciler.export.edits import ManifestEdits
from reconciler.export.files import ExportFiles
from reconciler.export.run import ExportOptions, export_clients
from reconciler.sandbox import Sandbox, audit, seed
from tests.support.killing import Kill, KillableProcess, KilledError
from tests.support.odd_texts import odd_texts
from tests.support.project import NoProgress, Project

if TYPE_CHECKING:
    from reconciler.model.export import ExportReport, FileAction
    from reconciler.planning.context import PlanContext

NAMES = st.text(max_size=20) | st.sampled_from(["Ёлка", "Ёлка", "同", "acme", "ACME", "a.b"])
TEXTS = odd_texts | st.text(max_size=60) | st.just("---\n- a: {client}\n  #x\n")


@dataclass(slots=True)
class ExportingProject(Project):
    """A project whose manifests an export writes."""

    def export(self) -> ExportReport:
        """Export everything that the panel holds."""
        return self.clock.run(self._export())

    def texts(self) -> dict[str, bytes]:
        """Return every manifest by its path."""
        folder = self.root / "manifests"
        return {str(path): path.read_bytes() for path in sorted(folder.rglob("*.yaml"))}

    async def _export(self) -> ExportReport:
        files = ExportFiles(self.root / "manifests")

        async def write(name: str, text: str) -> tuple[str, FileAction]:
            return files.write(name, text)

        async with self.reader() as reader:
            return await export_clients(
                reader,
                self._declared(),
                ExportOptions(),
                write=write,
                edits=ManifestEdits(self.root),
                progress=NoProgress(),
            )

    def _declared(self) -> PlanContext:
        if self.texts():
            return self.context()
        self.write("apiVersion: reconciler/v1\nkind: Client\nmetadata: {name: x}\n"
                   "spec: {email: x@x.example}\n")  # fmt: skip
        work = replace(self.context(), desired=())
        (self.root / "manifests" / "main.yaml").unlink()
        return work


def fill(database: Path, number: int, names: list[str], texts: list[str]) -> None:
    """Seed a panel, and give its clients and discounts other names and notes."""
    seed(database, clients=3, seed=number)
    with closing(sqlite3.connect(database)) as panel, panel:
        for key, name in enumerate(names, start=3):
            panel.execute("UPDATE account SET name = ? WHERE id = ?", (_fit(name), key))
        for key, text in enumerate(texts, start=3):
            panel.execute("UPDATE account SET note = ? WHERE id = ?", (_fit(text), key))
            panel.execute("UPDATE discount SET note = ? WHERE id = ?", (_fit(text), key - 2))


def _fit(text: str) -> str:
    """Return a text without what no document of a panel can hold."""
    kept = (sign for sign in text if sign in "\t\n\r" or (sign >= " " and sign < "\ud800"))
    return "".join(kept)


@settings(max_examples=12, deadline=None)
@given(
    number=st.integers(0, 10**6),
    names=st.lists(NAMES, min_size=3, max_size=3),
    texts=st.lists(TEXTS, min_size=3, max_size=3),
)
@example(number=1, names=["acme", "acme", "acme"], texts=["x", "x", "x"])
def test_export_of_any_install_is_adopted_without_a_write_and_stays_as_it_is(
    number: int, names: list[str], texts: list[str]
) -> None:
    """Export, plan, apply, export again: no edit, no write, no byte changed."""
    with TemporaryDirectory() as folder:
        root = Path(folder)
        fill(root / "panel.sqlite3", number, names, texts)
        with Sandbox(root / "panel.sqlite3", lag=timedelta(0)) as sandbox:
            project = ExportingProject(root, sandbox)
            report = project.export()
            first = project.texts()
            plan = project.plan()
            results = set(project.apply(plan).values())
            again = project.export()

        assert report.failures == again.failures == []
        assert {change.action for change in plan.changes} == {"adopt"}
        assert [edit for change in plan.changes for edit in change.edits] == []
        assert results == {"verified"}
        assert [each.func for each in audit(root / "panel.sqlite3") if each.wrote] == []
        assert project.texts() == first


@pytest.mark.parametrize("at", [1, 8, 20, 33, 45])
def test_export_that_was_killed_is_finished_by_the_next(tmp_path: Path, at: int) -> None:
    """The files that are there are whole, and running again ends where an unbroken run does."""
    fill(tmp_path / "panel.sqlite3", 1, ["one", "two", "three"], ["a", "b", "c"])
    with Sandbox(tmp_path / "panel.sqlite3", lag=timedelta(0)) as sandbox:
        whole = ExportingProject(tmp_path / "whole", sandbox)
        whole.export()
        expected = {Path(name).name: text for name, text in whole.texts().items()}
        project = ExportingProject(tmp_path / "killed", sandbox)
        project.process = KillableProcess(sandbox, Kill(at, "after"))
        with pytest.raises(KilledError):
            project.export()
        left = {Path(name).name: text for name, text in project.texts().items()}
        project.process = None

        project.export()

        assert left.items() <= expected.items()
        assert {Path(name).name: text for name, text in project.texts().items()} == expected
