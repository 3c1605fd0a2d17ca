"""What a new member first sees of a room. Kinds keep it up to date."""

from __future__ import annotations

from collections.abc import Callable

from live.rooms import RoomState


class RoomView:
    """`tail`: the last events, encoded, up to `seq`. `state` is for display; the room log itself asks SQL."""

    __slots__ = ("coins", "seq", "state", "tail")

    def __init__(self, seq: int, state: RoomState, coins: int, tail: list[bytes]) -> None:
        self.seq = seq
        self.state = state
        self.coins = coins
        self.tail = tail

    def add(self, seq: int, event: bytes) -> None:
        self.seq = seq
        self.tail.append(event)

    def change(self, seq: int, change: Callable[[bytes], bytes]) -> None:
        """Replace an event that newcomers are to see differently, if it is still in the tail."""
        index = len(self.tail) - 1 - (self.seq - seq)
        if 0 <= index < len(self.tail):
            self.tail[index] = change(self.tail[index])
