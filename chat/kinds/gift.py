"""A gift. Its coins move and its event is logged in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace
from sqlalchemy import select

from chat.errors import NoSuchRecipient
from chat.kinds.entry import BatchContext, Entry, Head
from chat.kinds.kind import Appending, Event, Kind, Limit, Name, Request, Stored
from chat.kinds.room_view import RoomView
from chat.statements import Upsert, one_of, unique
from chat.tables import room_givers
from core.errors import AdultsOnly, IdempotencyKeyReused, Refusal
from core.limits import Rate
from live.errors import RoomEnded, RoomNotLive
from money.gifts import GiftOrder, GiftReceipt
from people.inbox.notices import DAY_MS, Notice

GIFT_COUNT_MAX = 999
COMBO_GAP_MS_MAX = 5_000

_GIVERS = select(room_givers).where(one_of(room_givers, "room", "person"))
_set_givers = Upsert(room_givers, "coins", "gift", "combo", "at")


class Gift(Request, frozen=True, omit_defaults=True):  # defaults are omitted so that they leave the digest as it is
    """`to`: who gets it; without it, the room's host."""

    gift: Name
    count: Annotated[int, Meta(ge=1, le=GIFT_COUNT_MAX)]
    to: Name | None = None


class Gifted(Event, tag="gifted", frozen=True):
    """`coins`: what it was worth altogether; `combo`: how many of this gift the giver has now sent in a row.
    `bonus`: how many of the coins were given to the giver instead of bought."""

    id: str
    gift: str
    count: int
    coins: int
    combo: int
    bonus: int = 0  # gifts logged before there were bonus coins have none


@dataclass(slots=True)
class _Giver:
    """What a person gave in a room altogether, and their last gift with its combo."""

    coins: int = 0
    gift: str = ""
    combo: int = 0
    at: int = 0

    def add(self, gift: str, count: int, coins: int, at: int) -> int:
        """Returns the combo including this gift."""
        continues = gift == self.gift and at - self.at <= COMBO_GAP_MS_MAX
        self.combo = self.combo + count if continues else count
        self.coins, self.gift, self.at = self.coins + coins, gift, at
        return self.combo


class GiftKind(Kind[Gift]):
    posts = Gift
    events = (Gifted,)
    limit = Limit("chat gift", Rate(20, 1))
    needs_state = True
    needs_standing = True

    def __init__(self, batch: BatchContext) -> None:
        super().__init__(batch)
        self._givers: dict[tuple[str, str], _Giver] = {}
        self._receipts: dict[tuple[str, str] | None, GiftReceipt] = {}
        self._changed: dict[tuple[str, str], _Giver] = {}
        self._totals: dict[str, tuple[int, int]] = {}  # by room: coins, and the host's share

    def load(self, entries: Sequence[Entry[Gift]]) -> None:
        keys = unique((entry.room, entry.author.id) for entry in entries)
        for row in self.batch.connection.execute(_GIVERS, {"keys": keys}):
            self._givers[row.room, row.person] = _Giver(row.coins, row.gift, row.combo, row.at)

    def judge(self, entry: Entry[Gift]) -> Refusal | None:
        state = self.batch.states.get(entry.room, "ended")
        if state == "ended":
            return RoomEnded()
        if not entry.adult:
            return AdultsOnly()
        if state != "live":
            return RoomNotLive()
        if _recipient(entry) != entry.host:
            return NoSuchRecipient()
        return None

    def charge(self, entries: Sequence[Entry[Gift]]) -> Sequence[Refusal | None]:
        receipts = self.batch.domains.gifts.give(self.batch.connection, [self._order(entry) for entry in entries])
        return [self._refusal(entry, receipt) for entry, receipt in zip(entries, receipts, strict=True)]

    def _order(self, entry: Entry[Gift]) -> GiftOrder:
        what = entry.what
        return GiftOrder(
            what.id, entry.author.id, _recipient(entry), what.gift, what.count, entry.room, self.batch.now
        )  # fmt: skip

    def _refusal(self, entry: Entry[Gift], receipt: GiftReceipt | Refusal) -> Refusal | None:
        if isinstance(receipt, Refusal):
            return receipt
        if receipt.replayed:  # the key has already paid for something that is not in this log
            return IdempotencyKeyReused()
        self._receipts[entry.key] = receipt
        return None

    def append(self, entry: Entry[Gift], head: Head, at: int) -> Appending:
        what, room, by = entry.what, entry.room, entry.author
        receipt = self._receipts[entry.key]
        coins = receipt.coins
        giver = self._changed[room, by.id] = self._givers.setdefault((room, by.id), _Giver())
        combo = giver.add(what.gift, what.count, coins, at)
        total, earned = self._totals.get(room, (0, 0))
        self._totals[room] = total + coins, earned + receipt.creator_coins
        head.coins += coins
        day = str(at // DAY_MS)  # those of one day are added up
        self.batch.told.append(Notice(_recipient(entry), "gift", by.id, room, day, amount=coins))
        event = Gifted(head.seq, at, by, what.id, what.gift, what.count, coins, combo, receipt.bonus)
        fields = {"gift": what.gift, "count": what.count, "coins": coins, "combo": combo, "bonus": receipt.bonus}
        return Appending(event, fields, receipt.balance)

    def write(self) -> None:
        if self._changed:
            rows = [
                {"room": room, "person": person, "coins": g.coins, "gift": g.gift, "combo": g.combo, "at": g.at}
                for (room, person), g in self._changed.items()
            ]
            _set_givers(self.batch.connection, rows)
            self.batch.domains.rooms.add_gifts(self.batch.connection, self._totals)

    @classmethod
    def restore(cls, stored: Stored) -> Event:
        row = stored.row
        return Gifted(row.seq, row.at, stored.by, row.client_id, **row.fields)

    @classmethod
    def show(cls, view: RoomView, event: bytes) -> None:
        given = _decode(event)
        view.coins += given.coins
        if view.goal is not None:
            view.goal = replace(view.goal, coins=view.goal.coins + given.coins - given.bonus)


class _Coins(Struct, frozen=True):
    coins: int
    bonus: int = 0


_decode = msgspec.msgpack.Decoder(_Coins).decode


def _recipient(entry: Entry[Gift]) -> str:
    return entry.what.to or entry.host
