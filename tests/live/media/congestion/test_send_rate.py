"""What a subscriber was sent, over a second that has been like that for a while."""

from __future__ import annotations

import pytest

from live.media.congestion.send_rate import SAMPLE_S, SendRate


def send(sent: SendRate, now: float, seconds: float, rate_bps: float, begun: float = 0.0) -> float:
    """At a steady rate; gives the bytes sent by then."""
    for _ in range(round(seconds / SAMPLE_S)):
        now += SAMPLE_S
        begun += rate_bps * SAMPLE_S / 8
        assert sent.is_due(now)
        sent.sample(now, int(begun))
        assert not sent.is_due(now + SAMPLE_S / 2)
    return begun


def test_a_steady_rate_is_what_it_is() -> None:
    sent = SendRate(0.0)
    assert sent.bps == 0.0
    send(sent, 0.0, 3.0, 1e6)
    assert sent.bps == pytest.approx(1e6)


def test_what_began_only_just_now_does_not_count_yet() -> None:
    """It is still on its way: a receiver that measures less than that does not tell of a narrow line."""
    sent = SendRate(0.0)
    size = send(sent, 0.0, 3.0, 1e5)
    size = send(sent, 3.0, 0.5, 4e6, size)
    assert sent.bps < 1.2e5
    send(sent, 3.5, 2.0, 4e6, size)
    assert sent.bps == pytest.approx(4e6)


def test_what_has_ended_counts_no_more() -> None:
    sent = SendRate(0.0)
    size = send(sent, 0.0, 3.0, 4e6)
    send(sent, 3.0, 1.0, 0.0, size)
    assert sent.bps == 0.0


def test_little_is_kept_of_a_long_session() -> None:
    sent = SendRate(0.0)
    send(sent, 0.0, 600.0, 1e6)
    assert len(sent._samples) < 10
