"""Lines that get around lists, lines that must not be caught, and what is learned from them."""

from __future__ import annotations

import pytest

from trust.machine.text.language import language_of
from trust.machine.text.ngrams import DIMENSIONS, runs
from trust.machine.text.normalize import normalized
from trust.machine.text.reader import Reader

READER = Reader(None, None, None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "line",
    [
        "go kill yourself", "GO KILL YOURSELF!!", "k i l l yourself", "k1ll y0urs3lf", "kill\u200b your\u200dself",
        "ｋｉｌｌ ｙｏｕｒｓｅｌｆ", "kiiiill yourself", "nique ta mère", "NIQUE  TA MERE",
        "n.i.q.u.e ta mere", "je vais te tuer ce soir",
        "send me your p@ssword", "Fils de pute",
    ],
)  # fmt: skip
def test_the_list_finds_every_spelling(line: str) -> None:
    assert READER.read(line) is not None


@pytest.mark.parametrize(
    "line",
    [
        "", "...", "great stream!", "I killed it at work today, so proud of myself", "1312 coins", "c nul", "lol",
        "a b c",
        "call me at 06 12 34 56 78", "c'est une tuerie", "my daughter is 13", "🎁🎁🎁",
        "they said go and be kind to yourself",
        "la mère de Monique", "a" * 300, "@" * 300, "\u0301" * 300,
    ],
)  # fmt: skip
def test_friendly_lines_and_numbers_are_left_alone(line: str) -> None:
    assert READER.read(line) is None


def test_numbers_stay_numbers_and_words_lose_their_digits() -> None:
    assert normalized("1337 h4llo 100%") == ["1337", "hallo", "100"]


def test_languages_are_told_apart_by_small_words() -> None:
    assert [language_of(normalized(line)) for line in ("you are the best", "tu es la meilleure", "lol")] == [
        "en",
        "fr",
        "",
    ]


def test_what_is_learned_from_holds_no_words() -> None:
    some = runs(normalized("a secret that nobody may read again"))
    assert len(set(some.tolist())) == len(some)
    assert all(0 <= one < DIMENSIONS for one in some.tolist())
    assert b"secret" not in some.tobytes()
