"""A shop rests with its seller's account, and ends with it."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection

from core.errors import Conflict
from core.identity import Identity
from people.leaving.resting import rest
from shop.products.products import Draft, VariantDraft
from shop.sellers.sellers import Details, Seller
from tests.trust.privacy.conftest import House
from tests.trust.privacy.test_erasing import erase

DETAILS = Details("Sam Ltd", "1 Main Street", "FR", "HRB 1", "FR123", "mail@example.org")


def open_shop(house: House) -> Seller:
    """With a mug."""
    shop, sam = house.cadeau.shop, Identity(house.join("sam_of_old"), "sam_of_old", "Sam", "member", True)

    def write(connection: Connection) -> Seller:
        made = shop.sellers.apply(connection, sam, DETAILS)
        approved = shop.sellers.review(connection, made.id, "approved", "", "root")
        shop.products.create(connection, approved, Draft("Mug", [VariantDraft({"EUR": 1_000})], "", "offered"))
        return approved

    return house.database.write(write)


def offered(house: House, seller: Seller) -> int:
    views = house.cadeau.shop.product_views
    return len(house.database.read(lambda c: views.offered(c, seller.id, "", 10)).items)


def restrict(house: House, person: str, since: int) -> None:
    def write(connection: Connection) -> None:
        rest(connection, person, "restricted", since)
        house.cadeau.core.privacy.hide(connection, person, hidden=bool(since))

    house.database.write(write)


def test_what_a_seller_offers_rests_and_comes_back_with_the_account(house: House) -> None:
    seller, privacy = open_shop(house), house.privacy
    house.database.write(lambda c: privacy.erasures.ask(c, seller.person))
    assert offered(house, seller) == 0
    restrict(house, seller.person, 1)
    house.database.write(lambda c: privacy.erasures.undo(c, seller.person))
    assert offered(house, seller) == 0, "it is still restricted"
    restrict(house, seller.person, 0)
    assert offered(house, seller) == 1


def test_nobody_approves_a_seller_whose_account_rests_and_an_admin_can_stop_them(house: House) -> None:
    seller, sellers = open_shop(house), house.cadeau.shop.sellers
    changed = replace_name(house, seller)
    restrict(house, seller.person, 1)
    with pytest.raises(Conflict):
        house.database.write(lambda c: sellers.review(c, seller.id, "approved", "", "root"))
    assert house.database.read(lambda c: sellers.find(c, seller.id)) == changed
    house.database.write(lambda c: sellers.review(c, seller.id, "stopped", "", "root"))
    restrict(house, seller.person, 0)
    assert offered(house, seller) == 0


def replace_name(house: House, seller: Seller) -> Seller:
    sam = Identity(seller.person, "sam_of_old", "Sam", "member", True)
    other = Details("Sam and Sons", *(getattr(DETAILS, name) for name in Details.__struct_fields__[1:]))
    return house.database.write(lambda c: house.cadeau.shop.sellers.apply(c, sam, other))


def test_whoever_is_erased_sells_no_more_and_the_law_forgets_them_later(house: House) -> None:
    seller = open_shop(house)
    erase(house, seller.person)
    assert offered(house, seller) == 0
    assert house.database.read(lambda c: house.cadeau.shop.sellers.find(c, seller.id)).state == "stopped"
