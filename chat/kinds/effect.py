"""The host's picture has a sponsored effect: the room names its sponsor, for as long as it is used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import delete

from chat.errors import NoSuchEffect
from chat.kinds.entry import BatchContext, Entry, Head
from chat.kinds.kind import Appending, Event, Kind, Limit, Name, Request, Stored
from chat.kinds.room_view import RoomView
from chat.kinds.state import StateChanged
from chat.statements import Upsert
from chat.tables import room_effects
from core.errors import NotAllowed, Refusal
from core.limits import Rate
from live.errors import RoomEnded
from money.ads.credit import EffectCredit

_set_effects = Upsert(room_effects, "effect", "name", "sponsor", "paid_by")


class Effect(Request, frozen=True):
    """`effect`: the sponsored one that the host's picture has from now on; None for none."""

    effect: Name | None


class EffectSet(Event, tag="effect_set", frozen=True):
    effect: EffectCredit | None


class EffectKind(Kind[Effect]):
    posts = Effect
    events = (EffectSet,)
    limit = Limit("chat effect", Rate(30, 60))
    moderators_only = True
    needs_state = True
    follows = (StateChanged,)

    def __init__(self, batch: BatchContext) -> None:
        super().__init__(batch)
        self._credits: Mapping[str, EffectCredit] = {}
        self._changed: dict[str, EffectCredit | None] = {}
        self._used: list[tuple[str, str]] = []

    def load(self, entries: Sequence[Entry[Any]]) -> None:
        asked = {entry.what.effect for entry in entries if isinstance(entry.what, Effect) and entry.what.effect}
        if asked:
            self._credits = self.batch.domains.effects.credits(self.batch.connection, asked)
        for entry in entries:  # whoever comes back on air says again what their picture has
            if isinstance(entry.what, StateChanged) and entry.what.state != "live":
                self._changed[entry.room] = None

    def judge(self, entry: Entry[Effect]) -> Refusal | None:
        if entry.author.id != entry.host:
            return NotAllowed("Only the host has effects.")
        if self.batch.states.get(entry.room, "ended") == "ended":
            return RoomEnded()
        return None if entry.what.effect is None or entry.what.effect in self._credits else NoSuchEffect()

    def append(self, entry: Entry[Effect], head: Head, at: int) -> Appending:
        credit = None if entry.what.effect is None else self._credits[entry.what.effect]
        self._changed[entry.room] = credit
        if credit is not None:
            self._used.append((credit.id, entry.author.id))
        return Appending(EffectSet(head.seq, at, entry.by, credit), {"effect": msgspec.to_builtins(credit)})

    def write(self) -> None:
        gone = [room for room, credit in self._changed.items() if credit is None]
        if gone:
            self.batch.connection.execute(delete(room_effects).where(room_effects.c.room.in_(gone)))
        rows = [
            {"room": room, "effect": one.id, "name": one.name, "sponsor": one.sponsor, "paid_by": one.paid_by}
            for room, one in self._changed.items()
            if one is not None
        ]  # fmt: skip
        if rows:
            _set_effects(self.batch.connection, rows)
        if self._used:
            self.batch.domains.effects.note(self.batch.connection, self._used)

    @classmethod
    def restore(cls, stored: Stored) -> Event:
        row = stored.row
        return EffectSet(row.seq, row.at, stored.by, msgspec.convert(row.fields["effect"], EffectCredit | None))

    @classmethod
    def show(cls, view: RoomView, event: bytes) -> None:
        view.effect = _decode(event).effect


class _Shown(Struct, frozen=True):
    effect: EffectCredit | None


_decode = msgspec.msgpack.Decoder(_Shown).decode
