from __future__ import annotations

from hypothesis import assume, given, strategies as st

from reconciler.mapping.marker import is_ours, join_suffix, marker_of, name_in, split_suffix
from reconciler.model.text import normalise_text
from tests.support.planning import declare, kind_of
from tests.support.strategies import TEXTS

NAMES = st.from_regex(r"[a-z0-9][a-z0-9.-]{0,62}", fullmatch=True)


@given(text=st.one_of(TEXTS, st.text(max_size=60).map(str.strip)), space=NAMES, name=NAMES)
def test_marker_at_the_end_of_a_text_is_split_off_again(text: str, space: str, name: str) -> None:
    """A text comes back as its author wrote it, but for what a panel normalises."""
    marker = f"git:{space}/{name}"

    assert split_suffix(join_suffix(text, marker)) == (normalise_text(text), marker)


@given(text=st.text(max_size=60))
def test_text_is_split_into_a_clean_text_and_perhaps_a_marker(text: str) -> None:
    """Splitting takes off blanks and at most one marker, and adds nothing."""
    rest, marker = split_suffix(text)

    assert rest == rest.strip()
    assert rest in normalise_text(text)
    assert marker is None or text.rstrip().endswith(f"[{marker}]")


@given(text=TEXTS, first=NAMES, second=NAMES)
def test_only_the_last_marker_counts(text: str, first: str, second: str) -> None:
    """A marker that a person pasted into a text stays text."""
    pasted = join_suffix(text, f"git:shop/{first}")
    rest, marker = split_suffix(join_suffix(pasted, f"git:shop/{second}"))

    assert (rest, marker) == (pasted, f"git:shop/{second}")


@given(space=NAMES, other=NAMES, name=NAMES, generation=st.integers(1, 99))
def test_marker_names_its_project_and_its_resource(
    space: str, other: str, name: str, generation: int
) -> None:
    """From a marker alone one can tell whose it is, and which resource is meant."""
    assume(other != space)
    spec = {"client": "acme", "type": "vds", "tariff": "S", "domain": "a.example"}
    service = declare("Service", name, {**spec, "generation": generation})
    discount = declare("Discount", name, {"client": "acme"})
    for kind, desired in (("Service", service), ("Discount", discount)):
        marker = marker_of(kind_of(kind), space, desired)
        assert is_ours(marker, space)
        assert not is_ours(marker, other)
        assert name_in(marker) == name
