"""Refusals of the shop."""

from __future__ import annotations

from core.errors import Refusal


class NotASeller(Refusal):
    code, status, title = "not_a_seller", 403, "Only sellers may do this: ask to sell first, and wait for the review."


class SellerBlocked(Refusal):
    code, status, title = "seller_blocked", 409, "This seller may not sell at the moment."


class ProductWithheld(Refusal):
    code, status, title = (
        "product_withheld",
        409,
        "This product is not shown to others; it cannot be changed meanwhile.",
    )


class BadProduct(Refusal):
    code, status, title = "bad_product", 422, "The product is not complete."


class TooManyProducts(Refusal):
    code, status, title = "too_many_products", 409, "There are too many of these already."


class BadStock(Refusal):
    code, status, title = "bad_stock", 409, "Fewer are in store, or they are sold already."


class BadAddress(Refusal):
    code, status, title = "bad_address", 422, "The address is not complete."


class BadOrder(Refusal):
    code, status, title = "bad_order", 422, "This cannot be ordered."


class OutOfStock(Refusal):
    code, status, title = "out_of_stock", 409, "There are not so many left."


class NotOffered(Refusal):
    code, status, title = "not_offered", 409, "This is not for sale anymore."


class NotShipped(Refusal):
    code, status, title = "not_shipped_there", 409, "The seller does not send there."


class NoPrice(Refusal):
    code, status, title = "no_price", 409, "This has no price in that currency."


class OwnProduct(Refusal):
    code, status, title = "own_product", 409, "You cannot buy what you sell yourself."


class PriceChanged(Refusal):
    code, status, title = "price_changed", 409, "Prices have changed since the cart was shown."


class TooManyOpenOrders(Refusal):
    code, status, title = (
        "too_many_open_orders",
        409,
        "Pay first for what you have ordered.",
    )


class OrderNotOpen(Refusal):
    code, status, title = "order_not_open", 409, "The order is in another state."


class OrderDisputed(Refusal):
    code, status, title = "order_disputed", 409, "The buyer's bank has not decided about this payment yet."


class BadReturn(Refusal):
    code, status, title = "bad_return", 409, "So many pieces cannot be returned."


class ReturnsEnded(Refusal):
    code, status, title = "returns_ended", 409, "The time for returns has ended."


class BalanceTooLow(Refusal):
    code, status, title = "sales_balance_too_low", 409, "The seller's balance is lower."


class BadCoupon(Refusal):
    code, status, title = "bad_coupon", 422, "The coupon cannot be made like this."


class CouponNotValid(Refusal):
    code, status, title = "coupon_not_valid", 409, "The coupon does not count for this order."


class BadFlash(Refusal):
    code, status, title = "bad_flash", 422, "The flash price cannot be made like this."


class BadReview(Refusal):
    code, status, title = "bad_review", 422, "A review has one to five stars, and no more text than is allowed."


class NotABuyer(Refusal):
    code, status, title = "not_a_buyer", 403, "Reviews are by people who bought this, have it and kept it."


class ReviewOfOwn(Refusal):
    code, status, title = "review_of_own", 403, "Nobody reviews what they or their household sell or promote."


class NotYourProduct(Refusal):
    code, status, title = "not_your_product", 403, "Only its seller may show this product, and whom they let."


class BadPin(Refusal):
    code, status, title = "bad_pin", 422, "It cannot be pinned like this."


class TooManyPins(Refusal):
    code, status, title = "too_many_pins", 409, "Too many products have been pinned in this room."


class PinEnded(Refusal):
    code, status, title = "pin_ended", 409, "This is not pinned any more: its price has ended."


class PinLimit(Refusal):
    code, status, title = "pin_limit", 409, "Nobody can have so many pieces of what is pinned."


class BadTags(Refusal):
    code, status, title = "bad_tags", 422, "These products cannot be tagged in this video."


class BadRate(Refusal):
    code, status, title = "bad_rate", 422, "The rate of the commission is too high or too low."


class NotPromotable(Refusal):
    code, status, title = "not_promotable", 409, "This product cannot be promoted by you at the moment."
