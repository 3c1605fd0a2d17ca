"""How much of what somebody does counts for others: pure rules, so that each can be argued about and tested.

An account is cheap, so a new one says little. A person speaks once about each thing, and ever more quietly about one
creator. What a whole network says is not much more than what one of its people says.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

DAY_MS = 86_400_000
VISITOR_VOICE = 0.02
NEWCOMER_VOICE = 0.05
FULL_VOICE_DAYS = 14.0  # an account of this age has the whole voice
FOLLOWER_SHARE = 0.5  # of what somebody says of a video that they were shown because they follow its creator
CREATOR_HALVES = 8  # after this many things said of a creator's videos in a day the next counts half


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who says something. `age_ms`: of the account; None for a visitor."""

    age_ms: int | None
    trusted: bool = False  # moderators and admins


@dataclass(frozen=True, slots=True)
class Utterance:
    """What is said of a video, and what the server knows about it."""

    shown: bool  # by the server, to this viewer
    first: bool  # of this viewer, kind and video
    sent: bool = True  # the server has sent as much of the video as it takes to say this
    followed: bool = False  # it was shown because the viewer follows its creator
    of_creator: int = 0  # what the viewer has said of this creator's videos today
    of_network: int = 0  # how many others of the viewer's network have said the same today


def voice(speaker: Speaker, said: Utterance) -> float:
    """0 to 1."""
    if not (said.shown and said.first and said.sent):
        return 0.0
    loudness = standing(speaker)
    if said.followed:
        loudness *= FOLLOWER_SHARE
    loudness /= 1 + said.of_creator / CREATOR_HALVES
    return loudness / (1 + said.of_network)


def standing(speaker: Speaker) -> float:
    """What the account itself is worth: it rises with the square of its age, so that waiting a day buys little."""
    if speaker.trusted:
        return 1.0
    if speaker.age_ms is None:
        return VISITOR_VOICE
    share = min(1.0, max(0.0, speaker.age_ms / DAY_MS / FULL_VOICE_DAYS))
    return NEWCOMER_VOICE + (1 - NEWCOMER_VOICE) * math.pow(share, 2)
