"""What has to hold in the books. `verify` runs all of it.

The chain is read from its first transfer to its head. Each digest is computed again, from the digest that is stored
before it and from what the transfer is now, so the first row that was altered, removed or inserted is named even if
all amounts and balances still agree.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

import msgspec
from sqlalchemy import Connection, select, text

from core.database.proofs import Finding, Proof, findings
from money.ledger.chain import GENESIS, linked
from money.ledger.checkpoints import Checkpoint, last, state
from money.ledger.reading import StoredTransfer, stored_transfers, use_one_state
from money.ledger.rounding_carry import WHOLE
from money.ledger.rules import KINDS_BELOW_ZERO
from money.tables import TRIGGERS, ledger_checkpoints, transfers


def verify(connection: Connection) -> list[Finding]:
    """Verify the ledger by reading every entry. Returns an empty list when each of `PROOFS` holds."""
    use_one_state(connection)
    return list(findings(connection, PROOFS))


def verify_since_checkpoint(connection: Connection) -> list[Finding]:
    """Verify what was posted since the last checkpoint; everything, if there is none."""
    use_one_state(connection)
    checkpoint = last(connection)
    if checkpoint is None:
        return list(findings(connection, PROOFS))
    proofs: dict[str, Proof] = {
        "chain": partial(_chain, checkpoint=checkpoint),
        "sums_since_checkpoint": partial(_sums, checkpoint=checkpoint),
    }
    return list(findings(connection, {**proofs, **_QUICK}))


def _chain(connection: Connection, checkpoint: Checkpoint | None = None) -> Iterator[Finding]:
    """Every transfer against its digest, its entries, and its own details. Without a checkpoint, also what rounding
    has left over."""
    number, digest = (checkpoint.transfer, checkpoint.digest) if checkpoint else (0, GENESIS)
    if checkpoint is not None and _digest(connection, checkpoint.transfer) != checkpoint.digest:
        yield Finding("chain", f"transfer {checkpoint.transfer}", "its digest is not that of the checkpoint")
    carry = _Carry()
    for stored in stored_transfers(connection, number):
        if stored.link is None:
            yield Finding("entry_has_its_transfer", f"transfer {stored.id}", "was removed, but not all of its entries")
            continue
        if (finding := _broken(stored, number, digest)) is not None:
            yield finding
        yield from _unbalanced(stored)
        if (wrong := carry.add(stored)) is not None:
            yield Finding("detail_is_what_was_posted", f"transfer {stored.id}", wrong)
        number, digest = stored.id, stored.digest
    head = connection.execute(text("SELECT transfer, digest FROM ledger_head")).first()
    if head is None:
        yield Finding("chain", f"transfer {number}", "the head of the chain was removed")
    elif head[0] > number:
        yield Finding("chain", f"transfer {number + 1}", f"was removed: the chain's head is transfer {head[0]}")
    elif head[0] < number:
        yield Finding("chain", f"transfer {head[0] + 1}", f"was inserted: the chain's head is transfer {head[0]}")
    elif bytes(head[1]) != digest:
        yield Finding("chain", f"transfer {number}", "its digest is not that of the chain's head")
    if checkpoint is None:
        yield from carry.compared(connection)


def _broken(stored: StoredTransfer, number: int, digest: bytes) -> Finding | None:
    """Whether a transfer does not follow the one before it, with this number and digest."""
    parts = [(entry.account, entry.amount, entry.balance) for entry in stored.entries if entry.account is not None]
    assert stored.link is not None
    if len(parts) == len(stored.entries) and linked(digest, stored.link, parts) == stored.digest:
        return None
    if stored.id > number + 1:
        return Finding("chain", f"transfer {number + 1}", "was removed")
    return Finding("chain", f"transfer {stored.id}", "was altered or inserted: it does not match its digest")


def _unbalanced(stored: StoredTransfer) -> Iterator[Finding]:
    name = f"transfer {stored.id}"
    if not stored.entries:
        yield Finding("transfer_has_entries", name, "has no entries")
    sums: dict[str, int] = {}
    for entry in stored.entries:
        if entry.account is None:
            yield Finding("entry_has_its_account", name, f"account {entry.number} was removed")
        else:
            sums[entry.account.unit] = sums.get(entry.account.unit, 0) + entry.amount
    for unit, total in sums.items():
        if total:
            yield Finding("transfer_sums_to_zero", name, f"its entries are {total} {unit} apart")


class _Gift(msgspec.Struct):
    coins: int
    creator: str
    giver: str
    commission_percent: int
    bonus: int = 0
    funded: int = 0


_gift = msgspec.json.Decoder(_Gift).decode


class _Carry:
    """Adds up what rounding left over, by creator, from the gifts themselves."""

    def __init__(self) -> None:
        self._left: dict[str, list[int]] = {}

    def add(self, stored: StoredTransfer) -> str | None:
        """Count a gift. Returns what is wrong with its details."""
        assert stored.link is not None
        if stored.link[2] != "gift":
            return None
        try:
            gift = _gift(stored.link[5])
        except msgspec.MsgspecError as error:
            return f"its details are not those of a gift: {error}"
        amounts = {(e.account.owner, e.account.kind): e.amount for e in stored.entries if e.account is not None}
        paid, given = -amounts.get((gift.giver, "wallet"), 0), -amounts.get((gift.giver, "bonus"), 0)
        if (paid + given, given) != (gift.coins, gift.bonus):
            return f"{paid} + {given} bonus coins moved; it says {gift.coins - gift.bonus} + {gift.bonus}"
        left = self._left.setdefault(gift.creator, [0, 0])
        whole = 100 - gift.commission_percent
        share = amounts.get((gift.creator, "pending"), 0) - gift.funded
        left[0] += paid * whole - share * WHOLE
        left[1] += given * whole - (gift.funded + amounts.get((gift.creator, "promoted"), 0)) * WHOLE
        return None

    def compared(self, connection: Connection) -> Iterator[Finding]:
        for person, *stored in connection.execute(text("SELECT person, hundredths, bonus_hundredths FROM fractions")):
            left = self._left.pop(person, [0, 0])
            if left != stored:
                yield Finding("rounding_carry", f"creator {person}", f"{stored} hundredths stored, {left} by the gifts")
        for person, left in self._left.items():
            if any(left):
                yield Finding("rounding_carry", f"creator {person}", f"nothing stored, {left} by the gifts")


def _sums(connection: Connection, checkpoint: Checkpoint) -> Iterator[Finding]:
    """Each kind's balances are those of the checkpoint and what was posted since."""
    expected = dict(checkpoint.sums)
    for stored in stored_transfers(connection, checkpoint.transfer):
        for entry in stored.entries:
            if entry.account is not None:
                kind = f"{entry.account.kind} {entry.account.unit}"
                expected[kind] = expected.get(kind, 0) + entry.amount
    now = state(connection)
    for kind, total in (now.sums if now else {}).items():
        if total != expected.get(kind, 0):
            yield Finding("sums_since_checkpoint", kind, f"{total} now, {expected.get(kind, 0)} by the entries")


def _triggers(connection: Connection) -> Iterator[Finding]:
    if connection.dialect.name == "sqlite":
        found = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    else:
        found = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'"
    present = set(connection.execute(text(found)).scalars())
    for name in TRIGGERS:
        if name not in present:
            yield Finding("triggers_present", f"trigger {name}", "was dropped or disabled")


def _checkpoints(connection: Connection) -> Iterator[Finding]:
    rows = connection.execute(
        select(ledger_checkpoints.c.transfer, ledger_checkpoints.c.digest, transfers.c.digest)
        .outerjoin(transfers, transfers.c.id == ledger_checkpoints.c.transfer)
        .order_by(ledger_checkpoints.c.transfer)
    )
    for number, noted, digest in rows:
        if digest is None or bytes(digest) != bytes(noted):
            yield Finding("checkpoints", f"transfer {number}", "its digest is not the one that its checkpoint noted")


def _digest(connection: Connection, transfer: int) -> bytes | None:
    found = connection.execute(select(transfers.c.digest).where(transfers.c.id == transfer)).scalar()
    return None if found is None else bytes(found)


_LAST = "(SELECT e.balance_after FROM entries e WHERE e.account = a.id ORDER BY e.transfer DESC LIMIT 1)"
_QUICK: Mapping[str, Proof] = {  # SQL selects violations of its rule: the row, and the offending value
    "unit_sums_to_zero": "SELECT unit, sum(balance) FROM accounts GROUP BY unit HAVING sum(balance) <> 0",
    "balance_is_that_of_the_last_entry": (
        f"SELECT 'account ' || id, difference FROM (SELECT a.id, a.balance - coalesce({_LAST}, 0) AS difference "
        "FROM accounts a) AS r WHERE difference <> 0"
    ),
    "never_below_zero": (
        f"SELECT 'account ' || id, balance FROM accounts WHERE balance < 0 AND kind NOT IN {KINDS_BELOW_ZERO} "
        "OR balance > 0 AND kind = 'debt'"
    ),
    "triggers_present": _triggers,
    "checkpoints": _checkpoints,
}
PROOFS: Mapping[str, Proof] = {
    "chain": _chain,
    "balance_after_is_running_sum": (
        "SELECT 'transfer ' || transfer, balance_after - running FROM (SELECT transfer, balance_after, "
        "sum(amount) OVER (PARTITION BY account ORDER BY transfer) AS running FROM entries) AS r "
        "WHERE balance_after <> running"
    ),
    **_QUICK,
    "pending_is_earned_and_not_released": (
        "SELECT a.owner, a.balance - coalesce(sum(e.coins - e.released - e.reversed), 0) FROM accounts a "
        "LEFT JOIN earnings e ON e.person = a.owner WHERE a.kind = 'pending' "
        "GROUP BY a.id, a.owner, a.balance HAVING a.balance <> coalesce(sum(e.coins - e.released - e.reversed), 0)"
    ),
}
