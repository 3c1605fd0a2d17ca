"""Who looks at the feed: a person, or a visitor under a pseudonym."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, replace

from core.clock import Clock
from core.http import Call, RequestGate
from core.identity import Identity
from core.text.languages import Language, accepted_languages, written_language

_DAY_MS = 86_400_000
PSEUDONYM_PREFIX = "~"
AGENT_CHARS_MAX = 500


@dataclass(frozen=True, slots=True)
class Viewer:
    id: str  # a person's id, or a pseudonym
    who: Identity | None
    network: str = ""  # where the request came from
    opted_out: bool = False  # the browser asks for privacy (Global Privacy Control)
    languages: frozenset[str] = frozenset()  # that the viewer reads, primary subtags
    language: Language = "en"  # the one that this server writes to them
    country: str = ""  # where the request comes from, as far as a trusted proxy says
    agent: str = ""  # the browser, as it names itself; nothing of it is kept


class Viewers:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._salt = secrets.token_bytes(16)

    def viewer(self, who: Identity | None, network: str) -> Viewer:
        return Viewer(who.id if who is not None else self.pseudonym(network), who, network)

    def of(self, call: Call) -> Viewer:
        """Whoever sent a request."""
        gate: RequestGate = call.request.app.state.gate
        headers = call.request.headers
        return replace(
            self.viewer(call.who, gate.address(call.request)),
            opted_out=gate.opted_out(call.request) or (call.who is not None and call.who.opted_out),
            languages=frozenset(accepted_languages(headers.get("accept-language", ""))),
            language=written_language(headers.get("accept-language", "")),
            country=gate.country(call.request),
            agent=headers.get("user-agent", "")[:AGENT_CHARS_MAX],
        )

    def pseudonym(self, address: str) -> str:
        """Names a visitor: the same for a day in this process, and no way back to the address."""
        text = f"{self._clock() // _DAY_MS} {address}"
        return PSEUDONYM_PREFIX + hashlib.blake2s(text.encode(), key=self._salt, digest_size=12).hexdigest()


def session_profile(session: str) -> str:
    """A visitor's profile: it belongs to one swipe session, and nobody can come back to it."""
    return PSEUDONYM_PREFIX + session
