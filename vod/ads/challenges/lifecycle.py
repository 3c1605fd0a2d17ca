"""What moves a challenge from one state to the next, with its prize. The clock decides, whoever asks first.

Whoever acts on a challenge locks it and brings it up to date (`locked`), so nothing depends on when the schedule ran.
"""

from __future__ import annotations

from typing import Any

import structlog
from sqlalchemy import Connection, Row, select, update

from core.clock import Clock
from core.database import Database
from core.errors import Refusal
from money.ads.prizes import Prizes
from vod.ads.campaigns.tables import advertisers
from vod.ads.challenges.entries import Entries
from vod.ads.challenges.notices import ChallengeNotices
from vod.ads.challenges.states import CLAIMING, WATCHED, ChallengeState, is_possible
from vod.ads.challenges.tables import ad_challenges
from vod.ads.challenges.terms import JUDGING_DAYS
from vod.errors import ChallengeNotFound, ChallengeNotOpen

TICK_EVERY_S = 30.0
ROWS_MAX = 500
JUDGING_MS = JUDGING_DAYS * 86_400_000

log = structlog.get_logger("ads")


class ChallengeLifecycle:
    def __init__(
        self, database: Database, clock: Clock, prizes: Prizes, entries: Entries, notices: ChallengeNotices
    ) -> None:
        self._database = database
        self._clock = clock
        self._prizes = prizes
        self._entries = entries
        self._notices = notices

    def locked(self, connection: Connection, challenge: str) -> Row[Any]:
        """A challenge in the state it should be in by now, until the transaction ends. Raises ChallengeNotFound."""
        row = self._locked(connection, challenge)
        while self._step(connection, row):
            row = self._locked(connection, challenge)
        return row

    @staticmethod
    def _locked(connection: Connection, challenge: str) -> Row[Any]:
        row = connection.execute(select(ad_challenges).where(ad_challenges.c.id == challenge).with_for_update()).first()
        if row is None:
            raise ChallengeNotFound
        return row

    def move(self, connection: Connection, row: Row[Any], state: ChallengeState, **values: object) -> None:
        """Raises ChallengeNotOpen when the challenge cannot get there. The caller has locked it."""
        if not is_possible(row.state, state):
            raise ChallengeNotOpen(f"The challenge is in the state {row.state}.")
        if state == "review":
            values = {"open_tag": row.tag, **values}
        elif state not in CLAIMING:
            values = {"open_tag": None, **values}
        mine = update(ad_challenges).where(ad_challenges.c.id == row.id)
        connection.execute(mine.values(state=state, state_at=self._clock(), **values))
        log.info("challenge moved", challenge=row.id, state=state)

    def cancel(self, connection: Connection, row: Row[Any], because: str = "") -> None:
        """End it without a winner; its prize goes back. Raises ChallengeNotOpen."""
        self.move(connection, row, "cancelled", stopped_because=because)
        if row.state != "draft":
            self._prizes.give_back(connection, row.id)

    def reject(self, connection: Connection, row: Row[Any], **values: object) -> None:
        """It is a draft again, and its prize goes back. Raises ChallengeNotOpen."""
        self.move(connection, row, "draft", **values)
        self._prizes.give_back(connection, row.id)

    def decide(self, connection: Connection, row: Row[Any], entry: Row[Any], by: str, because: str) -> None:
        """An entry wins. `by`: a person of the sponsor; empty: its likes. Raises ChallengeNotOpen."""
        now = self._clock()
        self.move(
            connection, row, "decided", winner=entry.person, winner_video=entry.video, winner_likes=entry.likes,
            chosen_by=by, chosen_because=because, decided_at=now,
        )  # fmt: skip
        self._notices.decided(connection, row, entry, self._entries)

    def tick(self) -> None:
        """Move on what the clock moves. Blocks."""
        last = ""
        while True:
            found = select(ad_challenges.c.id).where(ad_challenges.c.state.in_(WATCHED), ad_challenges.c.id > last)
            page = found.order_by(ad_challenges.c.id).limit(ROWS_MAX)
            ids = self._database.read(lambda c: c.execute(page).scalars().all())  # noqa: B023  it runs at once
            for challenge in ids:
                self.catch_up(challenge)
            if len(ids) < ROWS_MAX:
                return
            last = ids[-1]

    def catch_up(self, challenge: str) -> None:
        """Bring it up to date now. Blocks."""
        try:
            self._database.write(lambda c: self.locked(c, challenge))
        except Refusal as refusal:  # the others go on
            log.error("challenge stuck", challenge=challenge, code=refusal.code)

    # -- one step --------------------------------------------------------------------------------

    def _step(self, connection: Connection, row: Row[Any]) -> bool:
        """Move it on, if it should be in another state by now."""
        now = self._clock()
        if row.state in ("review", "ready"):
            return self._before(connection, row, now)
        if row.state == "running" and row.ends_at <= now:
            self._entries.fix(connection, row)
            self.move(connection, row, "judging", judge_until=row.ends_at + JUDGING_MS)
            self._notices.over(connection, row)
            return True
        if row.state == "judging":
            return self._judge(connection, row, now)
        return row.state == "decided" and self._pay(connection, row, now)

    def _before(self, connection: Connection, row: Row[Any], now: int) -> bool:
        """It begins; or it never will, because nobody reviewed it in time or its advertiser was stopped."""
        stopped = select(advertisers.c.stopped).where(advertisers.c.id == row.advertiser)
        if connection.execute(stopped).scalar_one() or (row.ends_at <= now and row.state == "review"):
            self.cancel(connection, row)
            return True
        if row.state == "ready" and row.starts_at <= now:
            self._prizes.begin(connection, row.id)
            self.move(connection, row, "running")
            return True
        return False

    def _judge(self, connection: Connection, row: Row[Any], now: int) -> bool:
        """Without an entry that may win, the prize goes back. The most liked one wins where likes choose, and where the
        sponsor has not chosen in time."""
        best = self._entries.most_liked(connection, row)
        if best is None:
            self._prizes.give_back(connection, row.id)
            self.move(connection, row, "unwon")
            return True
        if row.choice == "sponsor" and now < row.judge_until:
            return False
        self.decide(connection, row, best, "", "")
        return True

    def _pay(self, connection: Connection, row: Row[Any], now: int) -> bool:
        """Pay the winner, unless something stands against it yet. A winner who is gone loses to the next one."""
        if row.winner not in self._entries.may_win(connection, row.advertiser, [row.winner]):
            self._entries.withdraw(connection, row.id, row.winner)
            nobody = dict.fromkeys(("winner", "winner_video", "winner_likes", "chosen_by", "decided_at"))
            again = now + JUDGING_MS if row.chosen_by else row.judge_until
            self.move(connection, row, "judging", judge_until=again, chosen_because="", **nobody)
            return True
        stopped = select(advertisers.c.stopped).where(advertisers.c.id == row.advertiser)
        waits = connection.execute(stopped).scalar_one() or now < self._prizes.payable_from(connection, row.advertiser)
        if waits or not self._prizes.possible(connection):
            return False
        paid = self._prizes.pay(connection, row.id, row.winner)
        self.move(connection, row, "paid")
        self._notices.paid(connection, row, paid.coins)
        return True
