"""What a project file may say of where its state is kept."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from reconciler.kinds.spec import Number, SecretRef, Spec
from reconciler.model.state import FILE, StateSettings
from reconciler.project.validators import check_path

if TYPE_CHECKING:
    from pydantic import GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import CoreSchema

_REF = re.compile(r"refs/heads/[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*\Z")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\Z")
_FORMS = "file:FOLDER, git:refs/heads/BRANCH, postgresql://HOST/DATABASE or s3://BUCKET/PREFIX"
_URL_PATTERN = "^(file:.|git:refs/heads/.|postgresql://.|s3://.)"


def check_state(url: str) -> str:
    """Check where the state is. Raises: ValueError."""
    scheme = url.partition(":")[0]
    if not url.isprintable() or " " in url or scheme not in {"file", "git", "postgresql", "s3"}:
        raise ValueError(f"expected {_FORMS}")
    if scheme == "file":
        check_path(url.removeprefix(FILE))
    elif scheme == "git":
        _check_ref(url.removeprefix("git:"))
    else:
        _check_address(url, scheme)
    return url


def _check_ref(ref: str) -> None:
    if not _REF.match(ref) or ".." in ref or ref.endswith((".lock", ".")):
        raise ValueError(
            "expected the full name of a branch, such as git:refs/heads/reconciler-state"
        )


def _check_address(url: str, scheme: str) -> None:
    try:
        parts = urlsplit(url)
        has_password, _ = parts.password is not None, parts.port
    except ValueError:
        raise ValueError("not a URL") from None
    path = parts.path.strip("/")
    if has_password:
        raise ValueError("a URL must not hold a password: set PGPASSWORD, or use a password file")
    if scheme == "postgresql" and (not path or "/" in path):
        raise ValueError("expected postgresql://HOST/DATABASE")
    if scheme == "s3" and not (_BUCKET.match(parts.netloc) and path):
        raise ValueError("expected s3://BUCKET/PREFIX")


def _written(raw: object) -> object:
    """Return the settings that a bare URL stands for."""
    return {"url": raw} if isinstance(raw, str) else raw


class StateSpec(Spec):
    """Where inventory, journal, ways back and locks are kept."""

    url: Annotated[
        str,
        AfterValidator(check_state),
        WithJsonSchema({"type": "string", "pattern": _URL_PATTERN}),
    ] = Field(description=_FORMS)
    remote: str = Field(
        default="origin",
        min_length=1,
        description="name or URL of the Git repository, for git:; origin by default",
    )
    lease: Annotated[Number, Field(ge=5, le=3600)] = Field(
        default=Decimal(60),
        description="seconds after which the lock of a run that is gone may be taken over",
    )
    sign_key: SecretRef | None = Field(
        default=None, description="the key that signs each line of the journal"
    )

    def settings(self) -> StateSettings:
        """Return the values."""
        return StateSettings(self.url, self.remote, float(self.lease), self.sign_key)


class _StateSchema:
    """Describes the settings or their URL alone."""

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"anyOf": [{"type": "string", "pattern": _URL_PATTERN}, handler(core)]}


StateField = Annotated[StateSpec, BeforeValidator(_written), _StateSchema()]
