"""Sellers. An admin reviews who somebody says they are, before they sell; buyers see it (Regulation 2022/2065, 30)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Literal

import msgspec
from sqlalchemy import BigInteger, Connection, bindparam, case, insert, select, update
from sqlalchemy.exc import IntegrityError

from core.clock import Clock
from core.errors import Conflict, NotAllowed, NotFound
from core.identity import Identity
from core.ids import new_id
from core.text.clean import clean_line, clean_lines
from money.vat.rules import known_country
from people.leaving.resting import rest_state
from people.standing.restrictions import is_suspended
from shop.errors import BadAddress, NotASeller
from shop.tables import shop_sellers

SELLER_NAME_CHARS_MAX = 100
SELLER_ADDRESS_CHARS_MAX = 300
SELLER_REGISTER_CHARS_MAX = 100
SELLER_CONTACT_CHARS_MAX = 100
REASON_CHARS_MAX = 300

SellerState = Literal["review", "approved", "refused", "stopped", "resting"]
"""`resting`: approved, but the account rests, so nothing of theirs is shown or sold."""


class Seller(msgspec.Struct, frozen=True):
    """`register`: such as an entry in a trade register. Without a `vat_number` they charge no VAT."""

    id: str
    person: str
    name: str
    address: str
    country: str
    register: str
    vat_number: str
    contact: str
    state: SellerState
    reason: str
    at: int


class Details(msgspec.Struct, frozen=True):
    name: str
    address: str
    country: str
    register: str
    vat_number: str
    contact: str


_SELLER = select(*(shop_sellers.c[name] for name in Seller.__struct_fields__))
_AWAY = is_suspended(shop_sellers.c.person, bindparam("now", type_=BigInteger))
_STATE = case((_AWAY, "resting"), else_=shop_sellers.c.state).label("state")
_SELLING = select(*(_STATE if name == "state" else shop_sellers.c[name] for name in Seller.__struct_fields__)).where(
    shop_sellers.c.id.in_(bindparam("ids", expanding=True))
)
"""Built once: every order that is placed reads it."""


class Sellers:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._recorders: list[Callable[[Connection, str], None]] = []

    def record(self, recorder: Callable[[Connection, str], None]) -> None:
        """Call `recorder` with a seller in the transaction that changes them."""
        self._recorders.append(recorder)

    def _changed(self, connection: Connection, id: str) -> None:
        for recorder in self._recorders:
            recorder(connection, id)

    def apply(self, connection: Connection, who: Identity, details: Details) -> Seller:
        """Ask to sell, or say it anew, which is reviewed again. Raises AdultsOnly, BadAddress, NotAllowed."""
        who.must_be_adult()
        cleaned = _cleaned(details)
        found = self.of_person(connection, who.id, lock=True)
        if found is None:
            row = {"id": new_id(), "person": who.id, "state": "review", "reason": "", "at": self._clock()}
            try:
                with connection.begin_nested():
                    connection.execute(insert(shop_sellers).values(row | msgspec.structs.asdict(cleaned)))
            except IntegrityError:
                raise Conflict("You are just asking to sell.") from None
        elif found.state == "stopped":
            raise NotAllowed("An admin has stopped this shop.")
        elif _details(found) != cleaned:
            changed = msgspec.structs.asdict(cleaned) | {"state": "review", "reason": ""}
            connection.execute(update(shop_sellers).where(shop_sellers.c.id == found.id).values(changed))
            self._changed(connection, found.id)
        made = self.of_person(connection, who.id)
        assert made is not None
        return made

    def review(
        self, connection: Connection, id: str, state: SellerState, reason: str, admin: str, seen: Details | None = None
    ) -> Seller:
        """`seen`: what was looked at. Raises NotFound, NotAllowed for one's own, Conflict when it has changed and for
        an approval while the account rests."""
        connection.execute(select(shop_sellers.c.id).where(shop_sellers.c.id == id).with_for_update())
        seller = self.find(connection, id)
        if seller.person == admin:
            raise NotAllowed("Nobody reviews themselves.")
        if seen is not None and _details(seller) != seen:
            raise Conflict("The seller has just said something else.")
        if state == "approved" and any(rest_state(connection, seller.person)):
            raise Conflict("The account rests.")
        cleaned = clean_line(reason, REASON_CHARS_MAX) or ""
        values = {"state": state, "reason": cleaned, "reviewed_by": admin, "reviewed_at": self._clock()}
        connection.execute(update(shop_sellers).where(shop_sellers.c.id == id).values(values))
        self._changed(connection, id)
        return self.find(connection, id)

    def rest(self, connection: Connection, person: str, hidden: bool) -> None:
        """Nothing of theirs is shown or sold while their account rests. Twice is as once."""
        hidden = hidden or any(rest_state(connection, person))
        if hidden:
            self._move(connection, person, ("approved",), "resting")
        else:
            self._move(connection, person, ("resting",), "approved")

    def leave(self, connection: Connection, person: str) -> None:
        """They are erased, and never sell again."""
        self._move(connection, person, ("review", "approved", "refused", "resting"), "stopped")

    def _move(self, connection: Connection, person: str, before: Collection[str], after: SellerState) -> None:
        theirs = shop_sellers.c.person == person, shop_sellers.c.state.in_(before)
        moved = update(shop_sellers).where(*theirs).values(state=after).returning(shop_sellers.c.id)
        for seller in connection.execute(moved).scalars().all():
            self._changed(connection, seller)

    def of_person(self, connection: Connection, person: str, *, lock: bool = False) -> Seller | None:
        found = _SELLER.where(shop_sellers.c.person == person)
        row = connection.execute(found.with_for_update() if lock else found).first()
        return Seller(*row) if row else None

    def own(self, connection: Connection, person: str) -> Seller:
        """Raises NotASeller."""
        found = self.of_person(connection, person)
        if found is None:
            raise NotASeller
        return found

    def find(self, connection: Connection, id: str) -> Seller:
        """Raises NotFound."""
        row = connection.execute(_SELLER.where(shop_sellers.c.id == id)).first()
        if row is None:
            raise NotFound("There is no such seller.")
        return Seller(*row)

    def by_ids(self, connection: Connection, ids: set[str]) -> dict[str, Seller]:
        rows = connection.execute(_SELLER.where(shop_sellers.c.id.in_(ids))) if ids else ()
        return {row.id: Seller(*row) for row in rows}

    def selling(self, connection: Connection, ids: set[str]) -> dict[str, Seller]:
        """The same, for new orders: who is suspended finishes what is ordered, and sells nothing new."""
        rows = connection.execute(_SELLING, {"ids": list(ids), "now": self._clock()}) if ids else ()
        return {row.id: Seller(*row) for row in rows}

    def page(self, connection: Connection, state: SellerState | None, cursor: str, limit: int) -> list[Seller]:
        """For admins, newest first."""
        found = _SELLER if state is None else _SELLER.where(shop_sellers.c.state == state)
        if cursor:
            found = found.where(shop_sellers.c.id < cursor)
        return [Seller(*row) for row in connection.execute(found.order_by(shop_sellers.c.id.desc()).limit(limit))]


def _details(seller: Seller) -> Details:
    return Details(*(getattr(seller, name) for name in Details.__struct_fields__))


def _cleaned(details: Details) -> Details:
    """Raises BadAddress."""
    name = clean_line(details.name, SELLER_NAME_CHARS_MAX)
    address = clean_lines(details.address, SELLER_ADDRESS_CHARS_MAX)
    country = known_country(details.country)
    register = clean_line(details.register, SELLER_REGISTER_CHARS_MAX)
    vat_number = clean_line(details.vat_number, SELLER_REGISTER_CHARS_MAX)
    contact = clean_line(details.contact, SELLER_CONTACT_CHARS_MAX)
    if not name or not address or not country or not contact or register is None or vat_number is None:
        raise BadAddress("A seller has a name, an address, a country and a contact, none of them too long.")
    return Details(name, address, country, register, vat_number, contact)
