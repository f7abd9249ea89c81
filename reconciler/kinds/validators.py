"""Texts of a certain sort: one line, an email, a domain, an address, a login, an add-on's name.

Invariants: only what no panel could take is refused; an empty text means none, and passes; a text
is not repeated, for it could be a secret that stands in the wrong place.
"""

from __future__ import annotations

import re
from ipaddress import ip_address

from reconciler.wire.call import RESERVED

_LONGEST_LABEL = 63
_LONGEST_LOCAL = 64
_PORT = re.compile(r":[0-9]*\Z")
# Letters and digits of every script, and the dash; the underscore, which some panels let pass.
_LABEL = re.compile(r"[\w\-]+\Z")
# A comma that parts two add-ons; the panel's own names have others, such as `Memory, GB`.
_SEVERAL = re.compile(r",(?! [^\W\d_])")
_LOCAL = re.compile(r"[^\s\x00-\x20\"(),:;<>@\[\\\]]+\Z")


def check_line(text: str) -> str:
    """Return a text that stands on one line. Raises: ValueError for more lines."""
    if "\n" in text or "\r" in text:
        raise ValueError("it has several lines: write it on one")
    return text


def check_domain(text: str) -> str:
    """Return a domain or host name. Raises: ValueError, with what to take out."""
    if _PORT.search(text):
        raise ValueError("a domain has no port: remove it")
    if "" in (labels := text.split(".")):
        raise ValueError(
            "two dots follow each other: remove one"
            if ".." in text
            else "a domain cannot begin or end with a dot: remove it"
        )
    for label in labels:
        if not _LABEL.match(label):
            raise ValueError(
                "a domain has only letters, digits, dashes and dots: remove other characters"
            )
        if label[0] == "-" or label[-1] == "-":
            raise ValueError("a part of a domain cannot begin or end with a dash: remove it")
        if (length := _encoded_length(label)) > _LONGEST_LABEL:
            raise ValueError(
                f"a part of the domain has {length} characters, at most {_LONGEST_LABEL} are "
                "allowed: shorten it"
            )
    return text


def check_email(text: str) -> str:
    """Return an email address. Raises: ValueError, with what to mend."""
    local, at, domain = text.rpartition("@")
    if not at or not _LOCAL.match(local):
        raise ValueError("expected one email address, such as billing@acme.example")
    if local[0] == "." or local[-1] == "." or ".." in local:
        raise ValueError(
            "the part before the @ cannot begin or end with a dot or have two together: remove it"
        )
    if len(local) > _LONGEST_LOCAL:
        raise ValueError(f"it has {len(local)} characters before the @, at most 64 are allowed")
    check_domain(domain)
    return text


def check_addresses(text: str) -> str:
    """Return an IP address, or several with commas between. Raises: ValueError for others."""
    for part in text.split(",") if text else ():
        try:
            ip_address(part.strip())
        except ValueError:
            raise ValueError("expected an IP address, such as 192.0.2.7 or 2001:db8::7") from None
    return text


def check_login(text: str) -> str:
    """Return a login, which is one word. Raises: ValueError for several."""
    if len(text.split()) > 1 or text != text.strip():
        raise ValueError("a login is one word, without blanks")
    return text


def check_phone(text: str) -> str:
    """Return a phone number. Raises: ValueError for a text without a digit."""
    if text and not any(each.isdigit() for each in text):
        raise ValueError("expected a phone number, such as +49 30 901820")
    return text


def check_url(text: str) -> str:
    """Return a URL. Raises: ValueError where a blank stands in it."""
    if len(text.split()) > 1 or text != text.strip():
        raise ValueError("expected one URL, without blanks")
    return text


def check_addon_name(name: str) -> str:
    """Return the id or the name of an add-on.

    Raises: ValueError for what the panel reads as several, as a parameter of its own, or as none.
    """
    check_line(name)
    if not name.strip():
        raise ValueError("the add-on has no name: write its id, or its name as the panel shows it")
    if _SEVERAL.search(name):
        raise ValueError("this comma separates several add-ons: write each on its own line")
    if re.fullmatch(r"addon_[0-9]+", name):
        raise ValueError("write the add-on's id alone, without `addon_`")
    if name in RESERVED or name.startswith("p_"):
        raise ValueError("the panel reserves this name: write the add-on's id")
    return name


def _encoded_length(label: str) -> int:
    """Return how long a part of a domain is where it is looked up: other scripts take more."""
    return len(label) if label.isascii() else len("xn--") + len(label.encode("punycode"))
