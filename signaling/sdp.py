"""SDP offers (RFC 8866, RFC 9429): parsing them, and choosing codecs from them.

aiortc parses an offer; we keep only what we decide on. We ignore its candidates: as an ICE-lite agent we send only to
addresses from which the other side's connectivity checks came.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from aiortc.sdp import MediaDescription, SessionDescription

from live.media.rtp import header_extensions
from live.media.rtp.codec import KINDS, Codec, Kind
from live.media.transport.peer import Remote
from signaling.errors import BadSdp, NoCommonCodec
from signaling.simulcast import sent_rids

OFFER_LINES_MAX = 1_000  # the parser takes quadratic time; browsers send 100 to 400
OFFER_BYTES_MAX = 64 * 1024
SECTIONS_MAX = 16
ICE_CHARS_MAX = 256  # RFC 8839, 5.4
EXTENSION_ID_MAX = 14  # of header extensions in their short form (RFC 8285, 4.2)
LONG_EXTENSION_ID_MAX = 255
FINGERPRINT_ALGORITHMS = ("sha-256", "sha-384", "sha-512")
CODEC_NAMES = {
    "video": {"vp8": "VP8", "h264": "H264", "vp9": "VP9", "av1": "AV1"},
    "audio": {"opus": "opus"},
}
_EXTMAP = re.compile(r"a=extmap:([0-9]{1,5})(?:/([a-z]+))? +(\S+)")
FEEDBACK = ("nack", "nack pli", "ccm fir", "transport-cc", "goog-remb")  # that we support, in our answers' order


@dataclass(frozen=True, slots=True)
class Section:
    """One m= section of an offer."""

    kind: str
    mid: str
    formats: Sequence[str]
    protocol: str
    sends: bool
    receives: bool
    codecs: Sequence[Codec]  # that we support, in the order of the offer
    extensions: Mapping[str, int]  # the ids of the header extensions we support, by URI
    one_way_extensions: Mapping[str, str]  # those of them with a direction of their own
    mixed_extensions: bool  # whether one-byte and two-byte headers may be mixed (RFC 8285, 6)
    rids: Sequence[str]  # of the encodings it would send; empty without simulcast

    @property
    def transport_wide(self) -> int | None:
        return self.extensions.get(header_extensions.TRANSPORT_WIDE)

    def prefers_redundancy(self, codec: Codec) -> bool:
        """Whether it lists redundant audio before plain: senders use what comes first."""
        return codec.redundancy is not None and self.formats.index(str(codec.redundancy)) < self.formats.index(
            str(codec.payload_type)
        )


@dataclass(frozen=True, slots=True)
class Offer:
    sections: Sequence[Section]
    bundle: Sequence[str]
    remote: Remote


def parse_offer(text: str) -> Offer:
    """Raises BadSdp when it is malformed or cannot lead to a session here."""
    if text.count("\n") > OFFER_LINES_MAX:
        raise BadSdp(f"An offer has at most {OFFER_LINES_MAX} lines.")
    try:
        parsed = SessionDescription.parse(text)
        session_lines, *section_lines = _split(text)
        mixed = "a=extmap-allow-mixed" in session_lines
        sections = [_section(media, lines, mixed) for media, lines in zip(parsed.media, section_lines, strict=True)]
        bundle = next((list(map(str, g.items)) for g in parsed.group if g.semantic == "BUNDLE"), [])
    except Exception:  # aiortc's parser raises all kinds of exceptions
        raise BadSdp from None
    media = [m for m in parsed.media if m.kind in KINDS]
    if not text.startswith("v=0") or not media or len(sections) > SECTIONS_MAX:
        raise BadSdp("The offer has no media.")
    if len(media) > 1 and any(m.rtp.muxId not in bundle for m in media):
        raise BadSdp("All media must be bundled.")
    first = media[0]
    if not all(m.rtcp_mux for m in media):
        raise BadSdp("RTCP must be multiplexed.")
    if not first.ice or not first.ice.usernameFragment or not first.ice.password:
        raise BadSdp("The ICE credentials are missing.")
    if len(first.ice.usernameFragment) > ICE_CHARS_MAX or len(first.ice.password) > ICE_CHARS_MAX:
        raise BadSdp("The ICE credentials are too long.")
    if first.dtls is None or first.dtls.role == "server":
        raise BadSdp("The offer must allow the server to be passive in DTLS (a=setup:actpass or active).")
    fingerprints = [
        (f.algorithm.lower(), f.value) for f in first.dtls.fingerprints if f.algorithm.lower() in FINGERPRINT_ALGORITHMS
    ]
    if not fingerprints:
        raise BadSdp("The certificate's fingerprint is missing.")
    remote = Remote(first.ice.usernameFragment, first.ice.password, fingerprints)
    return Offer(sections, bundle or [first.rtp.muxId], remote)


def _split(text: str) -> list[list[str]]:
    """The lines of the session, and of each section."""
    parts: list[list[str]] = [[]]
    for line in text.splitlines():
        if line.startswith("m="):
            parts.append([])
        parts[-1].append(line.strip())
    return parts


def _section(media: MediaDescription, lines: Sequence[str], mixed: bool) -> Section:
    mixed = mixed or "a=extmap-allow-mixed" in lines
    direction = media.direction or "sendrecv"
    mid = media.rtp.muxId
    if any(c.isspace() for c in mid + media.kind + media.profile):
        raise ValueError("a token with a space in it")
    extensions = _extensions(lines, direction, LONG_EXTENSION_ID_MAX if mixed else EXTENSION_ID_MAX)
    ids = {uri: number for uri, (number, _) in extensions.items()}
    return Section(
        media.kind, mid, [str(f) for f in media.fmt], media.profile, direction in ("sendonly", "sendrecv"),
        direction in ("recvonly", "sendrecv"), _codecs(media), ids,
        {uri: way for uri, (_, way) in extensions.items() if way}, mixed,
        sent_rids(lines) if header_extensions.RID in ids else [],
    )  # fmt: skip


def _extensions(lines: Sequence[str], direction: str, id_max: int) -> dict[str, tuple[int, str]]:
    """The id of each extension we support, and its direction if it names one, unless that contradicts the section's.

    When two extensions share an id, the first one has it. Id 15 is reserved (RFC 8285, 4.2).
    """
    found: dict[str, tuple[int, str]] = {}
    taken: set[int] = set()
    for line in lines:
        match = _EXTMAP.match(line)
        number = int(match[1]) if match is not None else 0
        if match is None or not 1 <= number <= id_max or number == EXTENSION_ID_MAX + 1 or number in taken:
            continue
        taken.add(number)
        way, uri = match[2] or "", match[3]
        if uri in header_extensions.URIS and way in ("", "sendrecv", direction):
            found.setdefault(uri, (number, way))
    return found


def _codecs(media: MediaDescription) -> list[Codec]:
    if media.kind not in KINDS:
        return []
    kind: Kind = "video" if media.kind == "video" else "audio"
    names = CODEC_NAMES[kind]
    described = {c.payloadType: c for c in reversed(media.rtp.codecs)}
    listed = [(number, described[number]) for number in media.fmt if number < 128 and number in described]
    repeats = {c.parameters.get("apt"): number for number, c in listed if c.name.lower() == "rtx"}
    wraps = {_wrapped(c.parameters): number for number, c in listed if c.name.lower() == "red" and kind == "audio"}
    codecs = []
    for number, offered in listed:
        if offered.name.lower() not in names or offered.clockRate != (90_000 if kind == "video" else 48_000):
            continue
        spoken = {f"{f.type} {f.parameter}" if f.parameter else f.type for f in offered.rtcpFeedback}
        codec = Codec(
            kind, names[offered.name.lower()], offered.clockRate, number, offered.channels or 0, offered.parameters,
            tuple(f for f in FEEDBACK if f in spoken), repeats.get(number), wraps.get(str(number)),
        )  # fmt: skip
        # In other packetization modes a frame has to fit into one packet; no sender chooses them.
        if codec.name != "H264" or str(codec.parameters.get("packetization-mode")) == "1":
            codecs.append(codec)
    return codecs


def _wrapped(parameters: Iterable[object]) -> str:
    """The payload type inside redundant audio (RFC 2198, 5): "111" for "111/111"; empty if there are several."""
    types = {kind for parameter in parameters for kind in str(parameter).split("/")}
    return types.pop() if len(types) == 1 else ""


def choose_sent(offer: Offer, preferred: Mapping[Kind, Codec]) -> dict[int, Codec]:
    """For a publisher: the codec to receive, by section. `preferred`: the codecs of the source's tracks, if it has any.

    Raises NoCommonCodec, BadSdp.
    """
    chosen: dict[int, Codec] = {}
    for kind in KINDS:
        at = _first(offer, kind, lambda s: s.sends)
        if at is None:
            continue
        section = offer.sections[at]
        if not section.codecs:
            raise NoCommonCodec
        wanted = preferred.get(kind)
        same = [c for c in section.codecs if wanted is not None and c.same_stream(wanted)]
        codec = (same or list(section.codecs))[0]
        # We do not rewrite the payload type inside redundant audio: a new publisher uses the same one, or plain audio.
        fitting = wanted is None or (wanted.redundancy is not None and wanted.payload_type == codec.payload_type)
        redundant = fitting and section.prefers_redundancy(codec)
        chosen[at] = codec if redundant else replace(codec, redundancy=None)
    if not chosen:
        raise BadSdp("The offer sends nothing.")
    return chosen


def choose_received(offer: Offer, tracks: Mapping[Kind, Codec]) -> dict[int, Codec]:
    """For a viewer: each track's codec with the viewer's payload type, by section. Raises NoCommonCodec.

    We do not rewrite the payload type inside redundant audio, so it has to be the same on both sides.
    """
    chosen: dict[int, Codec] = {}
    for kind, track in tracks.items():
        section = _first(offer, kind, lambda s: s.receives)
        if section is None:
            continue
        codecs = offer.sections[section].codecs
        # Decoders also play H264 profiles that they do not list, and senders rely on it.
        playable = [c for c in codecs if c.same_stream(track)] or [c for c in codecs if c.name == track.name == "H264"]
        if not playable:
            raise NoCommonCodec(f"The {kind} codec of this room is {track.name}.")
        codec = playable[0]
        redundant = track.redundancy is not None and codec.payload_type == track.payload_type
        chosen[section] = codec if redundant else replace(codec, redundancy=None)
    if not chosen:
        raise NoCommonCodec("The room has none of the requested media.")
    return chosen


def _first(offer: Offer, kind: Kind, wanted: object) -> int | None:
    assert callable(wanted)
    return next((i for i, s in enumerate(offer.sections) if s.kind == kind and wanted(s)), None)
