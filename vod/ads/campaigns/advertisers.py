"""Advertisers: business accounts, and the people who act for them.

An owner may do everything, an editor whatever concerns campaigns and paying in, a viewer read. For everybody else an
advertiser does not exist.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Literal

import msgspec
from sqlalchemy import Connection, and_, delete, func, insert, select, update

from core.clock import Clock
from core.database import Database
from core.errors import Conflict, InvalidRequest, NotAllowed, NotFound
from core.identity import Identity, Person
from core.ids import new_id
from core.text.clean import clean_line
from money.ads.documents import Buyer
from money.ads.top_ups import is_disputed
from money.providers import Purchase
from vod.ads.campaigns.dates import checked_zone
from vod.ads.campaigns.notices import AdNotices
from vod.ads.campaigns.states import AdvertiserState, Stopped
from vod.ads.campaigns.tables import advertiser_invitations, advertiser_members, advertisers
from vod.errors import AdvertiserNotFound

ADVERTISERS_PER_PERSON_MAX = 10
MEMBERS_MAX = 30
NAME_CHARS_MAX = 80
REASON_CHARS_MAX = 500

Role = Literal["owner", "editor", "viewer"]
_RANKS: Mapping[Role, int] = {"viewer": 0, "editor": 1, "owner": 2}
_COUNTRY = re.compile(r"[A-Z]{2}\Z")

Brief = Callable[[Connection, Collection[str]], Mapping[str, Person]]
ByHandle = Callable[[Connection, str], Person]


class Account(msgspec.Struct, frozen=True):
    """`name` is the sponsor that viewers see. `state`: whether it is verified. `stopped`: why nothing is shown.

    `role`: that of whoever asks. `house`: the platform's own.
    """

    id: str
    name: str
    payer: str | None
    country: str
    zone: str
    state: AdvertiserState
    reason: str
    stopped: Stopped
    house: bool
    created_at: int
    role: Role | None = None


class Member(msgspec.Struct, frozen=True):
    """`invited`: asked, and not a member before they agree."""

    person: Person
    role: Role
    at: int
    invited: bool = False


class Invitation(msgspec.Struct, frozen=True):
    """Of an advertiser by its id and name. `by` is null for a deleted account."""

    advertiser: str
    name: str
    role: Role
    by: Person | None
    at: int


class Advertisers:
    def __init__(self, database: Database, clock: Clock, brief: Brief, by_handle: ByHandle, notices: AdNotices) -> None:
        self._notices = notices
        self._database = database
        self._clock = clock
        self._brief = brief
        self._by_handle = by_handle

    # -- who may do what -------------------------------------------------------------------------

    def check(self, connection: Connection, advertiser: str, who: Identity, least: Role = "viewer") -> Account:
        """The advertiser, for somebody who is at least that. Raises AdvertiserNotFound for outsiders, NotAllowed."""
        account = self._account(connection, advertiser, who)
        if account is None or account.role is None:
            raise AdvertiserNotFound
        if _RANKS[account.role] < _RANKS[least]:
            raise NotAllowed(f"Only {'owners' if least == 'owner' else 'owners and editors'} may do this.")
        return account

    def members_of(self, connection: Connection, advertiser: str) -> set[str]:
        found = select(advertiser_members.c.person).where(advertiser_members.c.advertiser == advertiser)
        return set(connection.execute(found).scalars())

    # -- accounts --------------------------------------------------------------------------------

    def create(
        self, who: Identity, *, name: str, payer: str | None, country: str, zone: str, house: bool = False
    ) -> Account:
        """Open an account; whoever does owns it. Blocks. Raises AdultsOnly, InvalidRequest, Conflict; NotAllowed for a
        house account of somebody who is no admin."""
        who.must_be_adult()
        if house and who.role != "admin":
            raise NotAllowed("Only admins may open an account for house ads.")
        row = {
            "id": new_id(), **_checked(name, payer, country, zone), "state": "verified" if house else "new",
            "reason": "", "stopped": "", "house": house, "created_by": who.id, "created_at": self._clock(),
        }  # fmt: skip

        def write(connection: Connection) -> Account:
            if len(self.of(connection, who)) >= ADVERTISERS_PER_PERSON_MAX:
                raise Conflict(f"You can belong to at most {ADVERTISERS_PER_PERSON_MAX} advertisers.")
            connection.execute(insert(advertisers).values(row))
            self._join(connection, str(row["id"]), who.id, "owner")
            return self.check(connection, str(row["id"]), who)

        return self._database.write(write)

    def edit(self, advertiser: str, who: Identity, *, name: str, payer: str | None, country: str, zone: str) -> Account:
        """Blocks. Another name or payer is verified again, and nothing is shown meanwhile. The zone holds for new
        campaigns only."""
        values = _checked(name, payer, country, zone)

        def write(connection: Connection) -> Account:
            before = self.check(connection, advertiser, who, "owner")
            named = (before.name, before.payer) == (values["name"], values["payer"])
            state = before.state if named or before.house else "new"
            changed = update(advertisers).where(advertisers.c.id == advertiser)
            connection.execute(changed.values(**values, state=state, reason=before.reason if named else ""))
            return self.check(connection, advertiser, who)

        return self._database.write(write)

    def of(self, connection: Connection, who: Identity) -> list[Account]:
        """Those that somebody belongs to, the oldest first."""
        mine = _ACCOUNT.join(
            advertiser_members,
            and_(advertiser_members.c.advertiser == advertisers.c.id, advertiser_members.c.person == who.id),
        ).add_columns(advertiser_members.c.role)
        return [Account(*row) for row in connection.execute(mine.order_by(advertisers.c.id))]

    def _account(self, connection: Connection, advertiser: str, who: Identity) -> Account | None:
        role = select(advertiser_members.c.role).where(
            advertiser_members.c.advertiser == advertisers.c.id, advertiser_members.c.person == who.id
        )
        found = _ACCOUNT.add_columns(role.scalar_subquery()).where(advertisers.c.id == advertiser)
        row = connection.execute(found).first()
        return Account(*row) if row else None

    @staticmethod
    def buyer(connection: Connection, advertiser: str) -> Buyer:
        """As its receipts name it."""
        columns = advertisers.c
        found = select(columns.name, columns.payer, columns.country).where(columns.id == advertiser)
        row = connection.execute(found).first()
        return Buyer(row.name, row.payer or "", row.country) if row else Buyer()

    # -- members ---------------------------------------------------------------------------------

    def members(self, connection: Connection, advertiser: str, who: Identity) -> list[Member]:
        """And after them those who are invited."""
        self.check(connection, advertiser, who)
        found: list[Member] = []
        for table in (advertiser_members, advertiser_invitations):
            mine = select(table).where(table.c.advertiser == advertiser).order_by(table.c.at, table.c.person)
            rows = connection.execute(mine).all()
            people = self._brief(connection, [row.person for row in rows])
            invited = table is advertiser_invitations
            found += [Member(people[row.person], row.role, row.at, invited) for row in rows if row.person in people]
        return found

    def set_member(self, advertiser: str, who: Identity, handle: str, role: Role) -> list[Member]:
        """Invite somebody, or change the role of a member. Blocks. Raises NotFound, Conflict; the last owner stays
        one."""

        def write(connection: Connection) -> list[Member]:
            self.check(connection, advertiser, who, "owner")
            person = self._by_handle(connection, handle).id
            roles = self._locked_roles(connection, advertiser)
            if person in roles:
                _keep_an_owner({**roles, person: role})
                connection.execute(_without(advertiser, person))
                self._join(connection, advertiser, person, role)
            else:
                self._invite(connection, advertiser, who, person, role, len(roles))
            return self.members(connection, advertiser, who)

        return self._database.write(write)

    def _invite(
        self, connection: Connection, advertiser: str, who: Identity, person: str, role: Role, members: int
    ) -> None:
        """Nobody acts for an advertiser who has not agreed: its people's videos may be ads, and they win no prize."""
        connection.execute(_uninvited(advertiser, person))
        others = select(func.count()).where(advertiser_invitations.c.advertiser == advertiser)
        if members + connection.execute(others).scalar_one() >= MEMBERS_MAX:
            raise Conflict(f"An advertiser has at most {MEMBERS_MAX} members.")
        row = {"advertiser": advertiser, "person": person, "role": role, "by": who.id, "at": self._clock()}
        connection.execute(insert(advertiser_invitations).values(row))
        self._notices.invited(connection, advertiser, person)

    def invitations(self, connection: Connection, who: Identity) -> list[Invitation]:
        """The oldest first."""
        asked = select(advertiser_invitations, advertisers.c.name).join(
            advertisers, advertisers.c.id == advertiser_invitations.c.advertiser
        )
        mine = asked.where(advertiser_invitations.c.person == who.id).order_by(advertiser_invitations.c.at)
        rows = connection.execute(mine).all()
        people = self._brief(connection, [row.by for row in rows])
        return [Invitation(row.advertiser, row.name, row.role, people.get(row.by), row.at) for row in rows]

    def accept(self, advertiser: str, who: Identity) -> Account:
        """Become what one is invited to be. Blocks. Raises AdultsOnly, NotFound, Conflict."""
        who.must_be_adult()

        def write(connection: Connection) -> Account:
            self._locked_roles(connection, advertiser)
            role = connection.execute(_uninvited(advertiser, who.id)).scalar()
            if role is None:
                raise NotFound("There is no such invitation.")
            if len(self.of(connection, who)) >= ADVERTISERS_PER_PERSON_MAX:
                raise Conflict(f"You can belong to at most {ADVERTISERS_PER_PERSON_MAX} advertisers.")
            self._join(connection, advertiser, who.id, role)
            return self.check(connection, advertiser, who)

        return self._database.write(write)

    def decline(self, advertiser: str, who: Identity) -> None:
        """Blocks. Again changes nothing."""
        self._database.write(lambda c: c.execute(_uninvited(advertiser, who.id)).scalar())

    def remove_member(self, advertiser: str, who: Identity, handle: str) -> None:
        """Remove somebody, or leave; or invite somebody no more. Blocks. Raises NotFound, Conflict."""

        def write(connection: Connection) -> None:
            person = self._by_handle(connection, handle).id
            self.check(connection, advertiser, who, "viewer" if person == who.id else "owner")
            roles = self._locked_roles(connection, advertiser)
            roles.pop(person, None)
            _keep_an_owner(roles)
            connection.execute(_without(advertiser, person))
            connection.execute(_uninvited(advertiser, person))

        self._database.write(write)

    def _join(self, connection: Connection, advertiser: str, person: str, role: Role) -> None:
        row = {"advertiser": advertiser, "person": person, "role": role, "at": self._clock()}
        connection.execute(insert(advertiser_members).values(row))

    @staticmethod
    def _locked_roles(connection: Connection, advertiser: str) -> dict[str, Role]:
        """The advertiser is locked, so that two owners do not remove each other."""
        connection.execute(select(advertisers.c.id).where(advertisers.c.id == advertiser).with_for_update())
        found = select(advertiser_members).where(advertiser_members.c.advertiser == advertiser)
        return {row.person: row.role for row in connection.execute(found)}

    # -- the platform ----------------------------------------------------------------------------

    def to_verify(self, connection: Connection, cursor: str, limit: int) -> Sequence[Account]:
        """Those whose names wait, the oldest first: one more than `limit` when there are more."""
        found = _ACCOUNT.where(advertisers.c.state == "new", advertisers.c.id > cursor)
        return [Account(*row) for row in connection.execute(found.order_by(advertisers.c.id).limit(limit + 1))]

    def decide(
        self, advertiser: str, who: Identity, *, name: str, payer: str | None, verified: bool, reason: str
    ) -> None:
        """Verify the name and the payer as they were seen, or reject them. Blocks. Raises AdvertiserNotFound, Conflict
        when they have changed, NotAllowed for a member."""
        reason = _line(reason, REASON_CHARS_MAX, "reason")
        if not verified and not reason:
            raise InvalidRequest("Say why the name is rejected.")

        def write(connection: Connection) -> None:
            self._independent(connection, advertiser, who)
            decided = update(advertisers).where(
                advertisers.c.id == advertiser,
                advertisers.c.name == name,
                advertisers.c.payer.is_not_distinct_from(payer),
            )
            values = {"state": "verified" if verified else "rejected", "reason": "" if verified else reason}
            if not connection.execute(decided.values(**values, reviewed_by=who.id, reviewed_at=self._clock())).rowcount:
                raise Conflict("The advertiser's name has changed.")
            self._notices.named(connection, advertiser, "" if verified else reason, self._clock())

        self._database.write(write)

    def stop(self, advertiser: str, who: Identity, *, stopped: bool) -> None:
        """Show nothing of an advertiser, or let it go on, also after a dispute. Blocks. Raises AdvertiserNotFound,
        NotAllowed for a member."""
        changed = update(advertisers).where(advertisers.c.id == advertiser).values(stopped="admin" if stopped else "")

        def write(connection: Connection) -> None:
            self._independent(connection, advertiser, who)
            connection.execute(changed)

        self._database.write(write)

    def _independent(self, connection: Connection, advertiser: str, who: Identity) -> None:
        """Raises AdvertiserNotFound, NotAllowed."""
        account = self._account(connection, advertiser, who)
        if account is None:
            raise AdvertiserNotFound
        if account.role is not None and not account.house:
            raise NotAllowed("Somebody who does not belong to the advertiser must decide this.")

    def disputed(self, connection: Connection, purchase: Purchase) -> None:
        """Somebody's bank disputes a payment for ads: nothing is shown until it is won, or an admin decides."""
        if purchase.advertiser is None:
            return
        mine = update(advertisers).where(advertisers.c.id == purchase.advertiser)
        if purchase.state == "won":
            if not is_disputed(connection, purchase.advertiser):
                connection.execute(mine.where(advertisers.c.stopped == "dispute").values(stopped=""))
        else:
            connection.execute(mine.where(advertisers.c.stopped == "").values(stopped="dispute"))


_ACCOUNT = select(
    *(advertisers.c[field] for field in Account.__struct_fields__ if field != "role")
).select_from(advertisers)  # fmt: skip


def _without(advertiser: str, person: str) -> Any:
    return delete(advertiser_members).where(
        advertiser_members.c.advertiser == advertiser, advertiser_members.c.person == person
    )


def _uninvited(advertiser: str, person: str) -> Any:
    """Returns the role that was offered, if any."""
    mine = advertiser_invitations.c.advertiser == advertiser, advertiser_invitations.c.person == person
    return delete(advertiser_invitations).where(*mine).returning(advertiser_invitations.c.role)


def _keep_an_owner(roles: Mapping[str, Role]) -> None:
    if "owner" not in roles.values():
        raise Conflict("An advertiser needs an owner.")


def _line(text: str, chars_max: int, what: str) -> str:
    cleaned = clean_line(text, chars_max)
    if cleaned is None:
        raise InvalidRequest(f"The {what} has at most {chars_max} characters.")
    return cleaned


def _checked(name: str, payer: str | None, country: str, zone: str) -> dict[str, Any]:
    named = _line(name, NAME_CHARS_MAX, "name")
    if not named:
        raise InvalidRequest("An advertiser needs a name.")
    if not _COUNTRY.match(country):
        raise InvalidRequest("A country is two capital letters (ISO 3166-1).")
    paid_by = _line(payer or "", NAME_CHARS_MAX, "payer") or None
    return {
        "name": named,
        "payer": paid_by if paid_by != named else None,
        "country": country,
        "zone": checked_zone(zone),
    }


def acts_for_an_advertiser(connection: Connection, person: str) -> bool:
    mine = select(advertiser_members.c.advertiser).where(advertiser_members.c.person == person)
    return connection.execute(mine.limit(1)).first() is not None
