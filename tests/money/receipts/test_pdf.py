"""A receipt's PDF has its numbers as text, fits on a page, and takes names as they are."""

from __future__ import annotations

import re

import msgspec
import pytest

from money.receipts.billing import ADDRESS_CHARS_MAX, ADDRESS_LINES_MAX, NAME_CHARS_MAX
from money.receipts.pdf import LINES_MAX, receipt_pdf
from money.receipts.receipts import Content, Party, Receipt
from money.receipts.words import WORDS, Language

PDF_BYTES_MAX = 200_000
AT = 1_700_000_000_000
CONTENT = Content(
    Party("Cadeau SAS", "1 rue de la Paix\n75002 Paris", "FR40303265045"), Party("Zoé", "", "", "zoe"), "sale", 350,
    499, 416, 83, "USD", "FR", 2_000, "stripe",
)  # fmt: skip
RECEIPT = Receipt("R2023-000001", "receipt", "p1", "ada", None, AT, CONTENT)
HOSTILE = [
    "<b>bold</b> & <img src='file:///etc/passwd'/> <para>",
    "\u202egnp.exe \u2066\u2067ab",
    "مرحبا بالعالم",
    "שלום",
    "Łukasz Żółć",
    "Ελλάδα Пётр 東京",
    "👩‍👩‍👧 flags 🏴",
    "\\) Tj ET (evil) \\",
    "a\x00b\x1b[31m\x7f",
    "W" * NAME_CHARS_MAX,
    " ".join("W" * 9 for _ in range(10)),
    "\ud800",
]


def named(name: str, address: str = "") -> Receipt:
    content = msgspec.structs.replace(CONTENT, buyer=Party(name, address, "", "zoe"))
    return msgspec.structs.replace(RECEIPT, content=content)


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        ("en", [b"Receipt", b"Number: R2023-000001", b"4.99 USD", b"4.16 USD", b"0.83 USD", b"VAT 20% \\(FR\\)"]),
        ("fr", [b"Num\\351ro: R2023-000001", b"4,99 USD", b"4,16 USD", b"0,83 USD", b"TVA 20 % \\(FR\\)"]),
    ],
)
def test_number_and_amounts_are_text(language: Language, texts: list[bytes]) -> None:
    drawn = receipt_pdf(RECEIPT, language)
    assert drawn.startswith(b"%PDF-")
    assert [text for text in texts if text not in drawn] == []
    assert drawn.count(b"/Type /Page\n") == 1


def test_a_credit_note_names_its_receipt() -> None:
    content = msgspec.structs.replace(CONTENT, reason="refund")
    note = Receipt("C2023-000001", "credit_note", "p1", "ada", "R2023-000001", AT, content)
    drawn = receipt_pdf(note, "en")
    for text in (b"Credit note", b"C2023-000001", b"For receipt: R2023-000001", b"Refund", b"Total returned"):
        assert text in drawn


def test_without_vat_it_says_so() -> None:
    content = msgspec.structs.replace(CONTENT, country="", rate=0, vat_minor=0, net_minor=499)
    drawn = receipt_pdf(msgspec.structs.replace(RECEIPT, content=content), "en")
    assert b"No VAT is charged." in drawn
    assert b"VAT 0" not in drawn


def test_the_same_receipt_gives_the_same_bytes() -> None:
    assert receipt_pdf(named("Łukasz"), "fr") == receipt_pdf(named("Łukasz"), "fr")


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_only_text(name: str) -> None:
    drawn = receipt_pdf(named(name, f"{name}\n{name}"), "en")
    assert len(drawn) < PDF_BYTES_MAX
    assert b"R2023-000001" in drawn
    assert b"/URI" not in drawn
    assert b"(evil)" not in drawn
    assert drawn.count(b"/Type /Page\n") == 1


def test_markup_is_drawn_as_it_was_written() -> None:
    assert b"<b>bold</b> & <i>x</i>" in receipt_pdf(named("<b>bold</b> & <i>x</i>"), "en")


def test_what_no_font_has_is_a_question_mark_and_said() -> None:
    drawn = receipt_pdf(named("שלום"), "en")
    assert b"(????) Tj" in drawn
    assert b"A ? stands for" in drawn
    assert b"A ? stands for" not in receipt_pdf(named("Łukasz Ж"), "en")


def test_the_longest_address_fits_on_the_page_and_a_longer_one_is_cut() -> None:
    longest = ("W" * (ADDRESS_CHARS_MAX // ADDRESS_LINES_MAX - 1) + "\n") * ADDRESS_LINES_MAX
    for address, lines in ((longest, ADDRESS_LINES_MAX + 2), (longest * 9, LINES_MAX)):
        drawn = receipt_pdf(named("W" * NAME_CHARS_MAX, address), "en")
        assert b"Total paid" in drawn
        assert len(re.findall(rb"\(W+\) Tj", drawn)) == lines


def test_both_languages_have_words_for_everything() -> None:
    for words in WORDS.values():
        assert all(getattr(words, name) != "" for name in words.__dataclass_fields__)
        assert words.vat.count("{}") == 2
