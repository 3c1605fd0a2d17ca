"""Opens account security, for `people/part.py`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from starlette.routing import BaseRoute

from core.core import Core
from core.jobs import Job, JobKind, Lane, Schedule
from people.devices import Attempts
from people.mail.addresses import Addresses
from people.mail.links import Links
from people.mail.outbox import SEND, Outbox
from people.mail.resets import ASK, Resets
from people.mail.routes import MailRoutes
from people.mail.sending import Sending, Smtp
from people.security.budgets import Budgets
from people.security.challenges import Challenges
from people.security.changes import FactorChanges
from people.security.factors import Factors
from people.security.passkey_routes import PasskeyRoutes
from people.security.passkeys import Passkeys
from people.security.password_check import PasswordCheck
from people.security.policy.breached import BreachedPasswords
from people.security.policy.weak_passwords import PasswordPolicy
from people.security.routes import SecurityRoutes
from people.security.staff import StaffRule
from people.sessions import Sessions
from people.settings.devices import Devices
from people.settings.welcome import Welcome
from people.sign_outs import SignOuts

SEND_EVERY_S = 60.0
FORGET_EVERY_S = 600.0


@dataclass(frozen=True, slots=True)
class AccountSecurity:
    """What the rest of `people` uses of it."""

    factors: Factors
    passwords: PasswordCheck
    changes: FactorChanges
    policy: PasswordPolicy
    outbox: Outbox
    welcome: Welcome
    routes: Sequence[BaseRoute]
    jobs: dict[str, JobKind]
    schedules: Sequence[Schedule]


def policy_of(core: Core) -> PasswordPolicy:
    """Raises OSError or ValueError if the file of breached passwords is none."""
    file = core.settings.breached_passwords
    return PasswordPolicy(core.settings.base_url, BreachedPasswords(Path(file)) if file else None)


def open(
    core: Core,
    *,
    sessions: Sessions,
    devices: Devices,
    sign_outs: SignOuts,
    attempts: Attempts,
    budgets: Budgets,
    staff: StaffRule,
) -> AccountSecurity:
    database, clock, settings = core.database, core.clock, core.settings
    outbox, links = Outbox(core.jobs, clock, enabled=bool(settings.smtp_url)), Links(clock)
    addresses = Addresses(database, clock, links, outbox)
    resets = Resets(database, core.jobs, clock, links, outbox)
    smtp = Smtp(settings.smtp_url, settings.smtp_ca) if settings.smtp_url else None
    sending = Sending(database, clock, links, outbox, smtp, settings.mail_from, settings.base_url)
    factors, challenges = Factors(database, clock), Challenges(database, clock)
    passkeys = Passkeys(database, clock, factors, settings.base_url)
    changes = FactorChanges(database, core.executors, devices, sign_outs, outbox)
    welcome = Welcome(database, core.executors.sql, sessions, sign_outs, outbox)
    policy = policy_of(core)
    mail = MailRoutes(core.executors, addresses, resets, outbox, policy, sign_outs)
    security = SecurityRoutes(
        database, core.executors, sessions, attempts, factors, passkeys, addresses, outbox, staff, changes
    )
    keys = PasskeyRoutes(core.executors, sessions, passkeys, challenges, changes, welcome)

    def forget(job: Job) -> None:
        budgets.forget_full()
        challenges.forget_expired()
        sending.forget_old(job)

    return AccountSecurity(
        factors=factors,
        passwords=PasswordCheck(core.executors, sessions, attempts, factors),
        changes=changes,
        policy=policy,
        outbox=outbox,
        welcome=welcome,
        routes=[*security.operations(), *keys.operations(), *mail.operations()],
        jobs={ASK: JobKind(resets.answer, Lane.MAIL, priority=1)},
        schedules=[
            Schedule(SEND, SEND_EVERY_S, JobKind(sending.run, Lane.MAIL)),
            Schedule("people.forget_attempts", FORGET_EVERY_S, JobKind(forget, Lane.PRIVACY)),
        ],
    )
