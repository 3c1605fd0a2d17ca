"""What has to hold between the rooms' logs and the ledger: every gift is in both, with the same coins, and the rooms'
totals are their sums, less what was taken back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import Connection, text

from core.database.proofs import ROWS_AT_ONCE, Finding, Proof

_SAME = " OR ".join(
    f"coalesce(CAST(e.fields ->> '{name}' AS TEXT), '0') <> coalesce(CAST(t.detail ->> '{name}' AS TEXT), '0')"
    for name in ("gift", "count", "coins", "bonus")
)
_GIVEN = (  # what gifts in a room were worth, less what was taken back
    "SELECT room, person, CAST(fields ->> 'coins' AS BIGINT) AS coins FROM room_events WHERE type = 'gifted' UNION ALL "
    "SELECT detail ->> 'room', detail ->> 'giver', CASE kind WHEN 'gift_restored' THEN 1 ELSE -1 END * "
    "CAST(detail ->> 'coins' AS BIGINT) FROM transfers WHERE kind IN ('gift_reversed', 'gift_restored')"
)
_MISMATCHED = text(  # the transfer, if there is one; the event
    "SELECT t.id, e.room, e.seq FROM room_events e LEFT JOIN transfers t "
    "ON t.key = 'gift:' || e.person || ':' || e.client_id WHERE e.type = 'gifted' "
    "AND (t.id IS NULL OR t.kind <> 'gift' OR t.detail ->> 'room' <> e.room OR t.detail ->> 'giver' <> e.person "
    f"OR {_SAME})"
).execution_options(yield_per=ROWS_AT_ONCE)
_COUNTS = text(
    "SELECT (SELECT count(*) FROM transfers WHERE kind = 'gift'), "
    "(SELECT count(*) FROM room_events WHERE type = 'gifted')"
)
_WITHOUT_EVENT = text(
    "SELECT t.id FROM transfers t LEFT JOIN room_events e "
    "ON e.person = t.detail ->> 'giver' AND e.client_id = substr(t.key, 7 + length(t.detail ->> 'giver')) "
    "AND e.type = 'gifted' WHERE t.kind = 'gift' AND e.room IS NULL"
).execution_options(yield_per=ROWS_AT_ONCE)


def _gifts(connection: Connection) -> Iterator[Finding]:
    """Each finding names the transfer, or the event if there is none."""
    lacking = False
    for transfer, room, seq in connection.execute(_MISMATCHED):
        if transfer is None:
            lacking = True
            yield Finding("gift_event_has_its_transfer", f"event {seq} of room {room}", "has no transfer")
        else:
            detail = "is not what its room's event says"
            yield Finding("gift_event_has_its_transfer", f"transfer {transfer}", detail)
    # No two events have the same transfer. If each has one and there are as many of both, each transfer has its event.
    gifts, events = connection.execute(_COUNTS).one()
    if lacking or gifts != events:
        for (transfer,) in connection.execute(_WITHOUT_EVENT):
            yield Finding("gift_transfer_has_its_event", f"transfer {transfer}", "has no event in its room")


PROOFS: Mapping[str, Proof] = {
    "gifts_are_in_ledger_and_log": _gifts,
    "room_total_is_what_was_given": (
        "SELECT 'room ' || room, sum(coins) FROM ("
        "SELECT room, coins FROM room_heads UNION ALL "
        f"SELECT room, -coins FROM ({_GIVEN}) AS given) AS r GROUP BY room HAVING sum(coins) <> 0"
    ),
    "top_givers_gave_it": (
        "SELECT person || ' in room ' || room, sum(coins) FROM ("
        "SELECT room, person, coins FROM room_givers UNION ALL "
        f"SELECT room, person, -coins FROM ({_GIVEN}) AS given) AS r GROUP BY room, person HAVING sum(coins) <> 0"
    ),
    "room_and_its_log_agree": (
        "SELECT 'room ' || r.id, r.coins FROM rooms r LEFT JOIN room_heads h ON h.room = r.id "
        "WHERE r.coins <> coalesce(h.coins, 0)"
    ),
}
