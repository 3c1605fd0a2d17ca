"""Ids."""

import pytest

from core.ids import ID_CHARS, is_id, new_id


def test_ids_are_unique_and_sort_in_the_order_made() -> None:
    made = [new_id() for _ in range(10_000)]
    assert len(set(made)) == len(made)
    assert made == sorted(made)
    assert all(is_id(i) and len(i) == ID_CHARS for i in made)


def test_ids_still_sort_in_the_order_made_after_the_clock_went_back(monkeypatch: pytest.MonkeyPatch) -> None:
    before = new_id()
    monkeypatch.setattr("time.time_ns", lambda: 0)
    assert before < new_id() < new_id()


def test_malformed_ids_are_recognised() -> None:
    for text in ("", "x", "a" * 19, "a" * 21, "A" * 20, "ilou" * 5, "a" * 19 + "/"):
        assert not is_id(text)
