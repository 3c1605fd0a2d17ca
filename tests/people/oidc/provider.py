"""An OpenID Connect provider of our own: it really listens, and says what a test wants it to say."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from joserfc import jws
from joserfc.jwk import ECKey, OKPKey, RSAKey

from tests.people.oidc.unwarned import REGISTRY

CLIENT, SECRET = "cadeau-client", "s:ecret/"
Key = RSAKey | ECKey | OKPKey


def _key(private: Any, kind: Any, name: str) -> Any:
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return kind.import_key(pem, {"kid": name, "use": "sig"})


def rsa_key(name: str) -> RSAKey:
    made: RSAKey = _key(rsa.generate_private_key(65_537, 2_048), RSAKey, name)
    return made


class Provider:
    """`claims`: what its tokens say beside what is right. `algorithm`, `key`: how they are signed."""

    def __init__(self) -> None:
        self.keys: dict[str, Key] = {
            "RS256": rsa_key("rsa"),
            "ES256": _key(ec.generate_private_key(ec.SECP256R1()), ECKey, "ec"),
            "EdDSA": _key(ed25519.Ed25519PrivateKey.generate(), OKPKey, "ed"),
        }
        self.issuer = ""
        self.reset()

    def reset(self) -> None:
        self.claims: dict[str, Any] = {}
        self.algorithm = "RS256"
        self.forge: Any = None  # (provider, claims) -> token
        self.broken: dict[str, str] = {}  # path -> how
        self.document: dict[str, Any] = {}
        self.asked: list[str] = []
        self.codes: dict[str, dict[str, str]] = {}

    def page(self, query: dict[str, str]) -> str:
        """What the browser is sent back to: its person agrees at once."""
        assert (query["client_id"], query["response_type"]) == (CLIENT, "code")
        assert query["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self.codes[code] = query
        given = {"code": code, "state": query["state"], "session_state": "of its own"}
        return f"{query['redirect_uri']}?{urlencode(given)}"

    def redeem(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        begun = self.codes.pop(form["code"], None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=")
        basic = base64.b64encode(f"{CLIENT}:s%3Aecret%2F".encode()).decode()
        if (
            begun is None or challenge.decode() != begun["code_challenge"] or authorization != f"Basic {basic}"
            or form["redirect_uri"] != begun["redirect_uri"]
        ):  # fmt: skip
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        claims = {"iss": self.issuer, "sub": "ada", "aud": CLIENT, "exp": now + 300, "iat": now,
                  "nonce": begun["nonce"]} | self.claims  # fmt: skip
        claims = {name: value for name, value in claims.items() if value is not None}
        return 200, {"access_token": "x", "token_type": "Bearer", "id_token": self.token(claims)}

    def token(self, claims: dict[str, Any]) -> str:
        if self.forge is not None:
            forged: str = self.forge(self, claims)
            return forged
        key = self.keys[self.algorithm]
        header = {"alg": self.algorithm, "kid": key.kid}
        return jws.serialize_compact(header, json.dumps(claims), key, registry=REGISTRY)

    def answer(self, path: str) -> dict[str, Any]:
        if path == "/jwks":
            return {"keys": [key.as_dict(private=False) for key in self.keys.values()]}
        return {
            "issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token", "jwks_uri": f"{self.issuer}/jwks",
        } | self.document  # fmt: skip


def unsigned(_: Provider, claims: dict[str, Any]) -> str:
    return ".".join(_part(part) for part in ({"alg": "none"}, claims)) + "."


def signed_with_what_all_know(provider: Provider, claims: dict[str, Any]) -> str:
    """HS256, with the public key as the secret."""
    public = provider.keys["RS256"].as_pem(private=False)
    signed = f"{_part({'alg': 'HS256', 'kid': 'rsa'})}.{_part(claims)}"
    return f"{signed}.{_text(hmac.digest(public, signed.encode(), 'sha256'))}"


def signed_by_another(_: Provider, claims: dict[str, Any]) -> str:
    return jws.serialize_compact({"alg": "RS256", "kid": "rsa"}, json.dumps(claims), rsa_key("rsa"), registry=REGISTRY)


def of_another_type(provider: Provider, claims: dict[str, Any]) -> str:
    """It names a key that its algorithm is not for."""
    return jws.serialize_compact({"alg": "ES256", "kid": "rsa"}, json.dumps(claims), provider.keys["ES256"],
                                 registry=REGISTRY)  # fmt: skip


def _part(content: dict[str, Any]) -> str:
    return _text(json.dumps(content).encode())


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@contextmanager
def listening() -> Iterator[Provider]:
    provider = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            at = urlsplit(self.path)
            provider.asked.append(at.path)
            if at.path == "/authorize":
                self.send_response(303)
                self.send_header("Location", provider.page({k: v[0] for k, v in parse_qs(at.query).items()}))
                self.send_header("Content-Length", "0")
                self.end_headers()
            else:
                self._say(at.path, 200, provider.answer(at.path))

        def do_POST(self) -> None:
            provider.asked.append(self.path)
            text = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(text).items()}
            self._say(self.path, *provider.redeem(form, self.headers.get("Authorization", "")))

        def _say(self, path: str, status: int, content: dict[str, Any]) -> None:
            how, body = provider.broken.get(path, ""), json.dumps(content).encode()
            if how == "down":
                status = 500
            elif how == "elsewhere":
                status = 302
            elif how == "huge":
                body = body[:-1] + b', "more": "' + b"x" * 400_000 + b'"}'
            elif how == "nonsense":
                body = b"<html>"
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            if how == "elsewhere":
                self.send_header("Location", f"{provider.issuer}{path}2")
            self.end_headers()
            for at in range(0, len(body), len(body) if how != "slow" else 8):
                if how == "slow":
                    time.sleep(0.1)
                try:
                    self.wfile.write(body[at : at + (len(body) if how != "slow" else 8)])
                except OSError:
                    return

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield provider
    server.shutdown()
    server.server_close()
    thread.join()
