"""Rate limits: token buckets by name and key, per process, bounded in number."""

from __future__ import annotations

import ipaddress
import time
from collections import OrderedDict
from dataclasses import dataclass

from core.errors import RateExceeded

BUCKETS_MAX = 100_000


@dataclass(frozen=True, slots=True)
class Rate:
    """`count` requests in `seconds`, possibly all at once."""

    count: int
    seconds: float

    @property
    def per_second(self) -> float:
        return self.count / self.seconds


class Limiter:
    """Counts requests. When there are too many buckets, the least recently used one is dropped."""

    def __init__(self, *, enabled: bool = True) -> None:
        self.enabled = enabled
        self._buckets: OrderedDict[tuple[str, str], tuple[float, float]] = OrderedDict()  # tokens left, at which time

    def consume(self, name: str, key: str, rate: Rate, tokens: float = 1.0) -> None:
        """Use up tokens of `key`'s bucket. Raises RateExceeded with Retry-After when there are too few."""
        wait = self.wait(name, key, rate, tokens)
        if wait > 0:
            raise RateExceeded(
                f"Too many requests; try again in {int(wait) + 1} s.", headers={"Retry-After": str(int(wait) + 1)}
            )

    def wait(self, name: str, key: str, rate: Rate, tokens: float = 1.0) -> float:
        """Use up tokens and return 0, or return the seconds until they are available."""
        if not self.enabled:
            return 0.0
        now = time.monotonic()
        bucket = (name, key)
        left, since = self._buckets.pop(bucket, (float(rate.count), now))
        left = min(float(rate.count), left + (now - since) * rate.per_second)
        taken = left >= tokens
        self._buckets[bucket] = (left - tokens if taken else left, now)
        if len(self._buckets) > BUCKETS_MAX:
            self._buckets.popitem(last=False)
        return 0.0 if taken else (tokens - left) / rate.per_second


def network_of(host: str) -> str:
    """The network that limits are counted for: an IPv4 address, or an IPv6 /64, because a customer has all of its
    addresses. What is no address stands for itself."""
    if ":" not in host:
        return host
    try:
        address = ipaddress.IPv6Address(host.partition("%")[0])
    except ValueError:
        return host
    return str(address.ipv4_mapped or ipaddress.IPv6Network((address, 64), strict=False))
