"""What the open parts tell each other. Domains on one level do not import each other: they meet here."""

from __future__ import annotations

from chat.part import Chat
from live.part import Live
from money.part import Money
from people.part import People
from shop.part import Shop
from trust.reports import Reports
from vod.ads.campaigns.notices import describe as describe_campaigns
from vod.part import Vod
from vod.search.index import changes as search


def connect_rooms(live: Live, chat: Chat, shop: Shop, vod: Vod, money: Money) -> None:
    """A room's log follows what becomes of the room, its publisher, its goods and its gifts."""
    live.rooms.record(chat.record)
    live.rooms.record(shop.pins.room_changed)
    live.presence.listen(chat.publisher_changed)
    shop.pins.open_log(chat.log)
    shop.tags.open_videos(vod.videos.sight.creators)
    take_back = money.purchases.take_back
    take_back.listen(live.rooms.reverse_gifts)
    take_back.listen(chat.log.reverse, lock=chat.log.lock)


def connect_reports(reports: Reports, live: Live, chat: Chat, vod: Vod, shop: Shop) -> None:
    """Whom a report of each kind of subject is about, and who hears of it."""
    views = shop.product_views
    reports.about("room", lambda connection, room, _: live.rooms.row(connection, room).host)
    reports.about("line", chat.log.author)
    reports.about("video", lambda connection, video, who: vod.videos.visible(connection, video, who).person)
    reports.about("comment", vod.comments.person_of)
    reports.about("product", lambda connection, product, who: views.seller_of(connection, product, who.id))
    reports.about("review", shop.review_pages.person_of)
    reports.listen("video", vod.feed_events.note_report, vod.feed_events.note_withdrawal)


def connect_inbox(people: People, reports: Reports, live: Live, vod: Vod, shop: Shop) -> None:
    """Notices show what they are about, unless their reader does not see it."""
    inbox = people.inbox
    inbox.hide(reports.hidden)
    reports.record(inbox.notifications.seen_anew)
    inbox.describe("video", vod.notices.describe)
    inbox.describe("room", live.notices.describe)
    inbox.describe("campaign", describe_campaigns)
    inbox.describe("order", shop.order_subjects.describe)
    vod.mentions.listen(vod.notices.mentioned)


def connect_search(people: People, live: Live, shop: Shop) -> None:
    """What changes in a row that is found is written down for the indexer in the same transaction."""
    people.accounts.record(search.person_changed)
    people.follows.record(search.person_followed)
    live.rooms.record(search.room_state_changed)
    live.rooms.record_titles(search.room_changed)
    shop.findable.record(search.products_changed)
