"""Receipts of notices by mail, and the bounds of what strangers can make the server do."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, insert, select

from core.jobs import Jobs
from people.mail.outbox import ADDRESS_PER_DAY_MAX, RECEIPTS_PER_DAY_MAX, Outbox
from people.tables import mail_outbox
from tests.trust.cases.conftest import Desk
from tests.trust.cases.conftest import desk as desk
from trust.cases.intake import Intake
from trust.errors import TooManyNotices
from trust.legal.notices import OPEN_NOTICES_MAX, NewNotice, Notices, Received
from trust.legal.places import Place, Places
from trust.legal.tables import legal_notices
from trust.reports import Subject

EMAIL = "ida@example.org"


class Notifying:
    """Notices about the videos of a house, with a mail server that nobody has started."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.database = desk, desk.database
        places = Places("https://live.example.org")
        places.add("video", lambda c, video, who: Place(
            Subject("video", video), desk.house.vod.videos.visible(c, video, who).person
        ))  # fmt: skip
        self.outbox = Outbox(Jobs(desk.database, desk.clock), desk.clock, enabled=True)
        self.notices = Notices(desk.clock, places, Intake(desk.clock, desk.subjects), self.outbox)
        desk.telling.listen(self.notices.decided)

    def notify(self, video: str, email: str = EMAIL, language: str = "fr") -> Received:
        new = NewNotice(
            address=f"https://live.example.org/video/{video}", reason="illegal", why="It is a fraud, see §263 StGB.",
            name="Ida", email=email, good_faith=True, language=language,  # type: ignore[arg-type]
        )  # fmt: skip
        return self.database.write(lambda c: self.notices.add(c, new))

    def mails(self) -> list[Any]:
        query = select(mail_outbox).order_by(mail_outbox.c.id)
        return list(self.database.read(lambda c: c.execute(query).all()))

    def state(self, received: Received) -> str:
        return self.database.read(lambda c: self.notices.receipt(c, received.secret)).state


@pytest.fixture
def notifying(desk: Desk) -> Notifying:
    return Notifying(desk)


def test_receipt_decision_and_a_successful_appeal_are_mailed_in_the_language_of_the_form(notifying: Notifying) -> None:
    desk = notifying.desk
    received = notifying.notify(desk.house.show(desk.troll))
    assert received.mailed
    decision = desk.decide()
    assert notifying.state(received) == "upheld"
    desk.appeal(decision)
    desk.judge(desk.ben, reverse=True)
    assert notifying.state(received) == "reversed"
    mails = notifying.mails()
    assert [mail.kind for mail in mails] == ["notice_received", "notice_upheld", "notice_reversed"]
    assert {(mail.person, mail.address, mail.language, mail.detail) for mail in mails} == {
        (None, EMAIL, "fr", received.reference)
    }


def test_what_strangers_type_is_in_no_mail_and_the_secret_in_no_table(notifying: Notifying) -> None:
    received = notifying.notify(notifying.desk.house.show(notifying.desk.troll))
    [mail] = notifying.mails()
    assert "fraud" not in str(mail)
    rows = notifying.database.read(lambda c: c.execute(select(legal_notices)).all())
    assert received.secret not in str(rows) + str(mail)


def test_an_address_gets_few_mails_and_the_receipts_of_a_day_are_bounded(notifying: Notifying) -> None:
    video = notifying.desk.house.show(notifying.desk.troll)
    told = [notifying.notify(video, email).mailed for email in [EMAIL, EMAIL.upper()] * ADDRESS_PER_DAY_MAX]
    assert told == [True] * ADDRESS_PER_DAY_MAX + [False] * ADDRESS_PER_DAY_MAX
    now = notifying.desk.clock()
    flood = [
        {"id": f"m{n}", "person": None, "kind": "notice_received", "address": f"{n}@example.org", "language": "en",
         "created_at": now, "due_at": now}
        for n in range(RECEIPTS_PER_DAY_MAX)
    ]  # fmt: skip
    notifying.database.write(lambda c: c.execute(insert(mail_outbox), flood))
    assert not notifying.notify(video, "somebody@example.org").mailed


def test_a_flood_of_notices_about_one_thing_ends(notifying: Notifying) -> None:
    video = notifying.desk.house.show(notifying.desk.troll)
    notifying.notify(video)
    [row] = notifying.database.read(lambda c: c.execute(select(legal_notices)).mappings().all())
    more = [dict(row) | {"id": f"n{n}", "digest": str(n).encode()} for n in range(OPEN_NOTICES_MAX - 1)]
    notifying.database.write(lambda c: c.execute(insert(legal_notices), more))
    with pytest.raises(TooManyNotices):
        notifying.notify(video)
    count = select(func.count()).select_from(legal_notices)
    assert notifying.database.read(lambda c: c.execute(count).scalar_one()) == OPEN_NOTICES_MAX
