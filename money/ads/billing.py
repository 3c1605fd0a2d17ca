"""What an advertiser wants on its receipts and invoices. Its country and VAT number decide the VAT, too."""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from money.receipts.billing import Billing, clean_billing
from money.tables import ad_billing

_INSERT = {dialect.dialect.name: dialect.insert for dialect in (sqlite, postgresql)}


class AdBilling(msgspec.Struct, frozen=True):
    """`name` of the business; empty: the one that viewers see. `country` of the address; empty: the advertiser's.
    `address` may have several lines. Of `vat_number` the digits are checked, not whether it is registered."""

    address: str = ""
    vat_number: str = ""
    name: str = ""
    country: str = ""


_FIELDS = tuple(ad_billing.c[field] for field in AdBilling.__struct_fields__)


def billing_of(connection: Connection, advertiser: str) -> AdBilling:
    row = connection.execute(select(*_FIELDS).where(ad_billing.c.advertiser == advertiser)).first()
    return AdBilling(*row) if row else AdBilling()


def set_billing(connection: Connection, advertiser: str, said: AdBilling) -> AdBilling:
    """For the documents from now on. Returns it as it is stored. Raises InvalidRequest, InvalidVatNumber."""
    values = msgspec.structs.asdict(clean_billing(Billing(**msgspec.structs.asdict(said))))
    new = _INSERT[connection.dialect.name](ad_billing).values(advertiser=advertiser, **values)
    connection.execute(new.on_conflict_do_update(index_elements=["advertiser"], set_=values))
    return AdBilling(**values)
