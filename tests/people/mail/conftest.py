"""A mail server that really listens, with TLS, and an application that sends through it."""

from __future__ import annotations

import email
import email.policy
import logging
import ssl
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from functools import partial
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from cadeau.app import Cadeau, open_cadeau
from core.settings import Settings
from people.mail.outbox import SEND
from people.mail.resets import ASK
from tests.people.security.conftest import MovedClock
from tests.people.security.conftest import http as http
from tests.people.security.conftest import moved as moved
from tests.services import free_port

URL = "https://live.example.org"
Work = Callable[[], Awaitable[None]]
USER, SECRET = "cadeau", "p@ss:word/"


class Postbox:
    """What the mail server has received. `refuse`: it answers this instead."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.refuse = ""

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.refuse:
            return self.refuse
        assert session.ssl is not None, "never without TLS"
        assert isinstance(envelope.content, bytes)
        parsed = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(parsed, EmailMessage)
        self.mails.append(parsed)
        return "250 OK"


def authenticate(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, given: object) -> AuthResult:
    assert isinstance(given, LoginPassword)
    # Not handled: so the server says itself that it refuses, at once.
    return AuthResult(success=(given.login, given.password) == (USER.encode(), SECRET.encode()), handled=False)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Self-signed, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return folder / "cert.pem", folder / "key.pem"


@pytest.fixture
def postbox() -> Postbox:
    return Postbox()


@pytest.fixture
def mail_port(postbox: Postbox, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    # What the other side logs of its mails is not ours: tests look for secrets in all output of this process.
    monkeypatch.setattr(logging.getLogger("mail.log"), "disabled", True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    server = Controller(
        postbox, hostname="localhost", port=free_port(), tls_context=context, require_starttls=True,
        authenticator=authenticate, auth_required=True,
    )  # fmt: skip
    server.start()
    yield server.port
    server.stop()


@pytest.fixture
def cadeau(
    database_url: str, tmp_path: Path, moved: MovedClock, mail_port: int, certificate: tuple[Path, Path]
) -> Iterator[Cadeau]:
    settings = Settings(
        data_dir=tmp_path, database_url=database_url, public_url=URL, rate_limits=False,
        smtp_url=f"smtp://{USER}:p%40ss%3Aword%2F@localhost:{mail_port}", smtp_ca=str(certificate[0]),
        mail_from="Cadeau <hello@live.example.org>",
    )  # fmt: skip
    opened = open_cadeau(settings, clock=moved)
    yield opened
    opened.close()


@pytest.fixture
def work(cadeau: Cadeau) -> Work:
    """Does the jobs of the mails that are queued, in another thread, as a worker would."""
    table, database = cadeau.core.jobs.table, cadeau.core.database
    scheduled = {one.kind: one.job for part in cadeau.parts for one in part.schedules}
    kinds = {ASK: cadeau.job_kinds[ASK], SEND: scheduled[SEND]}

    def run() -> None:
        while (job := database.write(lambda c: table.claim(c, "test", dict.fromkeys(kinds, 0)))) is not None:
            kinds[job.kind].run(job)
            database.write(partial(table.finish, job=job, worker="test", problem=None))

    async def work() -> None:
        await cadeau.core.executors.storage.run(run)

    return work
