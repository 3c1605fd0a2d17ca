"""Opens the inbox, for `people/part.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from prometheus_client.core import GaugeMetricFamily, Metric
from starlette.routing import BaseRoute

from core.core import Core
from core.jobs import JobKind, Lane, Schedule
from core.part import Run
from people.follows import Follows
from people.inbox.followers import Followers
from people.inbox.live import LiveInboxes
from people.inbox.notices import SubjectKind
from people.inbox.notifications import TELL_FOLLOWERS, Notifications
from people.inbox.push.keys import ServerKeys
from people.inbox.push.pusher import Pusher
from people.inbox.push.subscriptions import Subscriptions
from people.inbox.reading import Describe, Hidden, Inboxes
from people.inbox.retention import forget_old
from people.inbox.routes import InboxRoutes
from people.inbox.sockets import InboxSockets

FORGET_EVERY_S = 600.0


@dataclass(frozen=True, slots=True)
class Inbox:
    """An open inbox. Other domains tell it through `notifications`, and say with `describe` what about."""

    notifications: Notifications
    inboxes: Inboxes
    live: LiveInboxes
    pusher: Pusher
    followers: Followers
    routes: Sequence[BaseRoute]
    forget_old: Callable[[], None]

    def describe(self, subject: SubjectKind, describe: Describe) -> None:
        """See `Inboxes.describe`."""
        self.inboxes.describe(subject, describe)

    def hide(self, hidden: Hidden) -> None:
        """See `Inboxes.hide`."""
        self.inboxes.hide(hidden)

    @property
    def tasks(self) -> dict[str, Run]:
        return {"inbox": self.live.run, "push": self.pusher.run}

    @property
    def jobs(self) -> dict[str, JobKind]:
        return {TELL_FOLLOWERS: JobKind(self.followers.tell, Lane.INBOX)}

    @property
    def schedules(self) -> list[Schedule]:
        job = JobKind(lambda _: self.forget_old(), Lane.PRIVACY)
        return [Schedule("people.forget_notifications", FORGET_EVERY_S, job)]

    def metrics(self) -> Iterable[Metric]:
        yield GaugeMetricFamily("cadeau_inbox_connections", "Open connections of inboxes.", self.live.tabs)


def open(core: Core, notifications: Notifications, follows: Follows, live: LiveInboxes, inboxes: Inboxes) -> Inbox:
    """`live` must be what `notifications` tells of changes."""
    settings, database, clock = core.settings, core.database, core.clock
    keys = ServerKeys(database, clock)
    subscriptions = Subscriptions(clock, private=settings.push_private)
    routes = InboxRoutes(database, clock, inboxes, live, subscriptions, keys)
    return Inbox(
        notifications=notifications,
        inboxes=inboxes,
        live=live,
        pusher=Pusher(database, clock, inboxes, keys, settings.push_from, private=settings.push_private),
        followers=Followers(database, clock, follows, notifications),
        routes=[*routes.operations(), *InboxSockets(live, settings.sockets_max).routes()],
        forget_old=lambda: forget_old(database, clock),
    )
