"""What the shop's tables hold about people."""

from __future__ import annotations

from core.privacy import declare, impersonal
from shop.tables.affiliates import shop_affiliates, shop_plans, shop_promotions, shop_rates, shop_touches
from shop.tables.coupons import shop_coupon_uses, shop_coupons
from shop.tables.flashes import shop_flash_uses, shop_flashes
from shop.tables.orders import (
    shop_checkouts,
    shop_claims,
    shop_lines,
    shop_orders,
    shop_refund_lines,
    shop_refunds,
    shop_returns,
)
from shop.tables.products import (
    shop_cart,
    shop_pictures,
    shop_price_changes,
    shop_prices,
    shop_products,
    shop_stock_changes,
    shop_variants,
)
from shop.tables.reviews import shop_ratings, shop_review_answers, shop_reviews
from shop.tables.sellers import shop_payments, shop_sellers, shop_zones
from shop.tables.showing import shop_pin_sales, shop_pins, shop_saved_addresses, shop_tags

TOUCH_DAYS = 7  # as `shop/affiliates/touches.py` sweeps them
BOOKS_DAYS = 3_650  # how long invoices are kept
SELLER = "seller > shop_sellers.person"

declare(shop_checkouts, "What you paid for in the shop.", "Ce que vous avez payé dans la boutique.", owner="person",
        secret="key content", erase="keep", basis="law", level="grave")  # fmt: skip
declare(
    shop_orders, "Your orders, and where they went; and the orders that you sold.",
    "Vos commandes et leur adresse ; et les commandes que vous avez vendues.", owner="person", others="affiliate",
    erase="keep", law="address carrier tracking household", days=BOOKS_DAYS, clock="placed_at", basis="law",
    blank={"address": {}, "carrier": "", "tracking": "", "household": ""},
    hold="orders", level="grave",
)  # fmt: skip
declare(shop_lines, "What was in your orders.", "Le contenu de vos commandes.", owner="order > shop_orders.person",
        erase="keep", law="title", basis="law", level="grave")  # fmt: skip
declare(shop_refunds, "Refunds of your orders.", "Les remboursements de vos commandes.", secret="by key",
        owner="order > shop_orders.person", erase="keep", law="reason reference", basis="law",
        level="grave")  # fmt: skip
declare(shop_coupons, "Your coupons.", "Vos bons de réduction.", owner=SELLER, others="affiliate", erase="keep",
        law="code", basis="law")  # fmt: skip
declare(shop_coupon_uses, "Which of your orders used a coupon.", "Vos commandes qui ont utilisé un bon de réduction.",
        owner="person", erase="keep", basis="law")  # fmt: skip
impersonal(shop_refund_lines, "Which pieces a refund was for.")
impersonal(shop_claims, "What banks took back of an order.")
declare(shop_returns, "What you sent back, and why.", "Ce que vous avez renvoyé, et pourquoi.",
        owner="order > shop_orders.person", erase="keep", law="reason answer", basis="law", level="grave")  # fmt: skip
declare(shop_cart, "Your cart.", "Votre panier.", owner="person")
declare(
    shop_sellers, "You as a seller: name, address, register, contact.",
    "Vous en tant que vendeur : nom, adresse, registre, contact.", owner="person", others="reviewed_by",
    erase="keep", law="name address register vat_number contact reason", days=BOOKS_DAYS, basis="law",
    blank={"name": "", "address": "", "register": "", "vat_number": "", "contact": "", "reason": ""},
    when="state = 'stopped'", level="public",
)  # fmt: skip
declare(shop_zones, "Where you send to.", "Où vous livrez.", owner=SELLER, level="public")
declare(shop_payments, "What you were paid for your sales.", "Ce qui vous a été payé pour vos ventes.", owner=SELLER,
        secret="by key", erase="keep", law="reference", basis="law", level="grave")  # fmt: skip
declare(
    shop_products, "What you offer.", "Ce que vous proposez.", owner=SELLER, erase="blank",
    blank={"title": "", "description": "", "state": "withdrawn"}, level="public",
)  # fmt: skip
PRODUCT = "product > shop_products.seller > shop_sellers.person"
declare(shop_variants, "In which sizes or colours.", "Dans quelles tailles ou couleurs.", owner=PRODUCT, erase="blank",
        blank={"name": "", "offered": False}, level="public")  # fmt: skip
impersonal(shop_prices, "Prices of products.")
impersonal(shop_flashes, "Prices of products for a while.")
impersonal(shop_flash_uses, "Which orders have pieces at such a price.")
impersonal(shop_price_changes, "What prices were.")
impersonal(shop_stock_changes, "How the stock of a product changed.")
declare(
    shop_pictures, "Pictures of what you offer.", "Les photos de ce que vous proposez.", owner=PRODUCT, erase="blank",
    blank={"shown": False}, secret="kept_until", level="public",
)  # fmt: skip  # `shop/leaving` deletes those that no authority has ordered to be kept
# The stars stay without a name: others buy by the average, which must not move because somebody leaves.
declare(
    shop_reviews, "Your reviews of what you bought. Their stars stay, without you.",
    "Vos avis sur vos achats. Leurs étoiles restent, sans vous.", owner="person", erase="blank",
    blank={"person": None, "text": ""}, level="public",
)  # fmt: skip
declare(shop_review_answers, "What you answered to reviews.", "Vos réponses aux avis.", owner=SELLER, level="public")
impersonal(shop_ratings, "How many stars a product has.")
declare(shop_plans, "Who may sell for you.", "Qui peut vendre pour vous.", owner=SELLER)
impersonal(shop_rates, "Rates of commissions. Orders say by which one they were divided.")
declare(shop_affiliates, "Creators who sell for you, and sellers for whom you may sell.",
        "Les créateurs qui vendent pour vous, et les vendeurs pour lesquels vous pouvez vendre.",
        owner=f"person | {SELLER}")  # fmt: skip
declare(shop_promotions, "What you promote for sellers.", "Ce que vous recommandez pour des vendeurs.", owner="person")
declare(shop_touches, "Whose link, tag or pin led you to a product.",
        "Le lien, le tag ou l’épingle qui vous a mené à un article.", owner="buyer", others="creator",
        days=TOUCH_DAYS, swept=True)  # fmt: skip
declare(shop_pins, "Products that you pinned in your rooms.", "Les articles que vous avez épinglés dans vos salons.",
        owner="host", level="public")  # fmt: skip
declare(shop_pin_sales, "What you bought in rooms that were told your name.",
        "Ce que vous avez acheté dans des salons qui ont appris votre nom.", owner="person", erase="blank",
        blank={"person": None})  # fmt: skip
declare(
    shop_tags,
    "Products that you tagged in your videos.",
    "Les articles marqués dans vos vidéos.",
    owner="creator",
    level="public",
)
declare(shop_saved_addresses, "Addresses that go with your saved payment methods.",
        "Les adresses liées à vos moyens de paiement enregistrés.", owner="person", level="grave")  # fmt: skip
