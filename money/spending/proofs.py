"""What must hold of what people gave, by which their limits are judged; `cadeau ledger verify` checks it."""

from __future__ import annotations

from collections.abc import Mapping

from core.database.proofs import Proof

# Older days are forgotten all at once; of the first one that is left, everything is left.
_SINCE = "(SELECT min(day) FROM spending)"
PROOFS: Mapping[str, Proof] = {
    "spent_is_what_was_given": (
        "SELECT person || ' on day ' || day, sum(coins) FROM ("
        "SELECT person, day, coins FROM spending UNION ALL "
        "SELECT detail ->> 'giver', at / 86400000, -CAST(detail ->> 'coins' AS BIGINT) FROM transfers "
        f"WHERE kind = 'gift' AND at / 86400000 >= {_SINCE}"
        ") AS r GROUP BY person, day HAVING sum(coins) <> 0"
    ),
}
