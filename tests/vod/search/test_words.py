"""Properties of words, queries and typing errors."""

from __future__ import annotations

import random

import pytest

from vod.search.query import QUERY_WORDS_MAX, parse
from vod.search.typos import KEY_CHARS_MAX, distance, edits_max, keys_of
from vod.search.words import TAG, WORD_CHARS_MAX, WORDS_MAX, plain, stem, tag_word, words_of

# Of every kind: letters of all scripts, marks, digits, operators, controls, emoji, directions, private use.
ALPHABET = (
    "abcxyzABC019 \t\n\"'*()^:{}-+~<>|&!\\/_.,#@%\0\x1f\u00e9\u00c9\u0153\u00df\u0130\u0301\u0327\u200b\u200c\u200d"
    "\u202e\u2066\u05d0\u05b8\u0627\u064e\u0915\u094d\u0e01\u0e33\u3042\u65e5\u672c\uac00\ufe0f\U0001f600\U0001f3fd\U00020000"
    "\ue000\ufdfa\u00bd"
)


@pytest.fixture(params=range(20))
def texts(request: pytest.FixtureRequest) -> list[str]:
    """Random texts, always the same."""
    chance = random.Random(request.param)
    return ["".join(chance.choices(ALPHABET, k=chance.randrange(0, 250))) for _ in range(50)]


def test_words_have_nothing_special_in_them(texts: list[str]) -> None:
    for text in texts:
        words = words_of(text)
        assert len(words) <= WORDS_MAX
        for word in words:
            assert 0 < len(word) <= WORD_CHARS_MAX
            assert not set(word) & set(" \t\n\"'*()^:{}-+~<>|&!\\/_.,#@%\0\x1f\u202e\u2066" + TAG), (text, word)


def test_plain_text_stays_as_it_is(texts: list[str]) -> None:
    """Otherwise a word that was stored would not be found by itself."""
    for text in texts:
        for word in words_of(text):
            assert plain(word) == word
            assert words_of(word)[0] in (word, word[:2])


def test_queries_are_bounded_and_look_for_words_of_the_text(texts: list[str]) -> None:
    for text in texts:
        query = parse(text)
        assert len(query.words) <= QUERY_WORDS_MAX
        assert query == parse(text)
        assert all(
            wanted.word in group[0].word for wanted, group in zip(query.words, query.alternatives(), strict=True)
        )


def test_a_document_is_found_by_the_words_of_its_own_text(texts: list[str]) -> None:
    for text in texts:
        wanted = {one.word for one in parse(text.replace("#", " ")).words}
        assert wanted <= set(words_of(text)) | {word[:2] for word in words_of(text)}


def test_only_the_last_word_may_be_unfinished() -> None:
    assert [(w.word, w.prefix) for w in parse("Red ca").words] == [("red", False), ("ca", True)]
    assert [(w.word, w.prefix) for w in parse("Red cat ").words] == [("red", False), ("cat", False)]


def test_words_that_say_nothing_are_left_out_unless_there_is_nothing_else() -> None:
    assert [w.word for w in parse("the cat on la table").words] == ["cat", "table"]
    assert [w.word for w in parse("the").words] == ["the"]


@pytest.mark.parametrize(
    ("word", "singular"),
    [("cats", "cat"), ("parties", "party"), ("chevaux", "cheval"), ("bateaux", "bateau"), ("glass", "glass"),
     ("bus", "bus"), ("paris", "paris"), ("a", "a"), ("\u65e5\u672c", "\u65e5\u672c"), (TAG + "cats", TAG + "cats")],
)  # fmt: skip
def test_the_singular_of_a_word(word: str, singular: str) -> None:
    assert stem(word) == singular


def test_a_hashtag_is_one_word() -> None:
    assert tag_word("#Street_Art") == tag_word("streetart") == TAG + "streetart"
    assert tag_word("#") == tag_word("___") == ""


def edited(word: str, chance: random.Random) -> str:
    """With one typing error."""
    at = chance.randrange(len(word))
    letter = chance.choice("abcdefgh\u00e9\u0434")
    swapped = word[:at] + word[at + 1 : at + 2] + word[at] + word[at + 2 :]
    return chance.choice(
        [word[:at] + word[at + 1 :], word[:at] + letter + word[at:], word[:at] + letter + word[at + 1 :], swapped]
    )


def test_words_that_differ_by_one_edit_have_a_key_in_common() -> None:
    chance = random.Random(5)
    for _ in range(3_000):
        word = "".join(chance.choices("abcdefgh", k=chance.randrange(3, 20)))
        typed = edited(word, chance)
        assert distance(word, typed, 2) <= 1
        assert distance(typed, word, 2) == distance(word, typed, 2)
        assert keys_of(word) & keys_of(typed), (word, typed)
        assert len(keys_of(word)) <= KEY_CHARS_MAX + 1


@pytest.mark.parametrize(
    ("one", "other", "edits"),
    [("cat", "cat", 0), ("cat", "act", 1), ("cat", "cut", 1), ("cat", "dog", 3), ("guitar", "gitarr", 2), ("", "ab", 2),
     ("abc", "abcdefgh", 3)],
)  # fmt: skip
def test_the_distance_of_words(one: str, other: str, edits: int) -> None:
    assert distance(one, other, 2) == edits


def test_short_words_are_not_corrected() -> None:
    assert [edits_max(word) for word in ("cat", "cats", "birdsong")] == [0, 1, 2]
