"""What buyers and sellers are told of orders, in their inboxes: in the transaction that changes them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import Connection, select

from core.clock import Clock
from people.inbox.notices import DAY_MS, Notice, Notifies
from people.inbox.reading import Subject
from shop.orders.rows import Order
from shop.products.pictures import PictureUrls, first_pictures
from shop.sellers.sellers import Seller
from shop.tables import shop_lines, shop_orders, shop_sellers


class OrderNotices:
    """Nobody is named: each is told by the server, of what is theirs. Texts are a code, and after a space what goes
    with it, such as a tracking number."""

    def __init__(self, clock: Clock, inbox: Notifies) -> None:
        self._clock = clock
        self._inbox = inbox

    # -- for sellers -----------------------------------------------------------------------------

    def paid(self, connection: Connection, orders: Collection[Order]) -> None:
        """Those of one day are one line, which counts them. All of one payment are told at once, because whoever tells
        several people locks their inboxes in order."""
        people = _sellers(connection, {order.seller for order in orders})
        many = Counter(people[order.seller] for order in orders if order.seller in people)
        day = str(self._clock() // DAY_MS)
        told = [Notice(one, "sale", one, item=day, amount=count) for one, count in many.items()]
        self._inbox.tell(connection, told)

    def return_asked(self, connection: Connection, order: Order, asked: str) -> None:
        """`asked`: the id of the return."""
        for person in _sellers(connection, {order.seller}).values():
            self._inbox.tell(connection, [Notice(person, "return", person, order.id, asked, "asked")])

    def reviewed(self, connection: Connection, seller: Seller) -> None:
        """An admin lets somebody sell, or not any more."""
        item = f"{seller.id}:{seller.state}"
        self._inbox.tell(connection, [Notice(seller.person, "seller", seller.person, item=item, text=seller.state)])

    # -- for buyers ------------------------------------------------------------------------------

    def sent(self, connection: Connection, order: Order) -> None:
        text = " ".join(filter(None, ("sent", order.carrier, order.tracking)))
        self._tell_buyer(connection, order, "sent", text)

    def refunded(self, connection: Connection, order: Order, refund: str, *, returned: bool) -> None:
        """`refund`: its id. `returned`: because the pieces of a return are back, which is the answer to it."""
        self._tell_buyer(connection, order, refund, "returned" if returned else "refunded")

    def return_refused(self, connection: Connection, order: Order, asked: str) -> None:
        self._tell_buyer(connection, order, asked, "refused")

    def _tell_buyer(self, connection: Connection, order: Order, item: str, text: str) -> None:
        self._inbox.tell(connection, [Notice(order.person, "order", order.person, order.id, item, text)])


class OrderSubjects:
    """See `people.inbox.reading.Describe`."""

    def __init__(self, urls: PictureUrls) -> None:
        self._urls = urls

    def describe(self, connection: Connection, ids: Sequence[str], reader: str) -> dict[str, Subject]:
        """Orders that somebody placed or has to send, as the first of their goods."""
        mine = select(shop_sellers.c.id).where(shop_sellers.c.person == reader)
        own = (shop_orders.c.person == reader) | shop_orders.c.seller.in_(mine)
        goods = (
            select(shop_lines.c.order, shop_lines.c.title, shop_lines.c.product)
            .join(shop_orders, shop_orders.c.id == shop_lines.c.order)
            .where(shop_orders.c.id.in_(ids), own, shop_lines.c.product.is_not(None))
            .order_by(shop_lines.c.id.desc())
        )
        first = {row.order: row for row in connection.execute(goods)}
        pictures = first_pictures(connection, {row.product for row in first.values()})
        return {
            order: Subject("order", order, row.title, self._urls.small(row.product, pictures.get(row.product)))
            for order, row in first.items()
        }


def _sellers(connection: Connection, sellers: Collection[str]) -> Mapping[str, str]:
    """Who they are, by seller."""
    found = select(shop_sellers.c.id, shop_sellers.c.person).where(shop_sellers.c.id.in_(sellers))
    return {row.id: row.person for row in connection.execute(found)} if sellers else {}
