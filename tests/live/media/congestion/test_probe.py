"""Repeats beside the picture, and what the echo of the report after them tells."""

from __future__ import annotations

import pytest

from live.media.congestion.probe import ECHO_S_MAX, SEND_S, Probe


def sent_by(probe: Probe, until: float, step_s: float = 0.1) -> float:
    return sum(probe.bytes_due(n * step_s) for n in range(1, round(until / step_s) + 1))


@pytest.mark.parametrize("step_s", [0.01, 0.1, 0.25])
def test_it_sends_as_much_as_it_is_about_however_often_it_is_asked(step_s: float) -> None:
    probe = Probe(1_500_000, 1_000_000, 0.0)
    assert sent_by(probe, SEND_S + 3.0, step_s) == pytest.approx(1_000_000 * SEND_S / 8)


def test_it_asks_once_when_all_is_sent() -> None:
    probe = Probe(1e6, 1e6, 0.0)
    assert not probe.wants_report(SEND_S - 0.01)
    assert probe.wants_report(SEND_S)
    assert not probe.wants_report(SEND_S + 0.1)


def test_only_a_report_that_followed_the_repeats_tells_how_they_fared() -> None:
    probe = Probe(1e6, 1e6, 0.0)
    probe.wants_report(SEND_S)
    probe.on_echo(SEND_S / 2, queueing=False)
    assert probe.passed is None
    probe.on_echo(SEND_S, queueing=False)
    assert probe.passed is True


def test_it_has_failed_when_the_report_waited() -> None:
    probe = Probe(1e6, 1e6, 0.0)
    probe.wants_report(SEND_S)
    probe.on_echo(SEND_S + 0.01, queueing=True)
    assert probe.passed is False
    assert probe.is_over(SEND_S + 0.1)


def test_it_is_over_when_the_report_does_not_come_back() -> None:
    probe = Probe(1e6, 1e6, 0.0)
    probe.wants_report(SEND_S)
    assert not probe.is_over(SEND_S + ECHO_S_MAX - 0.1)
    assert probe.is_over(SEND_S + ECHO_S_MAX + 0.1)
