"""ID tokens: whose signature counts, and what they must say (OpenID Connect Core 1.0, 3.1.3.7)."""

from __future__ import annotations

import hmac
from typing import Annotated, Any

import msgspec
from joserfc import jws
from joserfc.errors import JoseError, UnsupportedAlgorithmError
from joserfc.jws import JWSRegistry

from people.errors import OidcRefused
from people.oidc.keys import ALGORITHMS, Discovery

TOKEN_CHARS_MAX = 16_384
SUBJECT_CHARS_MAX = 255  # OpenID Connect Core 1.0, 2
LEEWAY_S = 60
AGE_S_MAX = 600  # as long as a sign-in may take

Subject = Annotated[str, msgspec.Meta(min_length=1, max_length=SUBJECT_CHARS_MAX)]


class Claims(msgspec.Struct, frozen=True):
    """What a token says. Only `true` is verified: some providers write it as text."""

    iss: str
    sub: Subject
    aud: str | list[str]
    exp: float
    iat: float
    nonce: str = ""
    azp: str | None = None
    nbf: float = 0
    email: Any = None
    email_verified: Any = None
    name: Any = None
    preferred_username: Any = None


class _Algorithms(JWSRegistry):
    """Only ours: each belongs to one type of public key. "EdDSA" is deprecated as a name, and providers use it."""

    def get_alg(self, name: str) -> Any:
        if name not in ALGORITHMS:
            raise UnsupportedAlgorithmError(name)
        return self.algorithms[name]


_REGISTRY = _Algorithms(algorithms=ALGORITHMS, strict_check_header=False)


async def verified(token: str, discovery: Discovery, *, issuer: str, client: str, nonce: str, now_ms: int) -> Claims:
    """Raises OidcRefused, OidcUnavailable."""
    if len(token) > TOKEN_CHARS_MAX:
        raise OidcRefused
    try:
        header = jws.extract_compact(token.encode()).headers()
    except (JoseError, ValueError, TypeError):
        raise OidcRefused from None
    algorithm, name = header.get("alg"), header.get("kid")
    if algorithm not in ALGORITHMS or not isinstance(name, str | None):
        raise OidcRefused
    key = await discovery.key(algorithm, name)
    try:
        payload = jws.deserialize_compact(token, key, registry=_REGISTRY).payload
        claims = msgspec.json.decode(payload, type=Claims)
    except (JoseError, ValueError, TypeError):  # msgspec's errors are ValueErrors
        raise OidcRefused from None
    if not _is_for_us(claims, issuer, client, nonce) or not _is_of_now(claims, now_ms / 1_000):
        raise OidcRefused
    return claims


def _is_for_us(claims: Claims, issuer: str, client: str, nonce: str) -> bool:
    audience = [claims.aud] if isinstance(claims.aud, str) else claims.aud
    party = claims.azp is None if len(audience) == 1 else False
    return (
        claims.iss == issuer
        and client in audience
        and (party or claims.azp == client)
        and hmac.compare_digest(claims.nonce.encode(), nonce.encode())
    )


def _is_of_now(claims: Claims, now: float) -> bool:
    begun = max(claims.iat, claims.nbf) <= now + LEEWAY_S
    return begun and claims.iat > now - AGE_S_MAX - LEEWAY_S and claims.exp > now - LEEWAY_S
