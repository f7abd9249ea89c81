"""Runs over captured answers where they lie beside the checkout; there are none elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from reconciler.errors import HalfSignedInError, NotAPanelError, RejectedError
from reconciler.wire.interpret import as_done, as_form, as_identity, as_session
from reconciler.wire.reading import read_document
from reconciler.wire.rows import as_rows

if TYPE_CHECKING:
    from reconciler.model.target import Format

FOLDER = Path(__file__).resolve().parents[4] / "shared" / "panel" / "captures"
FILES = sorted(path for path in FOLDER.glob("*/*") if path.is_file())
# What a file's name says of its content, and how it must read.
SORTS = {
    "list": as_rows,
    "form": as_form,
    "whoami": as_identity,
    "auth-ok": as_session,
    "ok": as_done,
}

# Cut down to a page size: without a row, a total and its function's name it could be anything.
UNSIGNED = {"list-empty-no-elem-key.json"}


def test_captured_answers_read_as_what_they_are() -> None:
    """Every captured answer reads as the one sort that its name says, and errors as refusals."""
    wrong = {}
    for path in FILES:
        name = path.name
        fmt: Format = "bjson" if "bjson" in name else "json" if path.suffix == ".json" else "xml"
        document = read_document(path.read_bytes(), fmt)
        asked = document.func or "unknown"
        if name.startswith("error"):
            with pytest.raises(RejectedError):
                as_rows(document, asked)
            continue
        if name in UNSIGNED:
            with pytest.raises(NotAPanelError):
                as_rows(document, asked)
            continue
        sort = next((sort for sort in SORTS if sort in name), None)
        if sort is None or "order-ok-empty" in name:
            continue
        try:
            SORTS[sort](document, asked)
        except (NotAPanelError, RejectedError, HalfSignedInError) as error:
            wrong[name] = str(error)
    assert wrong == {}
