"""What must hold between VAT, receipts and the ledger. Each query selects violations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import Connection, text

from core.database.proofs import ROWS_AT_ONCE, Finding, Proof

_ENTRY = (
    "LEFT JOIN transfers t ON t.key = l.transfer LEFT JOIN accounts {0} ON {0}.kind = '{1}' AND {0}.unit = l.currency "
    "AND {0}.owner = {2} LEFT JOIN entries {0}e ON {0}e.account = {0}.id AND {0}e.transfer = t.id "
)
_NUMBER = (
    "CASE r.kind WHEN 'receipt' THEN 'R' ELSE 'C' END || CAST(r.year AS TEXT) || '-' || CASE WHEN r.sequence < 1000000 "
    "THEN substr(CAST(1000000 + r.sequence AS TEXT), 2) ELSE CAST(r.sequence AS TEXT) END"
)
_SAYS = " OR ".join(
    f"coalesce(CAST(r.content ->> '{field}' AS TEXT), '') <> {value}"
    for field, value in {
        "gross_minor": "CAST(abs(l.net_minor + l.vat_minor) AS TEXT)",
        "net_minor": "CAST(abs(l.net_minor) AS TEXT)",
        "vat_minor": "CAST(abs(l.vat_minor) AS TEXT)",
        "rate": "CAST(l.rate AS TEXT)",
        "coins": "CAST(p.coins AS TEXT)",
        "reason": "l.kind",
        "currency": "l.currency",
        "country": "l.country",
        "provider": "p.provider",
    }.items()
)
_QUARTER = {
    "sqlite": "strftime('%Y', {0} / 1000, 'unixepoch') || 'Q' || ((strftime('%m', {0} / 1000, 'unixepoch') + 2) / 3)",
    "postgresql": """to_char(to_timestamp({0} / 1000) AT TIME ZONE 'UTC', 'YYYY"Q"Q')""",
}


def _quarters(connection: Connection) -> Iterator[Finding]:
    """Sales, lines and receipts count when they happened."""
    quarter = _QUARTER[connection.dialect.name]
    sql = (
        "SELECT l.transfer, l.quarter FROM vat_lines l JOIN transfers t ON t.key = l.transfer "
        f"WHERE l.quarter <> {quarter.format('l.at')} OR t.at <> l.at "
        "UNION ALL SELECT s.purchase, s.quarter FROM vat_sales s JOIN vat_lines l "
        "ON l.transfer = 'purchase:' || s.purchase WHERE s.quarter <> l.quarter OR s.at <> l.at "
        "UNION ALL SELECT r.number, CAST(r.year AS TEXT) FROM receipts r "
        f"WHERE CAST(r.year AS TEXT) <> substr({quarter.format('r.at')}, 1, 4)"
    )
    for row, said in connection.execution_options(yield_per=ROWS_AT_ONCE).execute(text(sql)):
        yield Finding("vat_is_of_its_quarter", row, f"it says {said}")


PROOFS: Mapping[str, Proof] = {
    "vat_is_the_sum_of_its_lines": (  # what the reports of all quarters add up to is what the ledger holds
        "SELECT r.country || ' ' || r.unit, sum(r.amount) FROM ("
        "SELECT owner AS country, unit, balance AS amount FROM accounts WHERE kind = 'vat' "
        "UNION ALL SELECT country, currency, -vat_minor FROM vat_lines) AS r "
        "GROUP BY r.country, r.unit HAVING sum(r.amount) <> 0"
    ),
    "vat_line_is_what_was_posted": (
        "SELECT l.transfer, l.vat_minor - coalesce(ve.amount, 0) FROM vat_lines l "
        + _ENTRY.format("v", "vat", "l.country")
        + "WHERE t.id IS NULL OR l.vat_minor <> coalesce(ve.amount, 0)"
    ),
    "net_line_is_what_was_posted": (
        "SELECT l.transfer, l.net_minor - coalesce(ce.amount, 0) FROM vat_lines l "
        + _ENTRY.format("c", "cash", "'platform'")
        + "WHERE t.id IS NULL OR l.net_minor <> coalesce(ce.amount, 0)"
    ),
    "vat_of_a_sale_goes_back_with_its_money": (
        "SELECT s.purchase, s.vat_minor - s.vat_minor * p.returned_minor / s.gross_minor - coalesce((SELECT "
        "sum(l.vat_minor) FROM vat_lines l WHERE l.purchase = s.purchase), 0) FROM vat_sales s "
        "JOIN purchases p ON p.id = s.purchase WHERE s.vat_minor - s.vat_minor * p.returned_minor / s.gross_minor <> "
        "coalesce((SELECT sum(l.vat_minor) FROM vat_lines l WHERE l.purchase = s.purchase), 0)"
    ),
    "sale_is_its_purchase": (
        "SELECT s.purchase, s.gross_minor FROM vat_sales s LEFT JOIN purchases p ON p.id = s.purchase "
        "WHERE p.id IS NULL OR p.price_minor <> s.gross_minor OR p.currency <> s.currency"
    ),
    "sale_is_what_was_posted": (
        "SELECT s.purchase, s.vat_minor FROM vat_sales s LEFT JOIN transfers t ON t.key = 'purchase:' || s.purchase "
        "WHERE t.id IS NULL OR coalesce(t.detail ->> 'vat_country', '') <> s.country "
        "OR coalesce(CAST(t.detail ->> 'vat_rate' AS BIGINT), 0) <> s.rate "
        "OR coalesce(CAST(t.detail ->> 'vat_minor' AS BIGINT), 0) <> s.vat_minor "
        "OR s.scheme IN ('home', 'oss', 'local') AND s.buyer_country <> s.country "
        "OR NOT EXISTS (SELECT 1 FROM vat_lines l "
        "WHERE l.transfer = t.key AND l.net_minor = s.gross_minor - s.vat_minor)"
    ),
    "line_is_that_of_its_sale": (
        "SELECT l.transfer, l.purchase FROM vat_lines l LEFT JOIN vat_sales s ON s.purchase = l.purchase "
        "LEFT JOIN transfers t ON t.key = l.transfer WHERE s.purchase IS NULL OR t.id IS NULL OR l.scheme <> s.scheme "
        "OR l.country <> s.country OR l.rate <> s.rate OR l.currency <> s.currency OR l.sale_quarter <> s.quarter "
        "OR coalesce(t.detail ->> 'purchase', '') <> l.purchase "
        "OR l.kind <> CASE t.kind WHEN 'purchase' THEN 'sale' ELSE t.kind END"
    ),
    "vat_is_of_its_quarter": _quarters,
    "receipt_is_that_of_its_line": (
        "SELECT r.number, r.purchase FROM receipts r LEFT JOIN vat_lines l ON l.transfer = r.cause "
        "LEFT JOIN purchases p ON p.id = r.purchase LEFT JOIN receipts o ON o.number = r.corrects "
        "WHERE l.transfer IS NULL OR l.purchase <> r.purchase OR p.id IS NULL OR p.person <> r.person "
        f"OR r.number <> {_NUMBER} "
        "OR r.kind <> CASE l.kind WHEN 'sale' THEN 'receipt' ELSE 'credit_note' END "
        "OR CASE r.kind WHEN 'receipt' THEN r.corrects IS NOT NULL "
        "ELSE o.number IS NULL OR o.purchase <> r.purchase OR o.kind <> 'receipt' END "
        f"OR {_SAYS}"
    ),
    "what_went_back_has_its_credit_note": (  # a dispute that was lost, and every refund
        "SELECT l.transfer, l.purchase FROM vat_lines l WHERE l.net_minor + l.vat_minor < 0 AND (l.kind = 'refund' OR "
        "EXISTS (SELECT 1 FROM disputes d WHERE d.state = 'lost' AND 'dispute:' || d.ref = l.transfer)) "
        "AND NOT EXISTS (SELECT 1 FROM receipts r WHERE r.cause = l.transfer AND r.kind = 'credit_note') "
        "AND NOT EXISTS (SELECT 1 FROM ad_documents d WHERE d.cause = l.transfer AND d.kind = 'credit_note')"
    ),
    "sale_has_its_receipt": (
        "SELECT s.purchase, s.gross_minor FROM vat_sales s LEFT JOIN receipts r ON r.purchase = s.purchase "
        "AND r.kind = 'receipt' WHERE r.number IS NULL "
        "AND NOT EXISTS (SELECT 1 FROM ad_documents d WHERE d.purchase = s.purchase AND d.kind = 'receipt')"
    ),
    "receipts_have_no_gaps": (
        "SELECT r.kind || ' ' || r.year, max(r.sequence) - count(*) FROM receipts r GROUP BY r.kind, r.year "
        "HAVING max(r.sequence) <> count(*) OR min(r.sequence) <> 1"
    ),
    "receipts_are_as_many_as_were_numbered": (
        "SELECT y.year, y.receipts + y.credit_notes - (SELECT count(*) FROM receipts r WHERE r.year = y.year) "
        "FROM sales_years y "
        "WHERE y.receipts <> (SELECT count(*) FROM receipts r WHERE r.year = y.year AND r.kind = 'receipt') "
        "OR y.credit_notes <> (SELECT count(*) FROM receipts r WHERE r.year = y.year AND r.kind = 'credit_note') "
        "UNION ALL SELECT r.year, count(*) FROM receipts r "
        "WHERE NOT EXISTS (SELECT 1 FROM sales_years y WHERE y.year = r.year) GROUP BY r.year"
    ),
}
