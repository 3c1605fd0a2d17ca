"""What must hold between the VAT that was agreed for ads, the payments, and their papers. Each query selects
violations."""

from __future__ import annotations

from collections.abc import Mapping

from core.database.proofs import Proof
from money.ads.documents import Buyer
from money.ledger.accounts import MICRO_PER_MINOR

_SAME = " AND ".join(
    f"s.{column} = v.{column}" for column in ("scheme", "country", "buyer_country", "rate", "rates", "vat_minor")
)
_STATED = "d.content -> 'vat'"
_SAYS = " OR ".join(
    f"coalesce(CAST({_STATED} ->> '{field}' AS TEXT), '') <> {value}"
    for field, value in {
        "scheme": "l.scheme",
        "country": "l.country",
        "rate": "CAST(l.rate AS TEXT)",
        "net_minor": "CAST(abs(l.net_minor) AS TEXT)",
        "vat_minor": "CAST(abs(l.vat_minor) AS TEXT)",
    }.items()
)
_BILLED = " OR ".join(
    f"coalesce(d.content -> 'buyer' ->> '{field}', '') <> coalesce(v.billed ->> '{field}', '')"
    for field in Buyer.__struct_fields__
)

PROOFS: Mapping[str, Proof] = {
    "ad_vat_is_that_of_its_payment": (
        "SELECT v.purchase, v.vat_minor FROM ad_vat v LEFT JOIN purchases p ON p.id = v.purchase "
        "WHERE p.advertiser IS NULL OR p.price_minor <> v.net_minor + v.vat_minor "
        f"OR p.coins <> v.net_minor * {MICRO_PER_MINOR}"
    ),
    "ads_are_taxed_as_was_agreed": (
        "SELECT v.purchase, v.scheme FROM ad_vat v JOIN purchases p ON p.id = v.purchase "
        "WHERE p.state NOT IN ('pending', 'expired') AND NOT EXISTS "
        f"(SELECT 1 FROM vat_sales s WHERE s.purchase = v.purchase AND {_SAME})"
    ),
    "ad_sale_was_agreed": (
        "SELECT s.purchase, s.scheme FROM vat_sales s JOIN purchases p ON p.id = s.purchase "
        "WHERE p.advertiser IS NOT NULL AND NOT EXISTS (SELECT 1 FROM ad_vat v WHERE v.purchase = s.purchase)"
    ),
    "reverse_charge_is_for_vat_numbers": (
        "SELECT v.purchase, v.buyer_country FROM ad_vat v WHERE v.scheme = 'reverse' "
        "AND (NOT v.numbered OR coalesce(v.billed ->> 'vat_number', '') = '' OR v.vat_minor <> 0)"
    ),
    "ad_document_states_its_vat": (  # and without VAT it states none
        "SELECT d.number, d.purchase FROM ad_documents d LEFT JOIN vat_lines l ON l.transfer = d.cause "
        "LEFT JOIN ad_vat v ON v.purchase = d.purchase WHERE CASE WHEN l.transfer IS NULL "
        f"THEN {_STATED} ->> 'scheme' IS NOT NULL ELSE {_SAYS} OR {_BILLED} END"
    ),
}
