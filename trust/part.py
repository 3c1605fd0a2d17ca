"""Opens `trust`: reports, cases, decisions, the audit log."""

from __future__ import annotations

from dataclasses import dataclass

from core.core import Core
from core.jobs import JobKind, Lane, Schedule
from core.part import Part
from people.accounts import Accounts
from people.inbox.notices import SILENCE, Notifies
from people.mail.outbox import Outbox
from people.sessions import signed_in
from people.sign_outs import SignOuts
from trust.audit.chain import Audit
from trust.cases.appeals import Appeals
from trust.cases.decisions import Decisions
from trust.cases.direct import Direct
from trust.cases.effects import Effects
from trust.cases.intake import Intake
from trust.cases.opinions import Opinions
from trust.cases.queue import Queue
from trust.cases.routes import CaseRoutes
from trust.cases.subjects import SubjectKind, Subjects
from trust.cases.telling import Telling
from trust.cases.views import Views
from trust.commands import COMMANDS
from trust.legal.alarm import Alarm
from trust.legal.confidential import Confidentiality
from trust.legal.contacts import contacts_of
from trust.legal.notices import Notices
from trust.legal.order_routes import OrderRoutes
from trust.legal.orders import Orders
from trust.legal.places import Places
from trust.legal.routes import LegalRoutes
from trust.machine.live.wall import LiveWall
from trust.machine.machine import Machine, open_machine
from trust.machine.routes import MachineRoutes
from trust.privacy.opening import OpenPrivacy, open_privacy
from trust.reports import Reports
from trust.routes import ReportRoutes
from trust.transparency.report import Transparency
from trust.transparency.routes import TransparencyRoutes

TELL_EVERY_S = 60.0


@dataclass(frozen=True, slots=True)
class Trust:
    """What other domains may use of `trust`."""

    reports: Reports
    subjects: Subjects
    effects: Effects
    audit: Audit
    machine: Machine
    wall: LiveWall
    privacy: OpenPrivacy
    places: Places
    orders: Orders


def open(
    core: Core, *, accounts: Accounts, sign_outs: SignOuts | None = None, inbox: Notifies = SILENCE
) -> Part[Trust]:  # fmt: skip
    """`accounts` knows the people who can be reported; other domains add their own subjects with `Reports.about` and
    `Subjects.add`."""
    clock, subjects = core.clock, Subjects()
    reports = Reports(core.database, clock)
    reports.about("person", lambda connection, person, _: accounts.by_id(connection, person).id)
    intake = Intake(clock, subjects)
    reports.file(intake.report)
    subjects.add("person", SubjectKind(text=accounts.said_by, page=accounts.page_of))
    audit, queue = Audit(clock), Queue(clock)
    opinions = Opinions(clock, accounts.moderators, core.settings.second_opinion_percent)
    telling = Telling(core.database, clock, inbox)
    decisions = Decisions(clock, queue, subjects, audit, telling, accounts.is_staff, opinions)
    appeals = Appeals(clock, queue, decisions, subjects, audit, inbox)
    machine = open_machine(core, subjects, intake)
    decisions.listen(machine.decided)
    places = Places(core.settings.base_url)
    outbox = Outbox(core.jobs, clock, enabled=bool(core.settings.smtp_url))
    notices = Notices(clock, places, intake, outbox)
    telling.listen(notices.decided)
    effects = Effects(core.database, subjects)
    announce = sign_outs.announce_person if sign_outs is not None else lambda _: None
    direct = Direct(clock, queue, decisions, intake, accounts.moderators)
    wall = LiveWall(core.database, direct, effects, announce)
    cases = CaseRoutes(
        core.database, queue, decisions, appeals, Views(clock, subjects, accounts.brief), effects, announce,
        accounts.moderators,
    )  # fmt: skip
    orders = Orders(clock, places, subjects, direct, audit, Confidentiality(clock, telling, audit))
    alarm = Alarm(core.database, clock, inbox, outbox, accounts.staff)
    contacts = contacts_of(core.settings)
    ordered = OrderRoutes(core.database, orders, alarm, effects, announce, contacts)
    privacy = open_privacy(core, accounts, sign_outs, audit, inbox)
    transparency = Transparency(
        core.database, clock, machine.thresholds, lambda connection: signed_in(connection, clock())
    )  # fmt: skip
    tell = Schedule("trust.tell", TELL_EVERY_S, JobKind(telling.run, Lane.TRUST))
    return Part(
        name="trust",
        api=Trust(reports, subjects, effects, audit, machine, wall, privacy, places, orders),
        routes=[
            *ReportRoutes(reports).operations(),
            *cases.operations(),
            *wall.operations(),
            *MachineRoutes(core.database, clock, machine.thresholds, audit).operations(),
            *LegalRoutes(core.database, contacts, notices).operations(),
            *ordered.operations(),
            *TransparencyRoutes(transparency).operations(),
            *privacy.operations,
        ],
        tasks={"effects": effects.run, "orders": alarm.run, "rooms of who leaves": privacy.rooms.run, **machine.tasks},
        jobs=privacy.jobs,
        schedules=[*privacy.schedules, machine.learning, tell],
        metrics=lambda: (*privacy.metrics(), *alarm.metrics()),
        close=machine.close,
        commands=COMMANDS,
    )
