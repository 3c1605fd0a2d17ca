"""The headers that tell a browser what pages of this server may do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

HSTS_S = 31_536_000


def security_headers(
    *, public_url: str = "", storage_urls: Iterable[str] = (), subdomains: bool = False
) -> Mapping[str, str]:
    """`public_url`: where people reach this server, if that is set. `storage_urls`: addresses of stored files; those
    that are not on this server come from origins that pages may load media from. `subdomains`: browsers are to reach
    all names below that of this server by https alone, too."""
    public = urlsplit(public_url)
    stored = sorted({f"{url.scheme}://{url.netloc}" for url in map(urlsplit, storage_urls) if url.netloc})
    media = " ".join(["'self'", "blob:", *stored])
    # 'self' includes WebSockets. Who comes by another address than the public one still gets that one in answers.
    public_origins = [f"{public.scheme}://{public.netloc}", f"ws{public.scheme[4:]}://{public.netloc}"]
    connect = " ".join(["'self'", *(public_origins if public.netloc else []), *stored])
    headers = {
        "x-content-type-options": "nosniff",
        "referrer-policy": "strict-origin-when-cross-origin",
        "permissions-policy": "camera=(self), microphone=(self), display-capture=(self)",
        "x-frame-options": "DENY",
        "content-security-policy": (
            f"default-src 'self'; img-src {media} data:; media-src {media}; connect-src {connect}; style-src 'self'; "
            "object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
        ),
    }
    if public.scheme == "https":
        headers["strict-transport-security"] = f"max-age={HSTS_S}{'; includeSubDomains' if subdomains else ''}"
    return headers
