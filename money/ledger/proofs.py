"""What has to hold in the books. `verify` runs all of it.

The chain is read from its first transfer to its head. Each digest is computed again, from the digest that is stored
before it and from what the transfer is now, so the first row that was altered, removed or inserted is named even if
all amounts and balances still agree.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import msgspec
from sqlalchemy import Connection, select, text

from core.database.proofs import Finding, Proof, findings
from money.ledger.chain import GENESIS, linked
from money.ledger.checkpoints import Checkpoint, last, state
from money.ledger.reading import StoredTransfer, stored_transfers, use_one_state
from money.ledger.rounding_carry import Holder, left
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
    chain: Proof = partial(_chain, checkpoint=checkpoint)
    return list(findings(connection, {"chain": chain, **_QUICK}))


def _chain(connection: Connection, checkpoint: Checkpoint | None = None) -> Iterator[Finding]:
    """Every transfer against its digest, its entries, its own details, and the balances before it; at the
    end what rounding has left over, or the sums of balances since the checkpoint. One pass: reading costs most."""
    number, digest = (checkpoint.transfer, checkpoint.digest) if checkpoint else (0, GENESIS)
    if checkpoint is not None and _digest(connection, checkpoint.transfer) != checkpoint.digest:
        yield Finding("chain", f"transfer {checkpoint.transfer}", "its digest is not that of the checkpoint")
    carry = _Carry(connection)
    balances = _Balances(known=checkpoint is None)
    sums = dict(checkpoint.sums) if checkpoint else {}
    for stored in stored_transfers(connection, number):
        if checkpoint is not None:
            _add(sums, stored)
        if stored.link is None:
            yield Finding("entry_has_its_transfer", f"transfer {stored.id}", "was removed, but not all of its entries")
            continue
        if (finding := _broken(stored, number, digest)) is not None:
            yield finding
        yield from _unbalanced(stored)
        yield from balances.follow(stored)
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
    yield from carry.compared(connection) if checkpoint is None else _wrong_sums(connection, sums)


def _broken(stored: StoredTransfer, number: int, digest: bytes) -> Finding | None:
    """Whether a transfer does not follow the one before it, with this number and digest."""
    parts = [(account, amount, balance) for account, amount, balance, _ in stored.entries if account is not None]
    assert stored.link is not None
    if len(parts) == len(stored.entries) and linked(digest, stored.link, parts) == stored.digest:
        return None
    if stored.id > number + 1:
        return Finding("chain", f"transfer {number + 1}", "was removed")
    return Finding("chain", f"transfer {stored.id}", "was altered or inserted: it does not match its digest")


def _unbalanced(stored: StoredTransfer) -> list[Finding]:
    name = f"transfer {stored.id}"
    found = [] if stored.entries else [Finding("transfer_has_entries", name, "has no entries")]
    sums: dict[str, int] = {}
    for account, amount, _, number in stored.entries:
        if account is None:
            found.append(Finding("entry_has_its_account", name, f"account {number} was removed"))
        else:
            sums[account.unit] = sums.get(account.unit, 0) + amount
    for unit, total in sums.items():
        if total:
            found.append(Finding("transfer_sums_to_zero", name, f"its entries are {total} {unit} apart"))
    return found


class _Balances:
    """The balance of each account as its entries add up: one number for each, however many entries there are."""

    def __init__(self, *, known: bool) -> None:
        """`known`: all accounts start at zero; otherwise at whatever they had before their first entry."""
        self._known = known
        self._running: dict[int, int] = {}

    def follow(self, stored: StoredTransfer) -> list[Finding]:
        running, found = self._running, []
        for _, amount, balance, number in stored.entries:
            before = running.get(number)
            running[number] = balance
            if before is None:
                before = 0 if self._known else balance - amount
            if before + amount != balance:
                difference = str(balance - before - amount)
                found.append(Finding("balance_after_is_running_sum", f"transfer {stored.id}", difference))
        return found


class _Gift(msgspec.Struct):
    coins: int
    creator: str
    giver: str
    commission_percent: int
    bonus: int = 0
    funded: int = 0
    agreement: str = ""
    agency: str = ""
    agency_percent: int = 0
    agency_coins: int = 0
    agency_funded: int = 0

    @property
    def creator_percent(self) -> int:
        return 100 - self.commission_percent - self.agency_percent


_gift = msgspec.json.Decoder(_Gift).decode
_EARNING = ("pending", "promoted")


class _Carry:
    """Adds up what rounding left over, by creator and by their agency, from the gifts themselves."""

    def __init__(self, connection: Connection) -> None:
        self._left: dict[Holder, list[int]] = {}
        agreed = text("SELECT id, creator, agency, platform_percent, agency_percent, valid_from, until FROM agreements")
        self._agreed: dict[str, Sequence[Any]] = {row[0]: row[1:] for row in connection.execute(agreed)}
        self._periods: dict[str, list[tuple[int, int | None]]] = {}
        for creator, _, _, _, begins, until in self._agreed.values():
            self._periods.setdefault(creator, []).append((begins, until))

    def add(self, stored: StoredTransfer) -> str | None:
        """Count a gift. Returns what is wrong with its details."""
        assert stored.link is not None
        if stored.link[2] != "gift":
            return None
        try:
            gift = _gift(stored.link[5])
        except msgspec.MsgspecError as error:
            return f"its details are not those of a gift: {error}"
        paid = given = 0
        earned: dict[tuple[str, str], int] = {}
        for account, amount, _, _ in stored.entries:  # a loop, because this runs for every gift
            if account is None:
                continue
            owner, kind, _ = account
            if kind in _EARNING:
                earned[owner, kind] = amount
            elif owner == gift.giver and kind == "wallet":
                paid = -amount
            elif owner == gift.giver and kind == "bonus":
                given = -amount
        if (paid + given, given) != (gift.coins, gift.bonus):
            return f"{paid} + {given} bonus coins moved; it says {gift.coins - gift.bonus} + {gift.bonus}"
        share = earned.get((gift.creator, "pending"), 0) - gift.funded
        of_bonus = gift.funded + earned.get((gift.creator, "promoted"), 0)
        self._note(gift.creator, left(paid, gift.creator_percent, share), left(given, gift.creator_percent, of_bonus))
        if gift.agency:
            of_bonus = gift.agency_funded + earned.get((gift.agency, "promoted"), 0)
            self._note(
                (gift.creator, gift.agency),
                left(paid, gift.agency_percent, gift.agency_coins),
                left(given, gift.agency_percent, of_bonus),
            )
        return self._wrong(stored, gift, earned)

    def _note(self, holder: Holder, paid: int, bonus: int) -> None:
        sums = self._left.setdefault(holder, [0, 0])
        sums[0] += paid
        sums[1] += bonus

    def _wrong(self, stored: StoredTransfer, gift: _Gift, earned: Mapping[tuple[str, str], int]) -> str | None:
        """Whether somebody else earned something, the agency something else, or on other terms than were agreed."""
        for owner, _ in earned:
            if owner not in (gift.creator, gift.agency):
                return f"{owner} earned something; it names {gift.creator}"
        agencys = earned.get((gift.agency, "pending"), 0) if gift.agency else 0
        if agencys != gift.agency_coins + gift.agency_funded:
            return f"the agency earned {agencys}; it says {gift.agency_coins} + {gift.agency_funded}"
        at = stored.link[3] if stored.link else 0
        if not gift.agreement:
            if any(_covers(period, at) for period in self._periods.get(gift.creator, ())):
                return "it names no agreement, but one was in force"
            return f"{gift.agency} is not the agency of an agreement" if gift.agency else None
        agreed = self._agreed.get(gift.agreement)
        says = (gift.creator, gift.agency or None, gift.commission_percent, gift.agency_percent)
        if agreed is None or tuple(agreed[:4]) != says or not _covers((agreed[4], agreed[5]), at):
            return f"agreement {gift.agreement} is {'missing' if agreed is None else 'another'}"
        return None

    def compared(self, connection: Connection) -> Iterator[Finding]:
        found: dict[Holder, list[int]] = {}
        for person, *sums in connection.execute(text("SELECT person, hundredths, bonus_hundredths FROM fractions")):
            found[person] = sums
        pairs = text("SELECT creator, agency, hundredths, bonus_hundredths FROM agency_fractions")
        for creator, agency, *sums in connection.execute(pairs):
            found[creator, agency] = sums
        for holder, sums in found.items():
            by_gifts = self._left.pop(holder, [0, 0])
            if by_gifts != sums:
                yield Finding("rounding_carry", _named(holder), f"{sums} hundredths stored, {by_gifts} by the gifts")
        for holder, by_gifts in self._left.items():
            if any(by_gifts):
                yield Finding("rounding_carry", _named(holder), f"nothing stored, {by_gifts} by the gifts")


def _covers(period: tuple[int, int | None], at: int) -> bool:
    begins, until = period
    return begins <= at and (until is None or at < until)


def _named(holder: Holder) -> str:
    return f"creator {holder}" if isinstance(holder, str) else f"agency {holder[1]} of creator {holder[0]}"


def _add(sums: dict[str, int], stored: StoredTransfer) -> None:
    for account, amount, _, _ in stored.entries:
        if account is not None:
            kind = f"{account.kind} {account.unit}"
            sums[kind] = sums.get(kind, 0) + amount


def _wrong_sums(connection: Connection, expected: Mapping[str, int]) -> Iterator[Finding]:
    """Kinds of accounts whose balances are not those of the checkpoint and what was posted since."""
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


def _checkpoint_sums(connection: Connection) -> Iterator[Finding]:
    """What the last checkpoint says the balances were, because verifying may begin there."""
    checkpoint = last(connection)
    if checkpoint is None:
        return
    summed = text(
        "SELECT a.kind || ' ' || a.unit, sum(e.amount) FROM entries e JOIN accounts a ON a.id = e.account "
        "WHERE e.transfer <= :transfer GROUP BY a.kind, a.unit"
    )
    now = {kind: int(total) for kind, total in connection.execute(summed, {"transfer": checkpoint.transfer})}
    for kind in sorted({*now, *checkpoint.sums}):
        if now.get(kind, 0) != checkpoint.sums.get(kind, 0):
            noted = f"{checkpoint.sums.get(kind, 0)} {kind} noted, {now.get(kind, 0)} by the entries"
            yield Finding("checkpoint_sums", f"checkpoint {checkpoint.transfer}", noted)


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
    **_QUICK,
    "checkpoint_sums": _checkpoint_sums,
    "pending_is_earned_and_not_released": (
        "SELECT a.owner, a.balance - coalesce(sum(e.coins - e.released - e.reversed), 0) FROM accounts a "
        "LEFT JOIN earnings e ON e.person = a.owner WHERE a.kind = 'pending' "
        "GROUP BY a.id, a.owner, a.balance HAVING a.balance <> coalesce(sum(e.coins - e.released - e.reversed), 0)"
    ),
}
