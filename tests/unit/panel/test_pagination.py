"""Whole lists, and the proof that they are whole."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from reconciler.errors import IncompleteError, PanelError
from reconciler.model.target import Limits
from reconciler.panel import open_panel
from reconciler.panel.limiter import START
from reconciler.wire.call import Call, Effect, list_call
from tests.support.clock import InstantClock
from tests.unit.panel.doubles import (
    Fields,
    ScriptedPanel,
    SecretTable,
    doc,
    listed,
    target,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.model.target import Format
    from reconciler.wire.reply import Row

LIST = list_call("account")
MANY = [{"id": str(number), "name": f"n{number}"} for number in range(1, 2501)]


def read(script: ScriptedPanel, call: Call = LIST, fmt: Format = "xml") -> tuple[Row, ...]:
    """Read a list."""

    async def run() -> tuple[Row, ...]:
        place = target(method="authinfo", fmt=fmt)
        async with open_panel(
            place, secrets=SecretTable(), clock=InstantClock(), app=script
        ) as panel:
            return await panel.rows(call)

    return asyncio.run(run())


def paged(rows: list[dict[str, str]], cap: int = 1000) -> Callable[[Fields], bytes]:
    """Page as asked, never more than ``cap`` rows at once."""

    def answer(fields: Fields) -> bytes:
        return listed([*rows], int(fields["p_num"]), min(int(fields["p_cnt"]), cap))

    return answer


def test_short_list_takes_one_request() -> None:
    """The first page says that there is no other."""
    script = ScriptedPanel(paged(MANY[:7]))
    assert len(read(script)) == 7
    assert len(script.asked) == 1


@pytest.mark.parametrize("count", [0, 1, 999, 1000, 1001, 2000, 2500])
@pytest.mark.parametrize("cap", [1000, 100, 999])
def test_list_of_any_length_is_read_completely(count: int, cap: int) -> None:
    """Also where the panel gives fewer rows a page than were asked for."""
    script = ScriptedPanel(paged(MANY[:count], cap))
    rows = read(script)
    assert [row.values["id"] for row in rows] == [row["id"] for row in MANY[:count]]
    assert len(script.asked) == max(1, -(-count // cap))


def test_panel_that_does_not_page_has_answered_everything() -> None:
    """More rows than asked for, as many as are said."""
    script = ScriptedPanel(lambda _: listed([*MANY], 1, 5000))
    assert len(read(script)) == 2500
    assert len(script.asked) == 1


def test_filtered_list_is_not_complete() -> None:
    """The filter is named, nothing is returned; a filter of the call itself is meant."""
    body = doc(
        '<p_filter name="country">x</p_filter><elem><id>1</id></elem>'
        "<p_cnt>10</p_cnt><p_num>1</p_num><p_elems>1</p_elems>"
    )
    script = ScriptedPanel(lambda _: body)
    with pytest.raises(IncompleteError, match="country"):
        read(script)
    narrowed = Call("account", (("filter", "on"), ("country", "x")), Effect.READ)
    assert len(read(script, narrowed)) == 1


def moving(times: int, moved: Callable[[Fields], bytes]) -> ScriptedPanel:
    """Misbehave on the second page so many times, then settle."""
    left = [times]
    settled = paged(MANY[:1500])

    def answer(fields: Fields) -> bytes:
        if fields["p_num"] == "2" and left[0]:
            left[0] -= 1
            return moved(fields)
        return settled(fields)

    return ScriptedPanel(answer)


MOVES: dict[str, Callable[[Fields], bytes]] = {
    "total": lambda f: listed([*MANY[:1501]], 2, int(f["p_cnt"])),
    "repeated row": lambda f: listed([*MANY[999:1000], *MANY[999:1499]], 1, 1000, 1500).replace(
        b"<p_num>1<", b"<p_num>2<"
    ),
    "shorter page": lambda _: listed([*MANY[1000:1400]], 1, 1000, 1500).replace(
        b"<p_num>1<", b"<p_num>2<"
    ),
    "another page": lambda f: listed([*MANY[:1500]], 1, int(f["p_cnt"])),
    "filter": lambda f: listed([*MANY[:1500]], 2, int(f["p_cnt"])).replace(
        b"<p_cnt>", b'<p_filter name="x"/><p_cnt>'
    ),
}


@pytest.mark.parametrize("name", MOVES)
def test_list_that_changes_while_read_is_read_again(name: str) -> None:
    """What was read before is thrown away; the third reading is the last."""
    assert len(read(moving(2, MOVES[name]))) == 1500
    script = moving(99, MOVES[name])
    with pytest.raises(IncompleteError):
        read(script)
    assert len(script.asked) == 6


@pytest.mark.parametrize(
    "body",
    [
        listed([], 1, 1000, 5),
        listed([{"id": "1"}, {"id": "1"}], 1, 1000),
        listed([{"id": "1"}, {"id": "2"}], 1, 1000, 1),
        listed([{"id": "1"}], 1, 1, 900_000),
        listed([{"id": "1"}], 1, 1000).replace(b"<p_num>1", b"<p_num>2"),
    ],
)
def test_numbers_that_do_not_agree_prove_nothing(body: bytes) -> None:
    """Rows said but not shown, twice the same, more than said, or without end."""
    script = ScriptedPanel(lambda _: body)
    with pytest.raises(IncompleteError):
        read(script)
    assert len(script.asked) <= 3


def test_equal_rows_without_a_key_are_two_rows() -> None:
    """One answer cannot shift within itself."""
    script = ScriptedPanel(lambda _: listed([{"sum": "5"}, {"sum": "5"}], 1, 1000))
    assert len(read(script)) == 2


def bare(rows: list[dict[str, str]], cap: int, reported: str = "") -> Callable[[Fields], bytes]:
    """Page without a total."""

    def answer(fields: Fields) -> bytes:
        size, page = min(int(fields["p_cnt"]), cap), int(fields["p_num"])
        shown = rows[(page - 1) * size : page * size]
        elems = "".join(f"<elem><id>{row['id']}</id></elem>" for row in shown)
        return doc(elems + reported, "account")

    return answer


@pytest.mark.parametrize(
    ("count", "cap", "requests"),
    [(0, 1000, 1), (3, 1000, 2), (1000, 1000, 2), (1001, 1000, 2), (250, 100, 3), (200, 100, 3)],
)
def test_list_without_a_total_is_read_until_it_ends(count: int, cap: int, requests: int) -> None:
    """A page that is short by an unknown size may be capped: the next one proves the end."""
    script = ScriptedPanel(bare(MANY[:count], cap))
    assert len(read(script)) == count
    assert len(script.asked) == requests


def test_short_page_of_a_reported_size_ends_a_list() -> None:
    """Fewer rows than the panel's own page size need no further proof."""
    script = ScriptedPanel(bare(MANY[:30], 1000, "<p_cnt>1000</p_cnt>"))
    assert len(read(script)) == 30
    assert len(script.asked) == 1


def test_list_without_paging_is_complete() -> None:
    """The same rows for the second page: there are no pages."""
    script = ScriptedPanel(lambda _: doc("<elem><id>1</id></elem><elem><id>2</id></elem>"))
    assert len(read(script)) == 2
    assert len(script.asked) == 2


def test_list_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """New rows for ever."""
    monkeypatch.setattr("reconciler.panel.pagination.MOST_PAGES", 30)
    script = ScriptedPanel(lambda f: doc(f"<elem><id>{f['p_num']}</id></elem>", "account"))
    with pytest.raises(IncompleteError):
        read(script)
    assert len(script.asked) < 100


@pytest.mark.parametrize("fmt", ["bjson", "JSONdata"])
@pytest.mark.parametrize(("total", "filtered"), [(2, False), (3, False), (2, True)])
def test_terse_format_is_proved_by_another(fmt: Format, total: int, *, filtered: bool) -> None:
    """Formats that tell neither totals nor filters are checked by one that does."""
    rows = (
        b'[{"id": "1"}, {"id": "2"}]'
        if fmt == "JSONdata"
        else b'{"elem": [{"id": "1"}, {"id": "2"}]}'
    )

    def answer(fields: Fields) -> bytes:
        if fields["out"] != "devel":
            return rows
        body = listed([{"id": "1"}], 1, 1, total)
        return body.replace(b"<p_cnt>", b'<p_filter name="x"/><p_cnt>') if filtered else body

    script = ScriptedPanel(answer)
    if total == 2 and not filtered:
        assert len(read(script, fmt=fmt)) == 2
        return
    with pytest.raises(IncompleteError):
        read(script, fmt=fmt)


def test_pages_are_read_side_by_side_within_the_limit() -> None:
    """After the first page the others are asked for at once, more of them as answers come fast."""
    inside = [0, 0]
    rows = paged(MANY, 100)

    async def app(scope: object, receive: object, send: object) -> None:
        inside[0] += 1
        inside[1] = max(inside)
        await asyncio.sleep(0.005)
        await ScriptedPanel(rows)(scope, receive, send)  # type: ignore[arg-type]
        inside[0] -= 1

    async def run() -> int:
        place = target(method="authinfo")
        async with open_panel(place, secrets=SecretTable(), clock=InstantClock(), app=app) as panel:
            return len(await panel.rows(LIST))

    assert asyncio.run(run()) == 2500
    assert START < inside[1] <= Limits().reads


def test_one_failing_page_fails_the_list() -> None:
    """Its own error is raised, and the other pages are given up."""
    good = paged(MANY)

    def answer(fields: Fields) -> bytes:
        return b"<broken" if fields["p_num"] == "2" else good(fields)

    with pytest.raises(PanelError, match="broken XML"):
        read(ScriptedPanel(answer))
