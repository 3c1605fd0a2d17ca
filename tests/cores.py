"""A `Core` from what a test already has."""

from __future__ import annotations

from pathlib import Path

from core.bus import Bus, LocalBus
from core.clock import Clock, system_clock
from core.core import Core
from core.database import Database
from core.executors import Executors
from core.jobs import Jobs
from core.settings import Settings
from core.storage import FolderStorage, Storage


def core_over(
    database: Database,
    folder: Path,
    *,
    settings: Settings | None = None,
    bus: Bus | None = None,
    storage: Storage | None = None,
    jobs: Jobs | None = None,
    clock: Clock = system_clock,
) -> Core:
    """Everything else has defaults below `folder`. The test closes the database."""
    return Core(
        settings=settings or Settings(data_dir=folder),
        database=database,
        bus=bus or LocalBus(),
        storage=storage or FolderStorage(folder / "media"),
        jobs=jobs or Jobs(database, clock),
        clock=clock,
        executors=Executors(sql=database.executor),
    )
