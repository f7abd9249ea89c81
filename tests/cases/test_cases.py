from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.documents.values import shown
from tests.cases.case_file import read_case

if TYPE_CHECKING:
    from reconciler.model.plan import Change, Edit

FOLDER = Path(__file__).parent
PATHS = sorted(FOLDER.glob("*.yaml"))


@pytest.mark.parametrize("path", PATHS, ids=[path.stem for path in PATHS])
def test_case_has_the_plan_that_it_expects(path: Path) -> None:
    """A case is a file: manifests, the panel's state, memory, and the plan of them."""
    case = read_case(path)
    plan = case.world.plan()
    expected = case.expected
    assert expected.keys() <= {"changes", "keep", "forget", "notes"}, "nothing else is compared"

    assert [_said(change) for change in plan.changes] == [
        {**_NOTHING, **_without_reason(item)} for item in expected.get("changes", [])
    ], case.about
    for change, item in zip(plan.changes, expected.get("changes", []), strict=True):
        assert item.get("reason", "") in change.reason
        assert bool(change.reason_code) is bool(change.reason), "words have a code"
    assert plan.keeps == expected.get("keep", 0)
    assert [str(address) for address in plan.forgets] == expected.get("forget", [])
    notes = expected.get("notes")
    assert notes is None or [finding.code for finding in plan.findings] == notes


def test_cases_are_many_and_each_says_what_it_is_about() -> None:
    """A file that is found is run, and a person can tell why it is there."""
    abouts = [read_case(path).about for path in PATHS]

    assert len(PATHS) >= 20
    assert len(set(abouts)) == len(abouts)
    assert all(about.endswith(".") for about in abouts)


_NOTHING: dict[str, Any] = {"id": None, "edits": {}, "classes": [], "needs": []}


def _said(change: Change) -> dict[str, Any]:
    return {
        "change": f"{change.action} {change.address}",
        "id": change.id,
        "edits": dict(_edit(edit) for edit in change.edits),
        "classes": sorted(change.classes),
        "needs": [str(address) for address in change.depends_on],
    }


def _edit(edit: Edit) -> tuple[str, str]:
    return edit.field, f"{_word(edit.before)} → {_word(edit.after)}"


def _word(value: Any) -> str:  # noqa: ANN401 - a field's value
    text = shown(value)
    if isinstance(text, list):
        return f"[{', '.join(map(str, text))}]"
    return {None: "-", True: "yes", False: "no", "": "''"}.get(text, str(text))  # type: ignore[arg-type]


def _without_reason(item: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in item.items() if key != "reason"}
