"""What a track is made of, as one session numbers it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from aiortc.sdp import parse_h264_profile_level_id

Kind = Literal["audio", "video"]
KINDS: tuple[Kind, ...] = ("audio", "video")

H264_PROFILE_DEFAULT = "42e01f"  # what a missing profile-level-id means to browsers
_STREAM_PARAMETERS = {"VP9": ("profile-id", "0"), "AV1": ("profile", "0"), "H264": ("packetization-mode", "0")}


@dataclass(frozen=True, slots=True)
class Codec:
    kind: Kind
    name: str  # VP8, H264, VP9, AV1 or opus
    clock_rate: int  # Hz
    payload_type: int  # in the session that agreed it
    channels: int = 0  # of audio
    parameters: Mapping[str, str | int | None] = field(default_factory=dict)
    feedback: tuple[str, ...] = ()  # RTCP feedback the session agreed
    retransmission: int | None = None  # payload type of RFC 4588, if agreed
    redundancy: int | None = None  # payload type of RFC 2198 around this one, if agreed

    def same_stream(self, other: Codec) -> bool:
        """Whether who agreed to one can play the other: the payload types may differ, the bitstream may not."""
        if self.name != other.name or self._setting() != other._setting():
            return False
        return self.name != "H264" or self.h264_profile() == other.h264_profile()

    def _setting(self) -> str:
        name, default = _STREAM_PARAMETERS.get(self.name, ("", ""))
        return str(self.parameters.get(name, default))

    def h264_profile(self) -> object:
        """The profile without its level; None for one that nobody knows."""
        try:
            return parse_h264_profile_level_id(str(self.parameters.get("profile-level-id", H264_PROFILE_DEFAULT)))[0]
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class SsrcPair:
    """Under which SSRCs a session is sent a track."""

    ssrc: int
    repair: int | None = None  # SSRC of its retransmissions (RFC 4588), where they are sent
