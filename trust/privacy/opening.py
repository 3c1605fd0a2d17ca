"""Opens privacy as one piece of `trust`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from prometheus_client.core import Metric
from sqlalchemy import Connection, func, select

from core.core import Core
from core.http import Operation
from core.jobs import JobKind, Lane, Schedule
from core.privacy import Hold
from core.tables import metadata
from people.accounts import Accounts
from people.inbox.notices import SILENCE, Notifies
from people.mail.outbox import Outbox
from people.sign_outs import SignOuts
from trust.audit.chain import Audit
from trust.cases.tables import cases
from trust.privacy.admin_routes import PrivacyAdminRoutes
from trust.privacy.breaches import Breaches
from trust.privacy.consents import Consents
from trust.privacy.erasure.erasing import Erasing
from trust.privacy.erasure.erasures import Erasures
from trust.privacy.erasure.journal import Journal
from trust.privacy.erasure.rooms import LeftRooms
from trust.privacy.export.exporting import Exporting
from trust.privacy.export.exports import EXPORT, Exports
from trust.privacy.retention import Retention
from trust.privacy.routes import PrivacyRoutes
from trust.privacy.unused import Unused

ERASE_EVERY_S = 30.0
RELEASE_EVERY_S = 6 * 3_600.0  # what open business held back
EXPIRE_EVERY_S = 3_600.0
RETAIN_EVERY_S = 12 * 3_600.0


@dataclass(frozen=True, slots=True)
class OpenPrivacy:
    erasures: Erasures
    erasing: Erasing
    exports: Exports
    exporting: Exporting
    retention: Retention
    unused: Unused
    rooms: LeftRooms
    operations: Sequence[Operation]
    jobs: Mapping[str, JobKind]
    schedules: Sequence[Schedule]
    metrics: Callable[[], Iterable[Metric]]


def open_privacy(
    core: Core, accounts: Accounts, sign_outs: SignOuts | None, audit: Audit, inbox: Notifies = SILENCE
) -> OpenPrivacy:
    database, clock, hooks, storage = core.database, core.clock, core.privacy, core.storage
    erasures = Erasures(clock, hooks, accounts)
    erasing = Erasing(database, clock, metadata, hooks, erasures, Journal(database, storage, clock))
    exports = Exports(clock, core.jobs)
    exporting = Exporting(
        database, storage, clock, metadata, hooks, accounts, exports, core.settings.data_dir / "exports"
    )
    retention = Retention(database, clock, metadata)
    outbox = Outbox(core.jobs, clock, enabled=bool(core.settings.smtp_url))
    routes = PrivacyRoutes(
        database, clock, storage, core.executors.storage, core.jobs, metadata, hooks, accounts, exports, erasures,
        Consents(clock), sign_outs, outbox,
    )  # fmt: skip
    desk = PrivacyAdminRoutes(database, metadata, accounts, Breaches(clock, audit))
    unused = Unused(database, clock, hooks, erasures, outbox, inbox)
    hooks.step("exports", exporting.forget)
    hooks.holds(_open_cases)
    opened = OpenPrivacy(
        erasures=erasures, erasing=erasing, exports=exports, exporting=exporting, retention=retention, unused=unused,
        rooms=LeftRooms(database, clock), operations=[*routes.operations(), *desk.operations()],
        jobs={EXPORT: JobKind(exporting.run, Lane.EXPORT, on_failure=exporting.give_up)},
        schedules=[
            Schedule("privacy.erase", ERASE_EVERY_S, JobKind(erasing.run, Lane.PRIVACY, priority=1)),
            Schedule("privacy.release", RELEASE_EVERY_S, JobKind(partial(erasing.run, held=True), Lane.PRIVACY)),
            Schedule("privacy.expire_exports", EXPIRE_EVERY_S, JobKind(exporting.expire, Lane.PRIVACY)),
            Schedule("privacy.retain", RETAIN_EVERY_S, JobKind(retention.run, Lane.PRIVACY)),
            Schedule("privacy.unused", RETAIN_EVERY_S, JobKind(unused.run, Lane.PRIVACY)),
        ],
        metrics=lambda: (retention.metrics(),),
    )  # fmt: skip
    hooks.opened = opened
    return opened


def _open_cases(connection: Connection, person: str) -> Iterator[Hold]:
    """What is reported stays as evidence until it is decided."""
    waiting = select(func.count()).where(cases.c.about == person, cases.c.state != "decided")
    if count := connection.execute(waiting).scalar_one():
        yield Hold("cases", "cases_open", count)
