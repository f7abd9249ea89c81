"""Files of faults, and which requests a fault hits."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, get_args

import pytest

from reconciler.sandbox import FaultMiddleware, FaultsError, Sandbox, load_faults, with_faults
from reconciler.sandbox.faults import Drop, Fault, Status, read_faults
from reconciler.sandbox.faults.config import AnyFault
from tests.contract.wire import send
from tests.support.sandbox_client import Client, is_ok, sign_in

if TYPE_CHECKING:
    from pathlib import Path

NEEDED: dict[str, dict[str, Any]] = {
    "also": {"run": {"func": "account.delete", "params": {"elid": "1"}}},
    "drip": {"seconds": 0, "size": 4096},
    "hang": {"seconds": 0},
    "huge": {"size": 4096},
    "ignore": {"params": ["name"]},
    "late": {"requests": 1},
    "reuse": {"id": 9},
    "rights": {"rows": {"id": "*"}, "mask": ["name"], "columns": ["email"], "level": 16},
    "slow": {"seconds": 0},
}
SORTS = sorted(each.model_fields["do"].default for each in get_args(AnyFault))


@pytest.mark.parametrize("out", ["xml", "devel", "json", "bjson", "JSONdata", "text", ""])
@pytest.mark.parametrize("sort", SORTS)
def test_every_fault_answers_every_sort_of_request(
    panel: Sandbox, client: Client, sort: str, out: str
) -> None:
    """In every format, with or without a session; the server never breaks."""
    faults = read_faults(json.dumps({"faults": [{"do": sort, **NEEDED.get(sort, {})}]}))
    auth = sign_in(panel)
    requests = (
        {"func": "account", "auth": auth},
        {"func": "account.edit", "elid": client.id, "auth": auth},
        {"func": "account.edit", "elid": client.id, "sok": "ok", "auth": auth},
        {"func": "account.delete", "elid": "4242", "auth": auth},
        {"func": "whoami"},
        {"func": "none"},
    )

    for given in requests:
        front = FaultMiddleware(panel, faults)
        came = send(front, **given, out=out)
        assert came.hung_up or came.whole
        assert front.fired == faults


def test_file_is_read(tmp_path: Path) -> None:
    """Each entry becomes the fault that it names, in its order."""
    path = tmp_path / "faults.json"
    entries = [
        {"func": "vds.order.param", "call": 2, "count": "always", "do": "drop", "when": "after"},
        {"do": "status", "status": 503, "retry_after": 5, "request": "read"},
    ]
    path.write_text(json.dumps({"faults": entries}), encoding="utf-8")

    assert load_faults(path) == (
        Drop(func="vds.order.param", call=2, count="always", when="after"),
        Status(status=503, retry_after=5, request="read"),
    )


def test_file_stands_in_front_of_a_database(tmp_path: Path) -> None:
    """A path is enough, and so is a panel."""
    file = tmp_path / "faults.json"
    file.write_text('{"faults": [{"do": "drop"}]}', encoding="utf-8")
    front = with_faults(tmp_path / "panel.sqlite3", file)
    again = with_faults(front.panel, file)

    assert (send(front, func="whoami").status, send(again, func="whoami").status) == (0, 0)
    assert (send(front, func="whoami").status, again.panel) == (200, front.panel)
    front.panel.close()


def test_panel_is_wrapped_where_it_is_made() -> None:
    """A client of the panel asks through the faults without knowing of them."""
    with Sandbox(through=lambda panel: FaultMiddleware(panel, [Status(status=500)])) as panel:
        assert [send(panel, func="whoami").status for _ in range(2)] == [500, 200]
        assert is_ok(panel.call("account.delete", elid="1"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[]", 'write {"faults": […]}, with a list'),
        ('{"faults": {}}', 'write {"faults": […]}, with a list'),
        ('{"faults": [], "x": 1}', "'x' is not a key of this file: the only key is `faults`"),
        ('{"faults":\n[}', "line 2, column 2: the JSON ends too early or is wrong here"),
        ('{"faults": [{"do": "drop", "do": "hang"}]}', "the key 'do' is given twice in one object"),
        ('{"faults": [{"do": "drop"}, 3]}', "faults[1]: a fault is an object"),
        ('{"faults": [{}]}', "faults[0]: `do`, the name of the fault, is missing"),
        (
            '{"faults": [{"do": "drop", "wen": 1}]}',
            "faults[0].wen: the key is unknown here: choose one of when, do, func, request, ",
        ),
        (
            '{"faults": [{"do": "drop", "when": "now"}]}',
            "faults[0].when: expected before or after",
        ),
        (
            '{"faults": [{"do": "drop", "count": "ever"}]}',
            "faults[0].count: expected a whole number or always",
        ),
        (
            '{"faults": [{"do": "drop", "call": 0}]}',
            "faults[0].call: 0 is below 1",
        ),
        (
            '{"faults": [{"do": "rights", "columns": ["a", 3]}]}',
            "faults[0].columns[1]: expected a text",
        ),
        ('{"faults": [{"do": "also", "run": {}}]}', "faults[0].run.func: it is needed"),
        ('{"faults": [{"do": "late"}]}', "faults[0]: set either seconds or requests"),
        ('{"faults": [{"do": "late", "seconds": NaN}]}', "faults[0].seconds: "),
    ],
)
def test_error_is_reported_with_its_position(tmp_path: Path, text: str, words: str) -> None:
    """The file first, then the way to the key."""
    path = tmp_path / "faults.json"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(FaultsError) as caught:
        load_faults(path)

    assert str(caught.value).startswith(f"{path}: {words}")


def test_unknown_fault_lists_the_known_ones() -> None:
    """All of the names."""
    with pytest.raises(FaultsError) as caught:
        read_faults('{"faults": [{"do": "dorp"}]}')

    assert (
        str(caught.value)
        == f"faults[0].do: 'dorp' is not a fault: choose one of {', '.join(SORTS)}"
    )


@pytest.mark.parametrize("content", [None, b"\xff"])
def test_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    """Missing, or no text."""
    path = tmp_path / "faults.json"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(FaultsError, match=r"faults\.json: cannot be read"):
        load_faults(path)


@pytest.mark.parametrize(
    ("fault", "hit"),
    [
        (Drop(), [0]),
        (Drop(count="always"), [0, 1, 2, 3, 4, 5]),
        (Drop(call=2, count=3), [1, 2, 3]),
        (Drop(func="account.edit", count="always"), [1, 2, 4]),
        (Drop(func="*.edit", request="submit", call=2), [4]),
        (Drop(request="submit", count="always"), [2, 4]),
        (Drop(request="write", count="always"), [2, 3, 4]),
        (Drop(request="read", count="always"), [0, 1, 5]),
        (Drop(given={"elid": "?2"}, count="always"), [2]),
        (Drop(func="acc"), []),
    ],
)
def test_fault_hits_what_it_matches(panel: Sandbox, fault: Fault, hit: list[int]) -> None:
    """By function, by sort, by parameters, by number."""
    front = FaultMiddleware(panel, [fault])
    requests = (
        {"func": "account"},
        {"func": "account.edit"},
        {"func": "account.edit", "elid": "12", "sok": "ok"},
        {"func": "account.delete", "elid": "1"},
        {"func": "account.edit", "elid": "1", "sok": "ok"},
        {"func": "whoami"},
    )

    came = [send(front, **given) for given in requests]

    assert [number for number, each in enumerate(came) if each.hung_up] == hit
    assert front.fired == (fault,) * len(hit)


def test_first_fault_stands_nearest_to_the_client(panel: Sandbox) -> None:
    """Both hit; the outer one has the last word."""
    faults = [Status(status=500, when="after"), Status(status=404)]

    assert send(FaultMiddleware(panel, faults), func="whoami").status == 500
    assert send(FaultMiddleware(panel, faults[::-1]), func="whoami").status == 404
