"""What has to hold between the rooms' logs and the ledger: every gift is in both, with the same coins."""

from __future__ import annotations

from collections.abc import Mapping

from core.database.proofs import Proof

_SAME = " OR ".join(
    f"coalesce(CAST(e.fields ->> '{name}' AS TEXT), '0') <> coalesce(CAST(t.detail ->> '{name}' AS TEXT), '0')"
    for name in ("gift", "count", "coins", "bonus")
)
PROOFS: Mapping[str, Proof] = {  # each names the transfer, or the event if there is none
    "gift_event_has_its_transfer": (
        "SELECT CASE WHEN t.id IS NULL THEN 'event ' || e.seq || ' of room ' || e.room ELSE 'transfer ' || t.id END, "
        "CASE WHEN t.id IS NULL THEN 'has no transfer' ELSE 'is not what its room''s event says' END "
        "FROM room_events e LEFT JOIN transfers t ON t.key = 'gift:' || e.person || ':' || e.client_id "
        f"WHERE e.type = 'gifted' AND (t.id IS NULL OR t.detail ->> 'room' <> e.room OR {_SAME})"
    ),
    "gift_transfer_has_its_event": (
        "SELECT 'transfer ' || t.id, 'has no event in its room' FROM transfers t LEFT JOIN room_events e "
        "ON e.person = t.detail ->> 'giver' AND e.client_id = substr(t.key, 7 + length(t.detail ->> 'giver')) "
        "AND e.type = 'gifted' WHERE t.kind = 'gift' AND e.room IS NULL"
    ),
}
