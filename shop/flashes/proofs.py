"""What must hold between flash prices and orders. Each query selects violations: the row, and the wrong value."""

from __future__ import annotations

from collections.abc import Mapping

from core.database.proofs import Proof

PROOFS: Mapping[str, Proof] = {
    "flash_price_is_taken_as_often_as_it_counts": (
        "SELECT f.id, f.taken FROM shop_flashes f WHERE f.taken > f.pieces_max OR f.taken <> coalesce((SELECT "
        "sum(u.count) FROM shop_flash_uses u WHERE u.flash = f.id AND u.state <> 'released'), 0)"
    ),
    "pieces_at_a_flash_price_are_of_their_order": (
        'SELECT u."order", u.count FROM shop_flash_uses u LEFT JOIN shop_orders o ON o.id = u."order" '
        "WHERE o.id IS NULL OR u.count <> coalesce((SELECT sum(l.count) FROM shop_lines l "
        'WHERE l."order" = u."order" AND l.flash = u.flash), 0) OR NOT EXISTS (SELECT 1 FROM shop_flashes f '
        "WHERE f.id = u.flash) OR NOT CASE WHEN o.state = 'placed' THEN u.state = 'held' "
        "WHEN o.paid_at IS NULL THEN u.state = 'released' "
        "WHEN o.state = 'cancelled' THEN u.state IN ('used', 'released') ELSE u.state = 'used' END"
    ),
    "line_at_a_flash_price_counts": (
        "SELECT l.id, l.flash FROM shop_lines l WHERE l.flash IS NOT NULL AND NOT EXISTS (SELECT 1 "
        'FROM shop_flash_uses u WHERE u."order" = l."order" AND u.flash = l.flash)'
    ),
    "flash_price_is_of_the_product": (
        "SELECT l.id, l.product FROM shop_lines l JOIN shop_flashes f ON f.id = l.flash WHERE f.product <> l.product"
    ),
}
