from __future__ import annotations

from reconciler.documents.findings import error_document, finding_document, validation_document
from reconciler.model.finding import IN_DOCUMENTS, Finding, Source
from reconciler.report.finding import finding_lines


def _many(file: str, count: int) -> list[Finding]:
    return [
        Finding("warning", "unknown-code", "odd", Source(file, line))
        for line in range(1, count + 1)
    ]


def test_findings_are_bounded_and_the_rest_is_counted() -> None:
    """Twenty a file, two hundred in all, and where all of them are to be had."""
    one = finding_lines(_many("a.yaml", 25))
    many = finding_lines([each for n in range(30) for each in _many(f"{n:02}.yaml", 10)])

    assert (len(one), one[-1]) == (21, "… and 5 findings more: --json shows all of them")
    assert (len(many), many[-1]) == (201, "… and 100 findings more: --json shows all of them")


def test_documents_are_bounded_and_count_what_they_leave_out() -> None:
    """A program is given more than a person, and the number of what was left out."""
    one = validation_document(0, _many("a.yaml", 1500))
    many = [each for n in range(12) for each in _many(f"{n:02}.yaml", 1000)]
    error = error_document("manifests", "no", findings=many)["error"]

    assert (len(one["findings"]), one["omitted"]) == (1000, 500)
    assert (len(error["findings"]), error["omitted"]) == (10_000, 2000)
    assert finding_lines(many)[-1].endswith("more: --json shows 10000 of them")


def test_document_that_leaves_nothing_out_counts_nothing() -> None:
    """As many as there may be, and in the order given."""
    findings = _many("a.yaml", 1000)

    assert IN_DOCUMENTS.keep(findings) == findings
    assert "omitted" not in validation_document(0, findings)


def test_error_is_shown_however_many_warnings_stand_before_it() -> None:
    """What stops the work is never cut off for what does not."""
    error = Finding("error", "wrong-type", "wrong", Source("a.yaml", 99))
    lines = finding_lines([*_many("a.yaml", 25), error])

    assert any("error[wrong-type]" in line for line in lines)


def test_finding_about_a_whole_file_has_no_line() -> None:
    """There is no line 0 in any file."""
    assert finding_document(Finding("error", "empty-file", "empty", Source("a.yaml")))[
        "source"
    ] == {
        "file": "a.yaml",
        "line": None,
        "column": None,
    }
