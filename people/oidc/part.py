"""Opens the sign-in with a provider, for `people/part.py`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.core import Core
from core.http import Operation
from core.jobs import Job, JobKind, Lane, Schedule
from people.accounts import Accounts
from people.oidc.entering import Entering
from people.oidc.identities import Identities
from people.oidc.journey import Journey
from people.oidc.provider import Provider
from people.oidc.routes import OidcRoutes
from people.oidc.tickets import Tickets
from people.security.part import AccountSecurity
from people.sessions import Sessions

FORGET_EVERY_S = 600.0


@dataclass(frozen=True, slots=True)
class Oidc:
    routes: Sequence[Operation]
    schedules: Sequence[Schedule]


def open(core: Core, accounts: Accounts, sessions: Sessions, security: AccountSecurity) -> Oidc:
    database, executors, clock = core.database, core.executors, core.clock
    provider, tickets = Provider(core.settings, clock), Tickets(database, clock)
    identities = Identities(database, clock, provider.issuer)
    journey = Journey(
        database, executors, sessions, provider, identities, tickets, security.factors, security.changes,
        security.welcome,
    )  # fmt: skip
    entering = Entering(
        database, executors, accounts, sessions, identities, tickets, security.passwords, security.welcome
    )
    routes = OidcRoutes(database, provider, identities, journey, entering, security.changes, executors.sql)

    def forget(_: Job) -> None:
        tickets.forget_expired()

    return Oidc(
        routes.operations(), [Schedule("people.forget_oidc_tickets", FORGET_EVERY_S, JobKind(forget, Lane.PRIVACY))]
    )
