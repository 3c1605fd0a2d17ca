"""The queue: one case for each subject, the worst first, and nobody works twice on one."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.trust.cases.conftest import Desk
from trust.cases.queue import ALONE_WAITS_MS, LEASE_MS
from trust.cases.rank import rank, weight_of
from trust.errors import CaseLost, CaseNotFound


def test_all_reports_of_a_subject_are_one_case(desk: Desk) -> None:
    video = desk.house.show(desk.troll)
    for reason in ("spam", "child_safety", "other"):
        desk.report(video, desk.house.person(), reason)
    row, _ = desk.claimed()
    assert (row.subject, row.reports, row.reason, row.about) == (video, 3, "child_safety", desk.troll.id)
    assert desk.claim(desk.ben) is None


def test_the_gravest_comes_first_and_none_waits_for_ever(desk: Desk) -> None:
    spam, grave = desk.reported("spam"), desk.reported("self_harm")
    assert desk.claimed()[0].subject == grave
    assert desk.claimed(desk.ben)[0].subject == spam
    assert rank(0, "spam", 0, 0) < rank(400 * 86_400_000, "child_safety", 0, 0)


def test_viewers_and_trusted_reporters_bring_a_case_forward_and_new_accounts_hardly() -> None:
    assert rank(0, "spam", 500, 1) < rank(0, "spam", 0, 1) < rank(0, "spam", 0, 0)
    assert weight_of(0, 0) * 3 < weight_of(9, 0)
    assert 0 < weight_of(0, 50) < weight_of(0, 0) < weight_of(50, 0) < 1


def test_nobody_decides_about_themselves_or_what_they_reported(desk: Desk) -> None:
    own = desk.house.show(desk.ann)
    desk.report(own)
    theirs = desk.house.show(desk.troll)
    desk.report(theirs, desk.ann)
    assert desk.claim(desk.ann) is None
    listed = desk.database.read(lambda c: [desk.views.queue(c, who, "", 10).items for who in (desk.ann, desk.ben)])
    assert [{one.about.id for one in items if one.about} for items in listed] == [
        {desk.troll.id}, {desk.troll.id, desk.ann.id},
    ]  # fmt: skip
    assert {desk.claimed(desk.ben)[0].subject, desk.claimed(desk.house.person(moderates=True))[0].subject} == {
        own, theirs,
    }  # fmt: skip


def test_a_lease_runs_out_and_can_be_renewed(desk: Desk) -> None:
    desk.reported()
    row, token = desk.claimed()
    desk.clock.leap_ms += LEASE_MS - 60_000
    desk.database.write(lambda c: desk.queue.renew(c, desk.ann, row.id, token))
    desk.clock.leap_ms += LEASE_MS - 60_000
    assert desk.claim(desk.ben) is None
    desk.clock.leap_ms += 60_000
    again, other = desk.claimed(desk.ben)
    assert again.id == row.id
    with pytest.raises(CaseLost):
        desk.settle(row, token)
    desk.settle(again, other, desk.ben)
    with pytest.raises(CaseLost):
        desk.settle(again, other, desk.ben)


def test_a_token_belongs_to_one_person_and_one_claim(desk: Desk) -> None:
    desk.reported()
    row, old = desk.claimed()
    row, token = desk.claimed()  # in another tab
    for who, shown in ((desk.ann, old), (desk.ben, token), (desk.ann, "x")):
        with pytest.raises(CaseLost):
            desk.settle(row, shown, who)
    desk.settle(row, token)


def test_what_is_skipped_goes_to_others_only(desk: Desk) -> None:
    video = desk.reported()
    row, token = desk.claimed()
    desk.database.write(lambda c: desk.queue.release(c, desk.ann, row.id, token, skip=True))
    assert desk.claim() is None
    assert desk.claimed(desk.ben)[0].subject == video


def test_a_case_can_be_taken_by_name_unless_somebody_has_it(desk: Desk) -> None:
    desk.reported("self_harm")
    row = desk.case(desk.reported("spam"))
    taken, _ = desk.database.write(lambda c: desk.queue.claim_one(c, desk.ann, row.id, moderators=2))
    assert taken.id == row.id
    with pytest.raises(CaseNotFound):
        desk.database.write(lambda c: desk.queue.claim_one(c, desk.ben, row.id, moderators=2))


def test_many_moderators_at_once_get_different_cases(desk: Desk) -> None:
    for _ in range(30):
        desk.reported(random.Random(1).choice(["spam", "hate"]))
    staff = [desk.house.person(moderates=True) for _ in range(10)]

    def work(who: object) -> list[str]:
        done = []
        for _ in range(3):
            row, token = desk.claimed(who)  # type: ignore[arg-type]
            desk.settle(row, token, who, content="keep", category="", reason="")  # type: ignore[arg-type]
            done.append(row.id)
        return done

    with ThreadPoolExecutor(10) as threads:
        decided = [case for done in threads.map(work, staff) for case in done]
    assert len(set(decided)) == len(decided) == 30
    assert desk.claim() is None


def test_where_there_is_nobody_else_an_appeal_waits_a_day(desk: Desk) -> None:
    desk.reported()
    desk.appeal(desk.decide())
    desk.moderators = 1
    assert desk.claim() is None
    desk.clock.leap_ms += ALONE_WAITS_MS
    desk.moderators = 2
    assert desk.claim() is None
    desk.moderators = 1
    assert desk.claim() is not None
