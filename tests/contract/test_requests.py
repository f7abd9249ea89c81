"""Section 1 of the contract: requests."""

from __future__ import annotations

import pytest

from reconciler.sandbox import ADMIN, PASSPHRASE, Sandbox, audit
from tests.support.sandbox_client import (
    Client,
    ask,
    error,
    fields,
    is_ok,
    options,
    parse,
    rows,
    sign_in,
)

WHO = f"{ADMIN}:{PASSPHRASE}"


@pytest.mark.parametrize("path", ["/billmgr", "/manager/billmgr", "/billmgr-api"])
def test_every_entrance_leads_to_the_panel(panel: Sandbox, path: str) -> None:
    """Installs differ in where they answer."""
    reply = ask(panel, path=path, func="whoami", authinfo=WHO, out="xml")

    assert reply.status == 200
    assert error(reply.body) == ("", "")


def test_other_address_is_a_page_that_is_not_found(panel: Sandbox) -> None:
    """Beside the panel there is a web server."""
    reply = ask(panel, path="/", func="whoami", authinfo=WHO, out="xml")

    assert reply.status == 404
    assert "html" in reply.headers["content-type"]


def test_get_and_post_are_equal(panel: Sandbox) -> None:
    """Parameters count wherever they stand."""
    answers = [
        ask(panel, method=method, func="currency", authinfo=WHO, out="xml", lang="en").body
        for method in ("GET", "POST")
    ]

    assert answers[0] == answers[1]


def test_errors_are_answered_with_200(panel: Sandbox) -> None:
    """The status says nothing about the outcome."""
    reply = ask(panel, func="no.such.function", authinfo=WHO, out="xml")

    assert reply.status == 200
    assert error(reply.body) == ("missed", "func")


def test_empty_parameters_are_dropped(panel: Sandbox, client: Client) -> None:
    """An empty `sok` does not confirm."""
    answer = panel.call("account.edit", elid=client.id, name="Other", sok="")

    assert not is_ok(answer)
    assert fields(panel.call("account.edit", elid=client.id))["name"] == "Acme Anvils"


@pytest.mark.parametrize("lost", [{}, {"elid": ""}])
def test_edit_without_elid_is_a_create(panel: Sandbox, lost: dict[str, str]) -> None:
    """A lost id makes one more client."""
    answer = panel.call("account.edit", email="twin@example.com", sok="ok", **lost)

    assert is_ok(answer)
    assert [row["email"] for row in rows(panel.call("account"))] == ["twin@example.com"]


def test_unknown_parameters_are_ignored(panel: Sandbox, client: Client) -> None:
    """A misspelt parameter succeeds and changes nothing."""
    answer = panel.call("account.edit", elid=client.id, realnaem="Ann Onym", sok="ok")

    assert is_ok(answer)
    assert fields(panel.call("account.edit", elid=client.id))["realname"] == ""


@pytest.mark.parametrize("sok", ["ok", "yes", "0"])
def test_any_value_of_sok_confirms(panel: Sandbox, client: Client, sok: str) -> None:
    """Only its absence is a question."""
    panel.call("account.edit", elid=client.id, note=f"said {sok}", sok=sok)

    assert fields(panel.call("account.edit", elid=client.id))["note"] == f"said {sok}"


def test_the_last_of_a_repeated_parameter_counts(panel: Sandbox) -> None:
    """Sending one twice is no error."""
    raw = f"func=nothing&func=whoami&out=xml&authinfo={WHO}"

    assert error(ask(panel, raw=raw).body) == ("", "")


def test_several_ids_in_one_elid_are_all_acted_on(panel: Sandbox, client: Client) -> None:
    """An action takes a list, apart by comma and blank."""
    for rate in ("5", "6", "7"):
        panel.call("account.taxrule.edit", plid=client.id, taxrate=rate, sok="ok")
    ids = [row["id"] for row in rows(panel.call("account.taxrule", elid=client.id))]

    panel.call("account.taxrule.delete", plid=client.id, elid=", ".join(ids[:2]))

    left = [row["id"] for row in rows(panel.call("account.taxrule", elid=client.id))]
    assert left == ids[2:]


def test_texts_come_in_the_users_language_without_lang(panel: Sandbox) -> None:
    """Who forgets `lang=en` reads Russian labels here."""
    session = sign_in(panel)

    own = ask(panel, func="country", auth=session, out="xml")
    english = ask(panel, func="country", auth=session, out="xml", lang="en")

    assert parse(own.body).get("lang") == "ru"
    assert "Германия" in own.text
    assert "Germany" in english.text


def test_su_takes_login_and_user_number(panel: Sandbox, client: Client) -> None:
    """An administrator acts as another user, named either way."""
    by_login = parse(panel.call("whoami", su=client.email)).find("user")
    assert by_login is not None
    by_number = parse(panel.call("whoami", su=by_login.get("id", ""))).find("user")

    assert by_number is not None
    assert by_login.attrib == by_number.attrib
    assert by_login.get("level") == "16"
    assert by_login.get("account") == client.id
    assert by_login.get("id") != client.id


def test_su_is_not_for_clients(panel: Sandbox, client: Client) -> None:
    """A client stays who he is."""
    who = f"{client.email}:anvil-4711"

    reply = ask(panel, func="whoami", authinfo=who, su=ADMIN, out="xml")

    assert error(reply.body)[0] == "access"


def test_su_for_an_unknown_user_is_missed(panel: Sandbox) -> None:
    """A login that does not exist is reported as a missing object."""
    assert error(panel.call("whoami", su="nobody@example.com"))[0] == "missed"


def test_opening_a_form_is_recorded_as_no_write(panel: Sandbox, client: Client) -> None:
    """The audit distinguishes reads from writes."""
    panel.call("account.edit", elid=client.id)
    panel.call("account.edit", elid=client.id, note="x", sok="ok")

    assert [asked.wrote for asked in audit(panel)[-2:]] == [False, True]
    assert options(panel.call("account.edit"), "client_lang")["English"] == "en"
