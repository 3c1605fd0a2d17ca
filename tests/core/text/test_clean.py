"""What people type in any script stays as it is; what would harm others or the page does not."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text import clean_line, clean_lines, folded

MAX = 200
BIDI = [chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))]
HARD = st.sampled_from(
    [*BIDI, "\n", "\r", "\x00", "\x85", "\u2028", "\u0301", "\u0489", "\u200d", "\ufe0f", "\ufeff", "\ufffe", "e",
     "\u0958", "\u1100", "\u1161", "\U0001f3f4", "\U000e0067", "\U000e007f", "\ud83d", "\ufdd0", "\u3164", " "]
)  # fmt: skip
texts = st.text(st.one_of(HARD, st.characters(exclude_categories=())), max_size=MAX // 2)


@pytest.mark.parametrize(
    "text",
    [
        "👨\u200d👩\u200d👧\u200d👦",  # a family
        "🏳\ufe0f\u200d🌈",  # a rainbow flag
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",  # the flag of England
        "1\ufe0f\u20e3",  # a keycap
        "👍🏽🇫🇷",
        "क्\u200dष क्\u200cष",  # Hindi: a half form, and its letters apart
        "می\u200cخواهم",  # Persian: two parts of one word
        "ශ්\u200dරී ලංකා",  # Sinhala
        "ភាសា\u200bខ្មែរ",  # Khmer: where a line may break
        "שָׁלוֹם",  # Hebrew with points
        "བསྒྲུབས",  # Tibetan stacks
        "tiếng Việt, Łódź, Ørsted, naïve",
        "한국어 日本語 中文 ไทย",
        "\ue000\U000f0000",  # private use, as of a font's own symbols
        "a\u00adb",  # a soft hyphen
        "\u200fשלום!\u200e",  # marks of direction
        "\u2067שלום\u2069 (\u2066hello\u2069)",  # isolates that begin and end
        "\u202b1234\u202c",
        chr(0x323B0),  # an ideograph that Unicode may add
    ],
)
def test_every_script_and_emoji_stays_as_it_is(text: str) -> None:
    text = unicodedata.normalize("NFC", text)
    assert clean_line(text, MAX) == clean_lines(text, MAX) == text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("a\x00b\x07c\x9b", "abc"),
        ("a\ud800b", "ab"),
        ("a\ufffeb\ufdd0\U0001ffff", "ab"),
        ("safe \u202egnp.exe", "safe gnp.exe"),  # an override
        ("a\u202d1\u202cb", "a1b"),
        ("a\u2067b", "ab"),  # an isolate that never ends
        ("a\u2069\u202cb", "ab"),  # ends of nothing
        ("\u2067a\u202bb\u2069c", "\u2067ab\u2069c"),  # the end of the isolate ends the embedding, too
        ("hi\U000e0069\U000e0067\U000e006e\U000e006f\U000e0072\U000e0065", "hi"),  # text in invisible letters
        ("Z" + "\u0351\u0352" * 30, "Z" + "\u0351\u0352" * 4),
        ("Z" + "\u0351\u200d" * 30, "Z" + "\u0351\u200d" * 8 + "\u200d" * 22),
        ("e\u0301", "é"),
        ("e\x00\u0301", "é"),
        ("  a\tb  ", "a b"),
        ("\u200b\u200d", ""),
        ("\u3164\u2800\u00a0", ""),
        ("\u0301", ""),
        ("", ""),
    ],
)
def test_what_is_dangerous_goes(text: str, left: str) -> None:
    assert clean_line(text, MAX) == clean_lines(text, MAX) == left


def test_line_ends_stay_only_where_there_are_lines() -> None:
    text = "one\r\ntwo\rthree\u2028four\x85five"
    assert clean_line(text, MAX) == "one two three four five"
    assert clean_lines(text, MAX) == "one\ntwo\nthree\nfour\nfive"
    assert clean_lines("\u2067one\ntwo\u2069", MAX) == "one\ntwo", "a direction ends with its line"


def test_characters_are_counted_as_they_are_stored() -> None:
    family = "👨\u200d👩\u200d👧"  # 5 code points, 8 UTF-16 units
    assert clean_line(family, 5) == family
    assert clean_line(family, 4) is None
    assert clean_line("e\u0301" * 5, 5) == "é" * 5
    assert clean_line("\x00" * 8, 2) == ""
    assert clean_line("\x00" * 9, 2) is None, "too much to look at"


@given(texts)
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    for clean in (clean_line, clean_lines):
        once = clean(text, MAX)
        assert once is None or clean(once, MAX) == once


@given(texts)
def test_what_is_left_can_be_stored_and_shown(text: str) -> None:
    for clean, controls in ((clean_line, set()), (clean_lines, {"\n"})):
        left = clean(text, MAX)
        if left is None:
            continue
        left.encode()  # no half of a character
        assert {c for c in left if unicodedata.category(c) == "Cc"} <= controls
        assert not {"\u202d", "\u202e"} & set(left)
        assert unicodedata.is_normalized("NFC", left)
        assert left == left.strip()
        for line in left.split("\n"):
            depth = 0
            for character in line:
                depth += (character in "\u202a\u202b\u2066\u2067\u2068") - (character in "\u202c\u2069")
                assert depth >= 0
            assert depth == 0, "it would reach into the text around it"


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=MAX // 4))
def test_letters_digits_and_symbols_are_never_lost(text: str) -> None:
    normal = unicodedata.normalize("NFC", text).strip()
    left = clean_line(text, MAX)
    assert left == normal or (left == "" and not any(c.isalnum() and c not in "\u115f\u1160\u3164\uffa0" for c in text))


@pytest.mark.parametrize(
    ("one", "other"), [("Ada", "aDA"), ("ＡＤＡ", "ada"), ("Straße", "STRASSE"), ("ﬁn", "FIN"), ("É", "e\u0301")]
)
def test_texts_that_people_take_for_the_same_are_the_same(one: str, other: str) -> None:
    assert folded(one) == folded(other)


@given(st.text())
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert folded(folded(text)) == folded(text)
