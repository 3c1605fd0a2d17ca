"""Who looks at the feed: a person, or a visitor under a pseudonym."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

from core.clock import Clock
from core.identity import Identity

_DAY_MS = 86_400_000
PSEUDONYM_PREFIX = "~"


@dataclass(frozen=True, slots=True)
class Viewer:
    id: str  # a person's id, or a pseudonym
    who: Identity | None


class Viewers:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._salt = secrets.token_bytes(16)

    def viewer(self, who: Identity | None, address: str) -> Viewer:
        return Viewer(who.id if who is not None else self.pseudonym(address), who)

    def pseudonym(self, address: str) -> str:
        """Names a visitor: the same for a day in this process, and no way back to the address."""
        text = f"{self._clock() // _DAY_MS} {address}"
        return PSEUDONYM_PREFIX + hashlib.blake2s(text.encode(), key=self._salt, digest_size=12).hexdigest()
