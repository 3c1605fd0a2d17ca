"""Devices an account has signed in on: only a successful sign-in, or a reset by mail, gives a device its cookie.

Guesses from elsewhere cannot use up what such a device may try, so they lock nobody out.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

from core.limits import Limiter, Rate
from people.security.budgets import Budget, Budgets

NAME_BYTES = 16
COOKIE_CHARS_MAX = 200
LIFE_S = 365 * 24 * 3600
DEVICE_RATE = Rate(10, 300)  # attempts for an account, right or wrong, on a device it was signed in on
NETWORK_RATE = Rate(10, 300)  # from one network, on all other devices
ACCOUNT_RATE = Rate(100, 3600)  # from all networks, on all other devices
CODE_RATE = Rate(5, 3600)  # codes of a second factor: who knows the password guesses one in eight years


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
    """Limits on password attempts, by account, network and device: a quick one in this process, which bounds what a
    flood writes, then one that all processes share. What either refuses reaches no hash.

    The number of the quick one's keys is bounded as in `Limiter`, and one that is in use is never the one dropped.
    """

    def __init__(self, limiter: Limiter, budgets: Budgets | None = None) -> None:
        self._limiter = limiter
        self._budgets = budgets

    def count(self, handle: str, network: str, device: str) -> None:
        """Before a password is verified. `device`: empty unless it is a known one of this account. Raises RateExceeded.

        Whether the account exists makes no difference. Blocks.
        """
        if device:
            budgets = [Budget("password on a device", f"{handle} {device}", DEVICE_RATE)]
        else:
            budgets = [
                Budget("password from a network", f"{handle} {network}", NETWORK_RATE),
                Budget("password for an account", handle, ACCOUNT_RATE),
            ]
        self._count(budgets)

    def count_code(self, person: str, device: str) -> None:
        """Before a code of a second factor is verified, for whom the password was right. Raises RateExceeded."""
        where = f"{person} {device}" if device else person
        self._count([Budget("code on a device" if device else "code", where, CODE_RATE)])

    def _count(self, budgets: list[Budget]) -> None:
        for budget in budgets:
            self._limiter.consume(budget.name, budget.key, budget.rate)
        if self._budgets is not None and self._limiter.enabled:
            self._budgets.spend(*budgets)


def _proof(password_hash: str, device: str) -> str:
    return hmac.new(password_hash.encode(), f"device {device}".encode(), hashlib.sha256).hexdigest()
