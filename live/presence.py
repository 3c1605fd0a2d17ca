"""Presence: which rooms have media here. Written to SQL first, then announced to listeners."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from core.outages import is_outage
from live.nodes import Claim
from live.ownership import Ownership

RETRY_S = 1.0  # after the database refused a write

PresenceListener = Callable[[str, bool], None]
"""Called on the event loop with the room's id: its publisher's media came (back), or stopped."""

log = structlog.get_logger("live")


@dataclass(slots=True)
class _Media:
    """A room's media: its actual state, the state in SQL, and the state announced."""

    claim: Claim
    live: bool = False  # media has arrived
    sending: bool = False  # media arrives now
    taken: bool = True  # a publisher is connected or has just connected
    over: bool = False
    written_live: bool = False
    announced: bool = False
    written_taken: bool = True  # as the claim does

    @property
    def changed(self) -> bool:
        known = self.written_live, self.announced, self.written_taken
        return self.over or known != (self.live, self.sending, self.taken)


class Presence:
    def __init__(self, ownership: Ownership) -> None:
        self._ownership = ownership
        self._rooms: dict[str, _Media] = {}
        self._due: dict[str, None] = {}  # rooms whose changes are to be written
        self._became_due = asyncio.Event()
        self._listeners: list[PresenceListener] = []

    def listen(self, listener: PresenceListener) -> None:
        self._listeners.append(listener)

    @property
    def sending(self) -> int:
        """How many rooms a publisher sends to."""
        return sum(media.sending for media in list(self._rooms.values()))

    def is_live(self, room: str) -> bool:
        """Whether it can be watched here: media has arrived, though perhaps not recently."""
        media = self._rooms.get(room)
        return media is not None and media.live and not media.over

    # -- what the sessions report ----------------------------------------------------------------

    def open(self, claim: Claim) -> None:
        """The room was claimed for a publisher who is about to connect."""
        media = self._rooms.get(claim.room)
        if media is None or media.claim != claim:
            media = self._rooms[claim.room] = _Media(claim)
        elif media.over:  # the end is not written yet: the media continues
            media.over = media.live = media.sending = False
        media.taken = media.written_taken = True

    def update(self, room: str, *, sending: bool, taken: bool) -> None:
        """Ten times a second."""
        media = self._rooms.get(room)
        if media is not None and (sending, taken) != (media.sending, media.taken):
            media.sending, media.taken = sending, taken
            media.live |= sending
            self._make_due(room)

    def close(self, room: str) -> None:
        """The room's media has ended: it becomes idle."""
        media = self._rooms.get(room)
        if media is not None:
            media.over, media.sending, media.taken = True, False, False
            self._make_due(room)

    def forget(self, room: str) -> None:
        """The room has ended: nothing more is written about it."""
        media = self._rooms.pop(room, None)
        if media is not None and media.announced:
            self._announce(room, False)

    def drop(self, room: str) -> None:
        """Another node owns the room and announces its state from now on."""
        self._rooms.pop(room, None)

    # -- writing ---------------------------------------------------------------------------------

    async def run(self) -> None:
        while True:
            await self._became_due.wait()
            self._became_due.clear()
            while self._due:
                room = next(iter(self._due))  # the oldest: one that fails again and again does not block the others
                del self._due[room]
                try:
                    async with self._ownership.lock(room):
                        media = self._rooms.get(room)
                        if media is not None and media.changed:
                            await self._write(room, media)
                except Exception as error:
                    if not is_outage(error):
                        log.exception("room_state_not_written", room=room)
                    self._due[room] = None
                    await asyncio.sleep(RETRY_S)

    async def _write(self, room: str, media: _Media) -> None:
        """Write first and announce only what was written: otherwise a paused node could announce rooms it lost."""
        if media.over:
            if await self._ownership.went_idle(media.claim) and media.announced:
                self._announce(room, False)
            if self._rooms.get(room) is media:
                del self._rooms[room]
            return
        live, sending, taken = media.live, media.sending, media.taken
        if live and not media.written_live:
            ours = await self._ownership.went_live(media.claim)
            ours = ours and (taken or await self._ownership.set_publishing(media.claim, False))
        else:
            ours = await self._ownership.set_publishing(media.claim, taken)
        if not ours:
            self._ownership.lose(media.claim)
            return
        if self._rooms.get(room) is not media:  # it ended meanwhile
            return
        media.written_live, media.written_taken = live, taken
        if sending != media.announced:
            media.announced = sending
            self._announce(room, sending)
        if media.changed:
            self._make_due(room)

    def _make_due(self, room: str) -> None:
        self._due[room] = None
        self._became_due.set()

    def _announce(self, room: str, sending: bool) -> None:
        for listener in self._listeners:
            listener(room, sending)
