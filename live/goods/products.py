"""Products as search finds them: `shop` has them, `vod` finds them. Neither knows the other."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple, Protocol

from msgspec import Struct
from sqlalchemy import Connection


class FindableProduct(NamedTuple):
    """`names`: of its variants. `at`: when it was made (Unix ms)."""

    id: str
    title: str
    names: str
    seller: str
    at: int


class ProductBrief(Struct, frozen=True):
    """`prices`: the lowest of its variants in minor units by currency; `left` of all of them: 0 is sold out."""

    id: str
    title: str
    seller: str
    picture: str | None
    prices: dict[str, int]
    left: int


class FindsProducts(Protocol):
    """Only what is for sale."""

    def findable(self, connection: Connection, ids: Sequence[str]) -> Sequence[FindableProduct]: ...

    def ids(self, connection: Connection, after: str, limit: int) -> list[str]:
        """In their order, from the one behind `after`."""
        ...

    def briefs(self, connection: Connection, ids: Collection[str]) -> Mapping[str, ProductBrief]: ...


class _NoProducts:
    def findable(self, connection: Connection, ids: Sequence[str]) -> Sequence[FindableProduct]:  # noqa: ARG002
        return []

    def ids(self, connection: Connection, after: str, limit: int) -> list[str]:  # noqa: ARG002
        return []

    def briefs(self, connection: Connection, ids: Collection[str]) -> Mapping[str, ProductBrief]:  # noqa: ARG002
        return {}


NO_PRODUCTS: FindsProducts = _NoProducts()
