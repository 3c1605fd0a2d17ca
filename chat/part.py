"""Opens `chat`: the room log, its members and their sockets."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from prometheus_client.core import GaugeMetricFamily, Metric
from sqlalchemy import Connection

from chat.filters.filters import Filters
from chat.filters.held_routes import HeldRoutes
from chat.filters.news import HeldNews
from chat.filters.routes import FilterRoutes
from chat.kinds.entry import NO_EFFECTS, NO_GOALS, SponsorsEffects, SponsorsGoals
from chat.kinds.gift_proofs import PROOFS
from chat.kinds.say import WRITTEN, unname
from chat.log import RoomLog
from chat.members import Members
from chat.moderation.routes import ModerationRoutes
from chat.moderation.standings import Standings
from chat.routes import ChatRoutes
from chat.session import ChatServices
from chat.tables import room_events
from core.core import Core
from core.part import Part
from live.audience import Audience
from live.goods.news import NO_GOODS, RoomGoods
from live.rooms import Rooms, RoomState
from money.gifts import Gifts
from people.accounts import Accounts
from people.inbox.notices import SILENCE, Notifies
from people.leaving.mentions import unnames
from trust.audit.chain import Audit


@dataclass(frozen=True, slots=True)
class Chat:
    """What other domains may use of `chat`."""

    log: RoomLog
    members: Members
    routes: ChatRoutes

    @property
    def sockets(self) -> int:
        """Open connections to this process."""
        return self.routes.sockets

    def record(self, connection: Connection, room: str, state: RoomState) -> Callable[[], None]:
        """For `Rooms.record`: a change of state and its event are one transaction."""
        return self.log.record(connection, room, state)

    def publisher_changed(self, room: str, present: bool) -> None:
        """For `Relays.listen`: notifies members that the room's media stopped or returned. On the event loop."""
        self.members.send_presence(room, present)


def open(
    core: Core,
    *,
    rooms: Rooms,
    audience: Audience,
    gifts: Gifts,
    accounts: Accounts,
    inbox: Notifies = SILENCE,
    effects: SponsorsEffects = NO_EFFECTS,
    goals: SponsorsGoals = NO_GOALS,
    goods: RoomGoods = NO_GOODS,
    audit: Audit | None = None,
) -> Part[Chat]:
    """`effects` and `goals` ask `vod` who sponsors what rooms show, `goods` asks `shop` what is pinned. `audit`: where
    what staff filter is written down."""
    log = RoomLog(core.database, core.clock, rooms, gifts, accounts, inbox, effects, goals, goods)
    core.privacy.step("mentions in chat", unnames(core.database, room_events, WRITTEN, unname))
    members = Members(core.database, core.bus, log, audience)
    standings = Standings(core.database, core.bus, core.clock)
    filters, held = Filters(core.database, core.bus, core.clock), HeldNews(core.bus)
    services = ChatServices(log, members, rooms, audience, standings, filters, held)
    routes = ChatRoutes(core.database, rooms, log, services, core.settings.sockets_max)
    return Part(
        name="chat",
        api=Chat(log, members, routes),
        routes=[
            *routes.routes(),
            *ModerationRoutes(core.database, core.clock, accounts, standings).operations(),
            *FilterRoutes(core.database, core.clock, accounts, filters, audit or Audit(core.clock)).operations(),
            *HeldRoutes(core.database, core.clock, accounts, rooms, log, held).operations(),
        ],
        tasks={
            "chat fan-out": members.run_fan_out,
            "chat counts": members.run_counts,
            "chat catch-up": members.run_catch_up,
            "chat standings": standings.run,
            "chat filters": filters.run,
        },
        metrics=lambda: _metrics(routes),
        proofs=PROOFS,
    )


def _metrics(routes: ChatRoutes) -> Iterable[Metric]:
    yield GaugeMetricFamily("cadeau_chat_connections", "Open chat connections.", routes.sockets)
