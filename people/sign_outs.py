"""Sign-outs: whoever acts for a session, such as an open socket, hears at once that it has ended, on any node; and
likewise that what its person may do has changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from core.bus import Bus, publish_from_outside
from core.settings import Settings
from people.sessions import digest_of

TOPIC = "sign-outs"


class SignOuts:
    """Use it on the event loop. The bus may lose a message; then the next look at the session's row must do."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._watching: dict[bytes, set[Callable[[], None]]] = {}  # as many as there are open sockets
        bus.subscribe(TOPIC, self._tell)

    def watch(self, token: str, on_end: Callable[[], None]) -> Callable[[], None]:
        """Call `on_end`, which must not block or raise, when this token's session ends, until the returned function is
        called."""
        return self._watch(digest_of(token), on_end)

    def _watch(self, digest: bytes, on_end: Callable[[], None]) -> Callable[[], None]:
        self._watching.setdefault(digest, set()).add(on_end)

        def unwatch() -> None:
            watching = self._watching.get(digest, set())
            watching.discard(on_end)
            if not watching:
                self._watching.pop(digest, None)

        return unwatch

    def announce(self, token: str) -> None:
        """A session has ended: in this process first, then on the other nodes."""
        self.announce_digest(digest_of(token))

    def announce_digest(self, digest: bytes) -> None:
        """The same, for who knows only what is stored of the token."""
        self._tell(digest)
        self._bus.publish(TOPIC, digest)

    def watch_person(self, person: str, on_change: Callable[[], None]) -> Callable[[], None]:
        """Call `on_change`, which must not block or raise, whenever what this person may do has changed."""
        return self._watch(_person(person), on_change)

    def announce_person(self, person: str) -> None:
        """What this person may do has changed: their identity is to be looked up again."""
        self.announce_digest(_person(person))

    def _tell(self, digest: bytes) -> None:
        for on_end in list(self._watching.get(digest, ())):
            on_end()


def announce_from_outside(settings: Settings, digests: Sequence[bytes]) -> bool:
    """For commands: sessions have ended. Whether open connections can have heard of it. Blocks."""
    return publish_from_outside(settings, TOPIC, digests)


def _person(person: str) -> bytes:
    return b"person " + person.encode()
