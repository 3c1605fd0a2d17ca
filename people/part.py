"""Opens `people`: accounts, sessions, follows."""

from __future__ import annotations

from dataclasses import dataclass

from core.core import Core
from core.executors import BoundedExecutor
from core.jobs import Job, JobKind, Lane, Schedule
from core.limits import Limiter
from core.part import Part
from people.accounts import Accounts
from people.authentication import AccountCheck, Authentication, check_account
from people.commands import COMMANDS
from people.devices import Attempts
from people.follows import Follows
from people.inbox import part as inbox_part
from people.inbox.live import LiveInboxes
from people.inbox.notifications import Notifications
from people.inbox.part import Inbox
from people.inbox.reading import Inboxes
from people.leaving.leaving import leave
from people.oidc import part as oidc_part
from people.routes import PeopleRoutes
from people.security import part as security_part
from people.security.budgets import Budgets
from people.security.staff import StaffRule
from people.sessions import Sessions
from people.settings.avatar_urls import AvatarUrls
from people.settings.avatars import Avatars
from people.settings.devices import Devices
from people.settings.handles import Handles
from people.settings.routes import SettingsRoutes
from people.sign_outs import SignOuts

EXPIRED_SESSIONS_EVERY_S = 3_600.0
SWEEP_AVATARS_EVERY_S = 600.0
PICTURES_QUEUED_MAX = 16  # each of up to 4 MiB


@dataclass(frozen=True, slots=True)
class People:
    """What other domains may use of `people`."""

    accounts: Accounts
    sessions: Sessions
    follows: Follows
    authentication: Authentication
    sign_outs: SignOuts
    inbox: Inbox
    avatars: Avatars


def open(core: Core, *, check: AccountCheck = check_account) -> Part[People]:
    """`check` decides whether an account may act, at every entry point."""
    urls = AvatarUrls(core.storage.url)
    accounts = Accounts(core.database, core.clock, urls)
    sessions = Sessions(core.database, core.clock, core.executors.passwords)
    inboxes = Inboxes(accounts)
    live = LiveInboxes(core.database, core.bus, inboxes)
    notifications = Notifications(core.clock, core.jobs, live.expect)
    follows = Follows(core.database, accounts, core.clock, notifications)
    inbox = inbox_part.open(core, notifications, follows, live, inboxes)
    staff = StaffRule(core.clock, core.settings.staff_factor_days)
    authentication = Authentication(core.database, sessions, core.clock, check, urls, staff)
    sign_outs, budgets = SignOuts(core.bus), Budgets(core.database, core.clock)
    attempts = Attempts(Limiter(enabled=core.settings.rate_limits), budgets)
    devices = Devices(core.database, core.clock)
    security = security_part.open(
        core, sessions=sessions, devices=devices, sign_outs=sign_outs, attempts=attempts, budgets=budgets, staff=staff
    )
    leave(core, accounts, follows)
    routes = PeopleRoutes(core.database, core.executors, accounts, sessions, sign_outs, follows, security)
    oidc = oidc_part.open(core, accounts, sessions, security)
    avatars = Avatars(core.database, core.storage, core.clock)
    handles = Handles(core.database, accounts, core.clock)
    pictures = BoundedExecutor("pictures", 1, PICTURES_QUEUED_MAX)
    settings = SettingsRoutes(
        core.executors, pictures, accounts, sessions, sign_outs, attempts, avatars, handles, devices, security,
        core.database,
    )  # fmt: skip

    def delete_expired_sessions(_: Job) -> None:
        sessions.delete_expired()

    def close() -> None:
        inbox.pusher.close()
        pictures.close()

    return Part(
        name="people",
        api=People(accounts, sessions, follows, authentication, sign_outs, inbox, avatars),
        routes=[*routes.operations(), *settings.operations(), *security.routes, *oidc.routes, *inbox.routes],
        tasks=inbox.tasks,
        jobs={**inbox.jobs, **security.jobs},
        schedules=[
            Schedule(
                "people.delete_expired_sessions",
                EXPIRED_SESSIONS_EVERY_S,
                JobKind(delete_expired_sessions, Lane.PRIVACY),
            ),
            *inbox.schedules,
            *security.schedules,
            *oidc.schedules,
            Schedule(
                "people.delete_unused_avatars", SWEEP_AVATARS_EVERY_S, JobKind(lambda _: avatars.sweep(), Lane.PRIVACY)
            ),
        ],
        metrics=inbox.metrics,
        commands=COMMANDS,
        close=close,
    )
