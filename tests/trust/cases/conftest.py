"""Moderators, members and their videos, over a real database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select

from core.database import Database
from core.identity import Identity
from core.storage import FolderStorage
from people.authentication import Authentication
from people.inbox.notices import Notice, Silence
from people.sessions import Sessions
from tests.vod.conftest import House
from trust.audit.chain import Audit
from trust.cases.appeals import Appeals
from trust.cases.decisions import Decisions, Verdict
from trust.cases.intake import Intake
from trust.cases.opinions import Opinions
from trust.cases.queue import Queue
from trust.cases.subjects import SubjectKind, Subjects
from trust.cases.tables import cases
from trust.cases.telling import Telling
from trust.cases.views import Views
from trust.reports import Subject


@dataclass
class Told(Silence):
    """Keeps what people were told."""

    notices: list[Notice] = field(default_factory=list)

    def tell(self, connection: Connection, notices: Any) -> None:
        self.notices += notices


class Desk:
    """The moderators' domain, with everything that can be reported in a house."""

    def __init__(self, house: House) -> None:
        self.house, self.database, self.clock, self.inbox = house, house.database, house.time, Told()
        self.subjects, self.audit, self.queue = Subjects(), Audit(self.clock), Queue(self.clock)
        house.reports.file(Intake(self.clock, self.subjects).report)
        self.telling = Telling(self.database, self.clock, self.inbox)
        self.decisions = Decisions(
            self.clock,
            self.queue,
            self.subjects,
            self.audit,
            self.telling,
            house.accounts.is_staff,
            Opinions(self.clock, lambda _: self.moderators, percent=100, chance=lambda: self.drawn),
        )
        self.appeals = Appeals(self.clock, self.queue, self.decisions, self.subjects, self.audit, self.inbox)
        self.views = Views(self.clock, self.subjects, house.accounts.brief)
        videos = house.vod.moderation
        self.subjects.add("video", SubjectKind(
            text=videos.video_text, page=lambda _, video: f"/video/{video}", hide=videos.hide_video,
            restore=videos.restore_video,
        ))  # fmt: skip
        self.subjects.add("comment", SubjectKind(
            text=videos.comment_text, page=lambda *_: "", hide=videos.hide_comment, restore=videos.restore_comment
        ))  # fmt: skip
        self.subjects.add("person", SubjectKind(text=house.accounts.said_by, page=house.accounts.page_of))
        self.moderators, self.drawn = 2, 1.0  # 0: a decision is drawn for a second opinion
        self._authentication = Authentication(self.database, Sessions(self.database, self.clock), self.clock)
        self.ann, self.ben = (house.person(moderates=True) for _ in range(2))
        self.troll, self.fan = house.person(), house.person()

    def report(self, video: str, by: Identity | None = None, reason: str = "hate", kind: str = "video") -> str:
        return self.house.reports.add(by or self.fan, Subject(kind, video), reason, "")  # type: ignore[arg-type]

    def reported(self, reason: str = "hate") -> str:
        """A video of the troll that somebody has reported."""
        video = self.house.show(self.troll)
        self.report(video, self.house.person(), reason)
        return video

    def claim(self, who: Identity | None = None) -> tuple[Any, str] | None:
        return self.database.write(lambda c: self.queue.claim(c, who or self.ann, moderators=self.moderators))

    def claimed(self, who: Identity | None = None) -> tuple[Any, str]:
        taken = self.claim(who)
        assert taken is not None
        return taken

    def decide(self, who: Identity | None = None, **verdict: Any) -> str:
        """Decide the first case."""
        row, token = self.claimed(who)
        return self.settle(row, token, who, **verdict)

    def settle(self, row: Any, token: str, who: Identity | None = None, **verdict: Any) -> str:
        given = {"content": "hide", "category": "illegal_or_harmful_speech", "reason": "It is hateful."} | verdict
        made = Verdict(**given)
        return self.database.write(lambda c: self.decisions.decide(c, who or self.ann, row.id, token, made).id)

    def appeal(self, decision: str, text: str = "It was a joke.") -> None:
        self.database.write(lambda c: self.appeals.appeal(c, self.troll, decision, text))

    def judge(self, who: Identity, *, reverse: bool) -> None:
        row, token = self.claimed(who)
        self.database.write(lambda c: self.appeals.judge(c, who, row.id, token, reverse=reverse, reason="Seen again."))

    def identity(self, who: Identity) -> Identity:
        """As the next request of this person sees it."""
        import asyncio

        return asyncio.run(self._authentication.by_id(who.id))

    def case(self, subject: str) -> Any:
        query = select(cases).where(cases.c.subject == subject)
        return self.database.read(lambda c: c.execute(query).first())


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Iterator[Desk]:
    storage = FolderStorage(tmp_path / "media")
    yield Desk(House(database, storage, tmp_path))
    storage.close()
