"""Rate limits."""

from __future__ import annotations

import pytest

from core import limits
from core.errors import RateExceeded
from core.limits import Limiter, Rate


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    held = [1000.0]
    monkeypatch.setattr("core.limits.time.monotonic", lambda: held[0])
    return held


def test_a_bucket_empties_and_refills(now: list[float]) -> None:
    limiter, rate = Limiter(), Rate(3, 30)
    for _ in range(3):
        limiter.consume("say", "ada", rate)
    with pytest.raises(RateExceeded) as refused:
        limiter.consume("say", "ada", rate)
    assert refused.value.headers["Retry-After"] == "11"
    now[0] += 10.1
    limiter.consume("say", "ada", rate)
    with pytest.raises(RateExceeded):
        limiter.consume("say", "ada", rate)


def test_buckets_are_independent(now: list[float]) -> None:
    limiter, rate = Limiter(), Rate(1, 60)
    limiter.consume("say", "ada", rate)
    limiter.consume("say", "bob", rate)
    limiter.consume("like", "ada", rate)


def test_the_number_of_buckets_is_bounded(now: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "BUCKETS_MAX", 10)
    limiter = Limiter()
    for n in range(1000):
        limiter.consume("say", str(n), Rate(1, 60))
    assert len(limiter._buckets) == 10
