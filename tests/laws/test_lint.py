"""The rules of lint end on any manifests, repeat no secret, and do not depend on order."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from hypothesis import given, strategies as st

from reconciler.lint.check import find_violations
from reconciler.lint.rule import LintView
from reconciler.lint.table import RULES
from reconciler.model.address import Address
from reconciler.model.finding import Source
from tests.support.planning import CATALOGUE, declare
from tests.support.strategies import resources

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.model.finding import Finding, Level, LintCode
    from reconciler.model.resource import Desired

TODAY = date(2026, 11, 29)
ALL: dict[LintCode, Level] = {rule.code: "warning" for rule in RULES}
# Rules that speak of the later one of two, which is another one in another order.
OF_PAIRS = frozenset(
    {"BM102", "BM106", "BM203", "BM204", "BM205", "BM207", "BM301", "BM302", "BM320", "BM337"}
    | {"BM410"}
)


@st.composite
def manifests(draw: st.DrawFn) -> list[Desired]:
    """Draw a few resources of each kind, which share clients now and then."""
    kinds = st.sampled_from(CATALOGUE.resources)
    drawn = [draw(resources(draw(kinds), f"thing-{n}")) for n in range(draw(st.integers(0, 6)))]
    return [
        each._replace(source=Source(f"manifests/{n % 2}.yaml", n + 1, 1), places={})
        for n, each in enumerate(drawn)
    ]


def found(declared: Sequence[Desired]) -> list[Finding]:
    """Hold resources against every rule."""
    return find_violations(LintView(declared, CATALOGUE, TODAY), ALL)


@given(manifests())
def test_every_rule_ends_with_places_that_are_there(declared: list[Desired]) -> None:
    """No manifest makes a rule fail, and each finding leads to one of them."""
    places = {each.source for each in declared}

    assert {each.source for each in found(declared)} <= places


@given(manifests(), st.randoms(use_true_random=False))
def test_order_of_the_manifests_does_not_count(declared: list[Desired], chance: st.Random) -> None:  # type: ignore[name-defined]
    """A file that is renamed brings no finding and hides none."""
    shuffled = list(declared)
    chance.shuffle(shuffled)

    assert _reported(found(shuffled)) == _reported(found(declared))


@given(st.from_regex(r"[a-z]{3}[A-Z]{2}[0-9]{4}[!#%&]", fullmatch=True))
def test_secret_in_clear_is_found_and_not_repeated(secret: str) -> None:
    """The finding of a password is no second place where it stands."""
    note = f"panel password: {secret}"
    declared = [declare("Client", "acme", {"email": "pay@acme.example", "note": note})]

    reported = found(declared)

    assert "BM411" in {each.code for each in reported}
    assert [each.message for each in reported if secret in each.message] == []


@given(manifests())
def test_finding_of_a_resource_is_not_that_of_another_name(declared: list[Desired]) -> None:
    """Renaming all resources changes the names in the messages and nothing else."""
    renamed = [
        each._replace(address=Address(each.address.kind, f"other-{n}"))
        for n, each in enumerate(declared)
    ]

    assert [each.code for each in found(renamed)] == [each.code for each in found(declared)]


def _reported(findings: Sequence[Finding]) -> list[tuple[str, str]]:
    return sorted((each.code, each.message) for each in findings if each.code not in OF_PAIRS)
