"""Wallets: a person's balances, and the statement that explains them."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, Select, select, true, union_all

from core.clock import Clock
from core.database import Database
from core.errors import InvalidRequest, Refusal
from core.http import Page
from core.identity import Person
from money.ledger import Ledger
from money.ledger.accounts import GRANT, bonus
from money.ledger.rules import COINS, Transfer
from money.spending import Limits, SpendingLimits
from money.tables import accounts, entries, transfers

Brief = Callable[[Connection, Collection[str]], Mapping[str, Person]]
"""Persons by id; deleted ones are missing."""

Due = Callable[[Connection, str], int]
"""(connection, person) -> pending coins that are payable by the clock."""

LineKind = Literal[
    "purchase", "gift_sent", "gift_received", "release", "payout", "payout_back", "grant", "migration",
    "taken_back", "restored", "gift_reversed", "gift_restored", "fund", "prize", "other",
]  # fmt: skip
LineAccount = Literal["coins", "bonus", "debt", "pending", "payable", "promoted"]

EXPORT_PAGE_LINES = 500
REASON_CHARS_MAX = 200
_ID_MAX = 10**18
_ACCOUNTS: dict[str, LineAccount] = {
    "wallet": "coins",
    "bonus": "bonus",
    "debt": "debt",
    "pending": "pending",
    "payable": "payable",
    "promoted": "promoted",
}
_WHERE: Mapping[LineKind, tuple[str, tuple[str, ...]]] = {  # kind of transfer, and the accounts it shows on
    "purchase": ("purchase", ("wallet", "debt")),
    "gift_sent": ("gift", ("wallet", "bonus")),
    "gift_received": ("gift", ("pending", "promoted")),
    "release": ("release", ("pending", "payable", "debt")),
    "grant": ("grant", ("bonus", "wallet")),  # to the wallet before there were bonus accounts
    "migration": ("migration", ("wallet", "bonus")),
    "payout": ("payout", ("payable",)),
    "payout_back": ("payout_back", ("payable", "debt")),
    "taken_back": ("take_back", ("wallet", "debt")),
    "restored": ("restore", ("wallet", "debt")),
    "gift_reversed": ("gift_reversed", ("pending",)),
    "gift_restored": ("gift_restored", ("pending",)),
    "fund": ("fund", ("payable", "debt")),
    "prize": ("prize", ("payable", "debt")),
}
_KINDS: Mapping[tuple[str, str], LineKind] = {
    (transfer, account): kind for kind, (transfer, kinds) in _WHERE.items() for account in kinds
}

_HIDDEN = frozenset(("giver", "creator", "agency", "agreement", "by"))
_HIDDEN_FROM_GIVERS = _HIDDEN | {"agency_percent", "agency_coins", "agency_funded"}
_LISTED = frozenset(transfer for transfer, _ in _WHERE.values())  # any other kind of transfer is `other`


class Earned(msgspec.Struct):
    """A creator's earnings, in coins."""

    pending: int
    payable: int


class Wallet(msgspec.Struct):
    """`coins`: all that can be spent. `bonus`: how many of them were given, which are spent first. `debt`: coins that
    were taken back after they were spent; later coins repay them first.
    `promoted`: a creator's share of bonus coins, which is never paid out."""

    coins: int
    bonus: int
    debt: int
    promoted: int
    earnings: Earned
    limits: Limits


class Line(msgspec.Struct):
    """A line of a statement. `amount` is signed, `balance` is the balance after it, `with` is the counterparty.

    A gift received has `as` `agency` in its details if it is an agency's share; `with` is the creator then.
    """

    id: str
    at: int
    kind: LineKind
    account: LineAccount
    amount: int
    balance: int
    other: Person | None = msgspec.field(name="with")
    detail: dict[str, str | int]


class Wallets:
    def __init__(
        self,
        database: Database,
        clock: Clock,
        ledger: Ledger,
        brief: Brief,
        limits: SpendingLimits,
        due: Due = lambda _, __: 0,
    ) -> None:
        self._database = database
        self._clock = clock
        self._ledger = ledger
        self._brief = brief
        self._limits = limits
        self._due = due

    def wallet(self, connection: Connection, person: str) -> Wallet:
        rows = connection.execute(
            select(accounts.c.kind, accounts.c.balance).where(accounts.c.owner == person, accounts.c.unit == COINS)
        )
        held = {kind: balance for kind, balance in rows}  # noqa: C416  dict(rows) is not typed
        given, due = held.get("bonus", 0), self._due(connection, person)
        return Wallet(
            coins=held.get("wallet", 0) + given,
            bonus=given,
            debt=-held.get("debt", 0),
            promoted=held.get("promoted", 0),
            earnings=Earned(held.get("pending", 0) - due, held.get("payable", 0) + due),
            limits=self._limits.limits(connection, person),
        )

    def grant(self, connection: Connection, person: str, coins: int, key: str, reason: str) -> int:
        """Credit bonus coins and return how many there are. A repeated key changes nothing. Raises a Refusal."""
        if coins < 1 or len(reason) > REASON_CHARS_MAX:
            raise InvalidRequest(
                f"A grant must be at least one coin, with a reason of at most {REASON_CHARS_MAX} characters."
            )
        [verdict] = self._ledger.post(
            connection,
            [
                Transfer(
                    key=f"grant:{key}",
                    kind="grant",
                    at=self._clock(),
                    request=f"{person}\n{coins}",
                    entries={GRANT: -coins, bonus(person): coins},
                    detail={"reason": reason},
                )
            ],
        )
        if isinstance(verdict, Refusal):
            raise verdict
        return verdict.balances[bonus(person)]

    def statement(
        self, connection: Connection, person: str, kind: LineKind | None, cursor: str, limit: int
    ) -> Page[Line]:
        """Lines, newest first. `cursor` is the id of the last one seen. Raises InvalidRequest."""
        seen = _seen(cursor)
        held = {
            row.id: row.kind
            for row in connection.execute(
                select(accounts.c.id, accounts.c.kind).where(
                    accounts.c.owner == person, accounts.c.unit == COINS, accounts.c.kind.in_(_ACCOUNTS)
                )
            )
        }
        rows = self._rows(connection, held, kind, seen, limit + 1)
        more = len(rows) > limit
        rows = rows[:limit]
        others = self._others(connection, rows, held, person)
        lines = [_line(row, held[row.account], others, person) for row in rows]
        return Page(lines, lines[-1].id if more else None)

    def export(self, person: str, kind: LineKind | None) -> Iterator[bytes]:
        """The whole statement as CSV, in chunks read separately, so that a slow client keeps no transaction open."""
        yield _csv([("id", "at", "kind", "account", "amount", "balance", "with", "detail")])
        cursor: str | None = ""
        while cursor is not None:
            at = cursor
            page = self._database.read(lambda c: self.statement(c, person, kind, at, EXPORT_PAGE_LINES))  # noqa: B023
            yield _csv(_record(line) for line in page.items)
            cursor = page.next

    def _rows(
        self, connection: Connection, held: Mapping[int, str], kind: LineKind | None, seen: tuple[int, int], limit: int
    ) -> Sequence[Row[Any]]:
        """The newest entries of these accounts, each account read from the end of its own index range."""
        shown = [account for account, of in held.items() if kind is None or kind == "other" or of in _WHERE[kind][1]]
        if not shown:
            return []
        only = _only(kind)
        if kind == "release":  # found by `payable`: `pending` may have a million gifts between two releases
            only = entries.c.transfer.in_(_released([a for a in shown if held[a] == "payable"], seen[0], limit))
        newest = [
            _ENTRIES.where(entries.c.account == account, _before(account, seen), only, _shown(held[account]))
            .order_by(entries.c.transfer.desc()).limit(limit).subquery()
            for account in shown
        ]  # fmt: skip
        together = union_all(*(select(part) for part in newest)).subquery()
        return connection.execute(
            select(together).order_by(together.c.transfer.desc(), together.c.account.desc()).limit(limit)
        ).all()

    def _others(
        self, connection: Connection, rows: Sequence[Row[Any]], held: Mapping[int, str], person: str
    ) -> Mapping[str, Person]:
        ids = {other for row in rows if (other := _other(row, held[row.account], person))}
        return self._brief(connection, ids) if ids else {}


_ENTRIES = select(
    entries.c.transfer,
    entries.c.account,
    entries.c.amount,
    entries.c.balance_after,
    transfers.c.at,
    transfers.c.kind,
    transfers.c.detail,
).join(transfers, transfers.c.id == entries.c.transfer)


def _only(kind: LineKind | None) -> ColumnElement[bool]:
    if kind is None:
        return true()
    return transfers.c.kind.not_in(_LISTED) if kind == "other" else transfers.c.kind == _WHERE[kind][0]


def _shown(account: str) -> ColumnElement[bool]:
    """A gift of bonus coins alone has an entry of no coins in the wallet, for its balance."""
    return entries.c.amount != 0 if account == "wallet" else true()


def _seen(cursor: str) -> tuple[int, int]:
    """The transfer and the account of the last line seen."""
    if not cursor:
        return _ID_MAX, _ID_MAX
    transfer, _, account = cursor.partition(".")
    if not (_is_number(transfer) and _is_number(account)):
        raise InvalidRequest("The cursor is invalid.")
    return int(transfer), int(account)


def _is_number(part: str) -> bool:
    return part.isascii() and part.isdigit() and len(part) <= 18


def _before(account: int, seen: tuple[int, int]) -> ColumnElement[bool]:
    """An account's entries after the last line seen: lines are ordered by transfer, then account, both descending."""
    transfer, last = seen
    return entries.c.transfer <= transfer if account < last else entries.c.transfer < transfer


def _released(payable: Sequence[int], transfer: int, limit: int) -> Select[Any]:
    return (
        select(entries.c.transfer).where(entries.c.account.in_(payable), entries.c.transfer <= transfer)
        .order_by(entries.c.transfer.desc()).limit(limit)
    )  # fmt: skip


def _is_agencys(row: Row[Any], account: str, person: str) -> bool:
    """Whether this is an agency's share of a gift to somebody else. It may have given it itself."""
    return row.kind == "gift" and account in ("pending", "promoted") and row.detail.get("agency") == person


def _other(row: Row[Any], account: str, person: str) -> str | None:
    """The counterparty: the creator of a gift sent, or shared in as an agency; the giver of a gift received."""
    if row.kind != "gift":
        return None
    if _is_agencys(row, account, person):
        return str(row.detail["creator"])
    other: str = row.detail["creator" if account in ("wallet", "bonus") else "giver"]
    return other


def _line(row: Row[Any], account: str, others: Mapping[str, Person], person: str) -> Line:
    # What a giver's gift brings whom is between those who get it.
    hidden = _HIDDEN_FROM_GIVERS if account in ("wallet", "bonus") else _HIDDEN
    detail = {name: value for name, value in row.detail.items() if name not in hidden}
    if _is_agencys(row, account, person):
        detail["as"] = "agency"
    return Line(
        id=f"{row.transfer}.{row.account}",
        at=row.at,
        kind=_KINDS.get((row.kind, account), "other"),
        account=_ACCOUNTS[account],
        amount=row.amount,
        balance=row.balance_after,
        other=others.get(_other(row, account, person) or ""),
        detail=detail,
    )


def _record(line: Line) -> tuple[object, ...]:
    at = datetime.fromtimestamp(line.at / 1000, UTC).isoformat(timespec="milliseconds")
    # Only the counterparty's handle: a spreadsheet could interpret a display name as a formula.
    other = line.other.handle if line.other else ""
    detail = msgspec.json.encode(line.detail).decode()
    return line.id, at, line.kind, line.account, line.amount, line.balance, other, detail


def _csv(records: Iterator[tuple[object, ...]] | Sequence[tuple[object, ...]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(records)
    return text.getvalue().encode()
