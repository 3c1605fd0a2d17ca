"""A frozen picture counts as frozen, and a picture that only begins to flow again does not yet flow."""

from __future__ import annotations

import pytest

from tests.bench.browser.playback import FRAME_S, frozen_share, steady_since

ANY = range(1, 10_000)


def flow(began: float, ended: float, height: int = 720) -> list[tuple[float, int]]:
    return [(began + i * FRAME_S, height) for i in range(round((ended - began) / FRAME_S))]


def test_a_picture_that_flows_is_not_frozen() -> None:
    assert frozen_share(flow(0, 10), 0, 10) == 0


def test_a_frozen_second_in_ten_is_a_tenth_wherever_it_lies() -> None:
    for frames in (flow(0, 4) + flow(5, 10), flow(0, 9), flow(1, 10)):
        assert frozen_share(frames, 0, 10) == pytest.approx(0.1, abs=0.005)
    assert frozen_share([], 0, 10) == pytest.approx(1.0, abs=0.01)


def test_short_gaps_are_no_freezes() -> None:
    frames = [(i * 0.19, 720) for i in range(50)]
    assert frozen_share(frames, 0, 9.4) == 0


def test_pictures_flow_again_from_the_first_frame_after_the_last_long_gap() -> None:
    frames = flow(0, 1) + flow(2, 2.5, 360) + flow(3.5, 10, 360)
    assert steady_since(frames, 0.9, range(1, 720), gap_s=0.3, for_s=3) == pytest.approx(2.6)


def test_pictures_of_the_wrong_height_or_too_few_do_not_count() -> None:
    never = float("inf")
    assert steady_since(flow(0, 10), 1, range(1, 720), gap_s=0.3, for_s=3) == never
    assert steady_since(flow(0, 2, 360), 0, range(1, 720), gap_s=0.3, for_s=3) == never
    assert steady_since(flow(0, 5, 360) + flow(5, 10), 0, ANY, gap_s=0.3, for_s=3) == 0
    assert steady_since(flow(0, 5, 360) + flow(5, 10), 1, range(720, 10_000), gap_s=0.3, for_s=3) == pytest.approx(4)
