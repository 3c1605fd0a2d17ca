"""Proposals of an agency: an admin makes one for the platform and the agency, and it holds once the creator accepts."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from sqlalchemy import Connection, Row, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from core.clock import Clock
from core.errors import Conflict, NotFound
from core.ids import new_id
from money.agreements.agreements import AHEAD_DAYS_MAX, BEGINS_AFTER_MS, Agreement, Agreements, check_percents
from money.agreements.notices import AgreementNotices
from money.earnings.hold import DAY_MS
from money.errors import InvalidAgreement, ProposalNotOpen
from money.ledger.terms import Terms
from money.tables import agreement_proposals as table

PROPOSAL_DAYS = 30
PROPOSALS_MAX = 500  # to one creator, ever
PROPOSALS_SHOWN_MAX = 50

ProposalState = Literal["open", "accepted", "refused", "withdrawn", "lapsed"]
"""`lapsed`: nobody answered in PROPOSAL_DAYS."""


class Proposal(msgspec.Struct, frozen=True):
    """As an Agreement. `valid_from`: at the earliest; never before it is accepted."""

    id: str
    creator: str
    agency: str
    platform_percent: int
    agency_percent: int
    valid_from: int
    state: ProposalState
    by: str
    at: int
    decided_at: int | None = None


class Proposals:
    def __init__(self, clock: Clock, agreements: Agreements, notices: AgreementNotices) -> None:
        self._clock = clock
        self._agreements = agreements
        self._notices = notices

    def of(self, connection: Connection, creator: str) -> list[Proposal]:
        """Those made to a creator, the newest first."""
        newest = _PROPOSAL.where(table.c.creator == creator).order_by(table.c.id.desc()).limit(PROPOSALS_SHOWN_MAX)
        return [self._proposal(row) for row in connection.execute(newest)]

    def propose(
        self, connection: Connection, creator: str, agency: str, platform_percent: int, agency_percent: int,
        valid_from: int, by: str,
    ) -> Proposal:  # fmt: skip
        """Propose an agency in place of whatever is proposed already. Raises InvalidAgreement, Conflict."""
        check_percents(platform_percent, agency_percent)
        now = self._clock()
        if creator == agency:
            raise InvalidAgreement("Nobody is their own agency.")
        if agency_percent == 0:
            raise InvalidAgreement("An agency gets at least 1 percent.")
        if valid_from > now + AHEAD_DAYS_MAX * DAY_MS:
            raise InvalidAgreement(f"A change is planned at most {AHEAD_DAYS_MAX} days ahead.")
        made_so_far = select(func.count()).select_from(table).where(table.c.creator == creator)
        if connection.execute(made_so_far).scalar_one() >= PROPOSALS_MAX:
            raise InvalidAgreement(f"A creator gets at most {PROPOSALS_MAX} proposals.")
        self._decide(connection, "withdrawn", table.c.creator == creator)
        made = Proposal(
            new_id(), creator, agency, platform_percent, agency_percent, max(valid_from, now), "open", by, now
        )
        try:
            with connection.begin_nested():
                connection.execute(insert(table).values(msgspec.structs.asdict(made)))
        except IntegrityError:  # another admin was faster
            raise Conflict from None
        self._notices.proposed(connection, made)
        return made

    def accept(self, connection: Connection, creator: str, id: str) -> Agreement:
        """Agree to what was proposed: it begins then, or when the notice of the agency before it ends.

        Raises NotFound, ProposalNotOpen, RateTooHigh, Conflict.
        """
        proposal = self._settle(connection, creator, id, "accepted")
        self._agreements.lock(connection, creator)
        begins = max(
            proposal.valid_from,
            self._clock() + BEGINS_AFTER_MS,
            self._agreements.agency_keeps_until(connection, creator, proposal.agency),
        )
        terms = Terms(proposal.platform_percent, "", proposal.agency, proposal.agency_percent)
        made = self._agreements.follow(connection, creator, terms, begins, proposal.by, proposal=proposal.id)
        self._notices.accepted(connection, made)
        return made

    def refuse(self, connection: Connection, creator: str, id: str) -> Proposal:
        """Raises NotFound, ProposalNotOpen."""
        refused = self._settle(connection, creator, id, "refused")
        self._notices.refused(connection, refused)
        return refused

    def withdraw(self, connection: Connection, id: str) -> Proposal:
        """An admin's. Raises NotFound, ProposalNotOpen."""
        return self._settle(connection, None, id, "withdrawn")

    def _settle(self, connection: Connection, creator: str | None, id: str, state: ProposalState) -> Proposal:
        mine = table.c.id == id if creator is None else (table.c.id == id) & (table.c.creator == creator)
        row = connection.execute(_PROPOSAL.where(mine)).first()
        if row is None:
            raise NotFound("There is no such proposal.")
        if self._proposal(row).state == "lapsed" or not self._decide(connection, state, mine):
            raise ProposalNotOpen
        return msgspec.structs.replace(self._proposal(row), state=state, decided_at=self._clock())

    def _decide(self, connection: Connection, state: ProposalState, whose: Any) -> bool:
        """Forward only: an open one becomes something else, once."""
        decided = update(table).where(whose, table.c.state == "open").values(state=state, decided_at=self._clock())
        return connection.execute(decided).rowcount > 0

    def _proposal(self, row: Row[*tuple[Any, ...]]) -> Proposal:
        found = Proposal(*row)
        if found.state == "open" and self._clock() > found.at + PROPOSAL_DAYS * DAY_MS:
            return msgspec.structs.replace(found, state="lapsed")
        return found


_PROPOSAL = select(*(table.c[field] for field in Proposal.__struct_fields__))
