"""Gitea's REST API, and Forgejo's: GitHub's in most of its shapes.

It differs in the size of pages, in labels, which are named by their ids, and in having no GraphQL.
Doubt: whether a version lists comments by pages; one that does not ignores the number of the page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import TypedDict

from reconciler.errors import ForgeError
from reconciler.forge.github import GitHubForge
from reconciler.forge.rows import read_rows

if TYPE_CHECKING:
    from collections.abc import Sequence


class _Label(TypedDict):
    id: int
    name: str


class GiteaForge(GitHubForge):
    """Comments and issues of one repository on Gitea or Forgejo."""

    size = "limit"

    async def other_name(self) -> str:
        """Return nothing: there is no other way to ask."""
        return ""

    async def label_keys(self, labels: Sequence[str]) -> list[str] | list[int]:
        """Return the ids of labels. Raises: ForgeError for one that does not exist."""
        rows = await read_rows(
            self.exchange,
            f"{self.repository}/labels",
            _Label,
            key=lambda row: row["id"],
            what="the labels",
            size=self.size,
        )
        known = {row["name"]: row["id"] for row in rows}
        missing = [name for name in labels if name not in known]
        if missing:
            raise ForgeError(f"{self.issues}: there is no label {missing[0]!r}: create it first")
        return [known[name] for name in labels]
