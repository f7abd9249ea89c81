"""What we write to a forge: comments of a pull request and issues, and where they are."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Provider = Literal["github", "gitlab", "gitea"]
Written = Literal["created", "updated", "unchanged", "closed", "none"]


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The run of a pipeline: which forge, which project, for what.

    ``number`` is the pull request's, empty where the run is for none. ``commit`` and ``run`` (the
    URL of the run) are empty where the pipeline does not name them.
    """

    provider: Provider
    api: str
    project: str
    number: str = ""
    commit: str = ""
    run: str = ""
    token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment of a pull request; ``author`` is a user's name, empty for a deleted user."""

    id: int
    author: str
    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Issue:
    """An issue that is open; ``number`` is the one that people see."""

    number: int
    author: str
    title: str
    text: str
    url: str = ""
