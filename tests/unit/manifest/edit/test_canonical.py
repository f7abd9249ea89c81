"""The canonical form, file by file: ``canonical/NAME.before.yaml`` becomes ``NAME.after.yaml``."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.errors import ManifestsError
from reconciler.manifest.edit.canonical import format_manifest
from reconciler.manifest.edit.field_ordering import ordering_of
from tests.support.planning import CATALOGUE

CASES = sorted((Path(__file__).parent / "canonical").glob("*.before.yaml"))


def formatted(text: str) -> str:
    """Return a text in canonical form."""
    return format_manifest(text, "a.yaml", lambda value: ordering_of(value, CATALOGUE))


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name.partition(".")[0])
def test_file_becomes_what_stands_beside_it(case: Path) -> None:
    """What is expected is in canonical form itself."""
    expected = case.with_name(case.name.replace(".before.", ".after.")).read_text(encoding="utf-8")

    assert formatted(case.read_text(encoding="utf-8")) == expected
    assert formatted(expected) == expected


def test_line_breaks_stay_and_a_missing_last_one_is_added() -> None:
    """A text of another system keeps its breaks; the mark of its encoding stays."""
    text = "\ufeffkind: Client\r\napiVersion: reconciler/v1"

    assert formatted(text) == "\ufeffapiVersion: reconciler/v1\r\nkind: Client\r\n"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("apiVersion: reconciler/v1\n? kind\n: Client\n", "a.yaml:2:3"),
        ("kind:\n  # why\n  Client\n", "a.yaml:3:3"),
        ("kind: [\n", "a.yaml:2:1"),
    ],
)
def test_what_cannot_be_formatted_is_an_error_with_its_place(text: str, place: str) -> None:
    """No text is returned that would be less than the one before."""
    with pytest.raises(ManifestsError) as caught:
        formatted(text)

    assert [str(finding.source) for finding in caught.value.findings] == [place]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("kind: Client\n...\n# signed off\n", "kind: Client\n...\n# signed off\n"),
        (
            "spec:\n  note: |+\n    a\n\n\nkind: Client\n",
            "kind: Client\nspec:\n  note: |+\n    a\n\n\n",
        ),
        ("spec: {}\nkind: |-\n  Client", "kind: |-\n  Client\nspec: {}\n"),
        ("\n# nothing yet\n\n", "\n# nothing yet\n"),
        ("", ""),
    ],
)
def test_what_ends_a_file_stays(text: str, expected: str) -> None:
    """Comments behind the last sign of an end, and blank lines that a text keeps."""
    assert formatted(text) == expected
    assert formatted(expected) == expected
