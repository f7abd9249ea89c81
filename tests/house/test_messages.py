"""What messages send people to is there."""

from __future__ import annotations

import re

from reconciler.cli.help import COMMANDS
from tests.house.source import ROOT, modules

QUOTED = re.compile(r"[`']reconciler ([a-z-]+)")


def test_messages_name_commands_that_exist() -> None:
    """A remedy that cannot be typed is none."""
    named = {
        f"{path.relative_to(ROOT)}: {name}": name
        for path in modules()
        for name in QUOTED.findall(path.read_text(encoding="utf-8"))
    }

    assert set(named.values()) >= {"init", "resume"}
    assert [place for place, name in named.items() if name not in COMMANDS] == []
