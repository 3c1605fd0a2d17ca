"""Which forwarded stream a subscriber gets: out of what can be had, what its line carries and what it asked for."""

from __future__ import annotations

from collections.abc import Sequence

from live.media.relay.encoding import LayerOption

AUTO = "auto"
HEADROOM = 1.1  # of a forwarded stream's bitrate: pictures vary
HEADROOM_UP = 1.25  # the same to go up: who has just come down should not bounce


def choose(
    options: Sequence[LayerOption], budget_bps: float, height: int, choice: str, current: LayerOption | None
) -> LayerOption | None:
    """The best of `options` (best first) that is chosen by hand, or fits the player's height and the budget.

    None when there is nothing to choose from. `height` in pixels, 0 when the player has not said.
    """
    if choice != AUTO:
        by_hand = next((o for o in options if o.layer == choice and o.whole), None)
        if by_hand is not None:
            return by_hand
    fitting = _for_height(options, height)
    for option in fitting:
        up = current is None or option.bitrate_bps > current.bitrate_bps
        if option.bitrate_bps * (HEADROOM_UP if up else HEADROOM) <= budget_bps or (
            current is not None and option.key == current.key and option.bitrate_bps * HEADROOM <= budget_bps
        ):
            return option
    return min(fitting, key=lambda option: option.bitrate_bps, default=None)


def _for_height(options: Sequence[LayerOption], height: int) -> Sequence[LayerOption]:
    """Without those larger than the smallest picture that fills the player."""
    if not height:
        return options
    enough = min((o.height for o in options if o.height >= height), default=0)
    return [o for o in options if not enough or o.height <= enough]
