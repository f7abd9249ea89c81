"""One request, ready for the wire: fields in order, and nothing that could print them.

Invariants: secrets are resolved here alone; ``out`` and ``lang`` are always sent; a call that
reads cannot carry a confirmation, and one that changes an element cannot lack its id.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote_plus

from reconciler.errors import CodecError, WriteForbiddenError
from reconciler.model.address import names_one_element
from reconciler.model.value import Secret
from reconciler.wire.call import CONFIRMING, Effect

if TYPE_CHECKING:
    from reconciler.model.target import Format
    from reconciler.ports import Secrets
    from reconciler.wire.call import Call

Fields = tuple[tuple[str, str], ...]

# Functions whose element is a session: one word, so that no list of them can be meant.
_BY_SESSION = frozenset({"session.delete"})
_UNRESERVED = re.compile(r"[A-Za-z0-9_.~-]*")
_SESSION = re.compile(r"[A-Za-z0-9]{1,256}")
_ELEMENT = frozenset({Effect.EDIT, Effect.DELETE})


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent: fields in order; ``secret`` names those that no command line may show.

    ``path`` is empty for the panel's endpoint, else the place of a long task's answer.
    """

    fields: Fields = field(repr=False)
    writes: bool = False
    secret: frozenset[str] = frozenset()
    path: str = ""

    @property
    def body(self) -> bytes:
        """The fields as a form's body. Raises: CodecError."""
        try:
            pairs = [f"{_quoted(name)}={_quoted(value)}" for name, value in self.fields]
            return "&".join(pairs).encode("ascii")
        except UnicodeEncodeError:
            raise CodecError("a value has invalid characters") from None


def _quoted(text: str) -> str:
    """Return a text as a form's body holds it: most stand there as they are."""
    plain = (text.isalnum() and text.isascii()) or _UNRESERVED.fullmatch(text)
    return text if plain else quote_plus(text)


def encode(
    call: Call, *, out: Format, su: str, secrets: Secrets, credentials: Fields = ()
) -> Request:
    """Write a call as a request.

    Raises: SecretError; WriteForbiddenError for a call that could do what its effect denies.
    """
    names = [name for name, _ in call.params]
    if len(set(names)) != len(names):
        raise WriteForbiddenError(f"{call.func}: a parameter is given twice")
    _check_effect(call)
    fields = [("func", call.func)]
    secret = {name for name, _ in credentials}
    for name, value in call.params:
        if isinstance(value, Secret):
            secret.add(name)
            fields.append((name, secrets.resolve(value)))
        else:
            fields.append((name, value))
    if su and "su" not in names and call.func != "auth":
        fields.append(("su", su))
    fields += [("out", out), ("lang", "en"), *credentials]
    return Request(tuple(fields), call.writes, frozenset(secret))


def _check_effect(call: Call) -> None:
    if call.effect is Effect.READ and not CONFIRMING.isdisjoint(name for name, _ in call.params):
        raise WriteForbiddenError(
            f"internal error: {call.func} is a reading call with a confirmation"
        )
    elid = call.param("elid")
    if call.func in _BY_SESSION and (isinstance(elid, Secret) or _SESSION.fullmatch(elid or "")):
        return
    named = elid is not None and call.writes
    one = isinstance(elid, str) and names_one_element(elid)
    if (named or call.effect in _ELEMENT) and not one:
        raise WriteForbiddenError(f"{call.func}: a call that changes an element needs one id")
    if call.effect is Effect.CREATE and elid is not None:
        raise WriteForbiddenError(f"{call.func}: a call that creates an object has an id")
