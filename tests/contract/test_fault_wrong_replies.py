"""Answers that are well-formed and untrue, or a refusal."""

from __future__ import annotations

import json
from typing import Literal

import pytest

from reconciler.sandbox import ADMIN, PASSPHRASE, FaultMiddleware, Sandbox, audit
from reconciler.sandbox.faults import (
    Busy,
    Contradict,
    ErrorFault,
    FalseSuccess,
    OtherReply,
    SecondFactor,
)
from tests.contract.wire import send
from tests.support.sandbox_client import (
    Client,
    error,
    fields,
    is_ok,
    name_of,
    parse,
    rename,
    rows,
    sign_in,
)

When = Literal["before", "after"]


@pytest.mark.parametrize(("when", "name"), [("before", "Acme Anvils"), ("after", "Other")])
@pytest.mark.parametrize(
    ("sort", "about"),
    [
        ("auth", "blocked_ip"),
        ("captcha_verification_failed", "captcha"),
        ("missed", "account"),
        ("exists", "email"),
        ("db", ""),
    ],
)
def test_typed_error_comes_with_status_200(
    panel: Sandbox, client: Client, sort: str, about: str, *, when: When, name: str
) -> None:
    """Any of them, whatever was done."""
    fault = ErrorFault(func="account.edit", type=sort, object=about, value="v", when=when)

    came = send(FaultMiddleware(panel, [fault]), **rename(client, sign_in(panel)))

    assert (came.status, error(came.body)) == (200, (sort, about))
    assert parse(came.body).findtext("error/msg")
    assert name_of(panel, client) == name


def test_older_error_has_no_type(panel: Sandbox) -> None:
    """It is a text."""
    came = send(
        FaultMiddleware(panel, [ErrorFault(type="", message="No such thing")]), func="whoami"
    )

    assert (error(came.body), parse(came.body).findtext("error")) == (("", ""), "No such thing")


def test_duplicate_request_is_in_process(panel: Sandbox, client: Client) -> None:
    """A text without a type, and nothing was done."""
    came = send(
        FaultMiddleware(panel, [Busy(func="account.edit")]), **rename(client, sign_in(panel))
    )

    assert parse(came.body).findtext("error") == "Request in process, please wait"
    assert name_of(panel, client) == "Acme Anvils"


def test_success_has_no_effect(panel: Sandbox, client: Client) -> None:
    """The answer is that of an edit, its former form included."""
    auth = sign_in(panel)
    front = FaultMiddleware(panel, [FalseSuccess(func="account.edit", request="submit")])

    came = send(front, **rename(client, auth))

    assert is_ok(came.body)
    assert parse(came.body).findtext("doc/name") == "Acme Anvils"
    assert parse(came.body).findtext("tparams/sok") == "ok"
    assert name_of(panel, client) == "Acme Anvils"
    assert not audit(panel)[-1].wrote


def test_success_names_an_object_that_is_none(panel: Sandbox) -> None:
    """A create answers with a new id, and nothing was made."""
    fault = FalseSuccess(func="account.edit", ids={"id": "4711"}, next="account")

    came = send(FaultMiddleware(panel, [fault]), func="account.edit", sok="ok", auth=sign_in(panel))

    assert fields(came.body)["id"] == "4711"
    assert parse(came.body).findtext("ok") == "account"
    assert rows(panel.call("account")) == []


def test_delete_has_no_effect(panel: Sandbox, client: Client) -> None:
    """It answers ok, as it does for nothing."""
    given = {"func": "account.delete", "elid": client.id, "auth": sign_in(panel)}

    came = send(FaultMiddleware(panel, [FalseSuccess(func="*.delete")]), **given)

    assert is_ok(came.body)
    assert len(rows(panel.call("account"))) == 1


def test_sign_in_succeeds_without_a_session(panel: Sandbox) -> None:
    """There is nothing to go on with."""
    given = {"func": "auth", "username": ADMIN, "password": PASSPHRASE}

    came = send(FaultMiddleware(panel, [FalseSuccess(func="auth")]), **given)

    assert is_ok(came.body)
    assert parse(came.body).find("auth") is None


@pytest.mark.parametrize("func", ["auth", "account", "account.edit"])
def test_second_factor_is_pending(panel: Sandbox, func: str) -> None:
    """The form's name, and nothing else."""
    given = {"username": ADMIN, "password": PASSPHRASE, "auth": sign_in(panel)}

    came = send(FaultMiddleware(panel, [SecondFactor(func=func)]), func=func, **given)

    assert parse(came.body).findtext("ok") == "func=totp.confirm"
    assert (rows(came.body), fields(came.body)) == ([], {})


def test_second_factor_is_another_form(panel: Sandbox) -> None:
    """Such as that of a new password."""
    came = send(FaultMiddleware(panel, [SecondFactor(form="usrparam.passwd")]), func="whoami")

    assert parse(came.body).findtext("ok") == "func=usrparam.passwd"


@pytest.mark.parametrize(("when", "name"), [("before", "Acme Anvils"), ("after", "Other")])
def test_another_function_answers(panel: Sandbox, client: Client, when: When, name: str) -> None:
    """With its own, honest answer."""
    auth = sign_in(panel)
    front = FaultMiddleware(panel, [OtherReply(func="account.edit", answers="currency", when=when)])

    came = send(front, **rename(client, auth))

    assert parse(came.body).get("func") == "currency"
    assert {row["iso"] for row in rows(came.body)} > {"EUR", "USD"}
    assert name_of(panel, client) == name


@pytest.mark.parametrize("out", ["xml", "devel"])
@pytest.mark.parametrize(("when", "name"), [("before", "Acme Anvils"), ("after", "Other")])
def test_contradictory_reply_is_refused(
    panel: Sandbox, client: Client, out: str, when: When, name: str
) -> None:
    """In one document."""
    auth = sign_in(panel)
    front = FaultMiddleware(panel, [Contradict(func="account.edit", when=when)])

    root = parse(send(front, **rename(client, auth), out=out).body)

    assert root.find("ok") is not None
    assert root.find("error") is not None
    assert name_of(panel, client) == name


def test_contradictory_refusal_is_refused(panel: Sandbox) -> None:
    """A refusal is confirmed."""
    root = parse(send(FaultMiddleware(panel, [Contradict(when="after")]), func="account").body)

    assert root.find("ok") is not None
    assert root.find("error") is not None


@pytest.mark.parametrize("out", ["json", "sjson", "bjson", "JSONdata"])
def test_contradictory_json_reply_is_refused(panel: Sandbox, client: Client, out: str) -> None:
    """In each of its shapes."""
    auth = sign_in(panel)
    came = send(FaultMiddleware(panel, [Contradict()]), **rename(client, auth), out=out)

    document = json.loads(came.body)
    assert document.get("doc", document).keys() >= {"ok", "error"}


def test_answer_is_two_documents(panel: Sandbox) -> None:
    """One after the other."""
    came = send(FaultMiddleware(panel, [Contradict(how="twice")]), func="whoami")

    assert came.body.count(b"</doc>") == 2
