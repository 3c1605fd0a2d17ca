"""Lets the machine see this node's live rooms and read what is said in them, and blurs what it holds."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from chat.kinds.say import said_in
from chat.part import Chat
from core.core import Core
from core.errors import NotFound
from live.part import Live
from people.accounts import Accounts
from shop.part import Shop
from trust.cases.rules import DAY_MS
from trust.machine.judging.bands import Band
from trust.machine.live.sampler import NEW_DAYS, Host, Keyframe
from trust.machine.live.wall import LiveRoom
from trust.part import Trust
from trust.reports import Subject
from vod.part import Vod


class LiveTap:
    """The live rooms of this node, as the sampler wants them."""

    def __init__(self, live: Live) -> None:
        self._keyframes = live.keyframes

    def rooms(self) -> Sequence[str]:
        return self._keyframes.rooms()

    def keyframe(self, room: str) -> Keyframe | None:
        found = self._keyframes.keyframe(room)
        return Keyframe(*found) if found is not None else None

    def request(self, room: str) -> None:
        self._keyframes.request(room)


def connect_texts(trust: Trust, accounts: Accounts, live: Live, vod: Vod, shop: Shop) -> None:
    """Captions, comments, titles, profiles, products and their reviews are read when they are written."""
    read = trust.machine.written.read

    def profile(connection: Connection, person: str) -> None:
        read(connection, Subject("person", person), person, accounts.said_by(connection, person) or "")

    def title(connection: Connection, room: str, host: str, text: str) -> None:
        read(connection, Subject("room", room), host, text)

    def comment(connection: Connection, id: str, person: str, text: str) -> None:
        read(connection, Subject("comment", id), person, text)

    def caption(connection: Connection, video: str) -> None:
        found = vod.moderation.written(connection, video)
        if found is not None:
            read(connection, Subject("video", video), *found)

    def products(connection: Connection, ids: Sequence[str]) -> None:
        for product, person, text in shop.products.written(connection, ids):
            read(connection, Subject("product", product), person, text)

    def review(connection: Connection, id: str, person: str, text: str) -> None:
        read(connection, Subject("review", id), person, text)

    def answer(connection: Connection, product: str, seller: str, text: str) -> None:
        read(connection, Subject("person", seller), seller, text, part=f"/product/{product}")

    accounts.record(profile)
    live.rooms.hear_titles(title)
    vod.comments.hear(comment)
    vod.videos.record(caption)
    shop.products.record(products)
    shop.reviews.hear(review, answer)


def connect_machine(core: Core, trust: Trust, accounts: Accounts, live: Live, chat: Chat) -> None:
    machine = trust.machine

    def host_of(room: str) -> Host | None:
        def read(connection: Connection) -> Host:
            host = str(live.rooms.row(connection, room).host)
            joined = accounts.joined_at(connection, [host]).get(host, 0)
            return Host(host, joined > core.clock() - NEW_DAYS * DAY_MS)

        try:
            return core.database.read(read)
        except NotFound:
            return None

    def live_rooms(connection: Connection, limit: int) -> list[LiveRoom]:
        shown = live.live_rooms(connection, limit, "")
        return [LiveRoom(room.id, room.title, room.host, room.viewers) for room in shown]

    def read_lines(room: str, events: Sequence[bytes]) -> None:
        for event in events:
            said = said_in(event)
            if said is not None and said.by is not None:
                machine.reader.hear(f"{room}:{said.seq}", said.by.id, said.text)

    def banded(room: str, band: Band) -> None:
        chat.members.send_veil(room, band == "hold")

    machine.sampler.connect(LiveTap(live), host_of, banded)
    trust.wall.connect(live_rooms)
    trust.reports.listen("room", lambda _, room: machine.sampler.soon(room))
    trust.reports.listen("line", lambda _, line: machine.thinker.hear(Subject("line", line)))
    chat.log.listen(read_lines)
