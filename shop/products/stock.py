"""Stock: two counters for each variant. `on_hand` is in the store, `reserved` of it is held or sold.

Every change is one conditional UPDATE; nothing is read first, so nobody can act on what was true before.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from core.database.many import Many
from core.errors import IdempotencyKeyReused
from core.ids import new_id
from shop.errors import BadStock, OutOfStock
from shop.orders.rows import Line
from shop.tables import shop_stock_changes, shop_variants

ON_HAND_MAX = 1_000_000

_ENOUGH = "offered AND on_hand - reserved >="
_RESERVE = Many(
    f"UPDATE shop_variants SET reserved = reserved + ?1 WHERE id = ?2 AND {_ENOUGH} ?1",
    "UPDATE shop_variants SET reserved = reserved + r.count "
    f"FROM unnest(%s::bigint[], %s::text[]) AS r (count, variant) WHERE id = r.variant AND {_ENOUGH} r.count",
)


def reserve(connection: Connection, wanted: Mapping[str, int]) -> None:
    """Hold so many of each variant, or nothing at all: the caller's transaction or savepoint is then to be undone.

    In one order everywhere, so that two checkouts cannot deadlock. Raises OutOfStock.
    """
    one = shop_variants.c
    for variant, count in sorted(wanted.items()):
        held = (
            update(shop_variants)
            .where(one.id == variant, one.on_hand - one.reserved >= count, one.offered.is_(True))
            .values(reserved=one.reserved + count)
        )
        if connection.execute(held).rowcount == 0:
            raise OutOfStock


def reserve_all(connection: Connection, counts: Mapping[str, int]) -> None:
    """The same for many checkouts together, in one statement, by who holds the variants' locks. Raises OutOfStock."""
    rows = [(count, variant) for variant, count in sorted(counts.items())]
    if _RESERVE.write(connection, rows) < len(rows):
        raise OutOfStock


def lock(connection: Connection, variants: Collection[str]) -> None:
    """Nobody else changes the stock of these until the transaction ends. In the order of `reserve`."""
    found = select(shop_variants.c.id).where(shop_variants.c.id.in_(variants)).order_by(shop_variants.c.id)
    if connection.dialect.name != "sqlite":  # which has one writer
        connection.execute(found.with_for_update())


def reserve_again(connection: Connection, lines: Iterable[Line]) -> bool:
    """Hold what had been released; False if there are not enough left of all, and then nothing is held."""
    try:
        with connection.begin_nested():
            reserve(connection, _counts(lines))
    except OutOfStock:
        return False
    return True


def release(connection: Connection, counts: Mapping[str, int]) -> None:
    one = shop_variants.c
    for variant, count in sorted(counts.items()):
        freed = update(shop_variants).where(one.id == variant).values(reserved=one.reserved - count)
        connection.execute(freed)


def release_lines(connection: Connection, lines: Iterable[Line]) -> None:
    release(connection, _counts(lines))


def ship(connection: Connection, lines: Iterable[Line], at: int) -> None:
    """They leave the store."""
    one = shop_variants.c
    for line in sorted(lines, key=lambda line: line.variant or ""):
        if line.variant is None or not line.left:
            continue
        left = {"on_hand": one.on_hand - line.left, "reserved": one.reserved - line.left}
        connection.execute(update(shop_variants).where(one.id == line.variant).values(left))
        _note(connection, line.variant, -line.left, "sent", line.id, at)


def change(connection: Connection, variant: str, by: int, key: str, at: int) -> None:
    """The seller has more or fewer. The same key again changes nothing. Raises BadStock, IdempotencyKeyReused."""
    if not -ON_HAND_MAX <= by <= ON_HAND_MAX:
        raise BadStock
    known = select(shop_stock_changes.c.change).where(
        shop_stock_changes.c.variant == variant, shop_stock_changes.c.key == f"seller:{key}"
    )
    earlier = connection.execute(known).scalar()
    if earlier is not None:
        if earlier != by:
            raise IdempotencyKeyReused
        return
    one = shop_variants.c
    changed = (
        update(shop_variants)
        .where(one.id == variant, one.on_hand + by >= one.reserved, one.on_hand + by <= ON_HAND_MAX)
        .values(on_hand=one.on_hand + by)
    )
    if by == 0 or connection.execute(changed).rowcount == 0:
        raise BadStock
    try:
        with connection.begin_nested():
            _note(connection, variant, by, "seller", f"seller:{key}", at)
    except IntegrityError:  # the same request at the same time
        raise BadStock("This change has just been made.") from None


def _note(connection: Connection, variant: str, change: int, reason: str, key: str, at: int) -> None:
    row = {"id": new_id(), "variant": variant, "change": change, "reason": reason, "key": key, "at": at}
    connection.execute(insert(shop_stock_changes).values(row))


def _counts(lines: Iterable[Line]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for line in lines:
        if line.variant is not None and line.left:
            counts[line.variant] = counts.get(line.variant, 0) + line.left
    return counts
