"""The shipped configuration in a real nginx."""

from __future__ import annotations

import contextlib
import datetime
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.served import ROOT, Served
from tests.services import free_port, running

NAME = "live.example.org"


def certificate(folder: Path) -> tuple[Path, Path]:
    """A self-signed certificate and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=1)).sign(key, hashes.SHA256())
    )  # fmt: skip
    pem, secret = folder / "cert.pem", folder / "cert.key"
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return pem, secret


@contextlib.contextmanager
def nginx_before(server_port: int, port: int, folder: Path) -> Iterator[None]:
    """nginx with `deploy/nginx.conf` on `port`, in front of a server."""
    nginx = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
    assert nginx, "nginx is not installed: `make test` installs it on Debian and Ubuntu"
    pem, secret = certificate(folder)
    site = (ROOT / "deploy" / "nginx.conf").read_text()
    site = site.replace("127.0.0.1:8080", f"127.0.0.1:{server_port}").replace("listen 443", f"listen 127.0.0.1:{port}")
    site = re.sub(r"/etc/ssl/\S+\.pem", str(pem), re.sub(r"/etc/ssl/\S+\.key", str(secret), site))
    temporary = "\n".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    config = folder / "nginx.conf"
    config.write_text(
        f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;\n"
        f"events {{}}\nhttp {{ access_log off; {temporary}\n{site}\n}}"
    )
    command = [nginx, "-c", str(config), "-p", str(folder), "-e", str(folder / "error.log")]
    with running(command, port, folder / "nginx.log"):
        yield


@contextlib.contextmanager
def served_behind_nginx(folder: Path) -> Iterator[tuple[Served, str]]:
    """A server, and its HTTPS URL behind nginx."""
    port = free_port()
    url = f"https://127.0.0.1:{port}"
    with (
        Served(folder / "data", {"CADEAU_PUBLIC_URL": url, "CADEAU_TRUSTED_PROXIES": "127.0.0.1"}) as server,
        nginx_before(server.port, port, folder),
    ):
        yield server, url
