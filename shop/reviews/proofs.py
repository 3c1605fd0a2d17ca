"""What must hold between reviews, their counters and orders. Each selects violations: the row, the wrong value."""

from __future__ import annotations

from collections.abc import Mapping

from core.database.proofs import Proof

PROOFS: Mapping[str, Proof] = {
    "rating_counts_its_reviews": (
        "SELECT r.product, r.count FROM shop_ratings r WHERE r.count <> (SELECT count(*) FROM shop_reviews w "
        "WHERE w.product = r.product AND w.stars = r.stars AND NOT w.withheld)"
    ),
    "review_is_counted": (
        "SELECT w.id, w.stars FROM shop_reviews w WHERE NOT w.withheld AND NOT EXISTS (SELECT 1 FROM shop_ratings r "
        "WHERE r.product = w.product AND r.stars = w.stars)"
    ),
    "review_is_by_a_buyer": (  # as long as they are known
        "SELECT w.id, w.product FROM shop_reviews w WHERE w.person IS NOT NULL AND NOT EXISTS (SELECT 1 "
        'FROM shop_orders o JOIN shop_lines l ON l."order" = o.id WHERE o.person = w.person AND l.product = w.product '
        "AND o.delivered_at IS NOT NULL)"
    ),
    "answer_has_its_review": (
        "SELECT a.review, a.seller FROM shop_review_answers a WHERE NOT EXISTS (SELECT 1 FROM shop_reviews w "
        "JOIN shop_products p ON p.id = w.product WHERE w.id = a.review AND p.seller = a.seller)"
    ),
}
