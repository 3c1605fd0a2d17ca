"""Who a creator is for the tax office: said once, kept whole, shown only in part.

Nothing is ever changed: new details are another row, and reports use the newest. Payouts wait for them from a sum a
year on (`CADEAU_TAX_FORM`).
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

import msgspec
from sqlalchemy import Connection, func, insert, select

from core.clock import Clock
from core.errors import InvalidRequest
from core.ids import new_id
from core.text import clean_line
from money.reports.months import month_of, year_span
from money.tables import payouts
from money.tables import tax_details as table
from money.tax.numbers import NUMBER_CHARS_MAX, shown, tax_number, vat_number

LINE_CHARS_MAX = 140
POSTCODE_CHARS_MAX = 20
_COUNTRY = re.compile(r"[A-Z]{2}\Z")
_GONE = ("cancelled", "failed", "returned")

Line = Annotated[str, msgspec.Meta(max_length=4 * LINE_CHARS_MAX)]
Number = Annotated[str, msgspec.Meta(max_length=NUMBER_CHARS_MAX)]
Country = Annotated[str, msgspec.Meta(min_length=2, max_length=2)]


class TaxForm(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """`country`: of residence. `tin`: the tax number, issued by `tin_country`; whoever has none says where they were
    born. `register_number`: of a business. `confirmed`: that all of it is true."""

    kind: Literal["individual", "business"]
    name: Line
    street: Line
    postcode: Annotated[str, msgspec.Meta(max_length=4 * POSTCODE_CHARS_MAX)]
    city: Line
    country: Country
    tin: Number = ""
    tin_country: Annotated[str, msgspec.Meta(max_length=2)] = ""
    vat_number: Number = ""
    register_number: Number = ""
    birthplace: Line = ""
    confirmed: bool = False


class ShownDetails(msgspec.Struct, frozen=True):
    """What a person sees of their own: of the numbers only the end."""

    kind: Literal["individual", "business"]
    name: str
    street: str
    postcode: str
    city: str
    country: str
    tin: str
    tin_country: str
    vat_number: str
    register_number: str
    birthplace: str
    at: int


class TaxDetails(ShownDetails, frozen=True):
    """The row, with the numbers whole."""

    id: str
    person: str


class TaxStatus(msgspec.Struct, frozen=True):
    """`needed`: payouts wait for the details. `from_minor`: the sum a year from which they do; null: they never do."""

    details: ShownDetails | None
    needed: bool
    from_minor: int | None


class TaxForms:
    def __init__(self, clock: Clock, from_minor: int | None) -> None:
        self._clock = clock
        self._from_minor = from_minor

    def of(self, connection: Connection, person: str) -> TaxDetails | None:
        """The newest ones."""
        newest = _DETAILS.where(table.c.person == person).order_by(table.c.id.desc()).limit(1)
        row = connection.execute(newest).first()
        return TaxDetails(*row) if row else None

    def put(self, connection: Connection, person: str, form: TaxForm) -> TaxDetails:
        """Raises InvalidRequest, BadTaxNumber, InvalidVatNumber."""
        details = TaxDetails(id=new_id(), person=person, at=self._clock(), **_checked(form))
        earlier = self.of(connection, person)
        if earlier is not None and _same(earlier, details):
            return earlier
        connection.execute(insert(table).values(msgspec.structs.asdict(details)))
        return details

    def status(self, connection: Connection, person: str) -> TaxStatus:
        details = self.of(connection, person)
        seen = None
        if details is not None:
            fields = {name: getattr(details, name) for name in ShownDetails.__struct_fields__}
            numbers = ("tin", "vat_number", "register_number")
            seen = ShownDetails(**{**fields, **{name: shown(fields[name]) for name in numbers}})
        return TaxStatus(seen, self.needed(connection, person), self._from_minor)

    def needed(self, connection: Connection, person: str) -> bool:
        """Whether this person's payouts wait for their details: by what they asked for this year, in any currency."""
        if self._from_minor is None or self.of(connection, person) is not None:
            return False
        if self._from_minor == 0:
            return True
        year = year_span(int(month_of(self._clock())[:4]))
        sums = (
            select(func.sum(payouts.c.amount_minor))
            .where(payouts.c.person == person, payouts.c.at >= year.start, payouts.c.state.not_in(_GONE))
            .group_by(payouts.c.currency)
        )
        return any(total >= self._from_minor for total in connection.execute(sums).scalars())


_DETAILS = select(*(table.c[field] for field in TaxDetails.__struct_fields__))


def newest_details(connection: Connection, people: list[str]) -> dict[str, TaxDetails]:
    """The details of each of these people who has given any."""
    rows = connection.execute(_DETAILS.where(table.c.person.in_(people)).order_by(table.c.id))
    return {row.person: TaxDetails(*row) for row in rows}


def _checked(form: TaxForm) -> dict[str, Any]:
    """The fields as they are kept."""
    if not form.confirmed:
        raise InvalidRequest("Confirm that these details are true.")
    lines = {
        name: clean_line(getattr(form, name), longest)
        for name, longest in (
            ("name", LINE_CHARS_MAX), ("street", LINE_CHARS_MAX), ("postcode", POSTCODE_CHARS_MAX),
            ("city", LINE_CHARS_MAX), ("birthplace", LINE_CHARS_MAX), ("register_number", NUMBER_CHARS_MAX),
        )
    }  # fmt: skip
    for name, text in lines.items():
        if text is None or (not text and name in ("name", "street", "city")):
            raise InvalidRequest(f"The field {name} is missing or too long.")
    if not _COUNTRY.match(form.country) or (form.tin and not _COUNTRY.match(form.tin_country)):
        raise InvalidRequest("A country has two capital letters.")
    business = form.kind == "business"
    if not form.tin and (business or form.country == "US" or not lines["birthplace"]):
        raise InvalidRequest("Say your tax number; an individual without one says where they were born.")
    return {
        **lines,
        "kind": form.kind,
        "country": form.country,
        "tin": tax_number(form.tin_country, form.tin) if form.tin else "",
        "tin_country": form.tin_country if form.tin else "",
        "vat_number": vat_number(form.vat_number) if form.vat_number else "",
        "birthplace": "" if business else lines["birthplace"],
        "register_number": lines["register_number"] if business else "",
    }


def _same(one: TaxDetails, other: TaxDetails) -> bool:
    return all(getattr(one, name) == getattr(other, name) for name in TaxForm.__struct_fields__ if name != "confirmed")
