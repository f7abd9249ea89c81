"""One function chooses the exit code, for every end a run can have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from reconciler import errors
from reconciler.cli.exit_codes import (
    Answered,
    Applied,
    Diagnosed,
    Drifted,
    End,
    Planned,
    Succeeded,
    Validated,
    error_code,
    exit_code,
)
from reconciler.model.address import Address
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Change
from reconciler.model.reason import ReasonCode
from reconciler.model.refusal import Refusal

if TYPE_CHECKING:
    from reconciler.model.outcome import Result

CHANGE = Change(Address("Client", "acme"), "create")


def _applied(*results: Result, **more: Any) -> Applied:
    return Applied(tuple(Outcome(CHANGE, result, **more) for result in results))


@pytest.mark.parametrize(
    ("end", "code"),
    [
        (Succeeded(), 0),
        (Validated(valid=True), 0),
        (Validated(valid=False), 3),
        (Planned(pending=True, refused=False, detailed=False), 0),
        (Planned(pending=True, refused=False, detailed=True), 2),
        (Planned(pending=False, refused=False, detailed=True), 0),
        (Planned(pending=True, refused=True, detailed=True), 4),
        (Applied(()), 0),
        (_applied("verified", "verified"), 0),
        (_applied("verified", "diverged"), 6),
        (_applied("failed"), 6),
        (_applied("skipped"), 6),
        (_applied("failed", cause=ReasonCode.OBJECT_CHANGED), 5),
        (_applied("failed", "skipped", cause=ReasonCode.OBJECT_CHANGED), 5),
        (_applied("failed", cause=ReasonCode.OBJECT_CHANGED, requests=1), 6),
        (_applied("failed", "skipped", cause=ReasonCode.UNSERVED), 8),
        (_applied("failed", cause=ReasonCode.UNSERVED, requests=1), 6),
        (_applied("failed", "in-doubt", "verified"), 7),
        (Applied((), in_doubt=True), 7),
        (errors.DoubtError("x"), 7),
        (Drifted(found=False), 0),
        (Diagnosed(ok=True), 0),
        (Diagnosed(ok=False), 8),
        (Answered(applied=True), 0),
        (Answered(applied=False), 4),
        (Answered(applied=False, charges=True), 4),
        (Answered(applied=None), 8),
        (Answered(applied=None, charges=True), 7),
        (Drifted(found=True), 2),
        (errors.UsageError("x"), 64),
        (errors.ManifestsError([]), 3),
        (errors.SecretError("x"), 3),
        (errors.SelectionError("x"), 3),
        (errors.RefusedError([Refusal("policy", "x")]), 4),
        (errors.StalePlanError([Refusal("too-old", "x")]), 5),
        (errors.UnreachableError("x"), 8),
        (errors.LostAnswerError("x"), 8),
        (errors.RejectedError("value", "email", "x"), 8),
        (errors.SignInError("x"), 8),
        (errors.AccessError("x"), 8),
        (errors.IncompleteError("x"), 8),
        (errors.SecurityStopError("x"), 8),
        (errors.LockedError("x"), 9),
        (errors.StoreError("x"), 10),
        (errors.CodecError("x"), 1),
        (errors.WriteForbiddenError("x"), 1),
        (ValueError("x"), 1),
        (KeyboardInterrupt(), 130),
        (BrokenPipeError(), 130),
    ],
    ids=repr,
)
def test_end_has_its_exit_code(end: End, code: int) -> None:
    """The table of exit codes, row by row."""
    assert exit_code(end) == code


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (errors.UnsafeAnswerError("x"), "security-stop"),
        (errors.SignInIncompleteError("x"), "sign-in"),
        (errors.WebPageError("x"), "not-a-panel"),
        (errors.StoreError("x"), "store"),
        (RuntimeError("x"), "unexpected"),
    ],
    ids=repr,
)
def test_error_is_called_by_its_gravest_name(error: Exception, word: str) -> None:
    """An error of two sorts is named by the one that says what to do."""
    assert error_code(error) == word


def test_every_error_of_the_house_but_bugs_has_a_code_of_its_own() -> None:
    """A class that is added to the tree without an exit code is noticed."""
    bugs = {errors.ReconcilerError, errors.WriteForbiddenError}
    classes = {
        each
        for each in vars(errors).values()
        if isinstance(each, type)
        and issubclass(each, errors.ReconcilerError)
        and not issubclass(each, errors.CodecError)
    }

    unnamed = {each for each in classes - bugs if error_code(each.__new__(each)) == "unexpected"}
    assert unnamed == set()
