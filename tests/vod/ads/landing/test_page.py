"""A page that changes as pages do is the same one; another page is not; and no markup takes long to read."""

from __future__ import annotations

import random
import time

import pytest

from vod.ads.landing.page import Finding, Page, compare

WORDS = ["bread", "flour", "oven", "crust", "early", "morning", "baker", "fresh", "warm", "rye", "spelt", "walnut"]


def page(text: str, title: str = "Corner Bakery", host: str = "bakery.example") -> Page:
    return Page.of(host, f"<html><head><title>{title}</title><style>p {{ color: red }}</style></head><p>{text}</p>")


def text(seed: int, words: int = 200) -> list[str]:
    chance = random.Random(seed)
    return [chance.choice(WORDS) + chance.choice(WORDS) for _ in range(words)]


def test_only_what_can_be_read_is_compared() -> None:
    shown = Page.of(
        "bakery.example", "<TITLE>Corner\n Bakery</TITLE><!-- a > b --><p>Warm &amp; fresh<script>x</script>"
    )
    assert shown.title == "Corner Bakery"
    assert shown.sketch == page("Warm <b>fresh</b>").sketch


@pytest.mark.parametrize("seed", range(5))
def test_dates_prices_and_a_few_new_offers_do_not_make_another_page(seed: int) -> None:
    chance, words = random.Random(seed), text(seed)
    later = list(words)
    for _ in range(15):
        later[chance.randrange(len(later))] = "offer"
    before = page(" ".join(words) + " 12.50 on 2026-11-29")
    assert compare(before, page(" ".join(later) + " 9.99 on 2026-12-24, 17 left")) is None


@pytest.mark.parametrize(
    ("now", "finding"),
    [
        (page(" ".join(text(2))), "changed"),
        (page(" ".join(text(1)[:20] + text(3)), title="Win a phone"), "changed"),
        (page(" ".join(text(1)), title="Win a phone"), None),
        (page(" ".join(text(1)), host="www.bakery.example"), None),
        (page(" ".join(text(1)), host="shop.bakery.example"), None),
        (page(" ".join(text(1)), host="bakery.example.evil.example"), "elsewhere"),
        (page(" ".join(text(1)), host="notbakery.example"), "elsewhere"),
        (page(""), "changed"),
    ],
)
def test_another_site_or_text_is_another_page(now: Page, finding: Finding | None) -> None:
    assert compare(page(" ".join(text(1))), now) == finding


def test_pages_without_text_are_compared_by_their_titles() -> None:
    assert compare(page(""), page("")) is None
    assert compare(page("", title=""), page("", title="")) is None


@pytest.mark.parametrize("piece", ["<", "<script>", "<!--", "<script", "</title><title", "&", "<a b='>", "İ<", "x "])
def test_no_markup_takes_long(piece: str) -> None:
    began = time.process_time()
    Page.of("bakery.example", piece * (512 * 1024 // len(piece)))
    assert time.process_time() - began < 5.0, "it is not read in one pass"
