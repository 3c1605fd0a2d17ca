"""Seats: the sessions that watch on this node, which of them count as viewers, and who gives way when seats are short.

A preview, such as a page of live rooms shows, takes a seat only while no viewer needs it, and counts as nobody. Several
sessions of one person are one viewer. A session that has not connected yet costs its client nothing, so these are
limited for each network and in total: the oldest ones make room for new ones.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

from live.errors import ViewersFull

PREVIEW_S_MAX = 60.0
CONNECTING_MAX = 1_024  # sessions that have not connected yet
CONNECTING_PER_NETWORK_MAX = 64  # of them from one IPv4 address or one IPv6 /64


@dataclass(frozen=True, slots=True)
class Watcher:
    """Who asks to watch. `viewer` is the same for all sessions of one person; empty: each session is a viewer."""

    network: str = ""  # an IPv4 address or an IPv6 /64
    viewer: str = ""
    preview: bool = False
    hosts: bool = False  # it is the room's host, who is no viewer


@dataclass(frozen=True, slots=True)
class Seat:
    room: str
    session: str
    watcher: Watcher
    taken_at: float  # monotonic seconds

    @property
    def counts(self) -> bool:
        return not self.watcher.preview and not self.watcher.hosts

    @property
    def person(self) -> str:
        return self.watcher.viewer or f"session {self.session}"


class Seats:
    def __init__(self, seats_max: int) -> None:
        self._seats_max = seats_max
        # By session, the oldest first:
        self._seats: dict[str, Seat] = {}
        self._previews: dict[str, Seat] = {}
        self._connecting: dict[str, Seat] = {}
        self._connecting_by_network: defaultdict[str, dict[str, Seat]] = defaultdict(dict)
        self._viewers: defaultdict[str, Counter[str]] = defaultdict(Counter)  # connected sessions by room and person

    def yielding(self, watcher: Watcher) -> list[Seat]:
        """The seats to be released so that this watcher gets one. Raises ViewersFull."""
        same_network = self._connecting_by_network.get(watcher.network, {})
        if len(same_network) >= CONNECTING_PER_NETWORK_MAX:
            return [_oldest(same_network)]
        full = len(self._seats) >= self._seats_max
        if full and self._previews and not watcher.preview:
            return [_oldest(self._previews)]
        if len(self._connecting) >= CONNECTING_MAX or (full and self._connecting and not watcher.preview):
            return [_oldest(self._connecting)]
        if full:
            raise ViewersFull
        return []

    def take(self, seat: Seat) -> None:
        """Call it after the seats of `yielding` have been released."""
        self._seats[seat.session] = self._connecting[seat.session] = seat
        self._connecting_by_network[seat.watcher.network][seat.session] = seat
        if seat.watcher.preview:
            self._previews[seat.session] = seat

    def connected(self, session: str) -> None:
        seat = self._connecting.get(session)
        if seat is None:
            return
        self._stop_connecting(seat)
        if seat.counts:
            self._viewers[seat.room][seat.person] += 1

    def release(self, session: str) -> None:
        """Does nothing if it has no seat."""
        seat = self._seats.pop(session, None)
        if seat is None:
            return
        self._previews.pop(session, None)
        if session in self._connecting:
            self._stop_connecting(seat)
        elif seat.counts:
            people = self._viewers[seat.room]
            people[seat.person] -= 1
            if not people[seat.person]:
                del people[seat.person]
            if not people:
                del self._viewers[seat.room]

    def _stop_connecting(self, seat: Seat) -> None:
        del self._connecting[seat.session]
        same_network = self._connecting_by_network[seat.watcher.network]
        del same_network[seat.session]
        if not same_network:
            del self._connecting_by_network[seat.watcher.network]

    def viewers(self, room: str) -> int:
        """How many people watch it."""
        return len(self._viewers.get(room, ()))

    def expired(self, now: float) -> list[Seat]:
        """Previews that have lasted for PREVIEW_S_MAX."""
        expired = []
        for seat in self._previews.values():
            if now - seat.taken_at <= PREVIEW_S_MAX:
                break
            expired.append(seat)
        return expired


def _oldest(seats: dict[str, Seat]) -> Seat:
    return next(iter(seats.values()))
