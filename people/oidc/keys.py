"""The provider's document and keys: kept for an hour, and asked for again, not too often, for a key we do not know."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

import msgspec
import structlog
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, OKPKey, RSAKey

from core.clock import Clock
from core.settings import is_safe
from people.errors import OidcRefused, OidcUnavailable
from people.oidc import calls

KEPT_MS = 3_600_000
AGAIN_MS = 60_000  # between two calls for keys
REST_MS = 5_000  # after a call that failed
KEYS_MAX = 50
RSA_BITS_MIN = 2_048
Url = Annotated[str, msgspec.Meta(max_length=2_000)]
Key = RSAKey | ECKey | OKPKey
_TYPES = {"RS256": ("RSA", RSAKey), "ES256": ("EC", ECKey), "EdDSA": ("OKP", OKPKey)}
ALGORITHMS = tuple(_TYPES)
_T = TypeVar("_T")
log = structlog.get_logger("security")


class Document(msgspec.Struct, frozen=True):
    """What OpenID Connect Discovery 1.0, 3, says of a provider, as far as it is used."""

    issuer: Url
    authorization_endpoint: Url
    token_endpoint: Url
    jwks_uri: Url
    token_endpoint_auth_methods_supported: list[str] = []


class Keys(msgspec.Struct, frozen=True):
    keys: list[dict[str, Any]]


class Discovery:
    """All methods raise OidcUnavailable."""

    def __init__(self, issuer: str, clock: Clock) -> None:
        self._issuer = issuer
        self._clock = clock
        self._lock = asyncio.Lock()
        self._document: tuple[int, Document] | None = None
        self._failed_at = -REST_MS
        self._keys: tuple[int, list[dict[str, Any]]] | None = None

    async def document(self) -> Document:
        async with self._lock:
            if self._document is None or not 0 <= self._clock() - self._document[0] < KEPT_MS:
                url = f"{self._issuer.rstrip('/')}/.well-known/openid-configuration"
                self._document = self._clock(), await self._fetched(url, self._checked)
            return self._document[1]

    async def key(self, algorithm: str, name: str | None) -> Key:
        """The key that a token names. Raises OidcRefused."""
        found = _among(await self._known(again=False), algorithm, name)
        if found is None:
            found = _among(await self._known(again=True), algorithm, name)
        if found is None:
            raise OidcRefused
        return found

    async def _known(self, *, again: bool) -> list[dict[str, Any]]:
        """`again`: of a moment ago, at least."""
        url = (await self.document()).jwks_uri
        async with self._lock:
            age = KEPT_MS if self._keys is None else self._clock() - self._keys[0]
            if self._keys is None or not 0 <= age < (AGAIN_MS if again else KEPT_MS):
                self._keys = self._clock(), await self._fetched(url, _read_keys)
            return self._keys[1]

    async def _fetched(self, url: str, read: Callable[[bytes], _T]) -> _T:
        """Whoever waited while it failed is refused at once: one after the other they would wait for minutes."""
        if 0 <= self._clock() - self._failed_at < REST_MS:
            raise OidcUnavailable
        try:
            return read(await calls.get(url))
        except OidcUnavailable:
            self._failed_at = self._clock()
            raise

    def _checked(self, body: bytes) -> Document:
        try:
            found = msgspec.json.decode(body, type=Document)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise OidcUnavailable("This is no document of a provider.") from None
        if found.issuer != self._issuer:
            log.warning("oidc_other_issuer", issuer=self._issuer)
            raise OidcUnavailable("The provider calls itself something else than CADEAU_OIDC_ISSUER.")
        scheme = f"{urlsplit(self._issuer).scheme}://"  # http is for an issuer on this machine only
        if not all(
            is_safe(url) and url.startswith(scheme)
            for url in (found.authorization_endpoint, found.token_endpoint, found.jwks_uri)
        ):
            raise OidcUnavailable("The provider names an address without https.")
        return found


def _read_keys(body: bytes) -> list[dict[str, Any]]:
    try:
        return msgspec.json.decode(body, type=Keys).keys[:KEYS_MAX]
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise OidcUnavailable from None


def _among(keys: list[dict[str, Any]], algorithm: str, name: str | None) -> Key | None:
    """A token without a name for its key counts only where one key fits."""
    family, kind = _TYPES[algorithm]
    fit = [
        key for key in keys
        if key.get("kty") == family and key.get("use", "sig") == "sig" and key.get("alg", algorithm) == algorithm
        and (name is None or key.get("kid") == name)
    ]  # fmt: skip
    if len(fit) != 1:
        return None
    try:
        key = JWKRegistry.import_key(fit[0])
    except (JoseError, ValueError, TypeError):
        return None
    weak = isinstance(key, RSAKey) and key.public_key.key_size < RSA_BITS_MIN
    return key if isinstance(key, kind) and not weak else None
