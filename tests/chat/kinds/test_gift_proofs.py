"""`ledger verify` names a gift that a room's log and the ledger do not agree on."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, text

from chat.kinds.gift_proofs import PROOFS
from core.database.proofs import Finding, findings
from tests.chat.client import Client
from tests.chat.node import Node


def proved(connection: Connection) -> list[Finding]:
    return list(findings(connection, PROOFS))


@pytest.mark.parametrize(
    ("rule", "subject", "damage"),
    [
        ("gift_event_has_its_transfer", "transfer 3", "UPDATE room_events SET fields = '{}' WHERE client_id = 'b'"),
        ("gift_event_has_its_transfer", "event", "UPDATE room_events SET client_id = 'x' WHERE client_id = 'b'"),
        ("gift_transfer_has_its_event", "transfer 3", "UPDATE room_events SET client_id = 'x' WHERE client_id = 'b'"),
        ("gift_transfer_has_its_event", "transfer 3", "DELETE FROM room_events WHERE client_id = 'b'"),
        ("room_total_is_what_was_given", "room", "UPDATE room_heads SET coins = coins + 1"),
        ("room_total_is_what_was_given", "room", "DELETE FROM room_events WHERE client_id = 'b'"),
        ("top_givers_gave_it", "", "UPDATE room_givers SET coins = coins + 1"),
        ("top_givers_gave_it", "", "DELETE FROM room_givers"),
        ("room_and_its_log_agree", "room", "UPDATE rooms SET coins = coins + 1"),
    ],
)  # fmt: skip
async def test_a_gift_that_log_and_ledger_disagree_on_is_named(
    node: Node, rule: str, subject: str, damage: str
) -> None:
    host, ann = await node.join(), await node.join()
    room = await node.open_room(host)
    await node.grant(ann, 1_000)
    async with Client(node.port, room, await node.token(ann)) as giver:
        for name in ("a", "b"):
            await giver.ask("gift", name, gift="rose", count=2)
    assert await node.database.read_async(proved) == []
    await node.database.write_async(lambda c: c.execute(text(damage)))
    found = await node.database.read_async(proved)
    assert any(finding.rule == rule and finding.subject.startswith(subject) for finding in found), found
