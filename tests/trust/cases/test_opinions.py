"""Second opinions: who is asked, what they see, and when something takes effect."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from core.errors import NotAllowed
from core.identity import Identity
from tests.trust.cases.conftest import Desk
from trust.cases.queue import ALONE_WAITS_MS, STUCK_MS
from trust.cases.tables import case_opinions, decisions

END = {"content": "keep", "measure": "account", "days": 0}
HIDE = {"content": "hide"}
KEEP = {"content": "keep", "category": "", "reason": ""}


def boss(desk: Desk) -> Identity:
    return replace(desk.ann, role="admin")


def third(desk: Desk) -> Identity:
    desk.moderators = 3
    return desk.house.person(moderates=True)


def suspended(desk: Desk) -> bool:
    return "account" in desk.identity(desk.troll).barred


def made(desk: Desk) -> list[Any]:
    query = select(decisions).order_by(decisions.c.id)
    return list(desk.database.read(lambda c: c.execute(query).all()))


def test_an_account_ends_only_when_a_second_person_says_the_same(desk: Desk) -> None:
    video = desk.reported()
    assert desk.decide(boss(desk), **END) == ""
    assert (made(desk), suspended(desk)) == ([], False)
    assert desk.case(video).state == "second"
    assert desk.decide(desk.ben, **END, reason="Nothing but hate.") != ""
    [decision] = made(desk)
    assert (decision.by, decision.reason) == (desk.ben.id, "Nothing but hate.")
    assert suspended(desk)


def test_the_second_sees_neither_what_was_said_nor_by_whom(desk: Desk) -> None:
    desk.reported()
    desk.decide(boss(desk), **END, reason="A secret reason")
    row, _ = desk.claimed(desk.ben)
    shown = desk.database.read(lambda c: desk.views.case(c, row))
    [opinion] = [one for one in shown.events if one.what == "opinion"]
    assert (opinion.by, opinion.detail) == (None, "")
    assert "secret" not in str(shown)
    assert shown.past == []


def test_nobody_is_their_own_second_and_a_third_decides_what_the_first_two_do_not(desk: Desk) -> None:
    video, cleo = desk.reported(), third(desk)
    desk.drawn = 0.0
    assert desk.decide(desk.ann, **HIDE) == ""
    assert desk.claim(desk.ann) is None
    assert desk.decide(desk.ben, **KEEP) == ""
    assert (desk.claim(desk.ann), desk.claim(desk.ben), made(desk)) == (None, None, [])
    assert desk.decide(cleo, **HIDE, measure="warn") != ""
    [decision] = made(desk)
    assert (decision.content, decision.measure, desk.case(video).state) == ("hide", "warn", "decided")


def test_a_third_alone_cannot_end_an_account(desk: Desk) -> None:
    desk.reported()
    cleo = third(desk)
    desk.drawn = 0.0
    desk.decide(desk.ann, **HIDE)
    desk.decide(desk.ben, **KEEP)
    assert desk.decide(replace(cleo, role="admin"), **END) == ""
    assert not suspended(desk)


def test_what_has_no_end_needs_an_admin_among_those_who_agree(desk: Desk) -> None:
    desk.reported()
    with pytest.raises(NotAllowed):
        desk.decide(desk.ann, **END)
    desk.database.write(lambda c: desk.queue.release_all(c, desk.ann.id))
    cleo = third(desk)
    desk.drawn = 0.0
    desk.decide(desk.ann, **HIDE)
    assert desk.decide(desk.ben, **END) == ""
    assert desk.decide(cleo, **END) == ""
    assert made(desk) == []


def test_a_team_of_one_confirms_after_a_day(desk: Desk) -> None:
    desk.reported()
    desk.moderators, desk.drawn = 1, 0.0
    assert desk.decide(boss(desk), **END) == ""
    assert desk.claim(boss(desk)) is None
    desk.clock.leap_ms += ALONE_WAITS_MS
    assert desk.decide(boss(desk), **END) != ""
    assert suspended(desk)


def test_where_nobody_else_comes_those_who_were_asked_decide_again(desk: Desk) -> None:
    desk.reported()
    desk.moderators = 3
    desk.decide(boss(desk), **END)
    desk.clock.leap_ms += ALONE_WAITS_MS
    assert desk.claim(boss(desk)) is None
    desk.clock.leap_ms += STUCK_MS
    assert desk.decide(boss(desk), **HIDE, measure="account", days=30) != ""


def test_at_random_but_never_where_waiting_harms_or_nobody_else_could_look(desk: Desk) -> None:
    desk.drawn = 0.0
    for reason, moderators, waits in (("hate", 2, True), ("child_safety", 2, False), ("hate", 1, False)):
        video = desk.reported(reason)
        desk.moderators = moderators
        desk.decide(desk.ann, **HIDE)
        assert (desk.case(video).state == "second") is waits
        if waits:
            desk.decide(desk.ben, **HIDE)


def test_none_of_them_judges_the_appeal_and_what_they_said_is_forgotten(desk: Desk) -> None:
    desk.reported()
    cleo = third(desk)
    desk.drawn = 0.0
    desk.decide(desk.ann, **HIDE)
    decision = desk.decide(desk.ben, **HIDE)
    desk.appeal(decision)
    assert (desk.claim(desk.ann), desk.claim(desk.ben)) == (None, None)
    rows = desk.database.read(lambda c: c.execute(select(case_opinions)).all())
    assert {(row.content, row.measure) for row in rows} == {("", "")}
    desk.judge(cleo, reverse=False)
