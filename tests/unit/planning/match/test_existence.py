from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.model.value import Choice
from reconciler.planning.match.existence import blocking_match, identity_key, possible_matches
from reconciler.planning.match.pairing import MatchResult
from tests.support.planning import acme, client, declare, kind_of, live, scope

if TYPE_CHECKING:
    from reconciler.model.resource import Observed
    from reconciler.model.value import Fields

MAIN, OTHER = Choice("1", "Main"), Choice("2", "Other")
RULE = declare("TaxRule", "vat", {"client": "acme", "provider": MAIN})
SERVICE = {"client": "acme", "type": "vds", "tariff": MAIN, "domain": "a.example"}


def _rest(*objects: Observed) -> MatchResult:
    return MatchResult((), (), {}, objects)


def _rule(number: int, provider: Choice | None = None) -> Observed:
    fields: Fields = {"provider": provider, "productTypes": frozenset()} if provider else {}
    return live("TaxRule", number, fields, client=7, marker=None)


def test_resources_of_one_identity_share_a_key() -> None:
    """In one list; the same rule for another client is another rule."""
    kind = kind_of("TaxRule")
    again = declare("TaxRule", "again", {"client": "acme", "provider": MAIN})
    other = declare("TaxRule", "other", {"client": "acme", "provider": OTHER})
    zeta = declare("TaxRule", "zeta", {"client": "zeta", "provider": MAIN})
    here, there = scope("TaxRule", 7), scope("TaxRule", 8)

    assert identity_key(kind, RULE, here) == identity_key(kind, again, here)
    assert identity_key(kind, RULE, here) != identity_key(kind, other, here)
    assert identity_key(kind, RULE, here) != identity_key(kind, zeta, there)
    # Clients that do not live yet have no list: then their names tell them apart.
    assert identity_key(kind, RULE, None) == identity_key(kind, again, None)
    assert identity_key(kind, RULE, None) != identity_key(kind, zeta, None)


def test_identity_texts_are_compared_ignoring_case() -> None:
    """As the panel does with logins."""
    upper = declare("Client", "upper", {"email": "INFO@acme.example"})

    assert identity_key(kind_of("Client"), upper, None) == identity_key(
        kind_of("Client"), acme(), None
    )


def test_marked_kinds_may_repeat_themselves() -> None:
    """Two like discounts, or two services of one domain, are distinguished by their markers."""
    for kind, raw in (("Discount", {"client": "acme"}), ("Service", SERVICE)):
        one, two = (declare(kind, name, raw) for name in ("one", "two"))
        where = scope(kind, 7)
        assert identity_key(kind_of(kind), one, where) != identity_key(kind_of(kind), two, where)


def test_few_possible_matches_when_rows_show_their_identity() -> None:
    """A plain identity that is shown would have been paired; only the others are looked at."""
    shown, hidden = client(8, "b@c.example"), live("Client", 9, {}, marker=None)
    gone = replace(hidden, state="gone")

    assert possible_matches(kind_of("Client"), _rest(shown, hidden, gone)) == (hidden,)
    marked = replace(shown, marker="git:other/x")
    assert possible_matches(kind_of("Client"), _rest(marked)) == (marked,)


def test_options_are_looked_at_in_any_case() -> None:
    """Labels in lists may differ from those in forms."""
    assert possible_matches(kind_of("TaxRule"), _rest(_rule(5, OTHER))) == (_rule(5, OTHER),)


def test_possible_match_blocks_a_create() -> None:
    """It certainly exists and is another's, or perhaps exists unmanaged."""
    kind = kind_of("TaxRule")
    marked = replace(_rule(5, MAIN), marker="git:other/vat")

    bears, hidden = (
        blocking_match(kind, RULE, others, "shop")
        for others in ([_rule(4, OTHER), marked], [_rule(5)])
    )
    assert bears is not None
    assert hidden is not None
    assert (bears.code, "git:other/vat" in bears.text) == ("foreign-marker", True)
    assert (hidden.code, "object 5 may be this resource" in hidden.text) == (
        "too-little-shown",
        True,
    )
    assert blocking_match(kind, RULE, [_rule(4, OTHER)], "shop") is None
    # Another's, and perhaps not even alike: no reason to stop.
    assert blocking_match(kind, RULE, [replace(_rule(5), marker="git:other/x")], "shop") is None


def test_undecidable_option_blocks_a_create() -> None:
    """An id in the manifest against a mere label in the row."""
    rule = declare("TaxRule", "vat", {"client": "acme", "provider": {"id": "1"}})

    assert blocking_match(kind_of("TaxRule"), rule, [_rule(5, Choice(None, "Main"))], "shop")
