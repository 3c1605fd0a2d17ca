"""The catalogue and wallets over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import msgspec
from starlette.responses import Response, StreamingResponse

from core.database import Database
from core.http import Access, Call, Operation, Page, Paging
from core.limits import Rate
from money.catalogue import COIN_PACKS, GIFTS, CoinPack, Gift
from money.providers import Provider
from money.wallets import Line, LineKind, Wallet, Wallets

EXPORT_RATE = Rate(10, 60)

T = TypeVar("T")


class StatementQuery(Paging):
    kind: LineKind | None = None


class ExportQuery(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    kind: LineKind | None = None


class Shop(Page[CoinPack], kw_only=True):
    """`sandbox`: payments are only pretended, and nobody is charged."""

    sandbox: bool


class MoneyRoutes:
    def __init__(self, database: Database, wallets: Wallets, provider: Provider) -> None:
        self._database = database
        self._wallets = wallets
        self._provider = provider

    def operations(self) -> list[Operation]:
        return [
            Operation("GET", "/api/gifts", self.gifts, access=Access.ANYONE),
            Operation("GET", "/api/coins", self.coins, access=Access.ANYONE),
            Operation("GET", "/api/wallet", self.wallet),
            Operation("GET", "/api/wallet/statement", self.statement),
            Operation("GET", "/api/wallet/statement.csv", self.export, rate=EXPORT_RATE),
        ]

    def gifts(self, query: Paging) -> Page[Gift]:
        """List the gifts by price."""
        return _page(GIFTS, query)

    def coins(self, query: Paging) -> Shop:
        """List the coin packs by price."""
        page = _page(COIN_PACKS, query)
        return Shop(page.items, page.next, sandbox=self._provider.sandbox)

    def wallet(self, call: Call) -> Wallet:
        """Your balances in coins."""
        return self._database.read(lambda c: self._wallets.wallet(c, call.identity.id))

    def statement(self, call: Call, query: StatementQuery) -> Page[Line]:
        """Your wallet's statement, newest first."""
        return self._database.read(
            lambda c: self._wallets.statement(c, call.identity.id, query.kind, query.cursor, query.limit)
        )

    def export(self, call: Call, query: ExportQuery) -> Response:
        """Export your statement as a CSV file."""
        return StreamingResponse(
            self._database.executor.iterate(self._wallets.export(call.identity.id, query.kind)),
            media_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="statement.csv"'},
        )


def _page(offers: Mapping[str, T], query: Paging) -> Page[T]:
    """A page of a catalogue; the cursor is the last name seen."""
    names = list(offers)
    start = names.index(query.cursor) + 1 if query.cursor in offers else 0
    shown = names[start : start + query.limit]
    more = start + query.limit < len(names)
    return Page([offers[name] for name in shown], shown[-1] if more else None)
