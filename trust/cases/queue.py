"""The queue: who looks at which case. Nobody works twice on one, and none is lost with a tab that is closed."""

from __future__ import annotations

import hashlib
import secrets
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, Connection, Row, and_, bindparam, delete, exists, func, or_, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from core.clock import Clock
from core.identity import Identity
from trust.cases.intake import note
from trust.cases.tables import case_opinions, case_skips, cases
from trust.errors import CaseLost, CaseNotFound
from trust.tables import reports

LEASE_MS = 10 * 60_000
TOKEN_BYTES = 24
ALONE_WAITS_MS = 24 * 3_600_000
"""Where there is nobody else, who decided judges the appeal too, but not before having slept on it."""

STUCK_MS = 3 * ALONE_WAITS_MS
"""After so long without anybody else, such as where the only other moderator wrote what the case is about, those who
were asked may decide again, too."""
ENOUGH = 2  # moderators, so that somebody else can judge an appeal


class Queue:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def claim(self, connection: Connection, who: Identity, *, moderators: int) -> tuple[Row[Any], str] | None:
        """Take the case that is to be looked at first, and a token to decide it with; None if there is none.

        `moderators`: how many people moderate; where nobody else is left, a day has to pass. What somebody held before
        goes back.
        """
        return self._take(connection, who, None, moderators)

    def claim_one(self, connection: Connection, who: Identity, case: str, *, moderators: int) -> tuple[Row[Any], str]:
        """Take this case. Raises CaseNotFound, also while somebody else has it."""
        taken = self._take(connection, who, case, moderators)
        if taken is None:
            raise CaseNotFound
        return taken

    def _take(
        self, connection: Connection, who: Identity, case: str | None, moderators: int
    ) -> tuple[Row[Any], str] | None:  # fmt: skip
        self.release_all(connection, who.id)
        token, now = secrets.token_urlsafe(TOKEN_BYTES), self._clock()
        statement = _claim(moderators < ENOUGH, case is not None, connection.dialect.name == "postgresql")
        asked = {"me": who.id, "now": now, "slept": now - ALONE_WAITS_MS, "wanted": case or ""}
        asked |= {"moderators": moderators, "stuck": now - STUCK_MS}
        given = {"held_by": who.id, "held_until": now + LEASE_MS, "held_with": digest(token)}
        row = connection.execute(statement, asked | given).first()
        if row is None:
            return None
        note(connection, now, row.id, who.id, "claimed")
        return row, token

    def renew(self, connection: Connection, who: Identity, case: str, token: str) -> int:
        """Hold it longer, until the returned time (Unix ms). Raises CaseLost."""
        until = self._clock() + LEASE_MS
        row = self.held(connection, who, case, token)
        connection.execute(update(cases).where(cases.c.id == row.id).values(lease_until=until))
        return until

    def release(self, connection: Connection, who: Identity, case: str, token: str, *, skip: bool) -> None:
        """Give a case back; `skip`: this person does not get it again. Raises CaseLost."""
        row = self.held(connection, who, case, token)
        if skip:
            dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
            new = dialect.insert(case_skips).values(case=case, person=who.id)
            connection.execute(new.on_conflict_do_nothing())
        connection.execute(_freed(cases.c.id == row.id))
        note(connection, self._clock(), case, who.id, "skipped" if skip else "released")

    def release_all(self, connection: Connection, person: str) -> None:
        """Whatever somebody holds goes back, such as when their role ends."""
        connection.execute(_RELEASE_ALL, {"me": person})

    def held(self, connection: Connection, who: Identity, case: str, token: str) -> Row[Any]:
        """The case, locked, if this person holds it by this token. Raises CaseLost."""
        mine = select(cases).where(cases.c.id == case).with_for_update()
        row = connection.execute(mine).first()
        now = self._clock()
        good = row is not None and row.holder == who.id and row.lease_until > now and row.state != "decided"
        if row is None or not good or not secrets.compare_digest(row.token or b"", digest(token)):
            raise CaseLost
        return row

    def forget_skips(self, connection: Connection, case: str) -> None:
        connection.execute(delete(case_skips).where(case_skips.c.case == case))


# Literally: a prepared statement matches no partial index by a parameter.
_WAITING, _HELD = text("cases.state <> 'decided'"), text("cases.holder <> ''")


_ME: BindParameter[str] = bindparam("me")
_NOW: BindParameter[int] = bindparam("now")


@cache
def _claim(alone: bool, one: bool, skip_locked: bool) -> Any:
    """Take the first case that somebody may decide, or one of a name: nothing about themselves or reported by them, nor
    an appeal against what they decided, nor a second time what others have to agree about."""
    others = cases.c.decided_by != _ME
    mine = (
        select(cases.c.id)
        .where(
            _WAITING,
            or_(cases.c.lease_until <= _NOW, cases.c.holder == _ME),
            cases.c.about != _ME,
            or_(others, cases.c.appealed_at <= bindparam("slept")) if alone else others,
            or_(~_has_said(), _nobody_else()),
            ~exists().where(case_skips.c.case == cases.c.id, case_skips.c.person == _ME),
            ~exists().where(
                reports.c.kind == cases.c.kind, reports.c.subject == cases.c.subject, reports.c.reporter == _ME
            ),
        )
        .order_by(cases.c.rank)
        .limit(1)
    )
    if one:
        mine = mine.where(cases.c.id == bindparam("wanted"))
    if skip_locked:
        mine = mine.with_for_update(skip_locked=True, of=cases)
    free = or_(cases.c.lease_until <= _NOW, cases.c.holder == _ME)
    taken = update(cases).where(cases.c.id == mine.scalar_subquery(), free)
    values = {
        "holder": bindparam("held_by"), "lease_until": bindparam("held_until"), "token": bindparam("held_with"),
        "version": cases.c.version + 1,
    }  # fmt: skip
    return taken.values(values).returning(cases)


def _has_said() -> Any:
    """Somebody's own opinion of this case, or of what is appealed against."""
    mine = case_opinions.c.case == cases.c.id, case_opinions.c.by == _ME
    return exists().where(*mine, or_(case_opinions.c.settled == 0, cases.c.state == "appealed"))


def _nobody_else() -> Any:
    """All who moderate were asked, a day ago; or nobody else has come for three days."""
    asked = case_opinions.c.case == cases.c.id, case_opinions.c.settled == 0
    count = select(func.count()).select_from(case_opinions).where(*asked).correlate(cases).scalar_subquery()
    newest = select(func.max(case_opinions.c.at)).where(*asked).correlate(cases).scalar_subquery()
    everybody = and_(count >= bindparam("moderators"), newest <= bindparam("slept"))
    return and_(cases.c.state == "second", or_(everybody, newest <= bindparam("stuck")))


def digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _freed(which: Any) -> Any:
    return update(cases).where(which).values(holder="", token=None, lease_until=0)


_RELEASE_ALL = _freed(and_(cases.c.holder == _ME, _HELD))
