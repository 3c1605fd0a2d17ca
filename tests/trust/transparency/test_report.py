"""The transparency report over a history that was played: what it counts, where, and what it tells nobody."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import delete, insert

from core.identity import Identity
from people.sessions import signed_in
from people.tables import sessions
from tests.trust.cases.conftest import Desk
from trust.cases.decisions import Verdict
from trust.cases.direct import Direct
from trust.cases.intake import Intake
from trust.errors import PeriodNotKept
from trust.machine.judging.thresholds import Thresholds
from trust.machine.live.wall import LIVE_WALL
from trust.machine.tables import machine_labels
from trust.reports import Subject
from trust.tables import reports
from trust.transparency.figures import rounded
from trust.transparency.months import Month
from trust.transparency.report import History, read_history

HOUR_MS = 3_600_000
HALF_A_MINUTE = 0.5


def go_to(desk: Desk, text: str) -> None:
    wanted = int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)
    desk.clock.leap_ms += wanted - desk.clock()


def history(desk: Desk) -> History:
    recipients = lambda c: signed_in(c, desk.clock())  # noqa: E731
    return desk.database.read(lambda c: read_history(c, desk.clock(), Thresholds(desk.clock), recipients))


def opened_by(desk: Desk, detail: str) -> None:
    """The machine opens a case about a new video of the troll."""
    intake, video = Intake(desk.clock, desk.subjects), desk.house.show(desk.troll)
    desk.database.write(
        lambda c: intake.machine(c, Subject("video", video), desk.troll.id, "nudity", 0.9, detail)
    )  # fmt: skip


def acts(desk: Desk) -> None:
    """A moderator ends what is on air, without anybody having reported it."""
    intake, video = Intake(desk.clock, desk.subjects), desk.house.show(desk.troll)
    direct = Direct(desk.clock, desk.queue, desk.decisions, intake, desk.house.accounts.moderators)
    verdict = Verdict(content="hide", measure="live", days=7, category="violence", reason="It is cruel.")
    subject = Subject("video", video)
    desk.database.write(lambda c: direct.decide(c, desk.ann, subject, desk.troll.id, "other", verdict, LIVE_WALL))


def play(desk: Desk) -> None:
    """In January two reports of one video, one changed later, decided after an hour, and a person after three. In
    February, the machine is wrong once and right once, and the January decision is appealed. In March that is reversed,
    another one upheld, and a moderator acts on their own."""
    admin = Identity(desk.ann.id, desk.ann.handle, desk.ann.name, "admin", True)
    go_to(desk, "2031-01-31T20:00")
    video = desk.reported("hate")
    desk.report(video, reason="spam")
    desk.report(video, reason="scam")  # the same person thinks again
    desk.clock.leap_ms += HOUR_MS
    first = desk.decide()
    desk.report(desk.troll.id, reason="harassment", kind="person")
    desk.clock.leap_ms += 3 * HOUR_MS - 60_000  # a minute before February
    end = {"content": "keep", "measure": "account", "days": 0, "ground": "law", "category": "violence"}
    desk.decide(admin, **end)
    desk.decide(desk.ben, **end)  # two have to want it
    go_to(desk, "2031-02-10T12:00")
    opened_by(desk, "nudity 0.90 abc")
    desk.decide(content="keep", category="", reason="")
    opened_by(desk, "nudity 0.90 abc")
    desk.clock.leap_ms += 5 * HOUR_MS
    second = desk.decide(category="other_terms")
    desk.appeal(first)
    go_to(desk, "2031-03-01T00:00")
    desk.judge(desk.ben, reverse=True)
    desk.appeal(second)
    desk.judge(desk.ben, reverse=True)
    acts(desk)


def test_each_thing_counts_once_and_in_the_month_in_which_it_happened(desk: Desk) -> None:
    play(desk)
    found = history(desk).report(Month.read("2031-01"), Month.read("2031-03"), public=False)
    january, february, march = (month.figures for month in found.months)
    assert [month.running for month in found.months] == [False, False, True]
    assert (january.reports, january.kinds) == (3, {"person": 1, "video": 2})
    assert january.reasons == {"harassment": 1, "hate": 1, "spam": 1}
    assert (january.decided, january.found, january.content) == (2, {"report": 2}, {"hide": 1, "keep": 1})
    assert (january.measures, january.endless, january.grounds) == (
        {"account": 1},
        {"account": 1},
        {"law": 1, "terms": 1},
    )
    assert january.categories == {"illegal_or_harmful_speech": 1, "violence": 1}
    assert january.decision_minutes.median == pytest.approx(60, abs=HALF_A_MINUTE)
    assert january.decision_minutes.p90 == pytest.approx(179, abs=HALF_A_MINUTE)
    assert (february.reports, february.decided, february.found) == (0, 2, {"machine": 2})
    assert (february.machine_wrong, february.restricting, february.appeals) == (1, 1, 1)
    assert (march.outcomes, march.machine_reversed, march.found) == ({"reversed": 2}, 1, {"person": 1})
    assert (march.measures, march.endless, march.decision_minutes.median) == ({"live": 1}, {}, None)
    total = found.total
    assert (total.reports, total.decided, total.restricting, total.appeals) == (3, 5, 4, 2)
    assert total.found == {"machine": 2, "person": 1, "report": 2}
    assert total.decision_minutes.p90 == pytest.approx(300, abs=HALF_A_MINUTE)


def test_what_expires_or_is_reversed_changes_no_month_that_is_over(desk: Desk) -> None:
    play(desk)
    go_to(desk, "2031-06-01T00:00")
    before = history(desk).report(Month.read("2031-01"), Month.read("2031-03"), public=False)
    desk.database.write(lambda c: c.execute(delete(reports)))  # they are kept for half as long
    go_to(desk, "2032-01-31T00:00")
    after = history(desk)
    told = after.report(Month.read("2031-01"), Month.read("2031-03"), public=False)
    assert (told.months, told.total) == (before.months, before.total)
    go_to(desk, "2032-03-10T00:00")  # decisions of January begin to be deleted
    with pytest.raises(PeriodNotKept):
        history(desk).report(Month.read("2031-01"), None, public=False)


def test_nobody_is_recognised_in_what_is_public(desk: Desk) -> None:
    play(desk)
    for _ in range(6):
        desk.reported("spam")
    public = history(desk).report(None, None, public=True)
    january = next(month.figures for month in public.months if month.month == "2031-01")
    assert (january.reports, january.kinds) == (None, {"person": None, "video": None})
    assert january.decision_minutes.median is None  # of two
    assert (public.total.reports, public.total.reasons["spam"], public.total.decided) == (10, 5, 5)
    assert public.total.outcomes == {"reversed": None}


@pytest.mark.parametrize(("count", "shown"), [(0, 0), (1, None), (4, None), (5, 5), (7, 5), (8, 10), (1_283, 1_285)])
def test_few_are_not_told_and_the_rest_is_rounded(count: int, shown: int | None) -> None:
    assert rounded(count) == shown


def test_an_empty_platform_has_months_of_nothing(desk: Desk) -> None:
    found = history(desk).report(None, None, public=True)
    assert len(found.months) == 12
    assert (found.total.reports, found.total.reasons, found.total.decision_minutes.median) == (0, {}, None)
    assert (found.machine, found.recipients) == ([], 0)


def test_precision_of_the_machine_and_recipients_are_those_of_now(desk: Desk) -> None:
    row = {
        "label": "nudity", "subject": "x", "language": "", "score": 0.9, "model": "m", "vector": b"", "at": 1,
    }  # fmt: skip
    rows = [row | {"decision": f"d{n}", "about": f"p{n}", "right": int(n > 0)} for n in range(20)]
    today = desk.clock() // (24 * HOUR_MS) * 24 * HOUR_MS
    ended = {"created_at": 0, "expires_at": 0, "seen_at": today - 31 * 24 * HOUR_MS}
    used = [
        {"token_digest": bytes([number]), "person": who.id, **ended, **seen}
        for number, (who, seen) in enumerate([(desk.fan, {"seen_at": today})] * 2 + [(desk.troll, {})])
    ]
    desk.database.write(lambda c: (c.execute(insert(machine_labels), rows), c.execute(insert(sessions), used)))
    exact, public = (history(desk).report(None, None, public=public) for public in (False, True))
    (one,) = exact.machine
    assert (one.decided, one.marked, one.precision) == (20, 20, 0.95)
    assert one.low is not None
    assert one.high is not None
    assert 0.75 < one.low < 0.95 < one.high < 1
    assert (exact.recipients, public.recipients) == (1, None)
    assert public.machine[0].low == round(one.low, 2)
