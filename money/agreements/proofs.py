"""What must hold of agreements; `cadeau ledger verify` checks it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import Connection, text

from core.database.proofs import ROWS_AT_ONCE, Finding, Proof
from money.earnings.proofs import utc_day

_BY_CREATOR = (
    "SELECT agency, day, creator, sum(coins) FROM ("
    "SELECT a.owner AS agency, {day} AS day, t.detail ->> 'creator' AS creator, e.amount AS coins "
    "FROM accounts a JOIN entries e ON e.account = a.id JOIN transfers t ON t.id = e.transfer "
    "WHERE a.kind = 'pending' AND t.kind = 'gift' AND t.detail ->> 'agency' = a.owner "
    "AND a.owner IN (SELECT agency FROM agreements WHERE agency IS NOT NULL) "
    "UNION ALL SELECT agency, day, creator, -agency_coins FROM taken_gifts WHERE restored = 0 AND agency IS NOT NULL "
    "UNION ALL SELECT agency, day, creator, -coins FROM agency_earnings"
    ") AS r GROUP BY agency, day, creator HAVING sum(coins) <> 0 ORDER BY day, agency, creator"
)


def _earned_by_creator(connection: Connection) -> Iterator[Finding]:
    """What an agency earned with each creator is its share of that creator's gifts."""
    sql = _BY_CREATOR.replace("{day}", utc_day(connection, "t.at"))
    for agency, day, creator, coins in connection.execution_options(yield_per=ROWS_AT_ONCE).execute(text(sql)):
        detail = f"{-coins} coins beyond what the ledger says"
        yield Finding("agency_earnings_are_in_the_books", f"{agency} on {day} of {creator}", detail)


PROOFS: Mapping[str, Proof] = {
    "agreements_never_overlap": (
        "SELECT 'agreement ' || a.id, b.id FROM agreements a JOIN agreements b ON b.creator = a.creator "
        "AND b.id <> a.id AND a.valid_from <= b.valid_from AND (a.until IS NULL OR a.until > b.valid_from) "
        "AND (b.until IS NULL OR b.until > b.valid_from)"
    ),
    "agreements_share_a_gift": (
        "SELECT 'agreement ' || id, platform_percent + agency_percent FROM agreements WHERE platform_percent < 0 "
        "OR agency_percent < 0 OR platform_percent + agency_percent > 100 OR agency IS NULL AND agency_percent > 0 "
        "OR until < valid_from"
    ),
    "agreements_with_an_agency_were_accepted": (
        "SELECT 'agreement ' || a.id, coalesce(p.state, 'no proposal') FROM agreements a "
        "LEFT JOIN agreement_proposals p ON p.id = a.proposal AND p.creator = a.creator AND p.agency = a.agency "
        "AND p.agency_percent = a.agency_percent WHERE a.agency IS NOT NULL AND coalesce(p.state, '') <> 'accepted'"
    ),
    "agency_earnings_are_in_the_books": _earned_by_creator,
}
