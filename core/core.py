"""Settings, database, bus, storage, jobs and executors: opened once and passed to every domain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from prometheus_client.core import GaugeMetricFamily, Metric

from core.bus import Bus, open_bus
from core.clock import Clock, system_clock
from core.database import Database
from core.database.proofs import Proof
from core.executors import Executors
from core.http.deliveries import Deliveries
from core.http.health import health_routes
from core.http.readiness import Check
from core.http.stored_files import media_route
from core.jobs import JobKind, Jobs, Lane, Schedule
from core.part import Part
from core.privacy import Hooks
from core.settings import Settings
from core.storage import Storage, Withdrawals, open_storage


@dataclass(frozen=True, slots=True, kw_only=True)
class Core:
    settings: Settings
    database: Database
    bus: Bus
    storage: Storage
    jobs: Jobs
    clock: Clock
    executors: Executors
    deliveries: Deliveries = field(default_factory=Deliveries)
    withdrawals: Withdrawals = field(default_factory=Withdrawals)
    privacy: Hooks = field(default_factory=Hooks)
    proofs: dict[str, Proof] = field(default_factory=dict)  # of every part, by rule, once all are open

    @classmethod
    def open(cls, settings: Settings, *, clock: Clock = system_clock) -> Core:
        """Open everything according to the settings. The database must be migrated before a domain uses it."""
        database = Database.from_settings(settings)
        sends_all = not (settings.redis_url or settings.media_base_url or settings.storage_url.startswith("s3:"))
        return cls(
            settings=settings,
            database=database,
            bus=open_bus(settings),
            storage=open_storage(settings),
            jobs=Jobs(database, clock),
            clock=clock,
            executors=Executors(sql=database.executor),
            deliveries=Deliveries(complete=sends_all),
        )

    def close(self) -> None:
        """Commit what is queued, then close every connection."""
        self.executors.close()
        self.database.close()
        self.storage.close()


def open_part(core: Core, helpful: Mapping[str, Check]) -> Part[Core]:
    """Core's own routes, tasks and metrics. `helpful`: checks of what the domains can do without, for `/readyz`."""
    return Part(
        name="core",
        api=core,
        routes=[
            *health_routes(core, helpful),
            media_route(core.storage, core.executors.storage, core.deliveries, core.withdrawals),
        ],
        tasks={"bus": core.bus.run},
        schedules=[
            Schedule("core.delete_finished_jobs", 3_600.0, JobKind(lambda _: delete_finished_jobs(core), Lane.PRIVACY))
        ],
        metrics=lambda: _metrics(core),
    )


def delete_finished_jobs(core: Core) -> None:
    while core.database.write(core.jobs.table.delete_finished):
        pass


def _metrics(core: Core) -> Iterable[Metric]:
    yield GaugeMetricFamily("cadeau_database_queued_writes", "Writes that wait.", core.database.queued)
    queued = GaugeMetricFamily("cadeau_executor_queued", "Calls that wait for a thread.", labels=["pool"])
    for executor in core.executors.all:
        queued.add_metric([executor.name], executor.queued)
    yield queued
