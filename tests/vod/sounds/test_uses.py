"""Counts of sounds: exact for few uses, up to a minute old for many, and never too many are kept."""

from __future__ import annotations

import pytest
from sqlalchemy import insert

from core.ids import new_id
from tests.vod.conftest import House
from vod.sounds import uses
from vod.sounds.uses import KEPT_MS, UseCounter
from vod.tables import videos


def use(house: House, sound: str) -> None:
    row = {"id": new_id(), "person": "somebody", "state": "ready", "created_at": house.time(), "sound": sound}
    house.database.write(lambda c: c.execute(insert(videos).values(row)))


def count(house: House, counter: UseCounter, *sounds: str) -> dict[str, int]:
    return house.database.read(lambda c: counter.counts(c, sounds))


def test_counts_of_many_uses_are_kept_for_a_minute_and_those_of_few_are_not(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uses, "EXACT_USES_MAX", 2)
    counter = UseCounter(house.time)
    for sound in ("few", "many", "many", "many"):
        use(house, sound)
    assert count(house, counter, "few", "many", "none") == {"few": 1, "many": 3, "none": 0}
    use(house, "few")
    use(house, "many")
    assert count(house, counter, "few", "many") == {"few": 2, "many": 3}
    house.time.leap_ms += KEPT_MS + 1
    assert count(house, counter, "few", "many") == {"few": 2, "many": 4}


def test_of_many_sounds_those_counted_last_are_kept(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uses, "EXACT_USES_MAX", 0)
    monkeypatch.setattr(uses, "KEPT_SOUNDS_MAX", 2)
    counter = UseCounter(house.time)
    for sound in ("first", "second", "third"):
        use(house, sound)
        count(house, counter, sound)
    for sound in ("first", "second", "third"):
        use(house, sound)
    assert count(house, counter, "second", "third", "first") == {"second": 1, "third": 1, "first": 2}
