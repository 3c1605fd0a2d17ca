"""The send rate of the last second, once it has lasted for a while."""

from __future__ import annotations

import pytest

from live.media.congestion.send_rate import SAMPLE_S, SendRate


def send(send_rate: SendRate, now: float, seconds: float, rate_bps: float, sent_bytes: float = 0.0) -> float:
    """Send at a steady rate. Returns the total number of bytes sent."""
    for _ in range(round(seconds / SAMPLE_S)):
        now += SAMPLE_S
        sent_bytes += rate_bps * SAMPLE_S / 8
        assert send_rate.is_due(now)
        send_rate.sample(now, int(sent_bytes))
        assert not send_rate.is_due(now + SAMPLE_S / 2)
    return sent_bytes


def test_a_steady_rate_is_measured() -> None:
    send_rate = SendRate(0.0)
    assert send_rate.bps == 0.0
    send(send_rate, 0.0, 3.0, 1e6)
    assert send_rate.bps == pytest.approx(1e6)


def test_a_sudden_rise_counts_only_after_a_while() -> None:
    """It is still on its way: a lower estimate by the receiver does not mean that the connection is slow."""
    send_rate = SendRate(0.0)
    size = send(send_rate, 0.0, 3.0, 1e5)
    size = send(send_rate, 3.0, 0.5, 4e6, size)
    assert send_rate.bps < 1.2e5
    send(send_rate, 3.5, 2.0, 4e6, size)
    assert send_rate.bps == pytest.approx(4e6)


def test_a_fall_counts_within_a_second() -> None:
    send_rate = SendRate(0.0)
    size = send(send_rate, 0.0, 3.0, 4e6)
    send(send_rate, 3.0, 1.0, 0.0, size)
    assert send_rate.bps == 0.0


def test_a_long_session_keeps_few_samples() -> None:
    send_rate = SendRate(0.0)
    send(send_rate, 0.0, 600.0, 1e6)
    assert len(send_rate._samples) < 10
