"""What somebody types becomes a call, and nothing that is ours to set can be typed."""

from __future__ import annotations

import pytest

from reconciler.errors import CodecError
from reconciler.model.value import Secret
from reconciler.wire.call import Effect, Params
from reconciler.wire.functions import CallRisk, classify_call
from reconciler.wire.raw_call import raw_call

READ, WRITE = CallRisk("form", writes=False), CallRisk("form", writes=True)
SECRET = Secret("env", ("KEY",))


def test_call_is_what_was_typed() -> None:
    """In its order, with whom it acts as in front."""
    call = raw_call("payment.edit", (("plid", "4"), ("elid", "5")), READ, su="ann")

    assert call.params == (("su", "ann"), ("plid", "4"), ("elid", "5"))
    assert call.effect is Effect.READ
    assert raw_call("payment.edit", (("sok", "ok"),), WRITE).effect is Effect.ACTION


def test_file_may_answer_where_the_function_gives_one() -> None:
    """And nowhere else."""
    assert raw_call("payment.print.pdf", (), classify_call("payment.print.pdf", {})).file
    assert not raw_call("payment.print", (), classify_call("payment.print", {})).file


@pytest.mark.parametrize(
    ("func", "params"),
    [
        ("", ()),
        ("a b", ()),
        ("auth", (("username", "x"),)),
        ("logon", ()),
        *(
            ("x.y", ((name, "x"),))
            for name in ("func", "su", "out", "lang", "auth", "authinfo", "redirect", "sfrom")
        ),
        ("account", (("p_num", "2"),)),
        ("x.y", (("a", "1"), ("a", "2"))),
        ("x.y", (("a b", "1"),)),
        ("account.edit", (("elid", ""),)),
        ("account.edit", (("plid", ""),)),
    ],
)
def test_what_is_ours_or_means_nothing_is_refused(func: str, params: Params) -> None:
    """Reserved, misspelt, repeated and emptied parameters."""
    with pytest.raises(CodecError):
        raw_call(func, params, READ)


@pytest.mark.parametrize("name", ["password", "passwd", "confirm", "userpassword", "key"])
def test_secret_in_plain_sight_is_refused_and_not_repeated(name: str) -> None:
    """Others can read a command line; a reference is taken."""
    with pytest.raises(CodecError) as refused:
        raw_call("account.edit", ((name, "hunter2"),), READ)

    assert "hunter2" not in str(refused.value)
    assert raw_call("account.edit", ((name, SECRET),), READ).param(name) == SECRET


@pytest.mark.parametrize("elid", ["1, 2", "1,2", "x y", "x,y", "-1", "0"])
def test_writing_call_names_one_element(elid: str) -> None:
    """A list of ids is several objects to the panel."""
    with pytest.raises(CodecError):
        raw_call("account.delete", (("elid", elid),), WRITE)


def test_session_is_named_by_its_own_word() -> None:
    """Ending a session names no number, and one session alone."""
    assert raw_call("session.delete", (("elid", "a4b98"),), WRITE).param("elid") == "a4b98"
    with pytest.raises(CodecError):
        raw_call("session.delete", (("elid", "a4b98, b5"),), WRITE)
