"""Give the package the README with absolute links.

In the repository its links are relative, so that they work in a checkout, in a fork and at any
commit. A package index shows the page without the repository, where such links lead nowhere.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

_LINK = re.compile(r"(!?)(\[[^\]]*\])\((?!\w+:|#)([^)\s]+)\)")


class ReadmeHook(MetadataHookInterface):
    """Fill the dynamic field ``readme``."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Read README.md and make its links absolute."""
        text = (Path(self.root) / "README.md").read_text(encoding="utf-8")
        text = with_absolute_links(text, metadata["urls"]["Homepage"])
        metadata["readme"] = {"content-type": "text/markdown", "text": text}


def with_absolute_links(text: str, home: str) -> str:
    """Return Markdown whose relative links and pictures lead to the main branch."""

    def absolute(link: re.Match[str]) -> str:
        picture, label, path = link.groups()
        return f"{picture}{label}({home}/{'raw' if picture else 'blob'}/main/{path})"

    return _LINK.sub(absolute, text)
