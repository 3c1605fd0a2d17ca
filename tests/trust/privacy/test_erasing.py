"""An erasure takes everything of a person and nothing of anybody else, and a search proves it."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import JSON, Connection, Row, String, Table, func, insert, select, update

from chat.tables import room_events
from core.privacy import declared, owned_by
from core.tables import metadata
from live.tables import rooms
from people.leaving.resting import rest
from people.tables import people
from shop.tables import shop_pins, shop_products, shop_sellers
from tests.trust.privacy.conftest import House
from tests.trust.privacy.filled import fill, marker
from trust.audit.chain import verify
from trust.errors import ErasureNotFound, LastAdmin
from trust.privacy.tables import privacy_erasures

SHARED = {"follows", "room_standings", "notifications", "agency_earnings", "agency_fractions"}


class Killed(Exception):
    """The process is gone."""


def both(house: House) -> tuple[str, str, list[str]]:
    ann, bob = house.join("ann_of_old", "Ann Oldacre"), house.join("bob_stays", "Bob")
    names = house.database.write(lambda c: fill(c, metadata, {"ann": ann, "bob": bob}, house.clock()))
    return ann, bob, names


def counts(house: House, person: str, names: list[str]) -> dict[str, int]:
    return {
        name: house.database.read(lambda c: c.execute(
            select(func.count()).select_from(t := metadata.tables[name]).where(owned_by(t, declared(t), person))  # noqa: B023
        ).scalar_one())
        for name in names
    }  # fmt: skip


def places_with(house: House, *words: str) -> set[str]:
    """Columns of all tables in which one of these words is, whatever the declarations say."""
    found = set()
    for table in metadata.sorted_tables:
        columns = [column for column in table.c if isinstance(column.type, String | JSON)]
        if columns:
            for row in house.database.read(lambda c: c.execute(select(*columns)).all()):  # noqa: B023
                for column, value in zip(columns, row, strict=True):
                    if any(word.lower() in str(value).lower() for word in words):
                        found.add(f"{table.name}.{column.name}")
    return found


def erase(house: House, person: str) -> Row[tuple[object, ...]]:
    asked = house.database.write(lambda c: house.privacy.erasures.ask(c, person))
    house.clock.pass_days(15)
    assert house.privacy.erasing.go_on() == 0
    return house.database.read(lambda c: house.privacy.erasures.row(c, asked.id))


def test_a_copy_has_every_table_and_nothing_of_the_other(house: House) -> None:
    ann, bob, names = both(house)
    sink = BytesIO()
    house.privacy.exporting.write(ann, sink)
    with zipfile.ZipFile(sink) as archive:
        assert archive.testzip() is None
        files = {one: archive.read(one).decode() for one in archive.namelist()}
    rows = {name: json.loads(files[f"tables/{name}.json"]) for name in names}
    assert all(rows.values())
    [mine] = json.loads(files["tables/people.json"])
    assert (mine["handle"], "password" in mine) == ("ann_of_old", False)
    everything = "\n".join(files.values())
    assert marker("bob") not in everything
    assert bob not in everything
    assert {row["followed"] for row in rows["follows"]} == {ann, "@bob_stays"}
    manifest = json.loads(files["manifest.json"])
    assert {one["file"] for one in manifest["tables"] if one["rows"]} == {f"tables/{name}.json" for name in names} | {
        "tables/people.json"
    }
    assert all(one["missing"] for one in manifest["media"]), "there is no storage behind these rows"


def test_everything_of_one_goes_and_everything_of_the_other_stays_however_often_it_is_killed(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, bob, names = both(house)
    before = counts(house, bob, names)
    steps, done = house.privacy.erasing.steps(), list[str]()

    def killed_once(name: str, run: Callable[[str], None]) -> Callable[[str], None]:
        def step(person: str) -> None:
            run(person)
            done.append(name)
            if done.count(name) == 1:
                raise Killed

        return step

    deadly = {name: killed_once(name, run) for name, run in steps.items()}
    monkeypatch.setattr(house.privacy.erasing, "steps", lambda: deadly)
    asked = house.database.write(lambda c: house.privacy.erasures.ask(c, ann))
    house.clock.pass_days(15)
    for _ in steps:
        assert house.privacy.erasing.go_on() == 1, "it was killed"
    assert house.privacy.erasing.go_on() == 0
    assert done == [name for name in steps for _ in range(2)]
    row = house.database.read(lambda c: house.privacy.erasures.row(c, asked.id))
    assert (row.state, row.held, row.words) == ("done", [], {})
    lawful = {f"{name}.{column}" for name in names for column in declared(metadata.tables[name]).law}
    assert places_with(house, marker("ann"), "ann_of_old", "Oldacre") <= lawful
    assert {one["place"] for one in row.found if not one["lawful"]} == set()
    after = counts(house, bob, names)
    assert {name for name in names if after[name] != before[name]} <= SHARED
    tomb = house.database.read(lambda c: c.execute(select(people).where(people.c.id == ann)).one())
    assert (tomb.handle, tomb.name, tomb.bio, tomb.erased_at) == (f"-{ann}", "[deleted]", "", house.clock())


def test_an_erasure_waits_hidden_and_can_be_undone(house: House) -> None:
    ann = house.join("ann_of_old")
    house.database.write(lambda c: house.privacy.erasures.ask(c, ann))
    with pytest.raises(Exception, match="Nobody has that handle"):
        house.database.read(lambda c: house.cadeau.people.accounts.profile(c, "ann_of_old"))
    house.clock.pass_days(13)
    house.privacy.erasing.go_on()
    house.database.write(lambda c: house.privacy.erasures.undo(c, ann))
    house.clock.pass_days(2)
    house.privacy.erasing.go_on()
    assert house.database.read(lambda c: house.cadeau.people.accounts.profile(c, "ann_of_old")).id == ann
    with pytest.raises(ErasureNotFound):
        house.database.write(lambda c: house.privacy.erasures.undo(c, ann))


def test_the_last_admin_stays(house: House) -> None:
    ann = house.join("ann_of_old")
    house.cadeau.people.accounts.grant("ann_of_old", "admin")
    with pytest.raises(LastAdmin):
        house.database.write(lambda c: house.privacy.erasures.ask(c, ann))


def test_a_handle_of_who_left_is_nobodys_for_ninety_days(house: House) -> None:
    erase(house, house.join("ann_of_old"))
    with pytest.raises(Exception, match="already taken"):
        house.join("ann_of_old")
    house.clock.pass_days(91)
    house.join("ann_of_old")


def test_an_open_case_keeps_its_evidence_until_it_is_decided(house: House) -> None:
    ann, _, _ = both(house)
    cases = metadata.tables["cases"]
    mine = update(cases).where(cases.c.about == ann)
    house.database.write(lambda c: c.execute(mine.values(state="open")))
    row = erase(house, ann)
    assert (row.state, row.held) == ("held", ["cases"])
    assert "cases.evidence" in places_with(house, marker("ann"))
    house.database.write(lambda c: c.execute(mine.values(state="decided")))
    assert house.privacy.erasing.go_on(held=True) == 0
    assert house.database.read(lambda c: house.privacy.erasures.row(c, row.id)).state == "done"
    assert "cases.evidence" not in places_with(house, marker("ann"))


def test_a_restored_database_erases_again(house: House) -> None:
    ann = house.join("ann_of_old")
    house.database.write(lambda c: house.cadeau.money.grant(c, ann, 70, "welcome", "welcome"))
    row = erase(house, ann)
    assert house.database.read(house.cadeau.money.verify) == [], "the ledger names ids alone"
    house.database.read(verify)
    back = {"handle": "ann_of_old", "name": "Ann", "erased_at": 0}

    def restore(connection: object) -> None:
        connection.execute(update(people).where(people.c.id == ann).values(back))  # type: ignore[attr-defined]
        connection.execute(privacy_erasures.delete().where(privacy_erasures.c.id == row.id))  # type: ignore[attr-defined]
        connection.execute(metadata.tables["privacy_journal"].delete())  # type: ignore[attr-defined]

    house.database.write(restore)
    assert house.privacy.erasing.replay() == 1
    with pytest.raises(Exception, match="Nobody has that handle"):
        house.database.read(lambda c: house.cadeau.people.accounts.profile(c, "ann_of_old"))
    assert house.privacy.erasing.go_on() == 0
    assert places_with(house, "ann_of_old") == set()
    assert house.privacy.erasing.replay() == 0


def test_who_undoes_an_erasure_is_still_hidden_if_they_rest(house: House) -> None:
    ann = house.join("ann_of_old")
    hidden: list[bool] = []
    house.cadeau.core.privacy.hides(lambda _, person, gone: hidden.append(gone))
    erasures = house.privacy.erasures
    for restricted_at in (house.clock(), 0):
        house.database.write(lambda c: rest(c, ann, "restricted", restricted_at))  # noqa: B023
        house.database.write(lambda c: erasures.ask(c, ann))
        house.database.write(lambda c: erasures.undo(c, ann))
    assert hidden == [True, True, True, False]


def test_what_rooms_say_of_an_erased_sellers_products_goes_too(house: House) -> None:
    ann, bob, title = house.join("ann_of_old"), house.join("bob_stays"), "Jam as my grandmother made it"
    seller = {"id": "s", "person": ann, "name": "", "address": "", "country": "FR", "register": "", "vat_number": ""}
    product = {"id": "p", "seller": "s", "title": title, "description": "", "state": "offered", "at": 1}
    pin: dict[str, Any] = {
        "id": "pin",
        "product": "p",
        "title": title,
        "picture": "/media/x",
        "prices": {},
        "flash_prices": {},
    }
    pin |= {"flash_until": None, "left": 1}
    shown = {"id": "pin", "room": "r", "host": bob, "product": "p", "prices": {}, "flash": {}, "at": 1, "ended_at": 2}
    event = {"room": "r", "seq": 1, "type": "pinned", "at": 1, "fields": {"pin": pin}}
    rows: dict[Table, dict[str, Any]] = {
        shop_sellers: seller | {"contact": "", "state": "approved", "reason": "", "at": 1}, shop_products: product,
        rooms: {"id": "r", "host": bob, "title": "A room", "state": "ended", "created_at": 1}, shop_pins: shown,
        room_events: event,
    }  # fmt: skip
    for table, row in rows.items():
        house.database.write(lambda c, table=table, row=row: c.execute(insert(table).values(row)))  # type: ignore[misc]
    done = erase(house, ann)
    assert (done.state, done.found) == ("done", [])
    kept = house.database.read(lambda c: c.execute(select(room_events.c.fields)).scalar_one())
    assert (kept["pin"]["id"], kept["pin"]["title"], kept["pin"]["picture"]) == ("pin", "", None)


def test_the_handle_goes_out_of_what_others_said_and_called_their_rooms(house: House) -> None:
    ann, bob = house.join("ann_of_old"), house.join("bob_stays")
    said = {"room": "r", "type": "said", "at": 1, "person": bob}
    lines = ("Hello @Ann_of_old! \u00e9", "Hello @ann.of.old")

    def write(connection: Connection) -> None:
        room = {"id": "r", "host": bob, "title": "With @ann_of_old", "state": "ended", "created_at": 1}
        connection.execute(insert(rooms).values(room))
        for seq, text in enumerate(lines, 1):
            connection.execute(insert(room_events).values(said | {"seq": seq, "fields": {"text": text}}))

    house.database.write(write)
    assert erase(house, ann).found == []
    fields = select(room_events.c.fields).order_by(room_events.c.seq)
    kept = house.database.read(lambda c: [one["text"] for one in c.execute(fields).scalars()])
    assert kept == ["Hello @[deleted]! \u00e9", lines[1]]
    assert house.database.read(lambda c: c.execute(select(rooms.c.title)).scalar_one()) == "With @[deleted]"
