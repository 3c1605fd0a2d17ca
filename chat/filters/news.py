"""Tells open connections that the lines which wait in their room have changed, on every node.

The bus carries no text: moderators read the list over HTTP. Whoever misses it reads again soon.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from core.bus import Bus

TOPIC = "held"
TELL_S = 0.25  # so that many lines are one piece of news

Decided = tuple[str, str]
"""The writer's id and the client's id of a line that was refused."""
OnChange = Callable[[set[Decided]], None]


class HeldNews:
    """Use it on the event loop."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._watching: dict[str, set[OnChange]] = {}
        self._due: dict[str, set[Decided]] = {}  # of rooms that are watched; emptied after TELL_S
        bus.subscribe(TOPIC, self._on_bus)

    def watch(self, room: str, on_change: OnChange) -> Callable[[], None]:
        """Call `on_change`, which must not block or raise, until the returned function is called."""
        self._watching.setdefault(room, set()).add(on_change)

        def unwatch() -> None:
            watching = self._watching.get(room, set())
            watching.discard(on_change)
            if not watching:
                self._watching.pop(room, None)

        return unwatch

    def announce(self, room: str, refused: Decided = ("", "")) -> None:
        """A change is committed. `refused`: whose line it was, if it is not shown."""
        self._expect(room, refused)
        self._bus.publish(TOPIC, " ".join((room, *refused)).encode())

    def _on_bus(self, message: bytes) -> None:
        room, person, line = message.decode().split(" ")
        self._expect(room, (person, line))

    def _expect(self, room: str, refused: Decided) -> None:
        if room not in self._watching:
            return
        if room not in self._due:
            self._due[room] = set()
            asyncio.get_running_loop().call_later(TELL_S, self._tell, room)
        if refused[0]:
            self._due[room].add(refused)

    def _tell(self, room: str) -> None:
        refused = self._due.pop(room, set())
        for on_change in list(self._watching.get(room, ())):
            on_change(refused)
