"""What was sent to whom is remembered within bounds, and nobody can have it forgotten for others."""

from __future__ import annotations

import pytest

from core.http import deliveries
from core.http.deliveries import Deliveries


def test_bytes_of_a_file_add_up_by_network() -> None:
    noted = Deliveries()
    for sent in (100, 20):
        noted.note("192.0.2.1", "a.mp4", sent)
    assert (noted.sent("192.0.2.1", "a.mp4"), noted.sent("192.0.2.1", "b.mp4")) == (120, 0)
    assert noted.sent("192.0.2.2", "a.mp4") == 0


def test_a_network_that_fetches_everything_forgets_only_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deliveries, "DELIVERIES_PER_NETWORK_MAX", 3)
    noted = Deliveries()
    noted.note("reader", "a.mp4", 7)
    for number in range(10):
        noted.note("crawler", f"{number}.mp4", 1)
    assert noted.sent("reader", "a.mp4") == 7
    assert [number for number in range(10) if noted.sent("crawler", f"{number}.mp4")] == [7, 8, 9]


def test_of_too_many_those_of_the_network_that_was_longest_away_go_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deliveries, "DELIVERIES_MAX", 3)
    noted = Deliveries()
    for network in ("one", "two", "three", "one", "four"):
        noted.note(network, "a.mp4", 1)
    kept = {network: noted.sent(network, "a.mp4") for network in ("one", "two", "three", "four")}
    assert kept == {"one": 2, "two": 0, "three": 1, "four": 1}
