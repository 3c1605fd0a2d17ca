"""The demo's shop: approved, with drawings, and made once."""

from __future__ import annotations

from cadeau.app import Cadeau
from cadeau.demo.shop import PIECES, DemoShop
from core.identity import Person
from tests.cadeau.demo.test_activity import cadeau as cadeau
from tests.cadeau.demo.test_activity import people as people


def test_every_product_is_for_sale_with_a_drawing_and_made_once(cadeau: Cadeau, people: dict[str, Person]) -> None:
    for _ in range(2):
        DemoShop(cadeau, people["sofia"]).make(people["yuki"], people["noe.draws"], people["theo.rides"])
    views = cadeau.shop.product_views
    shown = cadeau.core.database.read(lambda c: views.offered(c, None, "", 20)).items
    assert [card.title for card in shown] == [piece.title for piece in PIECES]
    assert all(card.picture and card.left and "EUR" in card.prices for card in shown)
    promoted = cadeau.core.database.read(lambda c: cadeau.shop.promotions.current(c, people["noe.draws"].id))
    assert len(promoted) == 2
    [sold] = cadeau.core.database.read(
        lambda c: cadeau.shop.commissions.of_creator(c, people["noe.draws"].id, "", 9)
    ).items
    assert sold.state == "estimated"
    assert sold.commission_minor > 0
