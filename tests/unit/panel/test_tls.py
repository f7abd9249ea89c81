"""TLS on loopback: whom we trust, and that nothing is sent to anybody else."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import json
import ssl
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import trustme

from reconciler.errors import PanelError, SecurityStopError, UnsafeAnswerError
from reconciler.model.address import ElementId
from reconciler.model.target import Limits, Tls
from reconciler.panel import open_panel
from reconciler.panel.tls import tls_context
from reconciler.wire.call import edit_call
from tests.support.clock import InstantClock
from tests.unit.panel.doubles import SecretTable, doc, http, raw_server, target

if TYPE_CHECKING:
    from pathlib import Path

WRITE = edit_call("account.edit", ElementId("5"), (("note", "x"),))
PAST = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


# What OpenSSL reads before anything of ours runs: all that a context can be weakened by there.
CONFIGURATION = """\
openssl_conf = settings
[settings]
ssl_conf = connections
[connections]
system_default = weak
[weak]
MinProtocol = TLSv1
CipherString = ALL:eNULL:aNULL:@SECLEVEL=0
VerifyCAFile = {ca_file}
VerifyMode = None
Options = UnsafeLegacyRenegotiation,UnsafeLegacyServerConnect
"""
TELL = """\
import json, ssl, sys
from reconciler.model.target import Tls
from reconciler.panel.tls import tls_context
plain = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
said = [int(plain.options)]
for tls in (Tls(), Tls(sys.argv[1]), Tls(fingerprint="ab" * 32)):
    made = tls_context(tls)
    weakest = min(each["strength_bits"] for each in made.get_ciphers())
    said.append([int(made.options), int(made.minimum_version), made.security_level, weakest,
                 int(made.verify_mode), made.check_hostname])
print(json.dumps(said))
"""
UNPROTECTED = 0x0004_0004


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """An authority that nobody knows."""
    return trustme.CA()


@pytest.fixture(scope="module")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The authority's certificate, as a file."""
    path = tmp_path_factory.mktemp("tls") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


def serving(certificate: trustme.LeafCert) -> ssl.SSLContext:
    """Make a server's context."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def fingerprint(certificate: trustme.LeafCert) -> str:
    """Compute the fingerprint of a leaf."""
    pem = certificate.cert_chain_pems[0].bytes().decode()
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()


def submit(context: ssl.SSLContext, tls: Tls) -> tuple[object, int]:
    """Write once; return the answer or the error, and how many requests the server saw."""

    async def handler(_request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(http(doc("<ok/>")))

    async def run() -> tuple[object, int]:
        async with raw_server(handler, context) as server:
            url = f"https://localhost:{server.port}/billmgr"
            limits = Limits(connect=5.0, read=5.0)
            place = replace(target(url, method="authinfo", limits=limits), tls=tls)
            async with open_panel(place, secrets=SecretTable(), clock=InstantClock()) as panel:
                try:
                    found: object = await panel.submit(WRITE)
                except PanelError as error:
                    found = error
            return found, len(server.requests)

    return asyncio.run(run())


def test_certificate_of_a_named_authority_is_trusted(authority: trustme.CA, ca_file: Path) -> None:
    """A private authority is named by its file."""
    found, requests = submit(serving(authority.issue_cert("localhost")), Tls(str(ca_file)))
    assert not isinstance(found, PanelError)
    assert requests == 1


@pytest.mark.parametrize("form", ["sha256:{}", "{}", "colons"])
def test_pinned_certificate_is_trusted(authority: trustme.CA, form: str) -> None:
    """A certificate that no authority signed is named by its fingerprint."""
    certificate = authority.issue_cert("another.example")
    digits = fingerprint(certificate)
    pairs = ":".join(digits[at : at + 2] for at in range(0, 64, 2)).upper()
    pin = pairs if form == "colons" else form.format(digits)
    found, requests = submit(serving(certificate), Tls(fingerprint=pin))
    assert not isinstance(found, PanelError)
    assert requests == 1


def test_nothing_is_sent_to_an_untrusted_server(authority: trustme.CA, ca_file: Path) -> None:
    """Unknown authority, other name, out of date, other certificate: stop before the request."""
    known = authority.issue_cert("localhost")
    other_name = authority.issue_cert("another.example")
    old = authority.issue_cert("localhost", not_after=PAST)
    cases = [
        (known, Tls()),
        (other_name, Tls(str(ca_file))),
        (old, Tls(str(ca_file))),
        (known, Tls(fingerprint=fingerprint(other_name))),
        (known, Tls(fingerprint="sha256:" + "0" * 64)),
        (old, Tls(fingerprint=fingerprint(old))),
    ]
    for certificate, tls in cases:
        found, requests = submit(serving(certificate), tls)
        assert isinstance(found, SecurityStopError)
        assert not isinstance(found, UnsafeAnswerError)
        assert requests == 0


def test_plain_server_behind_https_is_not_trusted(ca_file: Path) -> None:
    """An answer without TLS is no TLS."""

    async def run() -> None:
        async def chatter(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(chatter, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        place = target(f"https://localhost:{port}/billmgr", method="authinfo")
        place = replace(place, tls=Tls(str(ca_file)))
        async with server, open_panel(place, secrets=SecretTable(), clock=InstantClock()) as panel:
            await panel.submit(WRITE)

    with pytest.raises(SecurityStopError):
        asyncio.run(run())


def test_old_protocols_are_not_spoken(ca_file: Path) -> None:
    """TLS 1.2 is the oldest, with authorities and with a pin."""
    for tls in (Tls(), Tls(str(ca_file)), Tls(fingerprint="ab" * 32)):
        assert tls_context(tls).minimum_version is ssl.TLSVersion.TLSv1_2


@pytest.mark.parametrize(
    "tls",
    [
        Tls(ca_file="there-is-no-such-file.pem"),
        Tls(fingerprint="sha256:12"),
        Tls(fingerprint="sha256:" + "xy" * 32),
        Tls(fingerprint="ab" * 20),
    ],
)
def test_trust_in_nothing_is_refused(tls: Tls) -> None:
    """A file that is not there or a pin that is none is not the same as no wish at all."""
    with pytest.raises(SecurityStopError):
        tls_context(tls)


def test_variables_of_openssl_are_not_followed(
    monkeypatch: pytest.MonkeyPatch, ca_file: Path, authority: trustme.CA
) -> None:
    """Authorities named by the environment are not used."""
    monkeypatch.setenv("SSL_CERT_FILE", str(ca_file))
    monkeypatch.setenv("SSL_CERT_DIR", str(ca_file.parent))
    found, requests = submit(serving(authority.issue_cert("localhost")), Tls())
    assert isinstance(found, SecurityStopError)
    assert requests == 0


def test_configuration_of_openssl_weakens_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, ca_file: Path
) -> None:
    """A file that the environment names may ask for old protocols, no ciphers and no protection."""
    file = tmp_path / "openssl.cnf"
    file.write_text(CONFIGURATION.format(ca_file=ca_file), encoding="ascii")
    monkeypatch.setenv("OPENSSL_CONF", str(file))
    reported = subprocess.run(
        [sys.executable, "-c", TELL, str(ca_file)], check=True, capture_output=True, timeout=60
    )

    plain, *ours = json.loads(reported.stdout)

    if not plain & UNPROTECTED:
        pytest.skip("this build of OpenSSL reads no configuration file")
    for options, oldest, level, weakest, _, _ in ours:
        assert (options & UNPROTECTED, oldest) == (0, int(ssl.TLSVersion.TLSv1_2))
        assert level >= 1
        assert weakest >= 112
    assert [(verify, named) for *_, verify, named in ours] == [(2, True), (2, True), (0, False)]
