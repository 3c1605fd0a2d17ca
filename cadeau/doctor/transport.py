"""Whether what leaves this machine is encrypted, and for whom: to services of ours, over TLS, with their certificates
checked.

Mail is never sent otherwise, and a provider of OpenID Connect has to be https, so neither needs a check here.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

from sqlalchemy import make_url

from cadeau.doctor.finding import Answer, Verdict
from core.database import database_url
from core.settings import Settings


def encryption(settings: Settings) -> Answer:
    if open_ := list(_unverified(settings)):
        return Verdict.NOTE, f"whoever is on the way could read or change it: {'; '.join(open_)}"
    return Verdict.OK, "what leaves this machine for our services is encrypted, and for nobody else"


def _unverified(settings: Settings) -> Iterator[str]:
    if not _postgresql_verifies(database_url(settings)):
        yield "PostgreSQL without sslmode=verify-full"
    if settings.redis_url and not _redis_verifies(settings.redis_url):
        yield "Redis without rediss: and its certificate"
    if settings.storage_url.startswith("s3:"):
        endpoint = _last(settings.storage_url, "endpoint")
        if endpoint and not (_is_here(urlsplit(endpoint).hostname) or urlsplit(endpoint).scheme == "https"):
            yield "S3 without https"


def _postgresql_verifies(url: str) -> bool:
    """Only `verify-full` also looks at the name in the certificate."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "postgresql":
        return True
    query = parsed.query
    hosts = [parsed.host or "", *_texts(query.get("host"))]
    if all(_is_here(host) for named in hosts for host in named.split(",")):
        return True
    mode = _texts(query.get("sslmode")) or [os.environ.get("PGSSLMODE", "")]
    return mode[-1] == "verify-full"


def _redis_verifies(url: str) -> bool:
    parts = urlsplit(url)
    if parts.scheme == "unix" or _is_here(parts.hostname):
        return True
    checked = _last(url, "ssl_cert_reqs") or "required"
    named = _last(url, "ssl_check_hostname") or "true"
    return parts.scheme == "rediss" and checked == "required" and named.lower() in ("1", "true", "t", "yes", "y")


def _is_here(host: str | None) -> bool:
    """This machine: by its own name, an address that leads nowhere else, or a socket in its files."""
    if not host or host.startswith(("/", "@")) or host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _last(url: str, name: str) -> str:
    return parse_qs(urlsplit(url).query).get(name, [""])[-1]


def _texts(value: str | tuple[str, ...] | None) -> list[str]:
    return [] if value is None else [value] if isinstance(value, str) else list(value)
