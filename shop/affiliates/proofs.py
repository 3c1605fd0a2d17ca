"""What must hold of commissions: none survives its sale, and none is there without one."""

from __future__ import annotations

from collections.abc import Mapping

from core.database.proofs import Proof
from shop.affiliates.commissions import ORDERS

_DUE = ORDERS.format(which="o.settled_at IS NOT NULL")
_MOVED = (  # what all transfers of an order moved for its affiliate
    "SELECT o.id AS id, e.amount AS minor FROM accounts a CROSS JOIN entries e CROSS JOIN transfers t "
    "JOIN shop_orders o ON o.id = t.detail ->> 'order' AND o.affiliate = a.owner AND o.currency = a.unit "
    "WHERE e.account = a.id AND t.id = e.transfer AND a.kind IN ('affiliate', 'debt')"
)
PROOFS: Mapping[str, Proof] = {
    "commission_never_survives_its_sale": (
        f"SELECT id, sum(minor) FROM ({_MOVED} UNION ALL SELECT d.id, -d.due FROM ({_DUE}) AS d) AS r "
        "GROUP BY id HAVING sum(minor) <> 0"
    ),
    "commission_has_its_sale": (
        "SELECT 'transfer ' || t.id, e.amount FROM accounts a CROSS JOIN entries e CROSS JOIN transfers t "
        "WHERE e.account = a.id AND t.id = e.transfer AND a.kind = 'affiliate' "
        "AND t.kind NOT IN ('payout', 'payout_back') AND NOT EXISTS (SELECT 1 FROM shop_orders o "
        "WHERE o.id = t.detail ->> 'order' AND o.affiliate = a.owner AND o.currency = a.unit)"
    ),
    "commission_rate_is_of_its_rule": (
        'SELECT l.id, l.commission_rate FROM shop_lines l JOIN shop_orders o ON o.id = l."order" '
        "LEFT JOIN shop_rates r ON r.id = l.commission_rule AND r.seller = o.seller AND r.product IN ('', l.product) "
        "WHERE CASE WHEN l.commission_rule = '' THEN l.commission_rate <> 0 ELSE o.affiliate IS NULL "
        "OR l.variant IS NULL OR r.id IS NULL OR l.commission_rate NOT BETWEEN 0 AND r.rate END"
    ),
    "affiliate_is_not_the_buyer": (
        "SELECT o.id, o.affiliate FROM shop_orders o JOIN shop_sellers s ON s.id = o.seller "
        "WHERE o.affiliate IN (o.person, s.person) OR (o.affiliate IS NULL) <> (o.affiliate_source = '')"
    ),
}
