"""Decisions: what they hide and forbid, that it can all be undone, and that everybody hears of it."""

from __future__ import annotations

from typing import Any

import pytest

from core.errors import NotAllowed
from core.identity import Identity, LiveBarred, PostingBarred, Suspended, may
from people.leaving.resting import rest
from tests.trust.cases.conftest import Desk
from trust.cases.rules import DAY_MS, POINTS_DAYS
from trust.errors import AppealNotPossible, DecisionNotFound, DecisionNotPossible
from vod.errors import VideoNotFound, VideoWithheld


def sees(desk: Desk, viewer: Identity, video: str) -> bool:
    try:
        desk.house.vod.videos.video(video, viewer)
    except VideoNotFound:
        return False
    return True


def refused(desk: Desk, who: Identity, action: Any) -> type[Exception] | None:
    try:
        may(desk.identity(who), action)
    except Exception as refusal:
        return type(refusal)
    return None


def test_a_hidden_video_is_seen_by_its_owner_and_moderators_only_and_comes_back_when_reversed(desk: Desk) -> None:
    video, other = desk.reported(), desk.house.person()
    decision = desk.decide()
    assert [sees(desk, who, video) for who in (other, desk.troll, desk.ann)] == [False, True, True]
    with pytest.raises(VideoWithheld):
        desk.house.vod.videos.edit(video, desk.troll, None, "public")
    desk.appeal(decision)
    assert desk.claim(desk.ann) is None  # who decided does not judge the appeal
    desk.judge(desk.ben, reverse=True)
    assert sees(desk, other, video)
    assert desk.house.vod.videos.edit(video, desk.troll, None, "private").visibility == "private"


def test_hiding_and_restoring_leave_what_the_owner_had_chosen(desk: Desk) -> None:
    video = desk.house.show(desk.troll, visibility="followers")
    desk.report(video, desk.ben)
    desk.appeal(desk.decide())
    desk.judge(desk.ben if False else desk.house.person(moderates=True), reverse=True)
    assert desk.house.vod.videos.video(video, desk.troll).visibility == "followers"


def test_a_hidden_comment_is_seen_by_its_author_and_moderators_only(desk: Desk) -> None:
    video = desk.house.show(desk.fan)
    comment = desk.house.vod.comments.add(video, desk.troll, "you all are ...")
    desk.report(comment.id, kind="comment")
    decision = desk.decide()

    def shown(who: Identity | None) -> list[str]:
        return [one.id for one in desk.house.vod.comment_pages.page(video, who, "", 20).items]

    assert (shown(desk.house.person()), shown(None), shown(desk.troll), shown(desk.ann)) == (
        [], [], [comment.id], [comment.id],
    )  # fmt: skip
    desk.appeal(decision)
    desk.judge(desk.ben, reverse=True)
    assert shown(None) == [comment.id]


@pytest.mark.parametrize(
    ("measure", "allowed", "barred"),
    [
        ("posts", ("always", "act", "live"), {"post": PostingBarred}),
        ("live", ("always", "act", "post"), {"live": LiveBarred}),
        ("account", ("always",), {"act": Suspended, "post": Suspended, "live": Suspended}),
        ("warn", ("always", "act", "post", "live"), {}),
    ],
)
def test_a_measure_forbids_what_it_says_until_it_ends_by_the_clock(
    desk: Desk, measure: str, allowed: tuple[str, ...], barred: dict[str, type[Exception]]
) -> None:
    desk.reported()
    desk.decide(measure=measure, days=3, content="keep")
    assert [refused(desk, desk.troll, action) for action in allowed] == [None] * len(allowed)
    assert {action: refused(desk, desk.troll, action) for action in barred} == barred
    desk.clock.leap_ms += 3 * DAY_MS
    assert {action: refused(desk, desk.troll, action) for action in barred} == dict.fromkeys(barred)


def test_a_reversed_measure_is_lifted_and_another_that_stands_remains(desk: Desk) -> None:
    desk.reported()
    first = desk.decide(measure="posts", days=10)
    desk.reported()
    desk.decide(measure="posts", days=2)
    desk.appeal(first)
    desk.judge(desk.ben, reverse=True)
    assert refused(desk, desk.troll, "post") is PostingBarred
    desk.clock.leap_ms += 2 * DAY_MS
    assert refused(desk, desk.troll, "post") is None


def test_only_an_admin_suspends_a_moderator_who_then_moderates_nothing(desk: Desk) -> None:
    desk.house.accounts.grant(desk.ben.handle, "moderator")
    assert desk.identity(desk.ben).moderates
    desk.report(desk.house.show(desk.ben))
    with pytest.raises(NotAllowed):
        desk.decide(measure="account", days=1)
    desk.decide(Identity(desk.ann.id, desk.ann.handle, desk.ann.name, "admin", True), measure="account", days=1)
    assert not desk.identity(desk.ben).moderates


def test_a_moderator_whose_account_rests_moderates_nothing(desk: Desk) -> None:
    desk.house.accounts.grant(desk.ben.handle, "moderator")
    assert desk.identity(desk.ben).moderates
    desk.database.write(lambda c: rest(c, desk.ben.id, "restricted", desk.clock()))
    assert not desk.identity(desk.ben).moderates


def test_points_stand_until_they_expire_and_never_were_if_reversed(desk: Desk) -> None:
    desk.reported()
    first = desk.decide(points=2)
    desk.reported()
    desk.decide(points=1)

    def points() -> int:
        return desk.database.read(lambda c: desk.views.points(c, desk.troll.id))

    assert points() == 3
    desk.appeal(first)
    desk.judge(desk.ben, reverse=True)
    assert points() == 1
    desk.clock.leap_ms += POINTS_DAYS * DAY_MS
    assert points() == 0


@pytest.mark.parametrize(
    "verdict",
    [
        {"reason": ""},
        {"category": ""},
        {"content": "keep", "measure": "warn", "reason": " \u200b "},
        {"content": "keep", "points": 1},
    ],
)
def test_whoever_is_restricted_is_told_why(desk: Desk, verdict: dict[str, Any]) -> None:
    desk.reported()
    with pytest.raises(DecisionNotPossible):
        desk.decide(**verdict)


def test_only_an_admin_decides_without_an_end(desk: Desk) -> None:
    desk.reported()
    with pytest.raises(NotAllowed):
        desk.decide(measure="account", days=0)
    admin = Identity(desk.ann.id, desk.ann.handle, desk.ann.name, "admin", True)
    desk.decide(admin, measure="account", days=0)
    desk.decide(desk.ben, measure="account", days=0)  # two have to want it
    desk.clock.leap_ms += 50 * 365 * DAY_MS
    assert refused(desk, desk.troll, "act") is Suspended


def test_a_person_cannot_be_hidden(desk: Desk) -> None:
    desk.report(desk.troll.id, kind="person")
    with pytest.raises(DecisionNotPossible):
        desk.decide()
    desk.decide(content="keep", measure="posts", days=1)


def test_everybody_concerned_is_told_and_nobody_by_whom(desk: Desk) -> None:
    video = desk.house.show(desk.troll)
    report = desk.report(video)
    decision = desk.decide()
    told = {(one.person, one.kind, one.item, one.text, one.by) for one in desk.inbox.notices}
    assert told == {
        (desk.troll.id, "decision", decision, "made", desk.troll.id),
        (desk.fan.id, "report", report, "upheld", desk.fan.id),
    }
    [statement] = desk.database.read(lambda c: desk.views.past(c, desk.troll.id, "", 10)).items
    assert (statement.id, statement.reason, statement.state) == (decision, "It is hateful.", "standing")
    assert desk.ann.handle not in repr(statement)
    assert desk.ann.id not in repr(statement)


def test_what_is_in_order_is_told_to_who_reported_it_and_to_nobody_else(desk: Desk) -> None:
    desk.report(desk.house.show(desk.troll))
    desk.decide(content="keep", category="", reason="")
    assert [(one.person, one.text) for one in desk.inbox.notices] == [(desk.fan.id, "rejected")]
    assert desk.database.read(lambda c: desk.views.past(c, desk.troll.id, "", 10)).items == []


def test_an_appeal_is_possible_once_by_whom_it_is_about_and_for_six_months(desk: Desk) -> None:
    desk.reported()
    first = desk.decide()
    with pytest.raises(DecisionNotFound):
        desk.database.write(lambda c: desk.appeals.appeal(c, desk.fan, first, "no"))
    desk.appeal(first)
    with pytest.raises(AppealNotPossible):
        desk.appeal(first)
    desk.judge(desk.ben, reverse=False)
    with pytest.raises(AppealNotPossible):
        desk.appeal(first)
    desk.reported()
    second = desk.decide()
    desk.clock.leap_ms += 184 * DAY_MS
    with pytest.raises(AppealNotPossible):
        desk.appeal(second)


def test_a_decided_case_opens_again_for_new_words_or_many_reports_not_for_one(desk: Desk) -> None:
    video = desk.house.show(desk.troll)
    desk.report(video)
    desk.decide(content="keep", category="", reason="")
    for _ in range(2):
        desk.report(video, desk.house.person())
        assert desk.claim() is None
    desk.report(video, desk.house.person())
    desk.decide(content="keep", category="", reason="")
    desk.house.vod.videos.edit(video, desk.troll, "now with other words", None)
    desk.report(video, desk.house.person())
    assert desk.claimed()[0].evidence == "now with other words"


def test_the_evidence_stays_when_the_author_deletes_or_edits(desk: Desk) -> None:
    video = desk.house.show(desk.troll)
    desk.house.vod.videos.edit(video, desk.troll, "hateful words", None)
    desk.report(video)
    desk.house.vod.videos.edit(video, desk.troll, "kittens", None)
    desk.house.vod.videos.delete(video, desk.troll)
    row, token = desk.claimed()
    assert row.evidence == "hateful words"
    desk.settle(row, token)
