"""One room on this node: the events that have arrived, those that were sent, and the members. No I/O.

Events are added in order or not at all; the fan-out then drains what is pending and writes it to every member. A
newcomer's welcome ends exactly where the last drain ended, so nothing between history and live is missed or repeated.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from chat import wire
from chat.events import Counts, Gap, News, Stock, Welcome, You, decode_head, encode, show
from chat.kinds.room_view import RoomView
from chat.socket import SocketWriter

HISTORY_EVENTS = 50
RESUME_EVENTS_MAX = 500  # a client further behind gets a gap and reads the rest over HTTP
TAIL_EVENTS_MAX = RESUME_EVENTS_MAX


class Member:
    """One connection in a room."""

    __slots__ = ("_answers", "_writer", "broadcast")

    def __init__(self, broadcast: RoomBroadcast, writer: SocketWriter) -> None:
        self.broadcast = broadcast
        self._writer = writer
        self._answers: list[tuple[int, bytes]] = []  # bounded by what a connection may have unanswered

    def answer(self, answer: News, seq: int = 0) -> None:
        """Send this member something with the next drain, but not before the event `seq`."""
        self._answers.append((seq, encode(answer)))
        self.broadcast.answering.add(self)

    def send_answers(self) -> bool:
        """Send the answers that are due; returns whether some still wait for their event."""
        sent = self.broadcast.sent
        due = [answer for seq, answer in self._answers if seq <= sent]
        if due:
            self._answers = [(seq, answer) for seq, answer in self._answers if seq > sent]
            self._writer.write(wire.frames(due))
        return bool(self._answers)


class RoomBroadcast:
    def __init__(self, room: str) -> None:
        self.room = room
        self.users = 0  # members, and those about to be
        self.members: dict[Member, SocketWriter] = {}
        self.answering: set[Member] = set()
        self.sent = 0  # the last event sent
        self.wanted = 0  # an event that is known to exist; if it is beyond `seq`, there is something to read
        self._view = RoomView(0, "idle", 0, [])
        self._pending: list[bytes] = []
        self._counts = (0, 0, 0)

    @property
    def seq(self) -> int:
        """The last event that arrived."""
        return self._view.seq

    @property
    def behind(self) -> bool:
        return self.wanted > self.seq

    @property
    def pending(self) -> bool:
        """Whether anything is pending."""
        return bool(self._pending or self.answering)

    def reset(self, view: RoomView) -> None:
        """Start, or start over, with the end of the room's log. Members get a gap instead of what they miss."""
        if not self.members:
            self._pending.clear()
            self.sent = view.seq
        elif view.seq > self.seq:
            self._pending.append(encode(Gap(self.seq, view.seq)))
        self._view = view

    def add(self, events: Iterable[bytes]) -> None:
        """Add events. Known ones are ignored; one that does not follow on `seq` only sets `wanted`."""
        view = self._view
        for event in events:
            head = decode_head(event)
            if head.seq == 0:
                self._pending.append(event)
            elif head.seq == view.seq + 1:
                view.add(head.seq, event)
                show(view, head.type, event)
                self._pending.append(event)
            elif head.seq > view.seq:
                self.wanted = max(self.wanted, head.seq)

    def correct(self, seq: int, coins: int) -> bool:
        """The log says what all gifts up to `seq` are worth now; less, if some were taken back. Returns whether that is
        news. Ignored unless exactly these events have arrived."""
        if seq != self.seq or coins == self._view.coins:
            return False
        self._view.coins = coins
        return True

    def count(self, viewers: int, likes: int) -> None:
        """Send the counters with the next drain, if they changed."""
        counts = (viewers, likes, self._view.coins)
        if counts != self._counts:
            self._counts = counts
            self._pending.append(encode(Counts(*counts)))

    @property
    def pin(self) -> str | None:
        """What is pinned in the room."""
        return self._view.pin.id if self._view.pin else None

    def stock(self, pin: str, left: int) -> None:
        """Send with the next drain how many can be bought, if that changed."""
        shown = self._view.pin
        if shown is None or shown.id != pin or shown.left == left:
            return
        self._view.pin = msgspec.structs.replace(shown, left=left)
        self._pending.append(encode(Stock(pin, left)))

    def drain(self) -> bytes:
        """Everything pending, as frames; from now on it counts as sent."""
        pending, self._pending = self._pending, []
        self.sent = self.seq
        del self._view.tail[:-TAIL_EVENTS_MAX]
        return wire.frames(pending)

    def welcome(self, you: You | None, after: int, viewers: int, likes: int) -> bytes:
        """A newcomer's first message: the room now, and the events after `after` (negative: the last few)."""
        view = self._view
        first = [
            encode(
                Welcome(
                    self.room,
                    self.sent,
                    view.state,
                    viewers,
                    likes,
                    view.coins,
                    you,
                    view.effect,
                    view.goal,
                    view.pin,
                    view.modes,
                )
            )
        ]
        sent = view.tail[: max(0, len(view.tail) - (self.seq - self.sent))]
        missing = self.sent - after
        if after < 0:
            return wire.frames(first + sent[-HISTORY_EVENTS:])
        if missing <= min(RESUME_EVENTS_MAX, len(sent)):
            return wire.frames(first + (sent[-missing:] if missing > 0 else []))
        history = sent[-HISTORY_EVENTS:]
        return wire.frames([*first, encode(Gap(after, self.sent - len(history))), *history])
