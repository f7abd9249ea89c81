"""``fmt``: manifests in canonical form, whole files or none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jsonschema
import pytest

from reconciler.documents.schemas import report_schemas

if TYPE_CHECKING:
    from tests.support.command_line import CommandLineProject

ODD = """\
# yaml-language-server: $schema=../schemas/manifest.schema.json
kind: Client   # of ours
apiVersion: reconciler/v1
metadata: {labels: {team: emea},name: globex}
spec:
    name: 'Globex'

    # where bills go
    email: pay@globex.example
"""
CANONICAL = """\
# yaml-language-server: $schema=../schemas/manifest.schema.json
apiVersion: reconciler/v1
kind: Client   # of ours
metadata: {name: globex, labels: {team: emea}}
spec:

  # where bills go
  email: pay@globex.example
  name: 'Globex'
"""


def test_manifest_is_written_in_canonical_form(project: CommandLineProject) -> None:
    """The check names the file; then it is written, keeps its mode, and is sound."""
    path = project.write("manifests/globex.yaml", ODD)
    path.chmod(0o640)

    told = project.run("fmt", "--check", code=2)
    assert "manifests/globex.yaml: is not in canonical form\n" in told.out
    assert path.read_text(encoding="utf-8") == ODD

    assert "manifests/globex.yaml: formatted\n" in project.run("fmt").out
    assert path.read_text(encoding="utf-8") == CANONICAL
    assert path.stat().st_mode & 0o777 == 0o640
    project.run("fmt", "--check")


def test_check_shows_what_would_change_and_is_bounded(project: CommandLineProject) -> None:
    """Twenty lines of a file, about two hundred in all, then how many more."""
    head = "kind: Client\napiVersion: reconciler/v1\nmetadata: {name: long}\nspec:\n"
    long = "".join(f"     - line-{number}\n" for number in range(40))
    for number in range(12):
        project.write(f"manifests/long-{number:02}.yaml", f"{head}   groups:\n{long}")
    project.write("manifests/globex.yaml", ODD)

    out = project.run("fmt", "--check", code=2).out

    assert "--- a/manifests/globex.yaml\n+++ b/manifests/globex.yaml\n@@ -1,9 +1,9 @@\n" in out
    assert "\n-metadata: {labels: {team: emea},name: globex}\n" in out
    patch = out[: out.index("manifests/globex.yaml: is not")].splitlines()
    assert patch.count("  … 70 more lines of manifests/long-00.yaml") == 1
    assert len(patch) < 225
    assert patch[-1] == "  … and 3 more files"


def test_file_that_is_no_manifest_keeps_all_files_as_they_were(
    project: CommandLineProject,
) -> None:
    """An error has its place, and nothing is written."""
    path = project.write("manifests/globex.yaml", ODD)
    project.write("manifests/list.yaml", "- a\n")

    result = project.run("fmt", code=3)

    assert "manifests/list.yaml:1:1: error[not-a-manifest]: expected a map" in result.err
    assert path.read_text(encoding="utf-8") == ODD


def test_program_learns_which_files_change(project: CommandLineProject) -> None:
    """By name, whether they were written, and nothing else is printed; an error has its place."""
    path = project.write("manifests/globex.yaml", ODD)
    schema = report_schemas()["fmt.schema.json"]

    found = project.run("fmt", "--check", "--json", code=2).document
    jsonschema.validate(found, schema)
    assert found == {
        "changed": ["manifests/globex.yaml"],
        "files": 2,
        "formatVersion": "1",
        "written": False,
    }
    assert project.run("fmt", "--json").document == {**found, "written": True}
    assert path.read_text(encoding="utf-8") == CANONICAL
    unchanged = {**found, "changed": [], "written": False}
    assert project.run("fmt", "--json").document == unchanged

    project.write("manifests/list.yaml", "- a\n")
    (finding,) = project.run("fmt", "--json", code=3).document["error"]["findings"]
    assert finding["source"] == {"file": "manifests/list.yaml", "line": 1, "column": 1}


@pytest.mark.parametrize(
    ("words", "argument"),
    [
        (("fmt", "manifests/gone.yaml"), "PATH 'manifests/gone.yaml'"),
        (("validate", "manifests/gone.yaml"), "PATH 'manifests/gone.yaml'"),
        (("graph", "manifests/globex.yaml", "gone/at all"), "PATH 'gone/at all'"),
        (("fmt", "--manifests", "gone"), "--manifests 'gone'"),
        (("plan", "--manifests", "gone"), "--manifests 'gone'"),
        (("validate", "manifests/globex.yaml/deeper"), "PATH 'manifests/globex.yaml/deeper'"),
    ],
)
def test_path_that_is_not_there_is_wrong_usage(
    project: CommandLineProject, words: tuple[str, ...], argument: str
) -> None:
    """The argument is named, and the project file is not: it says nothing of that path."""
    error = project.run(*words, code=64).err

    assert error.startswith(f"error: {argument} does not exist: ")
    assert "spec.manifests" not in error
    assert project.asked() == []


def test_link_is_named_and_left_alone(project: CommandLineProject) -> None:
    """Neither the link nor what it leads to is touched."""
    target = project.write("elsewhere.yaml", ODD)
    link = project.root / "manifests/link.yaml"
    link.symlink_to(target)

    assert "manifests/link.yaml: error[symlink]" in project.run("fmt", str(link), code=3).err
    assert link.is_symlink()
    assert target.read_text(encoding="utf-8") == ODD


def test_project_file_is_formatted_where_it_is_named(project: CommandLineProject) -> None:
    """By default there are the manifests alone."""
    project.edit(
        "reconciler.yaml",
        "apiVersion: reconciler/v1\nkind: Project",
        "kind: Project\napiVersion: reconciler/v1",
    )

    project.run("fmt", "--check")
    project.run("fmt", "--check", "reconciler.yaml", code=2)
