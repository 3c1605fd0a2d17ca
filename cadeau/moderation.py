"""Tells `trust` how the other domains' subjects are seen, hidden and ended."""

from __future__ import annotations

from sqlalchemy import Connection

from chat.kinds.entry import Entry
from chat.kinds.remove import Remove
from chat.part import Chat
from core.database import Database
from core.identity import Identity, Person
from live.part import Live
from people.accounts import Accounts
from shop.part import Shop
from trust.cases.subjects import SubjectKind
from trust.legal.places import Place, Places
from trust.part import Trust
from trust.reports import Subject
from vod.part import Vod

MODERATION = Identity("moderation", "", "", "moderator", True)
"""Acts for whoever decided: the handles of staff are shown to nobody."""


def connect_places(places: Places, accounts: Accounts, live: Live, vod: Vod, shop: Shop) -> None:
    """What everybody can see at an address of this server, and who is responsible for it."""

    def video(connection: Connection, id: str, who: Identity | None) -> Place:
        return Place(Subject("video", id), vod.videos.visible(connection, id, who).person)

    def comment(connection: Connection, id: str, who: Identity | None) -> Place:
        return Place(Subject("comment", id), vod.comments.person_of(connection, id, who))

    def room(connection: Connection, id: str, _: Identity | None) -> Place:
        return Place(Subject("room", id), live.rooms.row(connection, id).host)

    def profile(connection: Connection, handle: str, _: Identity | None) -> Place:
        return person(accounts.by_handle(connection, handle).id)

    def product(connection: Connection, id: str, who: Identity | None) -> Place:
        moderates = who is not None and who.moderates
        return Place(Subject("product", id), shop.products.person_of(connection, id, moderates=moderates))

    def sound(connection: Connection, id: str, _: Identity | None) -> Place:
        return person(vod.sounds.person_of(connection, id))

    def person(id: str) -> Place:
        return Place(Subject("person", id), id)

    for page, find in {
        "video": video, "comment": comment, "room": room, "profile": profile, "product": product, "sound": sound,
    }.items():  # fmt: skip
        places.add(page, find)


def connect_moderation(database: Database, trust: Trust, live: Live, chat: Chat, vod: Vod, shop: Shop) -> None:
    rooms, videos, reviews, products = live.rooms, vod.moderation, shop.reviews, shop.moderation

    async def end_room(room: str, _decision: str) -> None:
        await rooms.end(room, MODERATION)

    async def end_rooms(host: str) -> None:
        for room in await rooms.open_of(host):
            await rooms.end(room, MODERATION)

    async def remove_line(line: str, decision: str) -> None:
        room, _, seq = line.partition(":")
        by = Person(MODERATION.id, "", "")
        await chat.log.post(Entry(room, Remove(f"decision:{decision}", int(seq)), by, moderates=True, adult=True))

    async def unpin(product: str, _decision: str) -> None:
        announce = await database.write_async(lambda c: shop.pins.end(c, product))
        announce()

    def comment_page(connection: Connection, comment: str) -> str:
        video = videos.video_of(connection, comment)
        return f"/video/{video}" if video else ""

    def line_page(_: Connection, line: str) -> str:
        return f"/room/{line.partition(':')[0]}"

    def review_page(connection: Connection, review: str) -> str:
        product = reviews.product_of(connection, review)
        return f"/product/{product}" if product else ""

    add = trust.subjects.add
    add("video", SubjectKind(
        text=videos.video_text, page=lambda _, video: f"/video/{video}",
        hide=videos.hide_video, restore=videos.restore_video,
    ))  # fmt: skip
    add("comment", SubjectKind(
        text=videos.comment_text, page=comment_page, hide=videos.hide_comment, restore=videos.restore_comment
    ))  # fmt: skip
    add("room", SubjectKind(
        text=rooms.title_of, page=lambda _, room: f"/room/{room}", viewers=live.audience.viewers,
        hide=rooms.hide_title, restore=rooms.restore_title, effect=end_room,
    ))  # fmt: skip
    add("line", SubjectKind(
        text=chat.log.text, page=line_page, viewers=lambda line: live.audience.viewers(line.partition(":")[0]),
        effect=remove_line,
    ))  # fmt: skip

    add("review", SubjectKind(
        text=reviews.text, page=review_page, hide=reviews.hide, restore=reviews.restore
    ))  # fmt: skip
    add("product", SubjectKind(
        text=products.text, page=lambda _, product: f"/product/{product}",
        hide=products.hide, restore=products.restore, effect=unpin,
    ))  # fmt: skip
    products.withdraw_by(videos.withdraw)

    def keep_files(connection: Connection, subject: Subject, until: int) -> None:
        if subject.kind == "video":
            videos.keep_files(connection, subject.id, until)
        elif subject.kind == "product":
            products.keep(connection, subject.id, until)

    trust.orders.keep_by(keep_files)
    trust.effects.end_rooms_by(end_rooms)
    trust.privacy.rooms.end_by(end_rooms)
