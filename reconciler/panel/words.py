"""What to tell a person whose sign-in was refused, by the object that the panel names."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconciler.errors import RejectedError

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


def sign_in_words(error: RejectedError) -> str:
    """Say why there is no session; never anything that was sent."""
    known = _WORDS.get(error.object) or _CODES.get(error.code)
    if known:
        return f"sign-in refused: {known}"
    what = f" {error.code}" if error.code else ""
    about = f" ({error.object})" if error.object else ""
    return f"sign-in refused by the panel:{what}{about}"
