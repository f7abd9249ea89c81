"""First contact: reach, trust and the clock, before anybody signs in."""

from __future__ import annotations

import asyncio
import hashlib
import ssl
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import trustme

from reconciler.errors import SecurityStopError, UnreachableError
from reconciler.model.target import Auth, Limits, Target, Tls
from reconciler.panel.probe import probe_connection, read_skew
from tests.unit.panel.doubles import doc, http, raw_server, target

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.model.diagnostics import ConnectionReport

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "skew"),
    [
        ("Sat, 21 Nov 2026 12:00:00 GMT", 0),
        ("Sat, 21 Nov 2026 12:05:00 GMT", 300),
        ("Sat, 21 Nov 2026 11:59:00 GMT", -60),
        ("Sat, 21 Nov 2026 14:00:00 +0200", 0),
        ("", None),
        ("yesterday", None),
        ("Sat, 99 Nov 2026 12:00:00 GMT", None),
    ],
)
def test_skew_is_read_from_an_http_date(text: str, skew: float | None) -> None:
    """What is no date tells nothing."""
    assert read_skew(text, NOON) == skew


def serve_and_touch(
    context: ssl.SSLContext | None, tls: Tls, body: bytes | None = None
) -> tuple[ConnectionReport, list[bytes]]:
    """Touch a server of our own; return what was seen, and what the server was asked."""

    async def handler(_request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(body or http(doc('<error type="access"/>')))

    async def run() -> tuple[ConnectionReport, list[bytes]]:
        async with raw_server(handler, context) as server:
            scheme = "https" if context else "http"
            limits = Limits(connect=5.0, read=5.0)
            place = target(f"{scheme}://localhost:{server.port}/billmgr", limits=limits)
            seen = await probe_connection(replace(place, tls=tls), embedded=False)
            return seen, list(server.requests)

    return asyncio.run(run())


def test_probe_neither_signs_in_nor_sends_a_secret() -> None:
    """One request without a session, for the date in its answer's head."""
    seen, requests = serve_and_touch(None, Tls())

    assert (seen.way, seen.protocol, seen.skew) == ("network", "", None)
    assert len(requests) == 1
    assert requests[0].endswith(b"func=whoami&out=xml&lang=en")


def test_date_of_the_answer_is_compared_with_our_clock() -> None:
    """A panel of another day is far away."""
    answer = http(doc("<ok/>")).replace(
        b"\r\n\r\n", b"\r\nDate: Wed, 01 Jan 2020 00:00:00 GMT\r\n\r\n", 1
    )
    seen, _ = serve_and_touch(None, Tls(), answer)

    assert seen.skew is not None
    assert seen.skew < -86400


def test_probe_reports_the_tls_protocol(tmp_path: Path) -> None:
    """Both ways of trusting end in the same contact; an unknown certificate ends it."""
    authority = trustme.CA()
    certificate = authority.issue_cert("localhost")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    ca_file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    pem = certificate.cert_chain_pems[0].bytes().decode()
    pin = hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()

    for tls in (Tls(str(ca_file)), Tls(fingerprint=f"sha256:{pin}")):
        assert serve_and_touch(context, tls)[0].protocol.startswith("TLSv1.")
    for tls in (Tls(), Tls(fingerprint="sha256:" + "0" * 64)):
        with pytest.raises(SecurityStopError, match="nothing was sent"):
            serve_and_touch(context, tls)


def test_closed_port_and_missing_program_are_unreachable(tmp_path: Path) -> None:
    """Said as such, with what to check."""
    with pytest.raises(UnreachableError):
        asyncio.run(probe_connection(target("http://127.0.0.1:9/billmgr"), embedded=False))
    local = Target("x", "mgrctl:x", Auth("mgrctl", program=str(tmp_path / "none")))
    with pytest.raises(UnreachableError, match=r"auth\.program"):
        asyncio.run(probe_connection(local, embedded=False))


def test_plain_http_beyond_this_machine_is_not_touched() -> None:
    """Not even to look at the clock."""
    with pytest.raises(SecurityStopError):
        asyncio.run(probe_connection(target("http://billing.example.com/billmgr"), embedded=False))
