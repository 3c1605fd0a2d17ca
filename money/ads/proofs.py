"""What must hold between budgets and the ledger. Each query selects violations: the row, and the offending value."""

from __future__ import annotations

from collections.abc import Mapping

from core.database.proofs import Proof


def _posted(column: str, kind: str) -> str:
    """Campaigns whose count differs from the entries of its transfers. Every one of them touches `ad_held` once."""
    return (
        f"SELECT 'campaign ' || b.campaign, b.{column} FROM ad_budgets b WHERE b.{column} <> coalesce((SELECT "
        "sum(abs(e.amount)) FROM accounts a JOIN entries e ON e.account = a.id JOIN transfers t ON t.id = e.transfer "
        f"WHERE a.owner = b.campaign AND a.kind = 'ad_held' AND t.kind = '{kind}'), 0)"
    )


_NUMBER = (
    "CASE d.kind WHEN 'receipt' THEN 'A' ELSE 'AC' END || CAST(d.year AS TEXT) || '-' || "
    "CASE WHEN d.sequence < 1000000 THEN substr(CAST(1000000 + d.sequence AS TEXT), 2) "
    "ELSE CAST(d.sequence AS TEXT) END"
)
_GIVEN_BACK = (  # what a transfer took of what was paid: out of our cash, and VAT
    "coalesce((SELECT -sum(e.amount) FROM entries e JOIN accounts a ON a.id = e.account "
    "WHERE e.transfer = t.id AND a.kind IN ('cash', 'vat')), 0)"
)
DISPUTED_WITHIN_MS = 400 * 86_400_000  # a credit note is made when the dispute is lost, long after its transfer

DOCUMENT_PROOFS: Mapping[str, Proof] = {
    "ad_document_is_that_of_its_transfer": (
        "SELECT d.number, d.purchase FROM ad_documents d LEFT JOIN transfers t ON t.key = d.cause "
        "LEFT JOIN purchases p ON p.id = d.purchase LEFT JOIN ad_documents o ON o.number = d.corrects "
        "WHERE t.id IS NULL OR p.id IS NULL OR coalesce(p.advertiser, '') <> d.advertiser "
        f"OR coalesce(t.detail ->> 'purchase', '') <> d.purchase OR d.number <> {_NUMBER} "
        "OR d.kind <> CASE t.kind WHEN 'purchase' THEN 'receipt' ELSE 'credit_note' END "
        "OR coalesce(d.content ->> 'reason', '') <> CASE t.kind WHEN 'purchase' THEN 'payment' ELSE t.kind END "
        "OR coalesce(CAST(d.content ->> 'amount_minor' AS TEXT), '') <> CASE d.kind WHEN 'receipt' "
        f"THEN CAST(p.price_minor AS TEXT) ELSE CAST({_GIVEN_BACK} AS TEXT) END "
        "OR coalesce(d.content ->> 'currency', '') <> p.currency "
        "OR coalesce(d.content ->> 'provider', '') <> p.provider OR CASE d.kind WHEN 'receipt' "
        "THEN d.corrects IS NOT NULL OR coalesce(t.detail ->> 'document', '') <> d.number "
        "ELSE o.number IS NULL OR o.purchase <> d.purchase OR o.kind <> 'receipt' END"
    ),
    "ad_document_was_made_with_its_transfer": (
        "SELECT d.number, d.at FROM ad_documents d JOIN transfers t ON t.key = d.cause WHERE abs(d.at - t.at) > "
        f"CASE t.kind WHEN 'dispute' THEN {DISPUTED_WITHIN_MS} ELSE 0 END"
    ),
    "ad_payment_has_its_receipt": (  # those that were paid before there were receipts name none
        "SELECT 'transfer ' || t.id, t.detail ->> 'document' FROM transfers t WHERE t.kind = 'purchase' "
        "AND t.detail ->> 'document' IS NOT NULL "
        "AND NOT EXISTS (SELECT 1 FROM ad_documents d WHERE d.number = t.detail ->> 'document' AND d.cause = t.key)"
    ),
    "ad_money_that_went_back_has_its_credit_note": (
        "SELECT t.key, d.number FROM ad_documents d JOIN transfers t ON t.detail ->> 'purchase' = d.purchase "
        f"WHERE d.kind = 'receipt' AND {_GIVEN_BACK} > 0 AND (t.kind = 'refund' OR t.kind = 'dispute' AND EXISTS "
        "(SELECT 1 FROM disputes s WHERE s.state = 'lost' AND 'dispute:' || s.ref = t.key)) "
        "AND NOT EXISTS (SELECT 1 FROM ad_documents n WHERE n.cause = t.key AND n.kind = 'credit_note')"
    ),
    "ad_documents_have_no_gaps": (
        "SELECT d.kind || ' ' || d.year, max(d.sequence) - count(*) FROM ad_documents d GROUP BY d.kind, d.year "
        "HAVING max(d.sequence) <> count(*) OR min(d.sequence) <> 1"
    ),
}

PROOFS: Mapping[str, Proof] = {
    **DOCUMENT_PROOFS,
    "reserved_is_the_sum_of_reservations": _posted("reserved_micro", "ad_reserve"),
    "captured_is_the_sum_of_captures": _posted("captured_micro", "ad_capture"),
    "released_is_the_sum_of_releases": _posted("released_micro", "ad_release"),
    "budget_is_its_advertisers": (
        "SELECT DISTINCT 'campaign ' || b.campaign, b.advertiser FROM ad_budgets b JOIN accounts held "
        "ON held.owner = b.campaign AND held.kind = 'ad_held' JOIN entries e ON e.account = held.id "
        "JOIN transfers t ON t.id = e.transfer WHERE t.kind = 'ad_reserve' AND NOT EXISTS (SELECT 1 FROM entries paid "
        "JOIN accounts a ON a.id = paid.account WHERE paid.transfer = t.id AND a.kind = 'ad_balance' "
        "AND a.owner = b.advertiser)"
    ),
    "shares_are_the_sum_of_captures": (
        "SELECT 'campaign ' || campaign || ' of ' || person, sum(micro) FROM ("
        "SELECT h.owner AS campaign, a.owner AS person, e.amount AS micro FROM accounts a "
        "JOIN entries e ON e.account = a.id JOIN transfers t ON t.id = e.transfer AND t.kind = 'ad_capture' "
        "JOIN entries f ON f.transfer = t.id JOIN accounts h ON h.id = f.account AND h.kind = 'ad_held' "
        "WHERE a.kind = 'ad_share' UNION ALL SELECT campaign, person, -earned_micro FROM ad_shares"
        ") AS both_ways GROUP BY campaign, person HAVING sum(micro) <> 0"
    ),
    "held_has_its_campaign": (
        "SELECT 'account ' || a.id, a.balance FROM accounts a WHERE a.kind = 'ad_held' "
        "AND NOT EXISTS (SELECT 1 FROM ad_budgets b WHERE b.campaign = a.owner)"
    ),
}
