"""Signing in, and telling an ended session from a missing right.

Invariants: one sign-in at a time, and none after one was refused; a reading call is repeated at
most once; a writing one never: a proxy may have delivered it before its session ended.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from reconciler.errors import (
    AccessError,
    LostAnswerError,
    NotAPanelError,
    PanelError,
    RejectedError,
    SecurityStopError,
    SessionEndedError,
    SignInError,
    UnreachableError,
    WebPageError,
)
from reconciler.model.value import Secret
from reconciler.ports import SecretSink
from reconciler.wire.call import Call, Effect, plain_call
from reconciler.wire.replies.replies import parse_identity, parse_session

if TYPE_CHECKING:
    from reconciler.model.target import Auth
    from reconciler.panel.exchange import Exchange, Reading
    from reconciler.panel.request import Fields
    from reconciler.panel.retry import Retry
    from reconciler.ports import Secrets
    from reconciler.wire.call import Params


T = TypeVar("T")

# An ended session and a missing right look alike; older panels and flat formats say no type.
_UNCLEAR = frozenset({"access", "auth", ""})
_SIGN_IN = frozenset({"auth", "captcha_verification_failed"})


class Access:
    """Asks with the credentials of a target, renewing a session that has ended."""

    def __init__(self, exchange: Exchange, retry: Retry, auth: Auth) -> None:
        """Sign in when first asked, not now."""
        self._exchange = exchange
        self._retry = retry
        self._auth = auth
        self._lock = asyncio.Lock()
        self._credentials: Fields | None = () if auth.method == "mgrctl" else None
        self._refused: SignInError | None = None
        self._ended = False
        self._sessions = 0

    async def ask(self, call: Call, reading: Reading[T]) -> T:
        """Ask, signed in.

        Raises: AccessError, SignInError, SessionEndedError of a write, and what the exchange
        raises.
        """
        if call.writes and self._ended:
            # What is sent after all has a session of its own, not the one that looked.
            self._credentials, self._ended = None, False
        credentials = await self._signed_in(call)
        try:
            return await self._send(call, reading, credentials)
        except RejectedError as error:
            if not await self._has_ended(error, call, credentials):
                raise self._judged(error, call) from error
            if call.writes:
                self._ended = True
                raise SessionEndedError("refused, because the session had ended") from error
        except WebPageError:
            # Perhaps the sign-in page: a new session will show it, but a write is not repeated.
            if self._auth.method != "session":
                raise
            self._forget(credentials)
            if call.writes:
                raise
        credentials = await self._signed_in(call)
        try:
            return await self._send(call, reading, credentials)
        except RejectedError as error:
            raise self._judged(error, call) from error

    async def _send(self, call: Call, reading: Reading[T], credentials: Fields) -> T:
        async def attempt() -> T:
            return await self._exchange.ask(call, reading, credentials)

        return await (self._retry.write if call.writes else self._retry.read)(attempt)

    async def _has_ended(self, error: RejectedError, call: Call, credentials: Fields) -> bool:
        """Ask who we are, with the same session: nobody is, whose session has ended."""
        if self._auth.method not in {"session", "key"} or error.code not in _UNCLEAR:
            return False
        async with self._lock:
            if self._credentials is not credentials:
                return True
            try:
                await self._send(plain_call("whoami"), parse_identity, credentials)
                return False
            except (RejectedError, NotAPanelError):
                self._forget(credentials)
                return True
            except (LostAnswerError, UnreachableError) as lost:
                # The refusal of a write stands, though nobody can say any more what it meant.
                if call.writes and not isinstance(lost, SecurityStopError):
                    return False
                raise

    def _judged(self, error: RejectedError, call: Call) -> PanelError:
        if error.code == "access":
            about = f" {error.object!r}" if error.object else ""
            return AccessError(f"this user lacks the right{about}: {error.message}")
        if error.code in _SIGN_IN:
            self._refused = SignInError(sign_in_message(error))
            # A write was sent all the same: that it was refused is what is known of it.
            return error if call.writes else self._refused
        return error

    def _forget(self, credentials: Fields) -> None:
        if self._credentials is credentials:
            self._credentials = None

    async def _signed_in(self, call: Call) -> Fields:
        if self._refused is not None:
            raise self._refused
        if self._credentials is not None:
            return self._credentials
        async with self._lock:
            if self._refused is not None:
                raise self._refused
            if self._credentials is None:
                self._credentials = await self._first_things_first(call)
            return self._credentials

    async def _first_things_first(self, call: Call) -> Fields:
        """Sign in for a call; whatever becomes of that, the call itself has not been sent."""
        try:
            return await self._sign_in()
        except SignInError as error:
            self._refused = SignInError(str(error))
            raise self._refused from error
        except SecurityStopError as error:
            raise SecurityStopError(str(error)) from error
        except LostAnswerError as error:
            if not call.writes:
                raise
            raise UnreachableError(f"not sent, because the sign-in failed: {error}") from error

    async def _sign_in(self) -> Fields:
        auth, secrets = self._auth, self._exchange.secrets
        name = _login(auth.username, secrets)
        if auth.method == "authinfo":
            if ":" in name:
                raise SignInError("a login with a colon cannot be used with authinfo")
            return (("authinfo", f"{name}:{secrets.resolve(_required(auth.password))}"),)
        secret: Params
        if auth.method == "key":
            if self._sessions:
                raise SignInError(
                    "the session ended, and its one-time key is used: create a new key"
                )
            secret = (("key", _required(auth.key)), ("checkcookie", "no"))
        else:
            secret = (("password", _required(auth.password)),)
        call = Call("auth", (("username", name), *secret), Effect.READ)
        try:
            session = await self._send(call, parse_session, ())
        except RejectedError as error:
            raise SignInError(sign_in_message(error)) from error
        self._sessions += 1
        if isinstance(secrets, SecretSink):
            secrets.remember(session.id)  # a panel may repeat it in any answer
        return (("auth", session.id),)


def _login(username: Secret | str | None, secrets: Secrets) -> str:
    name = secrets.resolve(username) if isinstance(username, Secret) else username
    if not name:
        raise SignInError("no login: set auth.username")
    return name


def _required(secret: Secret | None) -> Secret:
    if secret is None:
        raise SignInError("no secret to sign in with: set auth.password or auth.key")
    return secret


_WORDS = {
    "badpassword": "wrong login or password",
    "badip": "this user may not sign in from this address",
    "blocked_ip": "this address is blocked after failed attempts: wait, or unblock it in the panel",
    "blocklogon": "sign-in is blocked for this user",
    "blockgeoip": "sign-in is blocked from this country",
}
_CODES = {
    "captcha_verification_failed": "the panel asks for a captcha: sign in once by hand, or use "
    "authinfo or a key",
    "access": "this user may not sign in this way",
}


def sign_in_message(error: RejectedError) -> str:
    """Return why there is no session; never anything that was sent."""
    known = _WORDS.get(error.object) or _CODES.get(error.code)
    if known:
        return f"sign-in refused: {known}"
    what = f" {error.code}" if error.code else ""
    about = f" ({error.object})" if error.object else ""
    return f"sign-in refused by the panel:{what}{about}"
