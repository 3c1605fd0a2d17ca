"""The RTP header extensions we know (RFC 8285): their names, and the ids one session gave them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

TRANSPORT_WIDE = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
MID = "urn:ietf:params:rtp-hdrext:sdes:mid"
RID = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
REPAIRED_RID = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"
SEND_TIME = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
DEPENDENCY = "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension"

URIS = (TRANSPORT_WIDE, MID, RID, REPAIRED_RID, SEND_TIME, DEPENDENCY)


@dataclass(frozen=True, slots=True)
class Extensions:
    """The ids a publisher's session agreed."""

    transport_wide: int | None = None
    rid: int | None = None
    repaired_rid: int | None = None
    dependency: int | None = None

    @classmethod
    def of(cls, ids: Mapping[str, int]) -> Extensions:
        return cls(*map(ids.get, (TRANSPORT_WIDE, RID, REPAIRED_RID, DEPENDENCY)))
