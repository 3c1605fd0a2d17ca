"""Passkeys against an authenticator written here: what it must prove, and what is refused.

Chromium's own one is in `tests/browser/account/test_security.py`.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, encode_cbor

from cadeau.app import Cadeau
from people.security.challenges import LIFE_MS
from people.security.passkey_routes import PASSKEY_SIGN_IN_RATE
from people.security.passkeys import PASSKEYS_PER_PERSON_MAX, can_have_passkeys
from tests.people.security.conftest import MovedClock, join, said, sign_in

PRESENT, VERIFIED, ATTESTED = 1, 4, 64
BOTH = PRESENT | VERIFIED
ORIGIN = "http://localhost:8080"


class Authenticator:
    """One passkey on a device."""

    def __init__(self, origin: str = ORIGIN, rp: str = "localhost") -> None:
        self.origin, self.rp = origin, rp
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = secrets.token_bytes(16)
        self.count = 0
        self.user = b""

    def _data(self, flags: int) -> bytes:
        return hashlib.sha256(self.rp.encode()).digest() + bytes([flags]) + self.count.to_bytes(4)

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": f"webauthn.{kind}", "challenge": challenge, "origin": self.origin}).encode()

    def made(self, options: dict[str, Any], flags: int = BOTH) -> dict[str, Any]:
        """What `navigator.credentials.create` gives."""
        assert options["authenticatorSelection"]["residentKey"] == "required"
        assert options["authenticatorSelection"]["userVerification"] == "required"
        self.user = base64url_to_bytes(options["user"]["id"])
        numbers = self.key.public_key().public_numbers()
        public = encode_cbor({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)})
        data = self._data(flags | ATTESTED) + bytes(16) + len(self.id).to_bytes(2) + self.id + public
        attestation = encode_cbor({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("create", options["challenge"])
        response = {"clientDataJSON": bytes_to_base64url(client), "attestationObject": bytes_to_base64url(attestation)}
        return self._credential(response)

    def used(self, options: dict[str, Any], flags: int = BOTH) -> dict[str, Any]:
        """What `navigator.credentials.get` gives."""
        assert options["userVerification"] == "required"
        data, client = self._data(flags), self._client("get", options["challenge"])
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        response = {
            "clientDataJSON": bytes_to_base64url(client), "authenticatorData": bytes_to_base64url(data),
            "signature": bytes_to_base64url(signature), "userHandle": bytes_to_base64url(self.user),
        }  # fmt: skip
        return self._credential(response)

    def _credential(self, response: dict[str, str]) -> dict[str, Any]:
        id = bytes_to_base64url(self.id)  # noqa: A001
        return {"id": id, "rawId": id, "type": "public-key", "response": response, "clientExtensionResults": {}}


async def register(
    http: httpx.AsyncClient, who: dict[str, str], device: Authenticator, flags: int = BOTH
) -> httpx.Response:
    options = (await http.post("/api/security/passkey-options", headers=who)).json()["options"]
    body = {"name": "Laptop", "credential": device.made(options, flags)}
    return await http.post("/api/security/passkeys", json=body, headers=who)


async def enter(http: httpx.AsyncClient, device: Authenticator, flags: int = BOTH) -> httpx.Response:
    begun = (await http.post("/api/passkey-sessions/options")).json()
    body = {"credential": device.used(begun["options"], flags), "ticket": begun["ticket"]}
    answer = await http.post("/api/passkey-sessions", json=body)
    http.cookies.clear()
    return answer


async def test_a_passkey_is_made_used_and_removed(http: httpx.AsyncClient, cadeau: Cadeau, moved: MovedClock) -> None:
    ada = await join(http, "ada")
    other = {"Authorization": f"Bearer {(await sign_in(http, 'ada')).json()['token']}"}
    device = Authenticator()
    made = await register(http, ada, device)
    assert made.status_code == 201, made.text
    codes = made.json()["recovery_codes"]
    assert len(codes) == 10
    assert (await http.get("/api/people/me", headers=other)).status_code == 401
    device.count = 1
    entered = await enter(http, device)
    assert (entered.status_code, entered.json()["handle"]) == (201, "ada")
    assert said(await sign_in(http, "ada")) == (403, "second_factor_needed"), "the password alone is no longer enough"
    assert (await sign_in(http, "ada", code=codes[0])).status_code == 201

    moved.later_ms += LIFE_MS
    begun = (await http.post("/api/sessions/current/step-up/options", headers=ada)).json()["options"]
    assert [one["id"] for one in begun["allowCredentials"]] == [bytes_to_base64url(device.id)]
    device.count = 2
    body = {"credential": device.used(begun)}
    assert (await http.post("/api/sessions/current/step-up/passkey", json=body, headers=ada)).status_code == 204
    [key] = (await http.get("/api/security", headers=ada)).json()["passkeys"]
    assert key["name"] == "Laptop"
    bob = await join(http, "bob")
    assert said(await http.delete(f"/api/security/passkeys/{key['id']}", headers=bob)) == (404, "not_found")
    assert (await http.delete(f"/api/security/passkeys/{key['id']}", headers=ada)).status_code == 204
    device.count = 3
    assert said(await enter(http, device)) == (403, "passkey_refused")
    assert (await sign_in(http, "ada")).status_code == 201


async def test_what_does_not_prove_enough_is_refused(http: httpx.AsyncClient, moved: MovedClock) -> None:
    ada, bob = await join(http, "ada"), await join(http, "bob")
    refused = (403, "passkey_refused")
    assert said(await register(http, ada, Authenticator(), PRESENT)) == refused, "who uses it was not verified"
    assert said(await register(http, ada, Authenticator(origin="https://evil.example"))) == refused
    assert said(await register(http, ada, Authenticator(rp="evil.example"))) == refused
    device = Authenticator()
    assert (await register(http, ada, device)).status_code == 201
    assert said(await register(http, bob, device)) == refused, "it is somebody else's"
    device.count = 1
    assert said(await enter(http, device, PRESENT)) == refused
    assert said(await enter(http, device, VERIFIED)) == refused
    thief = Authenticator()
    thief.id = device.id
    thief.count = 1
    assert said(await enter(http, thief)) == refused
    assert (await enter(http, device)).status_code == 201
    assert said(await enter(http, device)) == refused, "a copy counts on from an older number"

    begun = (await http.post("/api/passkey-sessions/options")).json()
    device.count = 2
    body = {"credential": device.used(begun["options"]), "ticket": begun["ticket"]}
    assert said(await http.post("/api/passkey-sessions", json={**body, "ticket": "another"})) == refused
    assert (await http.post("/api/passkey-sessions", json=body)).status_code == 201
    http.cookies.clear()
    device.count = 3
    assert said(await http.post("/api/passkey-sessions", json=body)) == refused, "a challenge counts once"
    begun = (await http.post("/api/passkey-sessions/options")).json()
    moved.later_ms += LIFE_MS
    body = {"credential": device.used(begun["options"]), "ticket": begun["ticket"]}
    assert said(await http.post("/api/passkey-sessions", json=body)) == refused, "and not for ever"
    step_up = (await http.post("/api/sessions/current/step-up/options", headers=bob)).json()["options"]
    body = {"credential": device.used(step_up)}
    path = "/api/sessions/current/step-up/passkey"
    assert said(await http.post(path, json=body, headers=bob)) == refused, "it is somebody else's"


@pytest.mark.parametrize(
    "credential", [{}, {"id": 7}, {"id": "AA"}, {"id": "é"}, {"id": "AA", "response": {"clientDataJSON": "!"}}]
)
async def test_a_broken_credential_is_refused(http: httpx.AsyncClient, credential: dict[str, Any]) -> None:
    ada = await join(http, "ada")
    begun = (await http.post("/api/passkey-sessions/options")).json()
    body = {"credential": credential, "ticket": begun["ticket"]}
    assert said(await http.post("/api/passkey-sessions", json=body)) == (403, "passkey_refused")
    await http.post("/api/security/passkey-options", headers=ada)
    body = {"credential": credential, "name": "x"}
    assert said(await http.post("/api/security/passkeys", json=body, headers=ada)) == (403, "passkey_refused")


async def test_a_device_without_a_counter_is_fine_and_the_number_of_passkeys_is_bounded(
    http: httpx.AsyncClient, cadeau: Cadeau
) -> None:
    cadeau.asgi.state.gate.limiter.enabled = False
    ada = await join(http, "ada")
    device = Authenticator()
    for _ in range(PASSKEYS_PER_PERSON_MAX - 1):
        assert (await register(http, ada, Authenticator())).status_code == 201
    assert (await register(http, ada, device)).json() == {"recovery_codes": []}
    assert said(await register(http, ada, Authenticator())) == (409, "conflict")
    for _ in range(3):
        assert (await enter(http, device)).status_code == 201


async def test_strangers_begin_a_bounded_number_of_sign_ins(http: httpx.AsyncClient) -> None:
    path = "/api/passkey-sessions/options"
    answers = [(await http.post(path)).status_code for _ in range(PASSKEY_SIGN_IN_RATE.count + 1)]
    assert answers == [200] * PASSKEY_SIGN_IN_RATE.count + [429]


@pytest.mark.parametrize(
    ("url", "can"),
    [
        ("https://live.example.org", True), ("http://localhost:8080", True), ("http://live.example.org", False),
        ("http://127.0.0.1:8080", False), ("https://[::1]", False), ("https://192.0.2.1", False),
    ],
)  # fmt: skip
def test_passkeys_need_a_name_and_a_secure_page(url: str, can: bool) -> None:
    assert can_have_passkeys(url) == can
