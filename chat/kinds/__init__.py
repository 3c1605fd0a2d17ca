"""The kinds of room events, one file each. To add a kind, write its file and list it here."""

from __future__ import annotations

from typing import Any

from chat.kinds.ban import BanKind
from chat.kinds.effect import EffectKind
from chat.kinds.gift import GiftKind
from chat.kinds.goal import GoalKind, GoalOverKind
from chat.kinds.goods import GoodsKind
from chat.kinds.kind import Counter, Kind
from chat.kinds.like import LikeCounter
from chat.kinds.mute import MuteKind
from chat.kinds.remove import RemoveKind
from chat.kinds.say import SayKind
from chat.kinds.state import StateKind
from chat.moderation.modes import ModesKind

KINDS: tuple[type[Kind[Any]], ...] = (
    SayKind,
    GiftKind,
    RemoveKind,
    MuteKind,
    BanKind,
    ModesKind,
    StateKind,
    EffectKind,
    GoalKind,
    GoalOverKind,
    GoodsKind,
)

COUNTERS: tuple[type[Counter[Any]], ...] = (LikeCounter,)
