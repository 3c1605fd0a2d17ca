"""A hall: one room as this node sees it. What has been heard, what has been told, who is there. No I/O.

Events arrive in `hear`, in order or not at all; a tick takes what there is to tell with `take` and writes it to all.
A newcomer's welcome goes exactly up to what has been taken, so between history and live nothing is missed or doubled.
"""

from __future__ import annotations

from collections.abc import Iterable

from chat import wire
from chat.events import Counts, Gap, News, Welcome, You, decode_head, encode, encoded_taken_back
from chat.socket import Outlet
from live.rooms import RoomState

HISTORY_EVENTS = 50
RESUME_EVENTS_MAX = 500  # a client further behind gets a gap and reads the rest over HTTP
TAIL_EVENTS_MAX = RESUME_EVENTS_MAX

_STATES: dict[str, RoomState] = {"started": "live", "stopped": "idle", "ended": "ended"}


class Member:
    """One connection in a hall."""

    __slots__ = ("_answers", "_outlet", "hall")

    def __init__(self, hall: Hall, outlet: Outlet) -> None:
        self.hall = hall
        self._outlet = outlet
        self._answers: list[tuple[int, bytes]] = []  # bounded by what a connection may have unanswered

    def answer(self, answer: News, seq: int = 0) -> None:
        """Tell this one something with the next tick, and not before the event `seq`."""
        self._answers.append((seq, encode(answer)))
        self.hall.answering.add(self)

    def send_answers(self) -> bool:
        """Send the answers that are due; returns whether some have to wait for their event."""
        told = self.hall.told
        due = [answer for seq, answer in self._answers if seq <= told]
        if due:
            self._answers = [(seq, answer) for seq, answer in self._answers if seq > told]
            self._outlet.write(wire.frames(due))
        return bool(self._answers)


class Hall:
    def __init__(self, room: str) -> None:
        self.room = room
        self.users = 0  # members, and those about to be
        self.members: dict[Member, Outlet] = {}
        self.answering: set[Member] = set()
        self.state: RoomState = "idle"
        self.coins = 0
        self.seq = 0  # the last event heard
        self.told = 0  # the last event told
        self.wanted = 0  # an event that is known to exist; beyond `seq`, there is something to read
        self._tail: list[bytes] = []  # encoded, ends with the event `seq`
        self._pending: list[bytes] = []
        self._counts = (0, 0, 0)

    @property
    def behind(self) -> bool:
        return self.wanted > self.seq

    @property
    def waiting(self) -> bool:
        """Whether there is something for the next tick."""
        return bool(self._pending or self.answering)

    def fill(self, seq: int, coins: int, tail: list[bytes]) -> None:
        """Begin, or begin anew, with the end of the room's log. Whoever is here is told what they do not get to see."""
        if not self.members:
            self._pending.clear()
            self.told = seq
        elif seq > self.seq:
            self._pending.append(encode(Gap(self.seq, seq)))
        self.seq, self.coins, self._tail = seq, coins, tail

    def hear(self, events: Iterable[bytes]) -> None:
        """Take news in. What was heard before is passed over; what does not follow on `seq` only sets `wanted`."""
        for event in events:
            head = decode_head(event)
            if head.seq == 0:
                self._pending.append(event)
            elif head.seq == self.seq + 1:
                self.seq = head.seq
                self.coins += head.coins
                self.state = _STATES.get(head.type, self.state)
                if head.type == "removed":
                    self._take_back(head.target)
                self._tail.append(event)
                self._pending.append(event)
            elif head.seq > self.seq:
                self.wanted = max(self.wanted, head.seq)

    def _take_back(self, target: int) -> None:
        index = len(self._tail) - (self.seq - target)  # before the event `seq` itself is in it
        if 0 <= index < len(self._tail):
            self._tail[index] = encoded_taken_back(self._tail[index])

    def count(self, viewers: int, likes: int) -> None:
        """Tell the counters with the next tick, if they changed."""
        counts = (viewers, likes, self.coins)
        if counts != self._counts:
            self._counts = counts
            self._pending.append(encode(Counts(*counts)))

    def take(self) -> bytes:
        """All there is to tell, as frames; from now on it counts as told."""
        pending, self._pending = self._pending, []
        self.told = self.seq
        del self._tail[:-TAIL_EVENTS_MAX]
        return wire.frames(pending)

    def welcome(self, you: You | None, after: int, viewers: int, likes: int) -> bytes:
        """A newcomer's first message: how the room is, and what came after `after` (negative: the last few)."""
        first = [encode(Welcome(self.room, self.told, self.state, viewers, likes, self.coins, you))]
        told = self._tail[: max(0, len(self._tail) - (self.seq - self.told))]
        missing = self.told - after
        if after < 0:
            return wire.frames(first + told[-HISTORY_EVENTS:])
        if missing <= min(RESUME_EVENTS_MAX, len(told)):
            return wire.frames(first + (told[-missing:] if missing > 0 else []))
        history = told[-HISTORY_EVENTS:]
        return wire.frames([*first, encode(Gap(after, self.told - len(history))), *history])
