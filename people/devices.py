"""Devices an account has signed in on: only a successful sign-in gives a device its cookie.

Guesses from elsewhere cannot use up what such a device may try, so they lock nobody out.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

from core.limits import Limiter, Rate

NAME_BYTES = 16
COOKIE_CHARS_MAX = 200
LIFE_S = 365 * 24 * 3600
DEVICE_RATE = Rate(10, 300)  # attempts for an account, right or wrong, on a device it was signed in on
NETWORK_RATE = Rate(10, 300)  # from one network, on all other devices
ACCOUNT_RATE = Rate(100, 3600)  # from all networks, on all other devices


def cookie_for(password_hash: str, device: str = "") -> str:
    """The cookie of a device, or of a new one. It ends when the password changes: its key is the stored hash, which
    never leaves the server."""
    device = device or secrets.token_urlsafe(NAME_BYTES)
    return f"{device}.{_proof(password_hash, device)}"


def device_in(cookie: str, password_hash: str) -> str:
    """The device's name, if this account was signed in on it, else an empty string."""
    device, _, proof = cookie.partition(".")
    if not device or len(cookie) > COOKIE_CHARS_MAX or not cookie.isascii():
        return ""
    return device if hmac.compare_digest(proof, _proof(password_hash, device)) else ""


class Attempts:
    """Limits on password attempts, by account and device. The number of keys is bounded as in `Limiter`, and one that
    is in use is never the one dropped."""

    def __init__(self, limiter: Limiter) -> None:
        self._limiter = limiter

    def count(self, handle: str, network: str, device: str) -> None:
        """Before a password is verified. `device`: empty unless it is a known one of this account. Raises RateExceeded.

        Whether the account exists makes no difference.
        """
        if device:
            self._limiter.consume("password on a device", f"{handle} {device}", DEVICE_RATE)
        else:
            self._limiter.consume("password from a network", f"{handle} {network}", NETWORK_RATE)
            self._limiter.consume("password for an account", handle, ACCOUNT_RATE)


def _proof(password_hash: str, device: str) -> str:
    return hmac.new(password_hash.encode(), f"device {device}".encode(), hashlib.sha256).hexdigest()
