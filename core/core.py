"""What every domain stands on, opened once and passed to each of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from prometheus_client.core import GaugeMetricFamily, Metric

from core.bus import Bus, open_bus
from core.clock import Clock, system_clock
from core.database import Database
from core.health import health_routes
from core.jobs import Jobs
from core.media import media_route
from core.part import Part
from core.settings import Settings
from core.storage import Storage, open_storage


@dataclass(frozen=True, slots=True, kw_only=True)
class Core:
    settings: Settings
    database: Database
    bus: Bus
    storage: Storage
    jobs: Jobs
    clock: Clock

    @classmethod
    def open(cls, settings: Settings, *, clock: Clock = system_clock) -> Core:
        """Open what the settings name. The database must be migrated before a domain uses it."""
        database = Database.from_settings(settings)
        return cls(
            settings=settings,
            database=database,
            bus=open_bus(settings),
            storage=open_storage(settings),
            jobs=Jobs(database, clock),
            clock=clock,
        )

    def close(self) -> None:
        """Commit what is queued, then close every connection."""
        self.database.close()
        self.storage.close()


def open_part(core: Core) -> Part[Core]:
    """Core's own routes, tasks and metrics."""
    return Part(
        name="core",
        api=core,
        routes=[*health_routes(core.database, core.bus, core.storage), media_route(core.storage)],
        tasks={"bus": core.bus.run},
        metrics=lambda: _metrics(core),
    )


def _metrics(core: Core) -> Iterable[Metric]:
    yield GaugeMetricFamily("cadeau_database_queued_writes", "Writes that wait.", core.database.queued)
