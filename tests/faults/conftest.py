"""No trial loses power, so none waits for its disk."""

from __future__ import annotations

import os

import pytest


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the journal and the inventory be written, but not forced to the platter."""
    monkeypatch.setattr(os, "fsync", lambda _descriptor: None)
