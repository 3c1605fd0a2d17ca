"""Reviews are by people who bought a product and kept it, one of each, and the counters say what they say."""

from __future__ import annotations

import threading
from dataclasses import replace

import msgspec
import pytest

from core.errors import NotFound, Refusal
from core.identity import Identity
from core.limits import Rate
from shop.errors import BadReview, NotABuyer, NotYourProduct, ReviewOfOwn
from shop.orders.rows import Order
from shop.reviews.ratings import Rating
from shop.reviews.reading import Review
from shop.reviews.reviews import ANSWER_CHARS_MAX, REVIEW_CHARS_MAX
from shop.routes.reviews import ANSWER_RATE, REVIEW_RATE
from tests.shop.conftest import PARIS, Market, who


def bought(market: Market, variant: str, person: str = "ada", count: int = 1) -> Order:
    """Delivered to somebody."""
    [order] = market.buy(person, {variant: count})
    market.send(order)
    market.deliver(order)
    return order


def seen(market: Market, product: str, viewer: Identity | None = None) -> list[Review]:
    return market.database.read(lambda c: market.shop.review_pages.page(c, product, viewer, "", 20)).items


def rating(market: Market, product: str) -> Rating:
    shown = market.database.read(lambda c: market.shop.product_views.product(c, product, None))
    [card] = market.database.read(lambda c: market.shop.product_views.cards(c, [product])).values()
    assert card.rating == shown.rating
    return shown.rating


def problem(market: Market, product: str, person: str) -> str:
    return market.database.read(lambda c: market.shop.review_pages.own(c, product, who(person))).problem


def test_only_who_has_it_writes_a_review_and_one_only(market: Market) -> None:
    variant = market.product(market.seller())
    product = market.product_of(variant)
    [order] = market.buy("ada", {variant: 1})
    with pytest.raises(NotABuyer):
        market.review("ada", variant, 5)
    market.send(order)
    with pytest.raises(NotABuyer):
        market.review("ada", variant, 5)
    assert problem(market, product, "ada") == "not_a_buyer"
    market.deliver(order)
    assert problem(market, product, "ada") == ""
    first = market.review("ada", variant, 5, "Keeps tea hot.")
    market.wait_for_settlement()
    assert market.review("ada", variant, 2, "It broke.") == first, "the same one is changed"
    bought(market, variant, "bea")
    market.review("bea", variant, 4)
    newest, oldest = seen(market, product)
    assert (newest.by.id, newest.text, oldest.stars, oldest.text) == ("bea", "", 2, "It broke.")
    assert oldest.edited_at is not None
    assert rating(market, product) == Rating(2, 3.0, [0, 1, 0, 1, 0])
    with pytest.raises(NotABuyer):
        market.review("cid", variant, 1)
    for _ in range(2):
        market.database.write(lambda c: market.shop.reviews.delete(c, "ada", product))
    assert rating(market, product) == Rating(1, 4.0, [0, 0, 0, 1, 0])


def test_who_gave_everything_back_writes_nothing_more_and_what_was_written_is_marked(market: Market) -> None:
    variant = market.product(market.seller())
    product, order = market.product_of(variant), bought(market, variant, count=2)
    line = market.lines(order)[0].id
    market.review("ada", variant, 1, "Not for me.")
    market.refund(order, {line: 1})
    market.review("ada", variant, 2, "One is enough.")
    assert [one.refunded for one in seen(market, product)] == [False]
    market.refund(order, {line: 1})
    with pytest.raises(NotABuyer):
        market.review("ada", variant, 5, "It was a gift.")
    assert [(one.stars, one.refunded) for one in seen(market, product)] == [(2, True)]
    assert rating(market, product).count == 1
    market.database.write(lambda c: market.shop.reviews.delete(c, "ada", product))
    assert rating(market, product).count == 0


def test_nobody_praises_what_they_sell_promote_or_have_at_home(market: Market) -> None:
    seller = market.seller()
    variant = market.product(seller)
    market.plan(seller, 1_000)
    bought(market, variant, "cleo")
    product = market.promote("cleo", variant)
    with pytest.raises(ReviewOfOwn):
        market.review("cleo", variant, 5)
    assert problem(market, product, "cleo") == "review_of_own"
    market.database.write(lambda c: market.shop.promotions.stop(c, "cleo", product))
    market.review("cleo", variant, 5)
    market.database.write(lambda c: market.shop.promotions.invite(c, seller, "ada"))
    bought(market, variant, "ada")
    market.review("ada", variant, 1, "An invitation silences nobody.")
    other = market.product(market.seller("tom"))
    market.clock.now += 1
    market.buy("sam", {other: 1})  # to the address that everybody here has: he knows it by now
    market.review("ada", variant, 2)
    market.clock.now += 1
    bought(market, variant, "bea")
    with pytest.raises(ReviewOfOwn):
        market.review("bea", variant, 5)
    elsewhere = msgspec.structs.replace(PARIS, line1="2 rue de la Paix")
    placed, purchase = market.place("dan", {variant: 1}, address=elsewhere)
    market.pay(purchase)
    [order] = market.orders(placed)
    market.send(order)
    market.deliver(order)
    market.review("dan", variant, 5)


def test_a_seller_answers_once_and_changes_it(market: Market) -> None:
    variant = market.product(market.seller())
    product, reviews = market.product_of(variant), market.shop.reviews
    bought(market, variant)
    review = market.review("ada", variant, 3, "Small.")
    market.seller("tom")
    for person in ("ada", "tom"):
        with pytest.raises(NotYourProduct):
            market.database.write(lambda c, person=person: reviews.answer(c, person, review, "Thank you."))  # type: ignore[misc]
    for text in ("Thank you.", "It holds a pint."):
        market.database.write(lambda c, text=text: reviews.answer(c, "sam", review, text))  # type: ignore[misc]
        [answer] = [one.answer for one in seen(market, product)]
        assert answer is not None
        assert answer.text == text
    market.database.write(lambda c: reviews.answer(c, "sam", review, " "))
    assert [one.answer for one in seen(market, product)] == [None]
    with pytest.raises(NotFound):
        market.database.write(lambda c: reviews.answer(c, "sam", "other", "?"))
    with pytest.raises(BadReview):
        market.database.write(lambda c: reviews.answer(c, "sam", review, "x" * (ANSWER_CHARS_MAX + 1)))


@pytest.mark.parametrize(("stars", "text"), [(0, ""), (6, ""), (5, "x" * (REVIEW_CHARS_MAX + 1))])
def test_a_review_has_its_limits(market: Market, stars: int, text: str) -> None:
    assert (Rate(20, 60), Rate(60, 60)) == (REVIEW_RATE, ANSWER_RATE)
    variant = market.product(market.seller())
    bought(market, variant)
    with pytest.raises(BadReview):
        market.review("ada", variant, stars, text)


def test_what_a_moderator_hides_counts_no_more_and_only_its_author_sees_it(market: Market) -> None:
    variant = market.product(market.seller())
    product, reviews = market.product_of(variant), market.shop.reviews
    bought(market, variant)
    review = market.review("ada", variant, 1, "Rude words.")
    for _ in range(2):
        market.database.write(lambda c: reviews.hide(c, review))
    moderator = replace(who("mod"), role="moderator")
    views = [seen(market, product, viewer) for viewer in (None, who("bea"), who("ada"), moderator)]
    assert [len(view) for view in views] == [0, 0, 1, 1]
    assert rating(market, product).count == 0
    market.review("ada", variant, 2, "Kinder words.")
    assert rating(market, product).count == 0, "an edit does not show it again"
    for _ in range(2):
        market.database.write(lambda c: reviews.restore(c, review))
    assert rating(market, product) == Rating(1, 2.0, [0, 1, 0, 0, 0])
    market.database.write(lambda c: reviews.hide(c, "gone"))


def test_reviews_that_come_at_once_are_all_counted(market: Market) -> None:
    """Each of one person twice: the second time it is the same review."""
    variant = market.product(market.seller(), 20)
    product, people = market.product_of(variant), [f"fan{number}" for number in range(6)]
    for person in people:
        bought(market, variant, person)
    failed: list[BaseException] = []

    def write(person: str, stars: int) -> None:
        try:
            market.review(person, variant, stars)
        except Refusal as refusal:
            failed.append(refusal)

    threads = [threading.Thread(target=write, args=(person, stars)) for person in people for stars in (4, 4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert rating(market, product) == Rating(6, 4.0, [0, 0, 0, 6, 0])


def test_pages_are_the_newest_first_and_end(market: Market) -> None:
    variant = market.product(market.seller())
    product = market.product_of(variant)
    for person in ("ada", "bea", "cid"):
        bought(market, variant, person)
        market.review(person, variant, 5)
    pages, cursor = [], ""
    for _ in range(2):
        page = market.database.read(
            lambda c, cursor=cursor: market.shop.review_pages.page(c, product, None, cursor, 2)  # type: ignore[misc]
        )
        pages.append([one.by.id for one in page.items])
        cursor = page.next or ""
    assert (pages, cursor) == ([["cid", "bea"], ["ada"]], "")
