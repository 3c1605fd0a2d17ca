"""The inbox over HTTP."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from sqlalchemy import Connection

from core.clock import Clock
from core.database import Database
from core.http import Call, Operation, Paging, RequestGate
from core.limits import Rate
from people.inbox.live import LiveInboxes
from people.inbox.notices import KindName
from people.inbox.notifications import touch
from people.inbox.push.endpoints import ENDPOINT_CHARS_MAX
from people.inbox.push.keys import ServerKeys
from people.inbox.push.subscriptions import NewSubscription, Subscriptions
from people.inbox.reading import Group, Inboxes
from people.inbox.switches import Switch, set_switches, switches_of
from people.sessions import digest_of

SUBSCRIBE_RATE = Rate(60, 3_600)
TIME_MS_MAX = 2**53 - 1


class InboxQuery(Paging, forbid_unknown_fields=True, kw_only=True):
    kind: Literal["", KindName] = ""


class InboxPage(msgspec.Struct):
    """`unread`: how many groups are, in the whole inbox, up to 100."""

    items: list[Group]
    next: str | None
    unread: int


class ReadUntil(msgspec.Struct, forbid_unknown_fields=True):
    """`until`: the time (Unix ms) of the latest notification that was seen."""

    until: Annotated[int, msgspec.Meta(ge=0, le=TIME_MS_MAX)]


class InboxSettings(msgspec.Struct):
    """`push_key`: what a browser subscribes with, as its `applicationServerKey`."""

    kinds: dict[str, Switch]
    push_key: str


class NewInboxSettings(msgspec.Struct, forbid_unknown_fields=True):
    """Kinds that are not named stay as they are."""

    kinds: dict[KindName, Switch]


class Endpoint(msgspec.Struct, forbid_unknown_fields=True):
    endpoint: Annotated[str, msgspec.Meta(max_length=ENDPOINT_CHARS_MAX)]


class InboxRoutes:
    def __init__(
        self,
        database: Database,
        clock: Clock,
        inboxes: Inboxes,
        live: LiveInboxes,
        subscriptions: Subscriptions,
        keys: ServerKeys,
    ) -> None:
        self._database = database
        self._clock = clock
        self._inboxes = inboxes
        self._live = live
        self._subscriptions = subscriptions
        self._keys = keys

    def operations(self) -> list[Operation]:
        return [
            Operation("GET", "/api/notifications", self.list),
            Operation("PUT", "/api/notifications/read", self.read),
            Operation("GET", "/api/notifications/settings", self.settings),
            Operation("PUT", "/api/notifications/settings", self.change),
            Operation("PUT", "/api/notifications/push", self.subscribe, rate=SUBSCRIBE_RATE),
            Operation("DELETE", "/api/notifications/push", self.unsubscribe),
        ]

    def list(self, call: Call, query: InboxQuery) -> InboxPage:
        """List your notifications, the latest first."""
        person = call.identity.id

        def read(connection: Connection) -> InboxPage:
            items, following = self._inboxes.page(connection, person, query.kind, query.cursor, query.limit)
            return InboxPage(items, following, self._inboxes.unread(connection, person))

        return self._database.read(read)

    def read(self, call: Call, body: ReadUntil) -> None:
        """Mark notifications as read, up to a time."""
        person, until = call.identity.id, min(body.until, self._clock())
        self._live.expect([person])
        self._database.write(lambda c: self._inboxes.mark_read(c, person, until))

    def settings(self, call: Call) -> InboxSettings:
        """Get which kinds of notifications you want."""
        return self._settings(call.identity.id)

    def change(self, call: Call, body: NewInboxSettings) -> InboxSettings:
        """Change which kinds of notifications you want."""
        person = call.identity.id
        self._live.expect([person])
        self._database.write(lambda c: self._change(c, person, body))
        return self._settings(person)

    def _change(self, connection: Connection, person: str, body: NewInboxSettings) -> None:
        set_switches(connection, person, body.kinds)
        touch(connection, [person])

    def _settings(self, person: str) -> InboxSettings:
        key = self._keys.key().public
        return InboxSettings(self._database.read(lambda c: switches_of(c, person)), key)

    def subscribe(self, call: Call, body: NewSubscription) -> None:
        """Subscribe this browser to push messages, until its session ends."""
        gate: RequestGate = call.request.app.state.gate
        keys = self._subscriptions.check(body)
        session = digest_of(gate.token(call.request, unsafe=True))
        self._database.write(lambda c: self._subscriptions.put(c, call.identity.id, session, body, keys))

    def unsubscribe(self, call: Call, body: Endpoint) -> None:
        """End a browser's subscription to push messages."""
        self._database.write(lambda c: self._subscriptions.remove(c, call.identity.id, body.endpoint))
