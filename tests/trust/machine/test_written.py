"""Captions, comments, titles, profiles and products are read when they are written."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from cadeau.app import Cadeau, open_cadeau
from core.identity import Identity
from core.ids import new_id
from core.settings import Settings
from shop.tables import shop_products, shop_sellers
from trust.cases.tables import cases
from vod.tables import videos

BAD, WORSE, GOOD = "Go kill yourself", "k1ll y0urself now", "A day at the sea"


@pytest.fixture
def cadeau(database_url: str, tmp_path: Path) -> Iterator[Cadeau]:
    opened = open_cadeau(Settings(data_dir=tmp_path, database_url=database_url, rate_limits=False))
    yield opened
    opened.close()


@pytest.fixture
def troll(cadeau: Cadeau) -> Identity:
    made = cadeau.people.accounts.join("troll", "correct horse battery", date(1990, 5, 17))
    return Identity(made.id, made.handle, made.name, "member", True)


def found(cadeau: Cadeau) -> list[tuple[str, str, str, str]]:
    """(kind, subject, about, evidence) of the cases that wait."""
    columns = cases.c.kind, cases.c.subject, cases.c.about, cases.c.evidence
    query = select(*columns).where(cases.c.state == "open").order_by(cases.c.id)
    return [tuple(row) for row in cadeau.core.database.read(lambda c: c.execute(query).all())]


def video_of(cadeau: Cadeau, who: Identity) -> str:
    row = {"id": new_id(), "person": who.id, "state": "ready", "visibility": "public", "created_at": 1}
    cadeau.core.database.write(lambda c: c.execute(insert(videos).values(row)))
    return str(row["id"])


async def test_each_kind_of_text_becomes_a_case_with_what_it_says(cadeau: Cadeau, troll: Identity) -> None:
    video = video_of(cadeau, troll)
    cadeau.vod.videos.edit(video, troll, caption=BAD, visibility=None)
    comment = cadeau.vod.comments.add(video, troll, BAD).id
    room = cadeau.live.rooms.create(troll, BAD)
    cadeau.people.accounts.change(troll.id, None, BAD)
    assert found(cadeau) == [
        ("video", video, troll.id, BAD), ("comment", comment, troll.id, BAD), ("room", room, troll.id, BAD),
        ("person", troll.id, troll.id, f"@troll\ntroll\n{BAD}"),
    ]  # fmt: skip


async def test_harmless_texts_and_what_is_not_offered_yet_open_nothing(cadeau: Cadeau, troll: Identity) -> None:
    video = video_of(cadeau, troll)
    cadeau.vod.videos.edit(video, troll, caption=GOOD, visibility=None)
    cadeau.vod.comments.add(video, troll, GOOD)
    await cadeau.live.rooms.retitle(cadeau.live.rooms.create(troll, GOOD), troll, "Another day")
    product(cadeau, troll, "draft", BAD)
    assert found(cadeau) == []


def product(cadeau: Cadeau, who: Identity, state: str, text: str) -> str:
    seller, made = new_id(), new_id()
    said = {"id": made, "seller": seller, "title": "A cup", "description": text, "state": state, "at": 1}
    blank: dict[str, Any] = {
        column.name: "" if column.type.python_type is str else 0
        for column in shop_sellers.c
        if not column.nullable and column.server_default is None
    }

    def write(connection: Any) -> None:
        connection.execute(insert(shop_sellers).values(blank | {"id": seller, "person": who.id, "name": "Shop"}))
        connection.execute(insert(shop_products).values(said))
        for recorder in cadeau.shop.products._recorders:
            recorder(connection, [made])

    cadeau.core.database.write(write)
    return made


def test_a_products_text_is_a_case_about_the_product(cadeau: Cadeau, troll: Identity) -> None:
    made = product(cadeau, troll, "offered", BAD)
    assert found(cadeau) == [("product", made, troll.id, f"A cup\n{BAD}")]


async def test_what_was_decided_is_not_asked_again_before_it_says_something_else(
    cadeau: Cadeau, troll: Identity
) -> None:
    room = cadeau.live.rooms.create(troll, BAD)
    cadeau.core.database.write(lambda c: c.execute(update(cases).values(state="decided")))
    await cadeau.live.rooms.retitle(room, troll, BAD)
    assert found(cadeau) == []
    await cadeau.live.rooms.retitle(room, troll, WORSE)
    assert found(cadeau) == [("room", room, troll.id, WORSE)]
