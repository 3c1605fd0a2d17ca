"""Where an order goes. Every script is welcome; what hides or covers other text is taken out."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from core.text.clean import clean_line
from money.vat.rules import known_country
from shop.errors import BadAddress

ADDRESS_LINE_CHARS_MAX = 100

_Text = Annotated[str, Meta(max_length=4 * ADDRESS_LINE_CHARS_MAX)]


class Address(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`country`: ISO 3166-1. Not every country has regions or postal codes."""

    name: _Text
    line1: _Text
    city: _Text
    country: Annotated[str, Meta(max_length=2)]
    line2: _Text = ""
    postal_code: _Text = ""
    region: _Text = ""
    phone: _Text = ""


def cleaned(address: Address) -> Address:
    """Raises BadAddress."""
    values: dict[str, str] = {}
    for name in Address.__struct_fields__:
        line = clean_line(getattr(address, name), ADDRESS_LINE_CHARS_MAX)
        if line is None:
            raise BadAddress(f"Each line of an address has at most {ADDRESS_LINE_CHARS_MAX} characters.")
        values[name] = line
    country = known_country(address.country)
    if not all((values["name"], values["line1"], values["city"], country)):
        raise BadAddress("An address has a name, a street or box, a place and a country.")
    return Address(**values | {"country": country})
