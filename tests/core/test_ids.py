"""Ids."""

from core.ids import ID_CHARS, is_id, new_id


def test_ids_are_unique_and_sort_by_time() -> None:
    made = [new_id() for _ in range(10_000)]
    assert len(set(made)) == len(made)
    assert [i[:9] for i in made] == sorted(i[:9] for i in made)
    assert all(is_id(i) and len(i) == ID_CHARS for i in made)


def test_malformed_ids_are_recognised() -> None:
    for text in ("", "x", "a" * 19, "a" * 21, "A" * 20, "ilou" * 5, "a" * 19 + "/"):
        assert not is_id(text)
