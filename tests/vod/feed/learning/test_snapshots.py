"""A snapshot makes a start quicker and changes nothing."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from tests.vod.conftest import House
from tests.vod.feed.learning.showings import Fans, interests, watch
from vod.feed.learning.learning import SNAPSHOT_AGE_MS_MAX
from vod.feed.learning.snapshots import PART_BYTES_MAX, Snapshots
from vod.tables import feed_snapshots


def test_a_restart_changes_nothing_with_or_without_a_snapshot(house: House, library: list[str], fan: Fans) -> None:
    ada = fan()
    watch(house, ada, 2)
    before = house.vod
    before.learning.save()
    for item in ada.page(before)[:2]:
        ada.do(before, item)
    for _ in range(2):
        again = house.open()
        again.learning.catch_up()
        assert interests(again, ada) == interests(before, ada)
        house.database.write(lambda c: c.execute(feed_snapshots.delete()))


@pytest.mark.parametrize("damage", [b"", b"nonsense", None])
def test_a_damaged_or_old_snapshot_is_ignored(
    house: House, library: list[str], fan: Fans, damage: bytes | None
) -> None:
    ada = fan()
    watch(house, ada)
    before = interests(house.vod, ada)
    house.vod.learning.save()
    if damage is None:
        house.time.leap_ms += SNAPSHOT_AGE_MS_MAX + 1_000
    else:
        house.database.write(lambda c: c.execute(update(feed_snapshots).values(body=damage)))
    again = house.open()
    again.learning.catch_up()
    assert interests(again, ada) == before


def test_a_snapshot_is_stored_in_parts_and_an_incomplete_one_is_not_read(house: House) -> None:
    snapshots = Snapshots(house.database, house.time)
    body = bytes(PART_BYTES_MAX + 1)
    first = snapshots.save("model", body)
    second = snapshots.save("model", b"small")
    assert [*snapshots.newest("model")] == [(second, b"small"), (first, body)]
    part = (feed_snapshots.c.id == first) & (feed_snapshots.c.part == 1)
    house.database.write(lambda c: c.execute(feed_snapshots.delete().where(part)))
    assert [snapshot for snapshot, _ in snapshots.newest("model")] == [second]
