"""Runs the demo.

All of it uses the public interface: the room is published over WHIP by a separate process, the videos are uploaded and
transcoded, the chat goes over a WebSocket.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import sys
import threading
import uuid
from collections.abc import AsyncIterator
from datetime import date

import msgpack
import structlog
from msgspec import UNSET
from sqlalchemy import Connection
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

from cadeau.app import Cadeau
from cadeau.demo.activity import Activity
from cadeau.demo.campaigns import DemoCampaigns
from cadeau.demo.cast import CAST, CREATORS, FANS, GUEST, HOST, LINES, PASSWORD, PRESENTS, Made
from cadeau.demo.challenges import DemoChallenges
from cadeau.demo.fund import DemoFund
from cadeau.demo.portraits import give_portrait
from cadeau.demo.shop import DemoShop
from cadeau.demo.topics import CLIPS
from cadeau.demo.videos import DemoVideos, identity
from core.errors import NotFound
from core.executors import BoundedExecutor
from core.identity import Person
from people.passwords import hashed
from vod.catalogue.videos import Video

BIRTHDATE = date(1990, 1, 1)
COINS = 1_000_000
ROOM_TITLE = "Colours of the evening, with music"
PUBLISHER_PAUSE_S = 5.0
TALK_PAUSE_S = (4.0, 11.0)
IDLE_PAUSE_S = 2.0
THREADS = 4

log = structlog.get_logger("demo")


class Demo:
    def __init__(self, cadeau: Cadeau) -> None:
        self._cadeau = cadeau
        settings = cadeau.core.settings
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)
        # Of its own: making the videos takes minutes.
        self._threads = BoundedExecutor("demo", threads=THREADS, queued_max=len(CAST))
        self._hash = ""
        self._address = f"{host}:{settings.port}"

    async def run(self) -> None:
        """Keep the demo alive until cancelled."""
        host = await self._threads.run(self._make_person, CAST[0])  # first the room: it is what people come to see
        room, key = await self._threads.run(self._make_room, host)
        stopping = threading.Event()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._publish(room, key), name="demo-publish")
                people = await self._threads.run(self._make_people)
                print(f"  Demo: sign in as {GUEST} with the password {PASSWORD}\n", flush=True)
                tasks.create_task(self._talk(room, people), name="demo-talk")
                tasks.create_task(self._show(room, host), name="demo-show")
                tasks.create_task(self._threads.run(self._make_videos, people, stopping), name="demo-videos")
        finally:
            stopping.set()  # the thread that makes videos cannot be cancelled

    def _make_people(self) -> dict[str, Person]:
        return {made.handle: self._make_person(made) for made in CAST}

    def _make_person(self, made: Made) -> Person:
        cadeau = self._cadeau
        try:
            person = cadeau.core.database.read(lambda c: cadeau.people.accounts.by_handle(c, made.handle))
        except NotFound:
            cadeau.people.accounts.check_new(made.handle, BIRTHDATE, made.name)
            person = cadeau.people.accounts.add(made.handle, self._password_hash(), BIRTHDATE, made.name)
            cadeau.people.accounts.change(person.id, None, made.marked_bio)
        key = f"demo:{person.id}"
        cadeau.core.database.write(lambda c: cadeau.money.grant(c, person.id, COINS, key, "demo"))
        return person

    def _password_hash(self) -> str:
        """One for all: a hash costs 100 ms, and they share their password anyway."""
        self._hash = self._hash or hashed(PASSWORD)
        return self._hash

    def _make_room(self, host: Person) -> tuple[str, str]:
        """The id and stream key of the demo's open room, or of a new one."""
        rooms = self._cadeau.live.rooms

        def find(connection: Connection) -> str | None:
            found, _ = rooms.list(connection, state="", host=host.handle, cursor="", limit=20)
            return next((row.id for row in found if row.state != "ended"), None)

        room = self._cadeau.core.database.read(find)
        if room is None:
            room = rooms.create(identity(host), ROOM_TITLE)
        return room, self._cadeau.live.stream_keys.of(host.id)

    def _make_videos(self, people: dict[str, Person], stopping: threading.Event) -> None:
        """Make the videos that are missing, and let people enjoy them."""
        creators = {made.handle: people[made.handle] for made in CREATORS}
        fans = [self._make_person(made) for made in FANS]
        for person in (*creators.values(), *fans[::2]):  # not everybody has a picture
            if person.avatar is UNSET and not stopping.is_set():
                give_portrait(self._cadeau, person)
        affiliate = next(person for name, person in creators.items() if name != HOST)
        shop = DemoShop(self._cadeau, creators[HOST])
        if not stopping.is_set():
            shop.make(reviewer=fans[0], affiliate=affiliate, buyer=fans[1])
        activity = Activity(self._cadeau, [*fans, *creators.values()], people[GUEST])
        activity.follow(creators)
        campaigns = DemoCampaigns(self._cadeau, creators, fans[0])
        challenges = DemoChallenges(self._cadeau, fans[1], fans[0])
        challenges.begin()

        films: list[Video] = []

        def shown(video: Video) -> None:
            activity.enjoy(video)
            campaigns.offer(video)
            films.append(video)
            shop.tag(video)
            challenges.offer(video)

        DemoVideos(self._cadeau, creators, shown, stopping).make(CLIPS)
        if not stopping.is_set():
            DemoFund(self._cadeau, fans).post(films)

    async def _publish(self, room: str, key: str) -> None:
        """Run the publisher in a child process and restart it when it exits."""
        url = f"http://{self._address}/live/{room}/whip"
        while True:
            publisher = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "cadeau.demo_publisher", url, stdin=asyncio.subprocess.PIPE
            )
            assert publisher.stdin is not None
            publisher.stdin.write(f"{key}\n".encode())  # everybody on this machine can read a command line
            publisher.stdin.close()
            try:
                status = await publisher.wait()
            finally:
                with contextlib.suppress(ProcessLookupError):
                    publisher.kill()
            log.warning("demo publisher ended", status=status)
            await asyncio.sleep(PUBLISHER_PAUSE_S)

    async def _show(self, room: str, host: Person) -> None:
        """The host shows a product whenever the room is live."""
        shop = DemoShop(self._cadeau, host)
        while True:
            announce = await self._threads.run(shop.pin, room)
            if announce is not None:
                announce()
            await asyncio.sleep(IDLE_PAUSE_S)

    async def _talk(self, room: str, people: dict[str, Person]) -> None:
        """While someone watches, the made-up people chat and give gifts through the real interface."""
        speakers = [people[made.handle] for made in CAST if made.handle not in (GUEST, HOST)]
        while True:
            while not self._cadeau.live.audience.viewers(room):
                await asyncio.sleep(IDLE_PAUSE_S)
            with contextlib.suppress(OSError, WebSocketException):
                async with self._connected(room, speakers) as sockets:
                    while self._cadeau.live.audience.viewers(room):
                        await self._send_one(random.choice(sockets))
                        await asyncio.sleep(random.uniform(*TALK_PAUSE_S))
            await asyncio.sleep(IDLE_PAUSE_S)

    @contextlib.asynccontextmanager
    async def _connected(self, room: str, speakers: list[Person]) -> AsyncIterator[list[ClientConnection]]:
        async with contextlib.AsyncExitStack() as stack, asyncio.TaskGroup() as tasks:
            sockets: list[ClientConnection] = []
            listening: list[asyncio.Task[None]] = []
            for speaker in speakers:
                token = await self._threads.run(self._cadeau.people.sessions.open, speaker.id)
                socket = await stack.enter_async_context(
                    connect(
                        f"ws://{self._address}/chat/{room}",
                        subprotocols=[Subprotocol("cadeau.msgpack.v1")],
                        additional_headers={"Authorization": f"Bearer {token}"},
                        compression=None,
                    )
                )
                sockets.append(socket)
                listening.append(tasks.create_task(_discard(socket), name="demo-hear"))
            try:
                yield sockets
            finally:
                for task in listening:
                    task.cancel()

    @staticmethod
    async def _send_one(socket: ClientConnection) -> None:
        message_id = str(uuid.uuid4())
        luck = random.random()
        if luck < 0.3:
            gift, count = random.choice(PRESENTS)
            message: dict[str, object] = {"type": "gift", "id": message_id, "gift": gift, "count": count}
        elif luck < 0.5:
            message = {"type": "like", "count": random.randint(1, 8)}
        else:
            message = {"type": "say", "id": message_id, "text": random.choice(LINES)}
        await socket.send(msgpack.packb(message))


async def _discard(socket: ClientConnection) -> None:
    """Read and discard messages, so that the server does not disconnect us as a slow reader."""
    with contextlib.suppress(WebSocketException):
        async for _ in socket:
            pass
