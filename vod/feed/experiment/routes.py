"""The experiment switch over HTTP, for moderators."""

from __future__ import annotations

from typing import Annotated

import msgspec
from sqlalchemy import Connection

from core.database import Database
from core.http import Access, Call, Operation
from vod.feed.experiment.experiments import Experiment, Experiments
from vod.feed.experiment.results import ArmResult, results
from vod.feed.rankers import RANKERS, RankerName


class NewExperiment(msgspec.Struct, forbid_unknown_fields=True):
    """`percent` of the people get the treatment."""

    control: RankerName
    treatment: RankerName
    percent: Annotated[int, msgspec.Meta(ge=1, le=99)] = 50


class ExperimentView(msgspec.Struct):
    """The experiment that runs, or ran last. `arms`: the control and the treatment."""

    id: str
    control: RankerName
    treatment: RankerName
    percent: int
    started_at: int
    stopped_at: int | None
    arms: list[ArmResult]


class ExperimentPage(msgspec.Struct):
    """`rankers`: which there are to compare."""

    rankers: list[RankerName]
    experiment: ExperimentView | None


class ExperimentRoutes:
    def __init__(self, database: Database, experiments: Experiments) -> None:
        self._database = database
        self._experiments = experiments

    def operations(self) -> list[Operation]:
        path = "/api/admin/feed/experiment"
        return [
            Operation("GET", path, self.show, access=Access.MODERATOR),
            Operation("POST", path, self.start, access=Access.MODERATOR, status=201),
            Operation("DELETE", path, self.stop, access=Access.MODERATOR),
        ]

    def show(self) -> ExperimentPage:
        """Get the running or last experiment with its results."""

        def read(connection: Connection) -> ExperimentPage:
            newest = self._experiments.newest(connection)
            return ExperimentPage([*RANKERS], None if newest is None else _view(newest, results(connection, newest)))

        return self._database.read(read)

    def start(self, call: Call, body: NewExperiment) -> ExperimentView:  # noqa: ARG002
        """Start an experiment, as a moderator."""
        started = self._experiments.start(body.control, body.treatment, body.percent)
        return self._database.read(lambda c: _view(started, results(c, started)))

    def stop(self) -> ExperimentPage:
        """Stop the running experiment: everybody gets the learned ranker again."""
        self._experiments.stop()
        return self.show()


def _view(one: Experiment, arms: list[ArmResult]) -> ExperimentView:
    return ExperimentView(one.id, one.control, one.treatment, one.percent, one.started_at, one.stopped_at, arms)
