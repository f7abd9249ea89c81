from __future__ import annotations

import time
from typing import TYPE_CHECKING, cast

from hypothesis import given, settings, strategies as st

from reconciler.errors import PanelError
from reconciler.wire.formats.decode import decode
from reconciler.wire.replies.any import parse_any
from reconciler.wire.replies.list import parse_list
from reconciler.wire.replies.replies import (
    parse_confirmation,
    parse_form,
    parse_identity,
    parse_order,
    parse_session,
)
from tests.support.panel_replies import PIECES, VALID

if TYPE_CHECKING:
    from reconciler.model.target import Format

SECONDS = 5.0


@st.composite
def damaged(draw: st.DrawFn) -> tuple[bytes, Format]:
    """A valid answer, with some of it cut out, doubled or replaced."""
    body, fmt = draw(st.sampled_from(VALID))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(body)))
        end = draw(st.integers(start, min(len(body), start + 40)))
        piece = draw(st.sampled_from(PIECES) | st.binary(max_size=6) | st.just(body[start:end] * 2))
        body = body[:start] + piece + body[end:]
    return body, fmt


def _read(body: bytes, fmt: Format) -> None:
    began = time.process_time()
    for reading in (
        parse_list,
        parse_form,
        parse_confirmation,
        parse_order,
        parse_identity,
        parse_session,
        parse_any,
    ):
        try:
            reading(decode(body, fmt), "client.edit")
        except PanelError:
            continue
    assert time.process_time() - began < SECONDS


@given(damaged())
@settings(max_examples=400)
def test_damaged_answer_is_read_or_refused(answer: tuple[bytes, Format]) -> None:
    """Whatever comes in place of an answer, the panel's errors are all that comes out."""
    _read(*answer)


@given(st.binary(max_size=300), st.sampled_from(["xml", "devel", "json", "bjson", "JSONdata"]))
def test_noise_is_refused(body: bytes, fmt: str) -> None:
    """Bytes without any sense are no exception."""
    _read(body, cast("Format", fmt))


@given(st.sampled_from(PIECES), st.integers(1, 3000), st.sampled_from(["xml", "json", "bjson"]))
def test_repetition_ends_soon(piece: bytes, count: int, fmt: str) -> None:
    """A piece many times over exhausts neither the stack nor the clock."""
    first = b"<doc>" if fmt == "xml" else b"{"
    _read(first + piece * count, cast("Format", fmt))
