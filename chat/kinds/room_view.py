"""What a new member first sees of a room. Kinds keep it up to date."""

from __future__ import annotations

from collections.abc import Callable

from chat.kinds.entry import OPEN, ChatModes
from live.goods.news import Pin
from live.rooms import RoomState
from money.ads.credit import EffectCredit, GoalCredit


class RoomView:
    """`tail`: the last events, encoded, up to `seq`. `state` is for display; the room log itself asks SQL."""

    __slots__ = ("coins", "effect", "goal", "modes", "pin", "seq", "state", "tail")

    def __init__(
        self, seq: int, state: RoomState, coins: int, tail: list[bytes], effect: EffectCredit | None = None,
        goal: GoalCredit | None = None, pin: Pin | None = None, modes: ChatModes = OPEN,
    ) -> None:  # fmt: skip
        self.seq = seq
        self.state = state
        self.coins = coins
        self.tail = tail
        self.effect = effect
        self.goal = goal
        self.pin = pin
        self.modes = modes

    def add(self, seq: int, event: bytes) -> None:
        self.seq = seq
        self.tail.append(event)

    def change(self, seq: int, change: Callable[[bytes], bytes]) -> None:
        """Replace an event that newcomers are to see differently, if it is still in the tail."""
        index = len(self.tail) - 1 - (self.seq - seq)
        if 0 <= index < len(self.tail):
            self.tail[index] = change(self.tail[index])
