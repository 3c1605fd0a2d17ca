"""What texts mean: decisions in one language protect another, and nothing waits for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest
from sqlalchemy import Connection, func, insert, select, update

from core.ids import first_id, new_id
from tests.trust.cases.conftest import Desk
from tests.trust.machine.conftest import Eyes
from tests.trust.machine.sayings import FRIENDLY, GENTILLESSES, INSULTES, INSULTS
from trust.cases.intake import Intake
from trust.cases.subjects import SubjectKind
from trust.cases.tables import cases, decisions
from trust.machine import child
from trust.machine.judging.judge import Judge
from trust.machine.learning.evaluate import evaluate
from trust.machine.learning.forgetting import forget
from trust.machine.learning.learner import SHADOW_DAYS, Learner
from trust.machine.meaning.filling import Filling
from trust.machine.meaning.meanings import Meanings, Vectors
from trust.machine.meaning.messages import TEXTS_MAX
from trust.machine.meaning.thinker import LINES_PER_S, NEW_DAYS, QUEUE_MAX, WAIT_MS, Thinker
from trust.machine.tables import machine_heads, machine_labels
from trust.machine.text.reader import Reader
from trust.machine.text.written import Written
from trust.reports import Subject

LABEL = "harassment"
DAY_MS = 24 * 3_600_000
_HANGS = "import time; time.sleep(60)"


@pytest.fixture(scope="module")
def meanings() -> Iterator[Meanings]:
    """One child for all tests."""
    made = Meanings()
    yield made
    made.close()


@dataclass
class Mind:
    """What people write in comments, and a machine that reads them."""

    desk: Desk
    thinker: Thinker
    written: Written
    reader: Reader
    said: dict[str, str]
    learner: Learner
    filling: Filling

    def decided(self, text: str, *, wrong: bool) -> None:
        """Somebody's comment was hidden, or left as it was."""
        case, decision, subject, about = (new_id() for _ in range(4))
        now = self.desk.clock()

        def write(connection: Connection) -> None:
            row = {"id": case, "kind": "comment", "subject": subject, "about": about, "state": "decided",
                   "reason": LABEL, "evidence": text, "reports": 0, "rank": 0, "opened_at": now, "version": 1,
                   "lease_until": 0}  # fmt: skip
            connection.execute(insert(cases).values(row))
            made = {"id": decision, "case": case, "kind": "comment", "subject": subject, "about": about, "by": "ann",
                    "content": "hide" if wrong else "keep", "measure": "none", "category": "", "ground": "terms",
                    "reason": "", "until": now, "points": 0, "points_until": now, "at": now}  # fmt: skip
            connection.execute(insert(decisions).values(made))

        self.desk.database.write(write)
        eyes = Eyes(self.desk)
        self.desk.database.write(lambda c: eyes.labels.note(c, decision))

    def learn(self) -> None:
        """From everything that was decided; what was learned works from now on."""
        self.filling.fill()
        self.learner.learn()
        self.desk.clock.leap_ms += SHADOW_DAYS * DAY_MS
        self.learner.learn()
        self.thinker.reload()

    def says(self, text: str) -> str:
        """A comment, as its transaction writes it."""
        comment = new_id()
        self.said[comment] = text
        about = new_id()
        self.desk.database.write(lambda c: self.written.read(c, Subject("comment", comment), about, text))
        return comment

    def think(self) -> None:
        self.desk.clock.leap_ms += WAIT_MS
        while self.thinker.think():
            pass

    def marked(self, subjects: list[str]) -> int:
        mine = cases.c.subject.in_(subjects), cases.c.state == "open", cases.c.reason == LABEL
        return int(self.desk.database.read(lambda c: c.execute(select(func.count()).where(*mine)).scalar_one()))


@pytest.fixture
def mind(desk: Desk, meanings: Meanings) -> Mind:
    return made_of(desk, meanings)


def made_of(desk: Desk, meanings: Meanings) -> Mind:
    said: dict[str, str] = {}
    desk.subjects.add("comment", SubjectKind(text=lambda _, one: said.get(one), page=lambda *_: ""))
    desk.subjects.add("line", SubjectKind(text=lambda _, one: said.get(one), page=lambda *_: ""))
    intake = Intake(desk.clock, desk.subjects)
    judge = Judge(desk.clock, desk.subjects, intake, Eyes(desk).thresholds)
    thinker = Thinker(desk.database, desk.clock, desk.subjects, judge, meanings)
    reader = Reader(desk.database, judge, thinker)
    written = Written(reader, thinker, intake)
    return Mind(
        desk, thinker, written, reader, said, Learner(desk.database, desk.clock), Filling(desk.database, meanings)
    )


@pytest.fixture
def taught(mind: Mind) -> Mind:
    """A hundred decisions, all of them in English."""
    for bad, good in zip(INSULTS, FRIENDLY, strict=True):
        mind.decided(bad, wrong=True)
        mind.decided(good, wrong=False)
    mind.learn()
    return mind


def test_decisions_in_english_catch_insults_in_french_and_leave_what_looks_alike(taught: Mind) -> None:
    insults = [taught.says(one) for one in INSULTES]
    friendly = [taught.says(one) for one in GENTILLESSES]
    assert taught.marked(insults + friendly) == 0, "nobody who writes waits for it"
    taught.think()
    assert taught.marked(insults) >= len(INSULTES) * 2 // 5
    assert taught.marked(friendly) == 0


def test_what_is_kept_of_a_decision_is_numbers_that_say_how_good_the_model_is(taught: Mind) -> None:
    database = taught.desk.database
    kinds = database.read(lambda c: c.execute(select(machine_heads.c.input, machine_heads.c.state)).all())
    assert {("text", "live"), ("meaning", "live")} <= {tuple(row) for row in kinds}, "each kind has a model of its own"
    taught.decided("You are a pathetic clown and everybody hates you", wrong=True)
    assert taught.filling.fill() == 1
    assert taught.filling.fill() == 0
    newest = select(machine_labels).order_by(machine_labels.c.at.desc(), machine_labels.c.decision.desc()).limit(1)
    row = database.read(lambda c: c.execute(newest).one())
    assert len(row.meaning) == 768
    assert b"pathetic" not in row.meaning + row.vector
    assert row.meaning_score > 0.5
    head = select(machine_heads.c.hash).where(machine_heads.c.input == "meaning", machine_heads.c.state == "live")
    assert row.meaning_model == database.read(lambda c: c.execute(head).scalar_one())
    thresholds = Eyes(taught.desk).thresholds
    decided = database.read(lambda c: thresholds.decided(c, LABEL, row.meaning_model))
    assert [(one.score, one.right) for one in decided] == [(row.meaning_score, True)]
    told = {one.what: one for one in database.read(lambda c: list(evaluate(c, thresholds)))}
    assert (told["head meaning"].average_precision or 0) > 0.9


def test_an_edited_comment_that_is_an_insult_now_opens_its_case_again(taught: Mind) -> None:
    comment = taught.says("You are worthless and everyone knows it")
    taught.think()
    assert taught.marked([comment]) == 1
    close = update(cases).where(cases.c.subject == comment).values(state="decided")
    taught.desk.database.write(lambda c: c.execute(close))
    taught.desk.database.write(
        lambda c: taught.written.read(c, Subject("comment", comment), "x", taught.said[comment])
    )  # fmt: skip
    taught.think()
    assert taught.marked([comment]) == 0, "somebody has decided about these words"
    taught.said[comment] = "You are such a pathetic loser"
    taught.desk.database.write(
        lambda c: taught.written.read(c, Subject("comment", comment), "x", taught.said[comment])
    )  # fmt: skip
    taught.think()
    assert taught.marked([comment]) == 1


def test_what_is_deleted_before_it_is_read_is_left_alone(taught: Mind) -> None:
    comment = taught.says("You are such a pathetic loser")
    del taught.said[comment]
    taught.think()
    assert taught.marked([comment]) == 0


def test_what_is_erased_while_it_is_read_comes_back_in_no_case(taught: Mind, monkeypatch: pytest.MonkeyPatch) -> None:
    comment, read = taught.says("You are such a pathetic loser"), Meanings.of

    def erased_meanwhile(meanings: Meanings, texts: Sequence[str]) -> Vectors | None:
        taught.said.clear()
        return read(meanings, texts)

    monkeypatch.setattr(Meanings, "of", erased_meanwhile)
    taught.think()
    assert taught.marked([comment]) == 0


def test_only_lines_of_new_accounts_are_read_and_only_so_many(taught: Mind) -> None:
    now = taught.desk.clock()
    old, new = first_id(now - (NEW_DAYS + 1) * DAY_MS), first_id(now)
    lines = [f"room:{number}" for number in range(2 * LINES_PER_S)]
    taught.said.update(dict.fromkeys(lines, "You are such a pathetic loser"))
    for line in lines:
        taught.reader.hear(line, old, taught.said[line])
    taught.think()
    assert taught.marked(lines) == 0
    for line in lines:
        taught.reader.hear(line, new, taught.said[line])
    taught.think()
    assert taught.marked(lines) == LINES_PER_S


def test_a_reported_line_is_read_whoever_said_it(taught: Mind) -> None:
    taught.said["room:1"] = "You are such a pathetic loser"
    intake = Intake(taught.desk.clock, taught.desk.subjects)
    taught.desk.database.write(lambda c: intake.open(c, Subject("line", "room:1"), "somebody", "spam"))
    before = taught.desk.case("room:1").rank
    taught.thinker.hear(Subject("line", "room:1"))
    taught.think()
    assert taught.desk.case("room:1").rank < before


def test_a_full_queue_leaves_out_and_counts(taught: Mind) -> None:
    for _ in range(QUEUE_MAX + 3):
        taught.thinker.hear(Subject("comment", "gone"), "somebody")
    assert taught.thinker.dropped == 3


def test_a_child_that_hangs_costs_only_what_it_was_asked(taught: Mind, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "RESTART_S", 0.0)
    hung = Meanings(answer_s=0.3, start_s=0.3, boot=_HANGS)
    monkeypatch.setattr(taught.thinker, "_meanings", hung)
    comment = taught.says("You are such a pathetic loser")
    taught.think()
    assert (taught.marked([comment]), hung.pid) == (0, None)
    hung.close()


def test_a_text_that_always_ends_the_child_does_not_stop_the_others_from_being_learned(
    mind: Mind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child, "RESTART_S", 0.0)
    mind.decided("It ends the child", wrong=True)
    for _ in range(TEXTS_MAX + 3):
        mind.decided("You are such a pathetic loser", wrong=True)
    real = Meanings.of

    def of(meanings: Meanings, texts: Sequence[str]) -> Vectors | None:
        return None if "It ends the child" in texts else real(meanings, texts)

    monkeypatch.setattr(Meanings, "of", of)
    assert mind.filling.fill() == 4, "all but those that were asked together with it"


def test_a_child_that_dies_costs_only_what_it_was_asked(taught: Mind, monkeypatch: pytest.MonkeyPatch) -> None:
    died = Meanings(boot="")
    comments = [taught.says("You are such a pathetic loser") for _ in range(TEXTS_MAX + 2)]
    with monkeypatch.context() as dying:
        dying.setattr(taught.thinker, "_meanings", died)
        taught.think()
    died.close()
    taught.think()
    assert taught.marked(comments) == 2


def test_without_the_package_nothing_is_heard_and_everything_else_goes_on(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    meanings = Meanings()
    monkeypatch.setattr(meanings, "possible", False)
    mind = made_of(desk, meanings)
    for bad, good in zip(INSULTS, FRIENDLY, strict=True):
        mind.decided(bad, wrong=True)
        mind.decided(good, wrong=False)
    mind.learn()
    states = desk.database.read(lambda c: set(c.execute(select(machine_heads.c.input)).scalars()))
    assert states == {"text"}
    mind.says("You are such a pathetic loser")
    assert not mind.thinker.think()
    assert meanings.pid is None


def test_what_was_learned_from_somebody_goes_with_them(taught: Mind) -> None:
    database = taught.desk.database
    about = database.read(lambda c: c.execute(select(machine_labels.c.about).limit(1)).scalar_one())
    before = database.read(lambda c: set(c.execute(select(machine_heads.c.hash)).scalars()))
    database.write(lambda c: forget(c, about))
    taught.learner.learn()
    assert not before & database.read(lambda c: set(c.execute(select(machine_heads.c.hash)).scalars()))
