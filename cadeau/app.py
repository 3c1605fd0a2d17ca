"""The application: opens every domain and connects it to the others."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute

from cadeau import __version__
from cadeau.connections import connect_inbox, connect_reports, connect_rooms, connect_search
from cadeau.documents import document_routes
from cadeau.machine import connect_machine, connect_texts
from cadeau.metrics import register_metrics
from cadeau.moderation import connect_moderation, connect_places
from cadeau.pages.sitemap import Sitemaps
from cadeau.pages.subjects import Subjects
from cadeau.web import WebRoutes
from chat import part as chat_part
from core.clock import Clock, system_clock
from core.core import Core, open_part
from core.http import Operation, RequestGate
from core.http.no_operation import NoOperation
from core.http.refusals.problems import EXCEPTION_HANDLERS
from core.http.security_headers import security_headers
from core.http.tracing import Tracing
from core.jobs import JobKind, Lane
from core.limits import Limiter
from core.part import Part, Run
from core.settings import Settings
from live import part as live_part
from live.monitoring.airtime import airtime
from live.part import Live
from money import part as money_part
from money.part import Money
from people import part as people_part
from people.part import People
from shop import part as shop_part
from shop.part import Shop
from signaling import part as signaling_part
from trust import part as trust_part
from trust.privacy.opening import OpenPrivacy
from vod import part as vod_part
from vod.part import Vod


@dataclass(frozen=True, slots=True)
class Cadeau:
    """The open application. `asgi` answers requests; its `tasks` must be running."""

    core: Core
    people: People
    money: Money
    live: Live
    vod: Vod
    shop: Shop
    privacy: OpenPrivacy
    parts: tuple[Part[object], ...]
    asgi: Starlette

    @property
    def tasks(self) -> Iterator[tuple[str, Run]]:
        """Every long-running task by name."""
        for part in self.parts:
            for name, run in part.tasks.items():
                yield f"{part.name}.{name}", run

    async def run_jobs(self, lanes: Collection[Lane] = tuple(Lane)) -> None:
        """Run jobs of these lanes until cancelled."""
        schedules = [schedule for part in self.parts for schedule in part.schedules]
        await self.core.jobs.run(self.job_kinds, schedules, lanes)

    @property
    def job_kinds(self) -> Mapping[str, JobKind]:
        return {kind: job for part in self.parts for kind, job in part.jobs.items()}

    def close(self) -> None:
        """Commit what is queued and close everything."""
        self.core.close()
        for part in self.parts:
            part.close()


def open_cadeau(settings: Settings, *, clock: Clock = system_clock) -> Cadeau:
    """Open every part. The database must be migrated."""
    core = Core.open(settings, clock=clock)

    people = people_part.open(core)
    accounts, follows, inbox = people.api.accounts, people.api.follows, people.api.inbox
    money = money_part.open(
        core, brief=accounts.brief, by_handle=accounts.by_handle, joined=accounts.joined_at, airtime=airtime,
        inbox=inbox.notifications,
    )  # fmt: skip
    trust = trust_part.open(core, accounts=accounts, sign_outs=people.api.sign_outs, inbox=inbox.notifications)
    reports = trust.api.reports
    live = live_part.open(core, accounts=accounts, hidden=reports.hidden, inbox=inbox.notifications)
    rooms, audience = live.api.rooms, live.api.audience
    signaling = signaling_part.open(live.api, identify=people.api.authentication.by_id)
    shop = shop_part.open(
        core, money=money.api, brief=accounts.brief, by_handle=accounts.by_handle, rooms=rooms,
        inbox=inbox.notifications, hides=reports,
    )  # fmt: skip
    vod = vod_part.open(
        core, brief=accounts.brief, by_handle=accounts.by_handle, following=follows.following,
        live_rooms=live.api.live_rooms, rooms_by_id=live.api.rooms_by_id, new_follows=follows.made,
        money=money.api, adults=accounts.adults, country_of=accounts.country, hidden=reports.hidden,
        inbox=inbox.notifications, products=shop.api.findable, machine=trust.api.machine,
    )  # fmt: skip
    chat = chat_part.open(
        core, rooms=rooms, audience=audience, gifts=money.api.gifts, accounts=accounts, inbox=inbox.notifications,
        effects=vod.api.effects.uses, goals=vod.api.goals.in_rooms, goods=shop.api.pins, audit=trust.api.audit,
    )  # fmt: skip
    connect_rooms(live.api, chat.api, shop.api, vod.api, money.api)
    connect_reports(trust.api.reports, live.api, chat.api, vod.api, shop.api)
    connect_moderation(core.database, trust.api, live.api, chat.api, vod.api, shop.api)
    connect_places(trust.api.places, accounts, live.api, vod.api, shop.api)
    connect_texts(trust.api, accounts, live.api, vod.api, shop.api)
    connect_machine(core, trust.api, accounts, live.api, chat.api)
    connect_inbox(people.api, trust.api.reports, live.api, vod.api, shop.api)
    connect_search(people.api, live.api, shop.api)
    money.api.reports.name_rooms(rooms.titles)
    money.api.fund.explaining.describe_videos(vod.api.notices.describe)
    follows.listen(vod.api.feed_events.note_follow)
    follows.listen(vod.api.ads.follows.followed)

    domains = (people, money, trust, live, signaling, chat, vod, shop)
    helpful = {name: check for part in domains for name, check in part.checks.items()}
    parts: tuple[Part[object], ...] = (open_part(core, helpful), *domains)
    register_metrics(parts)
    core.proofs.update({rule: proof for part in domains for rule, proof in part.proofs.items()})
    subjects = Subjects(core.database, vod.api.videos, rooms, accounts, vod.api.sounds)
    web = WebRoutes(core.executors, subjects, Sitemaps(core.database, accounts), settings.public_url)
    asgi = _asgi(core, people.api, parts, web)
    return Cadeau(core, people.api, money.api, live.api, vod.api, shop.api, trust.api.privacy, parts, asgi)


def _asgi(core: Core, people: People, parts: tuple[Part[object], ...], web: WebRoutes) -> Starlette:
    settings = core.settings
    https = settings.base_url.startswith("https:")
    prefix = "__Host-" if https else ""  # then browsers accept the cookie only from this host, over HTTPS
    cookie = f"{prefix}cadeau_session"
    routes: list[BaseRoute] = [route for part in parts for route in part.routes]
    operations = [route for route in routes if isinstance(route, Operation)]
    routes += document_routes(operations, version=__version__, cookie=cookie)
    routes.append(NoOperation(routes))
    routes += web.routes()  # last: they answer every remaining address with the web client
    headers = security_headers(
        public_url=settings.public_url, storage_urls=[core.storage.url("x"), core.storage.signed_url("x")],
        subdomains=settings.hsts_subdomains,
    )  # fmt: skip
    tracing = Middleware(Tracing, headers=headers)
    app = Starlette(routes=routes, middleware=[tracing], exception_handlers=EXCEPTION_HANDLERS)
    app.state.gate = RequestGate(
        authenticate=people.authentication.by_token,
        limiter=Limiter(enabled=settings.rate_limits),
        origins=frozenset({settings.base_url}),
        secure_cookie=https,
        cookie=cookie,
        device_cookie=f"{prefix}cadeau_device",
        country_header=settings.country_header,
        executors=core.executors,
        watch=people.sign_outs.watch,
        watch_person=people.sign_outs.watch_person,
    )
    return app
