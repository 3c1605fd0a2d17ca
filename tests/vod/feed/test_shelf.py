"""What is at hand: never a video as it was before a change that is committed, and safe for many readers at once."""

from __future__ import annotations

import threading

from sqlalchemy import Connection, update

from tests.vod.conftest import House
from vod.feed.shelf import Shelf
from vod.tables import videos


def test_what_was_read_before_a_commit_is_not_kept(house: House) -> None:
    video, shelf = house.show(house.person()), Shelf(house.vod.videos)

    def look() -> list[str]:
        return [one.id for one in house.database.read(lambda c: shelf.videos(c, [video], None))]

    def change(connection: Connection) -> list[str]:
        connection.execute(update(videos).values(visibility="private"))
        shelf.drop(video)
        return look()

    assert look() == [video]
    assert house.database.write(change) == [video], "another transaction does not see it yet"
    assert shelf.held() == {}
    assert look() == []


def test_readers_and_droppers_do_not_disturb_each_other(house: House) -> None:
    maker = house.person()
    made = [house.show(maker) for _ in range(20)]
    shelf = Shelf(house.vod.videos)
    faults: list[Exception] = []
    done = threading.Event()

    def drop() -> None:
        while not done.is_set():
            shelf.reread(made)

    def read() -> None:
        try:
            for _ in range(100):
                assert len(house.database.read(lambda c: shelf.videos(c, made, None))) == 20
        except Exception as error:
            faults.append(error)

    readers = [threading.Thread(target=read) for _ in range(2)]
    dropper = threading.Thread(target=drop)
    for thread in (dropper, *readers):
        thread.start()
    for thread in readers:
        thread.join()
    done.set()
    dropper.join()
    assert faults == []
