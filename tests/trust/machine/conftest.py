"""A machine over the videos of a house and its moderators' desk."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.trust.cases.conftest import Desk, desk  # noqa: F401
from tests.vod.conftest import House, house, other_film, small_film  # noqa: F401
from trust.cases.intake import Intake
from trust.machine.judging.judge import Judge
from trust.machine.judging.thresholds import Thresholds
from trust.machine.learning.labels import Labels
from trust.machine.sight.process import Looker


class Eyes:
    """A judge at a desk, who hears of its decisions."""

    def __init__(self, desk: Desk) -> None:  # noqa: F811
        self.desk, self.drawn = desk, 1.0
        self.thresholds = Thresholds(desk.clock)
        self.judge = Judge(
            desk.clock, desk.subjects, Intake(desk.clock, desk.subjects), self.thresholds, sample_percent=2,
            chance=lambda: self.drawn,
        )  # fmt: skip
        self.labels = Labels(desk.clock, desk.subjects)
        desk.decisions.listen(self._decided)

    def _decided(self, connection: object, decision: str) -> None:
        row = self.labels.note(connection, decision)  # type: ignore[arg-type]
        assert row is not None
        hidden = row.content == "hide" and row.state != "reversed"
        self.judge.decided(connection, row.kind, row.subject, hidden=hidden)  # type: ignore[arg-type]


@pytest.fixture
def eyes(desk: Desk) -> Eyes:  # noqa: F811
    return Eyes(desk)


@pytest.fixture(scope="session")
def looker() -> Iterator[Looker]:
    """One child for all tests: starting it takes longer than they do."""
    made = Looker(start_s=60.0, answer_s=30.0)
    yield made
    made.close()
