"""Chooses the best layers that fit the bandwidth, the player and the viewer's choice."""

from __future__ import annotations

from collections.abc import Sequence

from live.media.congestion.layer_option import LayerOption

AUTO = "auto"
LOWEST = "lowest"  # a choice of the server's: a preview gets nothing better
HEADROOM = 1.1  # factor on the measured bitrate, which varies with the content
HEADROOM_UP = 1.25  # the same for switching up: the difference prevents oscillation


def choose_layer(
    options: Sequence[LayerOption], budget_bps: float, height: int, choice: str, current: LayerOption | None
) -> LayerOption | None:
    """The first of `options` (best first) that is the viewer's choice, or fits the player's height and the budget.

    The one with the lowest bitrate when none fits; the last one for LOWEST; None when there are no options. `height`:
    pixels, 0 for unknown.
    """
    if choice == LOWEST:
        return options[-1] if options else None
    if choice != AUTO:
        chosen = next((o for o in options if o.layer == choice and o.whole), None)
        if chosen is not None:
            return chosen
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
