from __future__ import annotations

from reconciler.model.finding import Finding, Source
from reconciler.planning.document import finding_document
from reconciler.report.finding import finding_lines


def _many(file: str, count: int) -> list[Finding]:
    return [Finding("warning", "odd", "odd", Source(file, line)) for line in range(1, count + 1)]


def test_findings_are_bounded_and_the_rest_is_counted() -> None:
    """Twenty a file, two hundred in all, and where all of them are to be had."""
    one = finding_lines(_many("a.yaml", 25))
    many = finding_lines([each for n in range(30) for each in _many(f"{n:02}.yaml", 10)])

    assert (len(one), one[-1]) == (21, "… and 5 findings more: --json shows all of them")
    assert (len(many), many[-1]) == (201, "… and 100 findings more: --json shows all of them")


def test_error_is_shown_however_many_warnings_stand_before_it() -> None:
    """What stops the work is never cut off for what does not."""
    error = Finding("error", "wrong", "wrong", Source("a.yaml", 99))
    lines = finding_lines([*_many("a.yaml", 25), error])

    assert any("error[wrong]" in line for line in lines)


def test_finding_about_a_whole_file_has_no_line() -> None:
    """There is no line 0 in any file."""
    assert finding_document(Finding("error", "empty", "empty", Source("a.yaml")))["source"] == {
        "file": "a.yaml",
        "line": None,
        "column": None,
    }
