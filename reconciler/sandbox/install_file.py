"""Files of installs: closed YAML, each mistake with its line; and how a database keeps one.

Shape:  the keys are those of ``Install`` in camel case; what is left out has its default.
"""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from reconciler.sandbox import schema
from reconciler.sandbox.file_errors import error_text
from reconciler.sandbox.install import Install, keys
from reconciler.sandbox.seeding import ensure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic_core import ErrorDetails

_INSTALL = TypeAdapter(Install)
_META = "install"


class InstallError(ValueError):
    """A file of an install that cannot be read; the message names the place."""

    def __init__(self, message: str, line: int = 0) -> None:
        """Store the line apart."""
        super().__init__(message)
        self.line = line


def load_install(path: str | Path) -> Install:
    """Read a file of an install.

    Raises: InstallError, with the line where there is one.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise InstallError(f"the file cannot be read: {reason}") from error
    return read_install(text)


def read_install(text: str) -> Install:
    """Read an install from a text.

    Raises: InstallError, with the line where there is one.
    """
    try:
        document = YAML(typ="rt", pure=True).load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 0
        twice = isinstance(error, DuplicateKeyError)
        why = "a key stands here for the second time" if twice else "it is no YAML from here on"
        raise InstallError(why, line) from error
    except YAMLError as error:
        raise InstallError("it is no YAML") from error
    except (ValueError, TypeError, ArithmeticError, RecursionError) as error:
        # The loader makes numbers and days itself, of whatever looks like one.
        raise InstallError("a value looks like a number or a day, and is none: quote it") from error
    if document is None:
        return Install()
    if not isinstance(document, dict):
        raise InstallError("an install is a mapping of keys", 1)
    try:
        return _INSTALL.validate_python(_plain(document))
    except ValidationError as error:
        found = error.errors(include_url=False)[0]
        raise InstallError(_words(found), _line(document, found["loc"])) from error


def keep_install(path: str | Path, install: Install) -> None:
    """Store an installation with its database: who opens it gets the same one."""
    text = _INSTALL.dump_json(install, by_alias=True).decode()
    with closing(schema.connect(os.fspath(path))) as db:
        ensure(db)
        db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (_META, text))


def parse_kept(text: str) -> Install:
    """Read an install as a database keeps it.

    Raises: InstallError for one that another version has written.
    """
    try:
        return _INSTALL.validate_json(text)
    except ValidationError as error:
        found = error.errors(include_url=False)[0]
        message = "the database keeps an installation that this version does not know"
        raise InstallError(f"{message}: {_words(found)}") from error


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever YAML holds
    # The loader's own classes of texts and numbers know their places; the checker wants plain ones.
    match value:
        case dict():
            return {str(key): _plain(each) for key, each in value.items()}
        case list():
            return [_plain(each) for each in value]
        case bool():
            return value
        case int():
            return int(value)
        case float():
            return float(value)
        case str():
            return str(value)
        case _:
            return value


def _words(error: ErrorDetails) -> str:
    path = ".".join(str(step) for step in error["loc"])
    match error["type"]:
        case "unexpected_keyword_argument" if len(error["loc"]) == 1:
            return f"{path!r} is not a key of an install: choose one of {', '.join(keys())}"
        case "unexpected_keyword_argument" if keys(str(error["loc"][0])):
            known = ", ".join(keys(str(error["loc"][0])))
            return f"{path}: the key is unknown here: choose one of {known}"
        case "literal_error":
            allowed = error["ctx"]["expected"].replace("'", "")
            return f"{path}: {error['input']!r} is none of: {allowed}"
        case "bool_parsing" | "bool_type":
            return f"{path}: {error['input']!r} is none of: true, false"
        case _:
            return f"{path}: {error_text(error)}" if path else error_text(error)


def _line(document: Any, place: Sequence[int | str]) -> int:  # noqa: ANN401 - as above
    line = 1
    for step in place:
        if not isinstance(document, CommentedMap | CommentedSeq):
            break
        try:
            where = (
                document.lc.key(step)
                if isinstance(document, CommentedMap)
                else document.lc.item(step)
            )
            document = document[step]
        except (KeyError, IndexError, TypeError):
            break
        line = int(where[0]) + 1
    return line
