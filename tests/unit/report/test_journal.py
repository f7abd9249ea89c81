"""The journal tells when, who, what, and with which values."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.report.journal import empty_text, journal_text

RUN: Any = {
    "n": 1,
    "at": 1795932602.845,
    "type": "run",
    "run": "20261129T061002Z-c4bc94",
    "plan": "sha256:" + "c13c4e17fe0e" + "0" * 52,
}
INTENT: Any = {
    "n": 2,
    "at": 1795932602.9,
    "type": "intent",
    "action": "update",
    "address": "Discount/a",
    "func": "account.discount.edit",
    "params": [["plid", "1"], ["elid", "2"], ["sok", "ok"], ["percentage", "12"], ["type", "5"]],
}
OUTCOME: Any = {"n": 3, "at": 1795932603, "type": "outcome", "intents": [2]}


def test_each_line_has_its_time_each_run_its_user_and_each_write_its_values() -> None:
    """What an auditor asks is answered without the JSON."""
    reported = INTENT | {"values": {"percentage": ["10", "12"], "to": ["2026-12-31", None]}}
    lines = [
        RUN | {"user": "ann", "without": ["charge"], "approvedBy": {"ops": "ben\x1b (SHA256:x)"}},
        reported,
        OUTCOME | {"result": "diverged", "message": "the panel said ok"},
    ]

    plan = "plan sha256:c13c4e17fe0e…"
    approved = "approved by ben\\x1b (SHA256:x) as ops"
    assert journal_text(lines).splitlines() == [
        f"    1  2026-11-29 06:10:02Z  run {RUN['run']} by ann, {plan}, {approved}, without charge",
        "    2  2026-11-29 06:10:02Z    will update Discount/a (account.discount.edit)",
        "         percentage: 10 → 12",
        "         to: 2026-12-31 → none",
        "    3  2026-11-29 06:10:03Z    diverged Discount/a (2): the panel said ok",
    ]


@pytest.mark.parametrize(
    ("action", "values", "rows"),
    [
        ("create", {"name": [None, ""], "days": [None, "3"]}, ['name: ""', "days: 3"]),
        ("delete", {"rate": ["0", None], "note": ["", None]}, ["lost: rate 0"]),
        ("update", {"groups": [["A"], ["A", "B"]]}, ["groups: + B"]),
        ("create", {"note": [None, "a\x1b[2J → b"]}, ['note: "a\\x1b[2J → b"']),
        ("update", {}, []),
    ],
)
def test_values_are_shown_as_in_plans(
    action: str, values: dict[str, list[object]], rows: list[str]
) -> None:
    """A delete says what is lost, a create what is set, and no value obeys a terminal."""
    text = journal_text([INTENT | {"action": action, "values": values}])

    assert text.splitlines()[1:] == [f"         {row}" for row in rows]


def test_line_of_before_values_were_kept_tells_what_was_sent() -> None:
    """The parameters stand in for the fields, without what only steers the call."""
    assert journal_text([INTENT]).splitlines()[1:] == [
        "         percentage: 12",
        "         type: 5",
    ]


def test_result_of_an_older_version_is_shown_by_its_name_today() -> None:
    """What was written as `unsettled` is what every report calls in doubt."""
    lines = [INTENT, OUTCOME | {"result": "unsettled", "message": ""}]

    assert journal_text(lines).splitlines()[-1].endswith("in-doubt Discount/a (2)")


def test_run_without_a_user_is_shown_without_one() -> None:
    """A digest that is short, and a user who is not known, are shown as they are."""
    line = journal_text([RUN | {"plan": "rehearsal"}])

    assert line.endswith("run 20261129T061002Z-c4bc94, plan rehearsal\n")


def test_empty_journal_names_those_of_other_targets() -> None:
    """Without --target it is not claimed that nothing was ever applied."""
    assert empty_text("sandbox", ["prod"]).splitlines() == [
        "The journal of sandbox is empty.",
        "  that of prod: reconciler --target prod journal",
    ]
