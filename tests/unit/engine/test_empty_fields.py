"""Forms that leave out what holds nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from reconciler.sandbox import Sandbox
from tests.support.project import Project
from tests.support.rewording import RewordedPanel, without_empty_fields

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

CLIENT = """
apiVersion: reconciler/v1
kind: Client
metadata: {name: acme}
spec:
  email: billing@acme.example
"""
MORE = "  label: VIP\n  note: read me\n  excludeFromStatistics: false\n"


def test_field_that_the_form_leaves_out_is_empty_where_its_description_names_it(
    tmp_path: Path,
) -> None:
    """Else nothing that is empty today could ever be set."""
    asked: list[Mapping[str, str]] = []

    def words(question: Mapping[str, str], said: bytes) -> bytes:
        asked.append(question)
        return without_empty_fields(question, said)

    with Sandbox(lag=timedelta(0)) as sandbox:
        project = Project(tmp_path, RewordedPanel(sandbox, words))
        project.write(CLIENT)
        assert project.apply() == {"Client/acme": "verified"}
        project.write(CLIENT + MORE)
        asked.clear()
        (change,) = project.plan().changes
        assert {edit.field for edit in change.edits} == {"label", "note"}
        described = [each for each in asked if each.get("out") == "devel"]
        assert [each["func"] for each in described] == ["account.edit"]

        assert project.apply() == {"Client/acme": "verified"}
        assert project.plan().empty
        project.write(CLIENT + "  label: ''\n")
        assert project.apply() == {"Client/acme": "verified"}
        assert project.plan().empty


def test_field_that_no_description_names_is_not_known(tmp_path: Path) -> None:
    """A right may be missing, or the field be another's: it is blocked, and nothing is sent."""

    def words(question: Mapping[str, str], said: bytes) -> bytes:
        said = without_empty_fields(question, said)
        if question.get("out") != "devel" or question["func"] != "account.edit":
            return said
        return said.replace(b'name="label"', b'name="other"')

    with Sandbox(lag=timedelta(0)) as sandbox:
        project = Project(tmp_path, RewordedPanel(sandbox, words))
        project.write(CLIENT)
        assert project.apply() == {"Client/acme": "verified"}
        project.write(CLIENT + MORE)
        changes = project.plan().changes
        assert [change.action for change in changes if change.action == "blocked"]
        assert any("label" in change.reason for change in changes)


@pytest.mark.parametrize("shown", ["***", "********"])
def test_masked_field_is_not_empty(tmp_path: Path, shown: str) -> None:
    """It holds something that this user is not shown."""

    def words(question: Mapping[str, str], said: bytes) -> bytes:
        said = without_empty_fields(question, said)
        masked = b"<label>" + shown.encode() + b"</label>"
        return said.replace(b"<label>secret</label>", masked)

    with Sandbox(lag=timedelta(0)) as sandbox:
        project = Project(tmp_path, RewordedPanel(sandbox, words))
        project.write(CLIENT)
        assert project.apply() == {"Client/acme": "verified"}
        (key,) = [entry.row_id for entry in project.inventory.load().values()]
        sandbox.call("account.edit", elid=key, label="secret", sok="ok")
        project.write(CLIENT + MORE)
        changes = project.plan().changes
        assert all(edit.field != "label" for change in changes for edit in change.edits)
        assert any("label" in change.reason for change in changes)
