from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reconciler.documents.plan import plan_document
from reconciler.errors import RefusedError, SecretError
from reconciler.model.plan import Plan
from reconciler.planning.saved_plan import check_signature, with_signature
from tests.support.planning import TARGET

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.documents.plan import PlanDocument

KEY = "0123456789abcdef"
PLAN: PlanDocument = {
    **plan_document(Plan(TARGET, (), 0, (), "", {}), "2026-11-21T08:00:00+00:00"),
    "digest": "sha256:aa",
}


def test_signed_plan_is_known_by_its_key() -> None:
    """What was signed passes, and the rest of the document is as it was."""
    plan = dict(with_signature(PLAN, KEY))

    check_signature(plan, KEY)
    assert {name: plan[name] for name in PLAN} == PLAN


@pytest.mark.parametrize(
    "plan",
    [
        PLAN,
        {**PLAN, "signature": None},
        {**PLAN, "signature": ""},
        {**PLAN, "signature": "hmac-sha256:\u00e9"},
        {**with_signature(PLAN, KEY), "digest": "sha256:ab"},
        {**with_signature(PLAN, KEY), "createdAt": "2026-11-22T08:00:00+00:00"},
        with_signature(PLAN, f"{KEY}!"),
    ],
    ids=["none", "null", "empty", "no ascii", "other digest", "other time", "other key"],
)
def test_plan_that_was_not_signed_so_is_refused(plan: Mapping[str, object]) -> None:
    """The digest and the time of making are both covered."""
    with pytest.raises(RefusedError):
        check_signature(plan, KEY)


def test_key_that_could_be_guessed_is_refused() -> None:
    """Sixteen characters at least."""
    with pytest.raises(SecretError):
        with_signature(PLAN, KEY[:-1])


def test_signature_is_the_published_hmac() -> None:
    """Other programs can make and check it: the vector was made with OpenSSL."""
    expected = "4eceadc223116466a4fded02d934eae63da424cd79c24b2d7ad1e7e34e904a88"

    assert with_signature(PLAN, KEY)["signature"] == f"hmac-sha256:{expected}"
