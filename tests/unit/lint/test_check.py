from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.lint.check import find_violations
from reconciler.lint.rule import LintView
from reconciler.lint.table import RULES
from reconciler.model.address import Address
from reconciler.model.finding import Source
from reconciler.model.waiver import Waiver
from tests.support.planning import CATALOGUE, declare

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.model.finding import Level, LintCode
    from reconciler.model.resource import Desired

TODAY = date(2026, 11, 29)
FREE = declare("Discount", "free", {"client": "acme", "percentage": 100})
OTHER = declare("Discount", "other", {"client": "globex", "percentage": 100})


def waive(code: LintCode = "BM303", until: date | None = None) -> Waiver:
    """Return a waiver of the first discount."""
    covers = frozenset({FREE.address})
    return Waiver(code, "our own shop", "billing", until, Source("a.yaml", 4), covers)


def codes(
    waivers: Sequence[Waiver] = (),
    levels: dict[LintCode, Level] | None = None,
    *,
    desired: Sequence[Desired] = (FREE, OTHER),
    complete: bool = True,
) -> list[tuple[str, str]]:
    """Return severities and codes of what is found."""
    view = LintView(desired, CATALOGUE, TODAY, waivers=waivers)
    found = find_violations(view, levels or {}, complete=complete)
    return [(each.severity, each.code) for each in found]


@pytest.mark.parametrize(
    ("until", "found"),
    [
        (None, [("warning", "BM303")]),
        (TODAY, [("warning", "BM303")]),
        (date(2026, 11, 28), [("error", "BM190"), ("warning", "BM303"), ("warning", "BM303")]),
    ],
)
def test_waiver_holds_up_to_and_including_its_last_day(
    until: date | None, found: list[tuple[str, str]]
) -> None:
    """It covers one of two; the day after, both are reported, and the end of the waiver, too."""
    assert codes([waive(until=until)]) == found


def test_two_waivers_of_one_finding_are_used_and_idle() -> None:
    """The second one hides nothing, so it is reported."""
    second = Waiver("BM303", "twice", "sales", None, Source("b.yaml", 4), frozenset({FREE.address}))

    assert codes([waive(), second]) == [("warning", "BM303"), ("note", "BM191")]


def test_waiver_of_a_rule_that_was_not_asked_is_not_idle() -> None:
    """A project that turns a rule off for a while keeps its waivers."""
    assert codes([waive()], {"BM303": "off"}) == []


def test_nothing_is_judged_from_what_is_missing_while_manifests_are_not_read() -> None:
    """A client that nobody refers to may be referred to by the file with the error."""
    alone = declare("Client", "alone", {"email": "a@alone.example"})

    assert codes(desired=[alone]) == [("warning", "BM201")]
    assert codes([waive("BM302")], desired=[alone], complete=False) == []


def test_only_rules_of_the_levels_that_are_asked_for_are_run() -> None:
    """A plan asks for errors: a rule that the project made one, and those that are one."""
    view = LintView([FREE, OTHER], CATALOGUE, TODAY)
    levels: dict[LintCode, Level] = {"BM303": "error"}

    assert find_violations(view, {}, only=("error",)) == []
    assert len(find_violations(view, levels, only=("error",))) == 2


def test_client_is_one_whether_it_is_named_by_its_manifest_or_by_its_email() -> None:
    """Two discounts overlap although their client is written in two ways."""
    client = declare("Client", "acme", {"email": "Pay@acme.example", "country": "DE"})
    by_name = declare("Discount", "one", {"client": "acme", "percentage": 5, "from": "2027-02-01"})
    spec = {"client": {"email": "pay@ACME.example"}, "percentage": 4, "to": "2027-03-01"}
    by_email = declare("Discount", "two", spec)

    found = codes(levels={"BM202": "off"}, desired=[client, by_name, by_email])

    assert found == [("warning", "BM301")]


def test_work_grows_with_the_resources_and_not_with_their_pairs() -> None:
    """Of a thousand discounts of one client, each is compared with a bounded number of others."""
    reads = 0

    class Counted(dict[str, Any]):
        def get(self, key: object, default: object = None) -> Any:  # noqa: ANN401 - as a dict
            nonlocal reads
            reads += 1
            return super().get(key, default)  # type: ignore[call-overload]

    def count(number: int) -> int:
        nonlocal reads
        reads = 0
        declared = [
            declare(
                "Discount", f"d-{n}", {"client": "acme", "percentage": 5, "periods": [1 + n % 9]}
            )
            for n in range(number)
        ]
        counted = [each._replace(fields=Counted(each.fields)) for each in declared]
        view = LintView(counted, CATALOGUE, TODAY)
        for rule in RULES:
            list(rule.check(view))
        return reads

    few, many = count(250), count(1000)

    assert many < few * 5


def test_address_of_another_kind_is_not_covered() -> None:
    """A waiver of a client is none of its discounts: the document decides what is covered."""
    other = Waiver(
        "BM303", "r", "o", None, Source("a.yaml", 1), frozenset({Address("Client", "free")})
    )

    assert codes([other], desired=[FREE]) == [("warning", "BM303"), ("note", "BM191")]
