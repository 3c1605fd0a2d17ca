"""What people want on their receipts: name, address and VAT number, all of them optional."""

from __future__ import annotations

import msgspec
import stdnum.eu.vat
import stdnum.exceptions
from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from core.errors import InvalidRequest
from core.text.clean import clean_line, clean_lines
from money.errors import InvalidVatNumber
from money.tables import billing_details
from money.vat.rules import known_country

NAME_CHARS_MAX = 100
ADDRESS_CHARS_MAX = 300
ADDRESS_LINES_MAX = 6
VAT_NUMBER_CHARS_MAX = 20


class Billing(msgspec.Struct, frozen=True):
    """`country`: where the person says they live, as its code; a proof of place unless the payment has a better one."""

    name: str = ""
    address: str = ""
    vat_number: str = ""
    country: str = ""


def billing_of(connection: Connection, person: str) -> Billing:
    columns = (billing_details.c[field] for field in Billing.__struct_fields__)
    row = connection.execute(select(*columns).where(billing_details.c.person == person)).first()
    return Billing(*row) if row else Billing()


def set_billing(connection: Connection, person: str, billing: Billing) -> None:
    if billing == Billing():
        connection.execute(delete(billing_details).where(billing_details.c.person == person))
        return
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    said = msgspec.structs.asdict(billing)
    new = dialect.insert(billing_details).values(person=person, **said)
    connection.execute(new.on_conflict_do_update(index_elements=["person"], set_=said))


def clean_billing(asked: Billing) -> Billing:
    """As it is stored. Raises InvalidRequest, InvalidVatNumber."""
    name = clean_line(asked.name, NAME_CHARS_MAX)
    address = clean_lines(asked.address, ADDRESS_CHARS_MAX)
    if name is None:
        raise InvalidRequest(f"A name has at most {NAME_CHARS_MAX} characters.")
    if address is None or address.count("\n") >= ADDRESS_LINES_MAX:
        raise InvalidRequest(f"An address has at most {ADDRESS_CHARS_MAX} characters, in {ADDRESS_LINES_MAX} lines.")
    return Billing(name, address, _vat_number(asked.vat_number), _country(asked.country))


def _vat_number(number: str) -> str:
    """Its digits are checked, not whether it is registered: nothing depends on it. Coins are sold to consumers."""
    number = number.strip()
    if not number:
        return ""
    if len(number) > VAT_NUMBER_CHARS_MAX or not number.isascii():
        raise InvalidVatNumber
    try:
        valid = str(stdnum.eu.vat.validate(number))
    except stdnum.exceptions.ValidationError:
        raise InvalidVatNumber from None
    return f"EL{valid[2:]}" if valid.startswith("GR") else valid  # as the EU writes it


def _country(code: str) -> str:
    country = known_country(code)
    if code and not country:
        raise InvalidRequest("A country is named by its two letters, such as FR.")
    return country
