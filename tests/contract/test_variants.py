"""What differs between installations: errors, keys and creations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.installs import panel_of
from tests.support.sandbox_client import (
    Client,
    Clock,
    error,
    fields,
    is_ok,
    new_client,
    options,
    order,
    parse,
    rows,
    service,
)

if TYPE_CHECKING:
    from reconciler.sandbox import Sandbox


def forms_of_the_deleted(panel: Sandbox, client: Client, clock: Clock) -> dict[str, bytes]:
    """Make one object of each kind, delete it, and open its form."""
    own = {"plid": client.id}
    order(panel, client, remoteid="m", skipbasket="on")
    clock.forward(seconds=1)
    number = service(panel, "m")["id"]
    panel.call("vds.delete", elid=number)
    clock.forward(seconds=1)
    forms = {"vds.edit": panel.call("vds.edit", elid=number)}
    for kind, given in (
        ("account.discount", {"percentage": "5"}),
        ("account.taxrule", {"taxrate": "5"}),
    ):
        panel.call(f"{kind}.edit", **own, **given, sok="ok")
        (row,) = rows(panel.call(kind, elid=client.id))
        key = row.get("idname", row["id"])
        panel.call(f"{kind}.delete", elid=key, **own)
        forms[f"{kind}.edit"] = panel.call(f"{kind}.edit", elid=key, **own)
    panel.call("account.delete", elid=client.id)
    return {**forms, "account.edit": panel.call("account.edit", elid=client.id)}


@pytest.mark.parametrize("sort", ["missed", "value"])
def test_form_of_a_deleted_object_is_a_typed_error(clock: Clock, sort: str) -> None:
    """Of either type, about the thing, for every kind."""
    with panel_of(clock=clock, deleted_form=sort) as panel:
        answers = forms_of_the_deleted(panel, new_client(panel), clock)

    found = {func: error(body) for func, body in answers.items()}
    assert found == {func: (sort, func.removesuffix(".edit")) for func in answers}


def test_form_of_a_deleted_object_may_answer_a_bare_text(clock: Clock) -> None:
    """As the older guide has it: words inside the error, and no type."""
    with panel_of(clock=clock, deleted_form="text") as panel:
        answers = forms_of_the_deleted(panel, new_client(panel), clock)

    for body in answers.values():
        found = parse(body).find("error")
        assert found is not None
        assert found.text
        assert not found.attrib
        assert list(found) == []


def test_form_of_a_deleted_object_may_answer_a_message_alone(clock: Clock) -> None:
    """Words inside a message, and no type."""
    with panel_of(clock=clock, deleted_form="message") as panel:
        answers = forms_of_the_deleted(panel, new_client(panel), clock)

    for body in answers.values():
        found = parse(body).find("error")
        assert found is not None
        assert not found.attrib
        assert [each.tag for each in found] == ["msg"]


def test_other_errors_keep_their_type(clock: Clock) -> None:
    """A refused value and a missing function are said as everywhere."""
    with panel_of(clock=clock, deleted_form="text") as panel:
        client = new_client(panel)
        refused = panel.call("account.taxrule.edit", plid=client.id, taxrate="x", sok="ok")
        missing = panel.call("nothing.edit", elid="1")

    assert error(refused) == ("value", "taxrate")
    assert error(missing) == ("missed", "func")


def test_discount_may_be_made_by_add_alone(clock: Clock) -> None:
    """Where the edit cannot create, it still edits."""
    with panel_of(clock=clock, discount_create="add") as panel:
        client = new_client(panel)
        own = {"plid": client.id, "sok": "ok"}
        by_edit = panel.call("account.discount.edit", **own, percentage="5")
        unopened = panel.call("account.discount.edit", plid=client.id)
        by_add = panel.call("account.discount.add", **own, percentage="5")
        (row,) = rows(panel.call("account.discount", elid=client.id))
        panel.call("account.discount.edit", **own, elid=row["idname"], percentage="7")
        form = fields(panel.call("account.discount.edit", plid=client.id, elid=row["idname"]))

    assert error(by_edit) == error(unopened) == ("missed", "account.discount")
    assert is_ok(by_add)
    assert form["percentage"] == "7.00"


def test_discount_may_be_made_in_two_steps(clock: Clock) -> None:
    """A form comes back until there is enough, and only the last answer says ok."""
    with panel_of(clock=clock, discount_create="steps") as panel:
        client = new_client(panel)
        own = {"plid": client.id}
        first = panel.call("account.discount.add", **own)
        kinds = {name: next(iter(options(first, name).values())) for name in ("type", "actiontype")}
        second = panel.call("account.discount.add", **own, **kinds, sok="ok")
        none = rows(panel.call("account.discount", elid=client.id))
        made = panel.call("account.discount.add", **own, **kinds, percentage="5", sok="ok")
        one = rows(panel.call("account.discount", elid=client.id))

    assert "percentage" not in fields(first)
    assert "percentage" in fields(second)
    assert not is_ok(second)
    assert none == []
    assert is_ok(made)
    assert len(one) == 1


def test_key_of_a_discount_may_be_a_text(clock: Clock) -> None:
    """List, form, removal and the new id speak of it alike; a bare number names nothing."""
    with panel_of(clock=clock, discount_key="text") as panel:
        client = new_client(panel)
        own = {"plid": client.id}
        made = parse(panel.call("account.discount.edit", **own, percentage="5", sok="ok"))
        panel.call("account.discount.edit", **own, percentage="9", sok="ok")
        first, second = rows(panel.call("account.discount", elid=client.id))
        if first["idname"] != made.findtext("id"):
            first, second = second, first
        form = fields(panel.call("account.discount.edit", **own, elid=first["idname"]))
        bare = first["idname"].removeprefix("personal_")
        nothing = panel.call("account.discount.edit", **own, elid=bare)
        panel.call("account.discount.delete", **own, elid=bare)
        panel.call("account.discount.delete", **own, elid=f"{first['idname']}, x")
        left = rows(panel.call("account.discount", elid=client.id))

    assert first["idname"].startswith("personal_")
    assert (form["elid"], form["percentage"]) == (first["idname"], "5.00")
    assert error(nothing)[0] == "missed"
    assert [row["idname"] for row in left] == [second["idname"]]
