"""Cases over HTTP, for moderators, and decisions, for those they are about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

import msgspec
from sqlalchemy import Connection

from core.database import Database
from core.http import Access, Call, Operation, Page, Paging
from core.limits import Rate
from trust.cases.appeals import APPEAL_CHARS_MAX, Appeals
from trust.cases.decisions import REASON_CHARS_MAX, Announce, Decisions, Verdict
from trust.cases.effects import Effects
from trust.cases.queue import Queue
from trust.cases.views import CaseView, QueuedCase, Statement, Views

APPEAL_RATE = Rate(10, 3_600)
TOKEN_CHARS_MAX = 64
Token = Annotated[str, msgspec.Meta(min_length=1, max_length=TOKEN_CHARS_MAX)]


class Claim(msgspec.Struct, forbid_unknown_fields=True):
    """`case`: this one; the first one without it."""

    case: Annotated[str, msgspec.Meta(max_length=TOKEN_CHARS_MAX)] = ""


class Claimed(msgspec.Struct):
    """`token`: proves that one holds the case. `case`: null when there is nothing to do."""

    case: CaseView | None
    token: str


class Holding(msgspec.Struct, forbid_unknown_fields=True):
    token: Token


class Lease(msgspec.Struct):
    """`until`: Unix ms."""

    until: int


class Release(msgspec.Struct, forbid_unknown_fields=True):
    """`skip`: one does not want to see it again."""

    token: Token
    skip: bool = False


class NewDecision(msgspec.Struct, forbid_unknown_fields=True):
    token: Token
    verdict: Verdict


class NewJudgement(msgspec.Struct, forbid_unknown_fields=True):
    token: Token
    reverse: bool
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=REASON_CHARS_MAX)]


class Decided(msgspec.Struct):
    """`id`: of the decision; empty while it `waits`: for `somebody` else who agrees, or a `day` if there is nobody."""

    id: str
    waits: Literal["", "somebody", "day"] = ""


class NewAppeal(msgspec.Struct, forbid_unknown_fields=True):
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=APPEAL_CHARS_MAX)]


class CaseRoutes:
    def __init__(
        self,
        database: Database,
        queue: Queue,
        decisions: Decisions,
        appeals: Appeals,
        views: Views,
        effects: Effects,
        announce: Announce,
        moderators: Callable[[Connection], int],
    ) -> None:
        """`moderators`: how many people could judge an appeal."""
        self._database = database
        self._queue = queue
        self._decisions = decisions
        self._appeals = appeals
        self._views = views
        self._effects = effects
        self._announce = announce
        self._moderators = moderators

    def operations(self) -> list[Operation]:
        staff = Access.MODERATOR
        one = "/api/moderation/cases/{case}"
        return [
            Operation("GET", "/api/moderation/cases", self.list, access=staff),
            Operation("POST", "/api/moderation/claims", self.claim, access=staff),
            Operation("PUT", f"{one}/lease", self.renew, access=staff),
            Operation("POST", f"{one}/release", self.release, access=staff),
            Operation("POST", f"{one}/decision", self.decide, access=staff, status=201),
            Operation("POST", f"{one}/judgement", self.judge, access=staff, status=201),
            Operation("GET", "/api/decisions", self.own),
            Operation("POST", "/api/decisions/{decision}/appeal", self.appeal, rate=APPEAL_RATE, action="always"),
        ]

    def list(self, call: Call, query: Paging) -> Page[QueuedCase]:
        """List the cases that wait for a moderator, the first one first, but for those about yourself."""
        return self._database.read(lambda c: self._views.queue(c, call.identity, query.cursor, query.limit))

    def claim(self, call: Call, body: Claim) -> Claimed:
        """Take a case to decide, for ten minutes."""
        who = call.identity

        def write(connection: Connection) -> Claimed:
            moderators, queue = self._moderators(connection), self._queue
            taken = (
                queue.claim_one(connection, who, body.case, moderators=moderators)
                if body.case
                else queue.claim(connection, who, moderators=moderators)
            )
            return Claimed(None, "") if taken is None else Claimed(self._views.case(connection, taken[0]), taken[1])

        return self._database.write(write)

    def renew(self, call: Call, case: str, body: Holding) -> Lease:
        """Hold a case for ten minutes more."""
        return Lease(self._database.write(lambda c: self._queue.renew(c, call.identity, case, body.token)))

    def release(self, call: Call, case: str, body: Release) -> None:
        """Give a case back undecided."""
        who = call.identity
        self._database.write(lambda c: self._queue.release(c, who, case, body.token, skip=body.skip))

    async def decide(self, call: Call, case: str, body: NewDecision) -> Decided:
        """Decide a case."""
        who = call.identity
        made = await self._database.write_async(
            lambda c: self._decisions.decide(c, who, case, body.token, body.verdict)
        )  # fmt: skip
        if not made.id:
            moderators = await self._database.read_async(self._moderators)
            return Decided("", "somebody" if moderators > 1 else "day")
        self._announce(made.about)
        self._effects.wake()
        return Decided(made.id)

    async def judge(self, call: Call, case: str, body: NewJudgement) -> Decided:
        """Decide an appeal."""
        who = call.identity
        decision = await self._database.write_async(
            lambda c: self._appeals.judge(c, who, case, body.token, reverse=body.reverse, reason=body.reason)
        )
        self._announce(decision.about)
        return Decided(decision.id)

    def own(self, call: Call, query: Paging) -> Page[Statement]:
        """List the decisions about you, with their reasons, the newest first."""
        return self._database.read(lambda c: self._views.past(c, call.identity.id, query.cursor, query.limit))

    def appeal(self, call: Call, decision: str, body: NewAppeal) -> None:
        """Ask for a decision about you to be looked at by somebody else."""
        self._database.write(lambda c: self._appeals.appeal(c, call.identity, decision, body.text))
