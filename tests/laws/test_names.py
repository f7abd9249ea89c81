from __future__ import annotations

import re

import pytest
from hypothesis import given, strategies as st

from reconciler.errors import CodecError
from reconciler.mapping.encode import CallContext, create_calls
from reconciler.model.address import Address, parse_address, parse_element_id
from reconciler.model.value import Secret
from reconciler.wire.call import RESERVED, Call, checked, edit_call
from tests.support.planning import CATALOGUE, NAMESPACE, declare, kind_of
from tests.support.strategies import resources

# The list of the safety rules, written down once more: the code's own may only be longer.
FORBIDDEN = (
    *("func", "auth", "authinfo", "su", "sok", "out", "lang", "elid", "plid", "elname"),
    *("redirect", "skipbasket", "clicked_button", "key", "password", "filter"),
)
SETTING = CallContext(NAMESPACE, parse_element_id("7"), "info@acme.example")
OWNER = {"plid": "7", "su": "info@acme.example"}
CONFIRMED = {
    "sok": "ok",
    "skipbasket": "on",
    "clicked_button": "finish",
    "licence_agreement": "on",
}
PARENT = {**OWNER, **CONFIRMED}
PIECES = st.one_of(
    st.text(max_size=24),
    st.lists(st.sampled_from(["12", "13", ", ", ",", " ", "0", "-", "+", "\n"]), max_size=5).map(
        "".join
    ),
)


@given(text=PIECES)
def test_element_id_is_one_positive_decimal_number_or_one_word(text: str) -> None:
    """Whatever is read as an id holds no comma, no blank and no sign: it names one object."""
    try:
        element = parse_element_id(text)
    except CodecError:
        assert not re.fullmatch(r"[1-9][0-9]{0,18}", text)
    else:
        assert not re.search(r"[\s,]", element)
        assert element.isprintable()
        number = re.fullmatch(r"[1-9][0-9]{0,18}", element)
        assert number or re.match(r"[A-Za-z_]|[0-9].*[^-+.0-9]", element)


@given(
    kind=st.sampled_from([kind.name for kind in CATALOGUE.resources]),
    name=st.from_regex(r"[a-z0-9][a-z0-9.-]{0,62}", fullmatch=True),
)
def test_address_is_read_back_as_it_is_shown(kind: str, name: str) -> None:
    """The text of an address names that address and no other."""
    assert parse_address(str(Address(kind, name))) == Address(kind, name)


@given(name=st.from_regex(r"[a-z0-9][a-z0-9.-]{0,62}", fullmatch=True), tail=st.text(max_size=3))
def test_address_with_anything_foreign_behind_it_is_refused(name: str, tail: str) -> None:
    """A line feed at the end is as foreign as any other sign."""
    text = f"Discount/{name}{tail}"
    if re.fullmatch(r"[a-z0-9][a-z0-9.-]{0,62}", f"{name}{tail}"):
        assert str(parse_address(text)) == text
    else:
        with pytest.raises(CodecError):
            parse_address(text)


@pytest.mark.parametrize("name", FORBIDDEN)
def test_reserved_parameter_is_on_the_list(name: str) -> None:
    """Every parameter that steers the panel itself is known as such, and refused."""
    assert name in RESERVED
    with pytest.raises(CodecError):
        checked(((name, "x"),))


@given(
    name=st.one_of(
        st.sampled_from(sorted(RESERVED)), st.from_regex(r"p_[a-z_]{0,9}", fullmatch=True)
    )
)
def test_reserved_name_reaches_no_call(name: str) -> None:
    """Paging cannot be set either; the one exception is the field that owns ``username``."""
    if name == "username":
        assert checked(((name, "x"),)) == ((name, "x"),)
        return
    with pytest.raises(CodecError):
        edit_call("account.edit", parse_element_id("7"), ((name, "x"),))


@given(name=st.text(max_size=12))
def test_name_with_signs_of_the_wire_is_refused(name: str) -> None:
    """A name that could be read as two parameters is no name."""
    if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        return
    with pytest.raises(CodecError):
        checked(((name, "x"),))


@pytest.mark.parametrize("kind", [kind.name for kind in CATALOGUE.resources])
@given(data=st.data())
def test_manifest_sets_no_reserved_parameter(kind: str, data: st.DataObject) -> None:
    """Of the reserved parameters a create carries those that we set, with our values, once each."""
    desired = data.draw(resources(kind_of(kind)))
    (call,) = create_calls(kind_of(kind), desired, SETTING)
    names = [name for name, _ in call.params]

    assert len(set(names)) == len(names)
    _assert_ours(call)


@given(
    addons=st.dictionaries(
        st.one_of(st.text(max_size=9), st.sampled_from(["sok", "1&sok", "1=2", "elid"])),
        st.text(max_size=9),
        max_size=3,
    )
)
def test_name_of_an_add_on_stays_behind_its_prefix(addons: dict[str, str]) -> None:
    """An add-on's key comes from a manifest: it becomes one numbered parameter, or nothing."""
    spec = {"client": "acme", "type": "vds", "tariff": {"id": "3"}, "domain": "a.example"}
    desired = declare("Service", "web", spec)
    # Past what loading refuses, which is the first of two lines.
    desired = desired._replace(fields={**desired.fields, "addons": addons})
    try:
        (call,) = create_calls(kind_of("Service"), desired, SETTING)
    except CodecError:
        return
    added = {name for name, _ in call.params} - {"pricelist", "domain", "remoteid"} - set(PARENT)
    assert all(re.fullmatch(r"addon_[A-Za-z0-9_]*", name) for name in added)
    _assert_ours(call)


def _assert_ours(call: Call) -> None:
    for name, value in call.params:
        if name in RESERVED and name != "username":
            assert value == PARENT[name]
        assert isinstance(value, str | Secret)
