"""Runs over captured answers where they lie beside the checkout; there are none elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from reconciler.errors import NotAPanelError, RejectedError, SignInIncompleteError
from reconciler.wire.formats.decode import decode
from reconciler.wire.replies.list import parse_list
from reconciler.wire.replies.replies import (
    parse_confirmation,
    parse_form,
    parse_identity,
    parse_session,
)

if TYPE_CHECKING:
    from reconciler.model.target import Format

FOLDER = Path(__file__).resolve().parents[4] / "shared" / "panel" / "captures"
FILES = sorted(path for path in FOLDER.glob("*/*") if path.is_file())
# What a file's name says of its content, and how it must read.
SORTS = {
    "list": parse_list,
    "form": parse_form,
    "whoami": parse_identity,
    "auth-ok": parse_session,
    "ok": parse_confirmation,
}

# Cut down to a page size: without a row, a total and its function's name it could be anything.
UNSIGNED = {"list-empty-no-elem-key.json"}


def test_captured_answers_read_as_what_they_are() -> None:
    """Every captured answer reads as the one sort that its name says, and errors as refusals."""
    wrong = {}
    for path in FILES:
        name = path.name
        fmt: Format = "bjson" if "bjson" in name else "json" if path.suffix == ".json" else "xml"
        document = decode(path.read_bytes(), fmt)
        asked = document.func or "unknown"
        if name.startswith("error"):
            with pytest.raises(RejectedError):
                parse_list(document, asked)
            continue
        if name in UNSIGNED:
            with pytest.raises(NotAPanelError):
                parse_list(document, asked)
            continue
        sort = next((sort for sort in SORTS if sort in name), None)
        if sort is None or "order-ok-empty" in name:
            continue
        try:
            SORTS[sort](document, asked)
        except (NotAPanelError, RejectedError, SignInIncompleteError) as error:
            wrong[name] = str(error)
    assert wrong == {}
