"""The provider: where to send a browser, and who comes back (code flow with PKCE)."""

from __future__ import annotations

import base64
import hashlib
from typing import Annotated
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from core.clock import Clock
from core.settings import Settings
from people.errors import OidcOff, OidcRefused, OidcUnavailable
from people.oidc import calls
from people.oidc.keys import Discovery
from people.oidc.tokens import TOKEN_CHARS_MAX, Claims, verified

SCOPES = "openid email profile"


class Redeemed(msgspec.Struct, frozen=True):
    id_token: Annotated[str, msgspec.Meta(max_length=TOKEN_CHARS_MAX)]


class Provider:
    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.issuer = settings.oidc_issuer
        self._client = settings.oidc_client_id
        self._secret = settings.oidc_client_secret
        self._name = settings.oidc_name
        self._back = f"{settings.base_url}/api/oidc/callback"
        self._clock = clock
        self._discovery = Discovery(self.issuer, clock)

    @property
    def name(self) -> str:
        """As people know it; empty: there is none."""
        return (self._name or urlsplit(self.issuer).hostname or "") if self.issuer else ""

    def must_be_on(self) -> None:
        """Raises OidcOff."""
        if not self.issuer:
            raise OidcOff

    async def address(self, state: str, nonce: str, verifier: str, *, again: bool) -> str:
        """Where to send the browser. `again`: the provider is to ask anew who it is. Raises OidcUnavailable."""
        digest = hashlib.sha256(verifier.encode()).digest()
        query = {
            "response_type": "code", "client_id": self._client, "redirect_uri": self._back, "scope": SCOPES,
            "state": state, "nonce": nonce, "code_challenge_method": "S256",
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        } | ({"prompt": "login"} if again else {})  # fmt: skip
        endpoint = (await self._discovery.document()).authorization_endpoint
        return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{urlencode(query)}"

    async def redeem(self, code: str, verifier: str, nonce: str) -> Claims:
        """Whom the provider has sent back with this code. Raises OidcRefused, OidcUnavailable."""
        document = await self._discovery.document()
        form = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": self._back, "code_verifier": verifier,
        }  # fmt: skip
        basic, ways = None, document.token_endpoint_auth_methods_supported
        if self._secret and ("client_secret_basic" in ways or "client_secret_post" not in ways):
            basic = quote(self._client, safe=""), quote(self._secret, safe="")  # RFC 6749, 2.3.1
        else:
            form |= {"client_id": self._client} | ({"client_secret": self._secret} if self._secret else {})
        answer = await calls.post(document.token_endpoint, form, basic)
        if answer.status >= 500:
            raise OidcUnavailable
        try:
            token = msgspec.json.decode(answer.body, type=Redeemed).id_token
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise OidcRefused from None
        if answer.status != 200:
            raise OidcRefused
        return await verified(
            token, self._discovery, issuer=self.issuer, client=self._client, nonce=nonce, now_ms=self._clock()
        )
