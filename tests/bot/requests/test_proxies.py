"""HTTP to Telegram through proxies, and by whose certificate it is trusted."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bot import transport
from bot.requests import Request
from bot.transport import NOT_SENT
from tests.bot.requests.server import (
    METHOD,
    Exchange,
    Server,
    data,
    failure,
    upload,
)


async def test_the_environments_proxy_is_asked(
    server: Server, request_: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://anna:secret@127.0.0.1:{server.port}")
    monkeypatch.setenv("NO_PROXY", "localhost,api.example.org")
    assert await request_.post(f"http://telegram.example{METHOD}", data(chat_id=1))
    head = server.exchanges[0].head
    assert head.startswith(f"POST http://telegram.example{METHOD} HTTP/1.1\r\n")
    assert "Proxy-Authorization: Basic YW5uYTpzZWNyZXQ=" in head
    assert transport.proxy_for("http", "api.example.org") is None


@pytest.mark.parametrize(
    ("variable", "scheme"),
    [("HTTP_PROXY", "http"), ("HTTPS_PROXY", "https"), ("ALL_PROXY", "https")],
)
def test_proxies_are_for_their_scheme(
    monkeypatch: pytest.MonkeyPatch, variable: str, scheme: str
) -> None:
    monkeypatch.setenv(variable, "proxy.example:3128")
    assert transport.proxy_for(scheme, "api.telegram.org") == "http://proxy.example:3128"


async def test_a_proxy_that_refuses_has_sent_nothing(
    server: Server, request_: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(exchange: Exchange) -> None:
        await exchange.answer("407 Proxy Authentication Required", b"")

    server.behaviour = refuse
    monkeypatch.setenv("HTTPS_PROXY", server.address)
    error = await failure(request_, f"https://telegram.example{METHOD}")
    assert isinstance(error.__cause__, NOT_SENT)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for 127.0.0.1 that nobody knows, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    today = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "server.pem"
    path.write_bytes(
        signed.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


async def test_a_server_is_trusted_by_its_certificate(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate)
    async with Server().running(tls) as server:
        url = f"https://127.0.0.1:{server.port}{METHOD}"
        async with Request() as request:
            error = await failure(request, url)
        assert isinstance(error.__cause__, NOT_SENT)
        assert not server.exchanges
        transport.tls.cache_clear()
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        async with Request() as request:
            assert await request.post(url, upload())
    transport.tls.cache_clear()
