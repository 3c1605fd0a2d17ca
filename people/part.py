"""Opens `people`: accounts, sessions, follows."""

from __future__ import annotations

from dataclasses import dataclass

from core.core import Core
from core.part import Part
from people.accounts import Accounts
from people.commands import COMMANDS
from people.follows import Follows
from people.routes import PeopleRoutes
from people.sessions import Sessions


@dataclass(frozen=True, slots=True)
class People:
    """What other domains may use of `people`."""

    accounts: Accounts
    sessions: Sessions
    follows: Follows


def open(core: Core) -> Part[People]:
    accounts = Accounts(core.database, core.clock)
    sessions = Sessions(core.database, core.clock)
    follows = Follows(core.database, accounts, core.clock)
    return Part(
        name="people",
        api=People(accounts, sessions, follows),
        routes=PeopleRoutes(core.database, accounts, sessions, follows).operations(),
        commands=COMMANDS,
    )
