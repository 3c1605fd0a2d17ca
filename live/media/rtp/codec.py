"""A track's codec, with the payload types that one session negotiated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from aiortc.sdp import parse_h264_profile_level_id

Kind = Literal["audio", "video"]
KINDS: tuple[Kind, ...] = ("audio", "video")

H264_PROFILE_DEFAULT = "42e01f"  # browsers' default when profile-level-id is missing
_STREAM_PARAMETERS = {"VP9": ("profile-id", "0"), "AV1": ("profile", "0"), "H264": ("packetization-mode", "0")}


@dataclass(frozen=True, slots=True)
class Codec:
    kind: Kind
    name: str  # VP8, H264, VP9, AV1 or opus
    clock_rate: int  # Hz
    payload_type: int  # in this session
    channels: int = 0  # of audio
    parameters: Mapping[str, str | int | None] = field(default_factory=dict)
    feedback: tuple[str, ...] = ()  # negotiated RTCP feedback
    retransmission: int | None = None  # payload type of RTX (RFC 4588), if negotiated
    redundancy: int | None = None  # payload type of RED (RFC 2198) around this codec, if negotiated

    def same_stream(self, other: Codec) -> bool:
        """Whether a receiver of one can decode the other: payload types may differ, the bitstream may not."""
        if self.name != other.name or self._stream_parameter() != other._stream_parameter():
            return False
        return self.name != "H264" or self.h264_profile() == other.h264_profile()

    def decodes(self, track: Codec) -> bool:
        """Whether a receiver of this codec can decode a track, as far as negotiation shows. H264 decoders also play
        profiles they do not list; but frames in several packets need packetization mode 1 (RFC 6184, 6.3)."""
        if self.name == track.name == "H264":
            return self.packetization == "1" or track.packetization == "0"
        return self.same_stream(track)

    @property
    def packetization(self) -> str:
        """The packetization mode of H264."""
        return str(self.parameters.get("packetization-mode", "0"))

    def _stream_parameter(self) -> str:
        name, default = _STREAM_PARAMETERS.get(self.name, ("", ""))
        return str(self.parameters.get(name, default))

    def h264_profile(self) -> object:
        """The profile without its level; None for an unknown one."""
        try:
            return parse_h264_profile_level_id(str(self.parameters.get("profile-level-id", H264_PROFILE_DEFAULT)))[0]
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class SsrcPair:
    """The SSRCs of a track in one session."""

    ssrc: int
    repair: int | None = None  # of its retransmissions (RFC 4588), if they are negotiated
