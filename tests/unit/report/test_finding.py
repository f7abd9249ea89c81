"""Findings lead to their place."""

from __future__ import annotations

from reconciler.model.finding import Finding, Source
from reconciler.report.colors import COLOURED
from reconciler.report.finding import validation_text

ERROR = Finding("error", "unknown-field", "no field\n'x'", Source("m/a.yaml", 3, 5))


def test_finding_is_a_line_that_editors_follow() -> None:
    """File, line and column come first, then how grave, which, and what."""
    text = validation_text(
        2, [ERROR, Finding("warning", "unknown-code", "mind", Source("m/b.yaml"))]
    )

    assert text == (
        "m/a.yaml:3:5: error[unknown-field]: no field\\n'x'\n"
        "m/b.yaml: warning[unknown-code]: mind\n"
        "\n"
        "2 resources, 1 error, 1 warning: invalid.\n"
    )


def test_sound_manifests_are_called_valid() -> None:
    """No finding is an answer, too."""
    assert validation_text(1, []) == "1 resource, no errors: valid.\n"


def test_severity_is_coloured_alone() -> None:
    """Colour is for the word that says how grave it is."""
    assert ": \x1b[31merror\x1b[0m[unknown-field]: " in validation_text(0, [ERROR], COLOURED)
