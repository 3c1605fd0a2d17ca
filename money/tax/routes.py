"""Tax details over HTTP: one's own, and for admins who lacks them."""

from __future__ import annotations

from core.clock import Clock
from core.database import Database
from core.errors import AdultsOnly
from core.http import Access, Call, Operation, Page, Paging
from core.limits import Rate
from money.payouts.routes.admins import admin_of
from money.reports.months import Year, month_of
from money.tax.forms import TaxForm, TaxForms, TaxStatus
from money.tax.lacking import Payee, Payees

TAX_FORM_RATE = Rate(10, 3_600)


class PayeesQuery(Paging):
    """`year`: without one, this one."""

    year: Year | None = None
    complete: bool = False


class TaxRoutes:
    def __init__(self, database: Database, clock: Clock, forms: TaxForms, payees: Payees) -> None:
        self._database = database
        self._clock = clock
        self._forms = forms
        self._payees = payees

    def operations(self) -> list[Operation]:
        return [
            Operation("GET", "/api/wallet/tax", self.status),
            Operation("PUT", "/api/wallet/tax", self.put, rate=TAX_FORM_RATE),
            Operation("GET", "/api/admin/tax", self.payees, access=Access.MODERATOR),
        ]

    def status(self, call: Call) -> TaxStatus:
        """Get your tax details, of the numbers only the end, and whether payouts wait for them."""
        return self._database.read(lambda c: self._forms.status(c, call.identity.id))

    def put(self, call: Call, body: TaxForm) -> TaxStatus:
        """Give your tax details."""
        if not call.identity.adult:
            raise AdultsOnly
        person = call.identity.id
        self._database.write(lambda c: self._forms.put(c, person, body))
        return self._database.read(lambda c: self._forms.status(c, person))

    def payees(self, call: Call, query: PayeesQuery) -> Page[Payee]:
        """List who was paid in a year and has given tax details, or has not, for admins."""
        admin_of(call)
        year = query.year or int(month_of(self._clock())[:4])
        return self._database.read(
            lambda c: self._payees.page(c, year, complete=query.complete, cursor=query.cursor, limit=query.limit)
        )
