from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reconciler.errors import CodecError
from reconciler.model.address import ElementId, parse_element_id
from reconciler.model.value import Secret
from reconciler.wire.call import (
    Call,
    Effect,
    action_call,
    create_call,
    create_form_call,
    delete_call,
    edit_call,
    form_call,
    list_call,
    order_call,
    page_call,
    paid_edit_call,
    plain_call,
    renew_call,
)

if TYPE_CHECKING:
    from collections.abc import Callable

FIVE = parse_element_id("5")
SEVEN = parse_element_id("7")
RATE = (("taxrate", "20"),)


@pytest.mark.parametrize(
    ("call", "effect", "params"),
    [
        (plain_call("whoami"), Effect.READ, ()),
        (list_call("account"), Effect.READ, ()),
        (list_call("account.discount", parent=SEVEN), Effect.READ, (("elid", "7"),)),
        (list_call("vds", su="a@b.example"), Effect.READ, (("su", "a@b.example"),)),
        (
            form_call("account.taxrule.edit", FIVE, plid=SEVEN),
            Effect.READ,
            (("plid", "7"), ("elid", "5")),
        ),
        (create_form_call("account.taxrule.edit", plid=SEVEN), Effect.READ, (("plid", "7"),)),
        (
            edit_call("account.taxrule.edit", FIVE, RATE, plid=SEVEN),
            Effect.EDIT,
            (("plid", "7"), ("elid", "5"), ("sok", "ok"), *RATE),
        ),
        (
            paid_edit_call("vds.edit", FIVE, (("addon_7", "2"),)),
            Effect.CHARGE,
            (("elid", "5"), ("skipbasket", "on"), ("sok", "ok"), ("addon_7", "2")),
        ),
        (
            create_call("account.taxrule.edit", RATE, plid=SEVEN),
            Effect.CREATE,
            (("plid", "7"), ("sok", "ok"), *RATE),
        ),
        (
            delete_call("account.taxrule.delete", FIVE, plid=SEVEN),
            Effect.DELETE,
            (("plid", "7"), ("elid", "5"), ("sok", "ok")),
        ),
        (action_call("vds.suspend", FIVE), Effect.ACTION, (("elid", "5"), ("sok", "ok"))),
        (
            order_call(
                "vds.order.param", (("domain", "a.example"),), su="a@b.example", charge=True
            ),
            Effect.CHARGE,
            (("su", "a@b.example"), ("skipbasket", "on"), ("sok", "ok"), ("domain", "a.example")),
        ),
        (
            order_call(
                "vds.order.param", (("domain", "a.example"),), su="a@b.example", charge=False
            ),
            Effect.CREATE,
            (("su", "a@b.example"), ("sok", "ok"), ("domain", "a.example")),
        ),
        (
            renew_call("service.prolong", FIVE, 12),
            Effect.CHARGE,
            (("elid", "5"), ("skipbasket", "on"), ("sok", "ok"), ("period", "12")),
        ),
    ],
)
def test_constructor_sets_what_steers_the_panel(
    call: Call, effect: Effect, params: tuple[tuple[str, str], ...]
) -> None:
    """Each sort of call has its own fixed parameters, and only those."""
    assert call.effect is effect
    assert sorted(call.params) == sorted(params)
    assert call.writes is (effect is not Effect.READ)


@pytest.mark.parametrize(
    "build",
    [
        lambda: edit_call("account.edit", ElementId(""), RATE),
        lambda: paid_edit_call("vds.edit", ElementId(""), RATE),
        lambda: delete_call("account.delete", ElementId("")),
        lambda: action_call("vds.suspend", ElementId("")),
        lambda: renew_call("service.prolong", ElementId(""), 1),
        lambda: edit_call("account.edit", None, RATE),  # type: ignore[arg-type]
        lambda: delete_call("account.delete", None),  # type: ignore[arg-type]
    ],
    ids=["edit", "paid edit", "delete", "action", "renewal", "edit of none", "delete of none"],
)
def test_edit_that_lost_its_id_cannot_be_built(build: Callable[[], Call]) -> None:
    """The panel drops empty parameters, and an edit without an element is a create."""
    with pytest.raises(CodecError):
        build()


@pytest.mark.parametrize("charge", [True, False])
def test_order_that_lost_its_client_cannot_be_built(*, charge: bool) -> None:
    """Without a client, a service would be ordered as the administrator."""
    with pytest.raises(CodecError, match="su must not be empty"):
        order_call("vds.order.param", (), su="", charge=charge)


def test_create_under_a_lost_parent_cannot_be_built() -> None:
    """An empty parent would be dropped, and the panel would choose another one."""
    with pytest.raises(CodecError, match="plid must not be empty"):
        create_call("account.taxrule.edit", RATE, plid=ElementId(""))


@pytest.mark.parametrize(
    "name", ["sok", "elid", "su", "p_num", "skipbasket", "func", "a&b", "a=b", "", "1a", "a b"]
)
def test_parameter_of_ours_is_refused_among_the_values(name: str) -> None:
    """Neither a reserved nor a misspelt name gets into a call."""
    params = ((name, "x"),)
    builds: tuple[Callable[[], Call], ...] = (
        lambda: edit_call("account.edit", FIVE, params),
        lambda: create_call("account.edit", params),
        lambda: create_form_call("account.edit", params=params),
        lambda: order_call("vds.order.param", params, su="a@b.example", charge=True),
        lambda: paid_edit_call("vds.edit", FIVE, params),
    )
    for build in builds:
        with pytest.raises(CodecError, match="cannot be set from a manifest"):
            build()


def test_parameter_comes_once() -> None:
    """Two values of one parameter would be a riddle."""
    with pytest.raises(CodecError):
        create_call("account.edit", (("note", "a"), ("note", "b")))


@pytest.mark.parametrize("func", ["", "Account", "account.edit&sok=ok", "account/..", "a b", "a\n"])
def test_name_of_a_function_is_plain(func: str) -> None:
    """What is no name of a function never becomes one."""
    with pytest.raises(CodecError):
        plain_call(func)


def test_page_is_asked_for_beside_what_the_list_asks() -> None:
    """Paging adds two parameters and changes none."""
    base = list_call("account.discount", parent=SEVEN)
    call = page_call(base, 2, 500)

    assert call.params == (("elid", "7"), ("p_num", "2"), ("p_cnt", "500"))
    assert call.effect is Effect.READ


def test_value_may_be_an_unread_secret() -> None:
    """A call carries the reference; the text is fetched when the request is written."""
    secret = Secret("env", ("PASSPHRASE",))
    call = edit_call("account.edit", FIVE, (("passwd", secret),))

    assert call.param("passwd") is secret
    assert call.param("confirm") is None
