"""The books as journals for other programs: hledger, beancount and CSV. Read as a stream, in the order of the chain.

Journals follow accountants, who write what the platform owes as a negative amount, so every sign is turned round: the
money at a payment provider is an asset, people's coins are a liability, the commission is income. CSV has the
ledger's own signs.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import Connection, text

from money.ledger.reading import StoredTransfer, stored_transfers
from money.ledger.rules import Account

FIRST_DAY = date(1970, 1, 1)
CURRENCY_CHARS = 3
WITHOUT_CENTS = frozenset(  # ISO 4217 currencies whose minor unit is the unit itself
    ["BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"]
)
_CLASSES = {  # of each kind of account; what is not listed is equity
    "provider": "Assets",
    "debt": "Assets",
    "wallet": "Liabilities",
    "bonus": "Liabilities",
    "pending": "Liabilities",
    "payable": "Liabilities",
    "in_transit": "Liabilities",
    "vat": "Liabilities",
    "ad_balance": "Liabilities",
    "ad_held": "Liabilities",
    "fund": "Liabilities",
    "ad_share": "Liabilities",
    "ad_prize": "Liabilities",
    "checkout": "Liabilities",
    "order": "Liabilities",
    "sales": "Liabilities",
    "affiliate": "Liabilities",
    "shop_vat": "Liabilities",
    "commission": "Income",
    "ad_revenue": "Income",
    "shop_fee": "Income",
    "cash": "Income",
    "marketing": "Expenses",
    "fees": "Expenses",
    "losses": "Expenses",
    "cost": "Expenses",
}
_ACCOUNTS = text("SELECT owner, kind, unit, balance FROM accounts ORDER BY id").execution_options(yield_per=10_000)
_NOT_NAME = re.compile(r"[^A-Za-z0-9]")
_NOT_COMMODITY = re.compile(r"[^A-Z0-9]")
_NOT_TEXT = re.compile(r"[\x00-\x1f\x7f\"\\;|]")


def beancount(connection: Connection) -> Iterator[str]:
    """Ends with the balance of every account, which beancount compares with its own."""
    yield 'option "title" "Cadeau"\n\n'
    for owner, kind, unit, _ in connection.execute(_ACCOUNTS):
        yield f"{FIRST_DAY} open {account_name(Account(owner, kind, unit))}\n"
    last = FIRST_DAY
    for stored in stored_transfers(connection):
        day, kind, key = _head(stored)
        last = max(last, day)
        lines = [f'\n{day} * "{kind}" "{key}"\n  transfer: "{stored.id}"\n']
        lines += [f"  {name}  {amount} {commodity(unit)}\n" for name, unit, amount in _postings(stored)]
        yield "".join(lines)
    yield "\n"
    for owner, kind, unit, balance in connection.execute(_ACCOUNTS):
        account = Account(owner, kind, unit)
        amount = f"{decimal(-balance, unit)} {commodity(unit)}"
        yield f"{last + timedelta(days=1)} balance {account_name(account)}  {amount}\n"


def hledger(connection: Connection) -> Iterator[str]:
    for stored in stored_transfers(connection):
        day, kind, key = _head(stored)
        lines = [f"{day} * {kind} {key}  ; transfer:{stored.id}\n"]
        lines += [f'    {name}  {amount} "{commodity(unit)}"\n' for name, unit, amount in _postings(stored)]
        yield "".join(lines) + "\n"


def as_csv(connection: Connection) -> Iterator[str]:
    """A line for each entry, with amounts in coins and minor units."""
    yield _line("transfer", "at", "kind", "key", "owner", "account", "unit", "amount", "balance_after", "digest")
    for stored in stored_transfers(connection):
        _, key, kind, at, _, _ = stored.link or (0, "", "", 0, "", "")
        moment = datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds")
        for account, amount, balance, _ in stored.entries:
            owner = account or Account("", "", "")
            yield _line(stored.id, moment, kind, key, *owner, amount, balance, stored.digest.hex())


FORMATS: Mapping[str, Callable[[Connection], Iterator[str]]] = {
    "hledger": hledger,
    "beancount": beancount,
    "csv": as_csv,
}


def account_name(account: Account) -> str:
    """A name that both programs accept, and that no other account has: `Liabilities:Wallet:O-OWNER`."""
    owner, kind, unit = account
    own = kind.title().replace("_", "")
    place = f":{commodity(unit)}" if unit != "coins" else ""
    return f"{_CLASSES.get(kind, 'Equity')}:{_escaped(own)}:O-{_escaped(owner)}{place}"


def commodity(unit: str) -> str:
    """`COINS`, `USD`: at most 24 letters and digits, a letter first and at least two."""
    name = _NOT_COMMODITY.sub("", unit.upper())[:22]
    return name if len(name) > 1 and name[0].isalpha() else f"U{name}X"


def decimal(amount: int, unit: str) -> Decimal:
    """In whole units: cents become a currency with two places."""
    cents = len(unit) == CURRENCY_CHARS and unit.isupper() and unit not in WITHOUT_CENTS
    return Decimal(amount).scaleb(-2) if cents else Decimal(amount)


def _escaped(name: str) -> str:
    return _NOT_NAME.sub(lambda found: f"-{ord(found[0]):x}-", name)


def _head(stored: StoredTransfer) -> tuple[date, str, str]:
    _, key, kind, at, _, _ = stored.link or (0, "missing", "missing", 0, "", "")
    day = datetime.fromtimestamp(at / 1000, UTC).date()
    return day, _NOT_TEXT.sub(" ", kind), _NOT_TEXT.sub(" ", key)


def _postings(stored: StoredTransfer) -> Iterator[tuple[str, str, Decimal]]:
    for account, amount, _, number in stored.entries:
        owner = account or Account(f"missing{number}", "missing", "coins")
        yield account_name(owner), owner.unit, decimal(-amount, owner.unit)


def _line(*fields: object) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(fields)
    return out.getvalue()
