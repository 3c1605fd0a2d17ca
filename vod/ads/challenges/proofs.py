"""What must hold between challenges and the prizes that money holds for them; `cadeau ledger verify` checks it."""

from __future__ import annotations

from collections.abc import Mapping

from core.database.proofs import Proof

_HELD = {  # by state of the challenge: the state of its latest prize
    "review": "held", "ready": "held", "running": "running", "judging": "running", "decided": "running",
    "paid": "paid", "unwon": "returned",
}  # fmt: skip
_LATEST = (
    "LEFT JOIN ad_prizes p ON p.challenge = c.id AND p.attempt = "
    "(SELECT max(attempt) FROM ad_prizes q WHERE q.challenge = c.id)"
)
_WANTED = "CASE c.state " + " ".join(f"WHEN '{state}' THEN '{prize}'" for state, prize in _HELD.items()) + " END"

PROOFS: Mapping[str, Proof] = {
    "challenge_has_its_prize": (
        f"SELECT c.id, c.state FROM ad_challenges c {_LATEST} "
        f"WHERE coalesce({_WANTED}, 'returned') <> coalesce(p.state, 'returned')"
    ),
    "challenge_prize_is_what_was_promised": (
        f"SELECT c.id, c.prize_micro FROM ad_challenges c {_LATEST} WHERE c.state NOT IN ('draft', 'cancelled') "
        "AND (p.prize_micro <> c.prize_micro OR p.fee_micro <> c.fee_micro OR p.advertiser <> c.advertiser)"
    ),
    "challenge_winner_has_the_prize": (
        f"SELECT c.id, c.winner FROM ad_challenges c {_LATEST} WHERE c.state = 'paid' "
        "AND (c.winner IS NULL OR p.winner IS NULL OR p.winner <> c.winner)"
    ),
    "challenge_with_a_winner_was_decided": (
        "SELECT id, winner FROM ad_challenges WHERE (winner IS NOT NULL) <> (decided_at IS NOT NULL) "
        "OR state IN ('decided', 'paid') AND winner IS NULL "
        "OR state NOT IN ('decided', 'paid', 'cancelled') AND winner IS NOT NULL"
    ),
    "prize_has_its_challenge": (
        "SELECT challenge, attempt FROM ad_prizes p WHERE NOT EXISTS (SELECT 1 FROM ad_challenges c "
        "WHERE c.id = p.challenge)"
    ),
}
