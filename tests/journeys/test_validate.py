"""What can be known without a panel is reported without one."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import jsonschema
import pytest

from reconciler.documents.schemas import report_schemas
from tests.support.command_line import DISCOUNT

if TYPE_CHECKING:
    from tests.support.command_line import CommandLineProject

WRONG = """\
apiVersion: reconciler/v1
kind: Client
metadata: {name: acme}
spec:
  email: ann..lee@acme.example
  note: "ours [git:shop/acme]"
  services:
    - name: acme-web
      type: vhost
      tariff: Web Start
      domain: acme.example:8080
      ip: 300.1.1.1
      addons:
        sok: ok
        Disk,CPU: 1
  currencyRates:
    - {name: acme-rate, base: EUR, relate: EUR, rate: 1, date: 2026-02-30}
"""


def test_value_that_no_panel_accepts_is_reported_by_validate_and_plan(
    project: CommandLineProject,
) -> None:
    """Every place at once, the same from both, and the panel is not asked."""
    project.write("manifests/clients/acme.yaml", WRONG)

    offline = project.run("validate", "--json", code=3).document["findings"]
    planned = project.run("plan", "--json", code=3).document["error"]["findings"]

    assert [(each["source"]["line"], each["source"]["column"]) for each in offline] == [
        *((5, 10), (6, 9), (11, 15), (12, 11), (14, 14), (15, 19), (17, 44), (17, 64)),
    ]
    assert {each["severity"] for each in offline} == {"error"}
    assert planned == offline
    assert project.asked() == []


def test_field_needed_to_create_is_reported_offline_and_blocks_the_create(
    project: CommandLineProject,
) -> None:
    """Offline it may live for all we know; once the panel was asked it is known to be missing."""
    project.edit("manifests/june.yaml", "  percentage: 15\n", "")

    offline = project.run("validate").out
    planned = project.run("plan").out

    assert "manifests/june.yaml:1:1: warning[needed-at-creation]" in offline
    assert "Discount/globex-june" in planned
    assert "none can be created without percentage: declare it" in " ".join(planned.split())
    assert "1 blocked" in planned


SIZE = 1 << 20
HEAD = (
    "apiVersion: reconciler/v1\nkind: Client\nmetadata: {name: acme}\nspec:\n  email: a@b.example\n"
)
# Each line is one error and more; the comment makes them fewer than a test has time for.
HOSTILE = {
    "aliases": ("base: &base {a: b}\nall:\n", "- {<<: *base, c: *base} # "),
    "children": (f"{HEAD}  discounts:\n", "    - {percentage: 1000} # "),
    "documents": ("", "--- {kind: Client, x: !!str y} # "),
    "unknown fields": (HEAD, "  f%d: 012 # "),
}


@pytest.mark.parametrize("sort", HOSTILE)
def test_hostile_file_is_answered_in_bounded_size(project: CommandLineProject, sort: str) -> None:
    """A mebibyte of thousands of errors: a page for a person, less than the file for a program."""
    head, line = HOSTILE[sort]
    number = (SIZE - len(head)) // 100
    lines = [f"{(line % each if '%' in line else line):x<99}\n" for each in range(number)]
    project.write("manifests/hostile.yaml", head + "".join(lines))

    text = project.run("validate", code=3).out
    result = project.run("validate", "--json", code=3)
    document = result.document

    jsonschema.validate(document, report_schemas()["validate.schema.json"])
    assert number > 10_000
    assert len(text.splitlines()) <= 24
    assert len(text) < 8_000
    assert len(document["findings"]) == 1000
    assert document["omitted"] > 5_000
    assert len(result.out) < SIZE // 2
    assert all(each["source"]["line"] for each in document["findings"])


@pytest.mark.parametrize("text", ["[" * (SIZE - 9), "{a: " * (SIZE // 5), "a: " + "x" * (SIZE - 9)])
def test_nesting_and_endless_texts_end_in_one_finding(
    project: CommandLineProject, text: str
) -> None:
    """What is nested deeper than any manifest is not read on."""
    project.write("manifests/hostile.yaml", text)
    (finding,) = [
        each
        for each in project.run("validate", "--json", code=3).document["findings"]
        if each["code"] in {"too-deep", "too-long"}
    ]

    assert finding["source"]["line"] == 1
    assert len(json.dumps(finding)) < 300


@pytest.mark.parametrize("command", [("validate",), ("plan",), ("apply", "--yes")])
def test_folder_that_cannot_be_read_ends_with_3_and_deletes_nothing(
    project: CommandLineProject, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    """What it declared is not taken for gone; its path is reported, and the panel is not asked."""
    (project.root / "manifests" / "june.yaml").unlink()
    project.write("manifests/clients/june.yaml", DISCOUNT)
    project.run("apply", "--yes")
    asked, scandir = len(project.asked()), os.scandir

    def refusing(path: str | os.PathLike[str]) -> object:
        if str(path).endswith("clients"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    result = project.run(*command, code=3)

    assert "manifests/clients: error[unreadable]" in result.out + result.err
    assert len(project.asked()) == asked


@pytest.mark.parametrize("name", ["june.yaml.bak", "june.YAML", ".old/june.yaml"])
def test_plan_that_deletes_names_the_files_that_it_skipped(
    project: CommandLineProject, name: str
) -> None:
    """A manifest that was renamed out of sight is not deleted without a word."""
    project.run("apply", "--yes")
    (project.root / "manifests" / name).parent.mkdir(exist_ok=True)
    (project.root / "manifests" / "june.yaml").rename(project.root / "manifests" / name)

    planned = project.run("plan", code=4).out  # beyond the guard on deletions, besides
    assert "- Discount/globex-june" in planned
    assert f"manifests/{name}" in planned
