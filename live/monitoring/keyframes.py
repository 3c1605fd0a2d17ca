"""The last keyframes of this node's live rooms, for whoever looks at pictures. Nothing is decoded or copied here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from live.media.relay.encoding import Encoding
from live.media.rtp.packets import Packet
from live.presence import Presence
from live.sessions import MediaSessions


class LastKeyframe(NamedTuple):
    """`number`: of its first packet; it grows."""

    codec: str
    number: int
    payloads: tuple[bytes, ...]


class Keyframes:
    def __init__(self, sessions: MediaSessions, presence: Presence) -> None:
        self._sessions = sessions
        self._presence = presence

    def rooms(self) -> Sequence[str]:
        return [room for room in self._sessions.relays if self._presence.is_live(room)]

    def keyframe(self, room: str) -> LastKeyframe | None:
        """The last one of the smallest layer, if all of it is still in the cache."""
        encoding = self._smallest(room)
        if encoding is None:
            return None
        stream = encoding.full
        packets = stream.cache.keyframe(stream.next_sequence)
        if not packets:
            return None
        return LastKeyframe(encoding.codec.name, packets[0].sequence, tuple(map(_without_padding, packets)))

    def request(self, room: str) -> None:
        encoding = self._smallest(room)
        if encoding is not None:
            encoding.request_keyframe()

    def _smallest(self, room: str) -> Encoding | None:
        relay = self._sessions.relays.get(room)
        track = relay.host.tracks.get("video") if relay is not None else None
        if track is None:
            return None
        sizes = {option.rid: option.width * option.height for option in reversed(track.options)}
        sending = [rid for rid in sizes if rid in track.encodings] or list(track.encodings)
        return track.encodings[min(sending, key=lambda rid: sizes.get(rid, 0))] if sending else None


def _without_padding(packet: Packet) -> bytes:
    return packet.payload[: -packet.payload[-1]] if packet.padded else packet.payload
