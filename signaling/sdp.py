"""Offers (RFC 9429): what we read from them, and choosing codecs.

We keep only what we decide on. We ignore candidates: as an ICE-lite agent we send only to addresses from which the
other side's connectivity checks came.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from live.media.rtp import header_extensions
from live.media.rtp.codec import KINDS, Codec, Kind
from live.media.transport.peer import Remote
from signaling.description import Attributes, Description, Malformed, Media, parameters, split_word
from signaling.errors import BadSdp, NoCommonCodec, TooManyTracks
from signaling.simulcast import sent_rids

OFFER_LINES_MAX = 1_000  # browsers send 100 to 400
OFFER_BYTES_MAX = 64 * 1024
ICE_CHARS_MAX = 256  # RFC 8839, 5.4
EXTENSION_ID_MAX = 14  # of header extensions in their short form (RFC 8285, 4.2)
LONG_EXTENSION_ID_MAX = 255
PAYLOAD_TYPE_MAX = 127
FINGERPRINT_ALGORITHMS = ("sha-256", "sha-384", "sha-512")
CODEC_NAMES = {
    "video": {"vp8": "VP8", "h264": "H264", "vp9": "VP9", "av1": "AV1"},
    "audio": {"opus": "opus"},
}
CLOCK_RATES: Mapping[Kind, int] = {"video": 90_000, "audio": 48_000}
FEEDBACK = ("nack", "nack pli", "ccm fir", "transport-cc", "goog-remb")  # that we support, in our answers' order
DIRECTIONS = ("sendrecv", "sendonly", "recvonly", "inactive")
_EXTMAP = re.compile(r"([0-9]{1,5})(?:/([A-Za-z]+))?[ \t]+(\S+)(?:[ \t].*)?")
_RTPMAP = re.compile(r"([^\s/]+)/([0-9]{1,9})(?:/([0-9]{1,2}))?")
_TYPE = re.compile(r"0|[1-9][0-9]{0,2}")
_FINGERPRINT = re.compile(r"[0-9A-F]{2}(?::[0-9A-F]{2})+")


@dataclass(frozen=True, slots=True)
class Section:
    """One m= section of an offer."""

    kind: str
    mid: str
    formats: Sequence[str]
    protocol: str
    usable: bool  # not disabled, and media that we could accept
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
    mux_only: bool = False  # it cannot do without multiplexed RTCP (RFC 8858)


def parse_offer(text: str) -> Offer:
    """Raises BadSdp when it is malformed or cannot lead to a session here."""
    if text.count("\n") + text.count("\r") > 2 * OFFER_LINES_MAX:
        raise BadSdp(f"An offer has at most {OFFER_LINES_MAX} lines.")
    try:
        parsed = Description.parse(text)
    except Malformed as fault:
        raise BadSdp(f"This is not a valid SDP offer: {fault}.") from None
    bundle = _bundle(parsed)
    mixed = parsed.session.has("extmap-allow-mixed")
    sections = [_section(media, parsed.session, mixed) for media in parsed.media]
    usable = [i for i, section in enumerate(sections) if section.usable]
    if not usable:
        raise BadSdp("The offer has no media.")
    mids = [section.mid for section in sections if section.mid]
    if len(set(mids)) < len(mids):
        raise BadSdp("Two sections have the same mid.")
    if len(usable) > 1 and not {sections[i].mid for i in usable} <= set(bundle):
        raise BadSdp("All media must be bundled.")
    # The first one of the bundle describes the transport; bundle-only sections say nothing of it (RFC 9143).
    order = {mid: place for place, mid in enumerate(bundle)}
    usable.sort(key=lambda i: (parsed.media[i].port == 0, order.get(sections[i].mid, 0)))
    first = parsed.media[usable[0]]
    mux_only = first.has("rtcp-mux-only")
    if not mux_only and not first.has("rtcp-mux"):
        raise BadSdp("RTCP must be multiplexed.")
    remote = _remote(first, parsed.session)
    return Offer(sections, bundle or [sections[usable[0]].mid], remote, mux_only)


def _bundle(parsed: Description) -> list[str]:
    """The mids of the first BUNDLE group."""
    for value in parsed.session.values("group"):
        semantics, mids = split_word(value)
        if semantics.upper() == "BUNDLE":
            return mids.split()
    return []


def _remote(media: Media, session: Media) -> Remote:
    """The peer as the section or, where it says nothing, the session describes it."""

    def value(name: str) -> str:
        return media.value(name) or session.value(name) or ""

    ufrag, password = value("ice-ufrag"), value("ice-pwd")
    if not ufrag or not password:
        raise BadSdp("The ICE credentials are missing.")
    if len(ufrag) > ICE_CHARS_MAX or len(password) > ICE_CHARS_MAX:
        raise BadSdp("The ICE credentials are too long.")
    setup = value("setup").lower() or "active"  # RFC 4145, 4
    if setup not in ("actpass", "active", "passive"):
        raise BadSdp("The offer must allow DTLS (a=setup:actpass, active or passive).")
    own = list(media.values("fingerprint")) or list(session.values("fingerprint"))
    known = [(algorithm.lower(), digest.upper()) for algorithm, digest in map(split_word, own)]
    known = [(a, digest) for a, digest in known if a in FINGERPRINT_ALGORITHMS and _FINGERPRINT.fullmatch(digest)]
    if not known:
        raise BadSdp("The certificate's fingerprint is missing.")
    return Remote(ufrag, password, known, dtls_server=setup == "passive")


def _section(media: Media, session: Media, mixed: bool) -> Section:
    mixed = mixed or media.has("extmap-allow-mixed")
    direction = _direction(media) or _direction(session) or "sendrecv"
    is_media = media.kind in KINDS and "RTP/" in media.protocol.upper()
    disabled = media.port == 0 and not media.has("bundle-only")
    extensions = _extensions(media.attributes, direction, LONG_EXTENSION_ID_MAX if mixed else EXTENSION_ID_MAX)
    ids = {uri: number for uri, (number, _) in extensions.items()}
    types = [f for f in media.formats if _TYPE.fullmatch(f) and int(f) <= PAYLOAD_TYPE_MAX]
    # A section that we reject is answered with a format of its own (RFC 3264, 6); where it has none, any will do.
    formats = (types or ["0"]) if is_media else media.formats
    return Section(
        media.kind, media.value("mid") or "", formats, media.protocol,
        is_media and not disabled and bool(types), direction in ("sendonly", "sendrecv"),
        direction in ("recvonly", "sendrecv"), _codecs(media, types) if is_media else [], ids,
        {uri: way for uri, (_, way) in extensions.items() if way}, mixed,
        sent_rids(media.attributes) if header_extensions.RID in ids else [],
    )  # fmt: skip


def _direction(media: Media) -> str:
    return next((name for name, _ in media.attributes if name in DIRECTIONS), "")


def _extensions(attributes: Attributes, direction: str, id_max: int) -> dict[str, tuple[int, str]]:
    """The id of each extension we support, and its direction if it names one, unless that contradicts the section's.

    When two extensions share an id, the first one has it. Id 15 is reserved (RFC 8285, 4.2).
    """
    found: dict[str, tuple[int, str]] = {}
    taken: set[int] = set()
    for name, value in attributes:
        match = _EXTMAP.fullmatch(value) if name == "extmap" else None
        number = int(match[1]) if match is not None else 0
        if match is None or not 1 <= number <= id_max or number == EXTENSION_ID_MAX + 1 or number in taken:
            continue
        taken.add(number)
        way, uri = (match[2] or "").lower(), match[3]
        if uri in header_extensions.URIS and way in ("", "sendrecv", direction):
            found.setdefault(uri, (number, way))
    return found


@dataclass(frozen=True, slots=True)
class _Format:
    """What an offer says of a payload type."""

    name: str  # in lower case
    clock_rate: int
    channels: int
    parameters: Mapping[str, str | None]


def _formats(media: Media, types: Sequence[str]) -> dict[int, _Format]:
    """Only those that are mapped: none of the static payload types is of use here."""
    maps, more = media.by_format("rtpmap"), media.by_format("fmtp")
    found: dict[int, _Format] = {}
    for number in map(int, types):
        match = _RTPMAP.fullmatch(maps.get(number, ""))
        if match is not None:
            channels = int(match[3] or 1)
            found[number] = _Format(match[1].lower(), int(match[2]), channels, parameters(more.get(number, "")))
    return found


def _codecs(media: Media, types: Sequence[str]) -> list[Codec]:
    kind: Kind = "video" if media.kind == "video" else "audio"
    names = CODEC_NAMES[kind]
    formats = _formats(media, types)
    repeats = {f.parameters.get("apt"): number for number, f in formats.items() if f.name == "rtx"}
    wraps = {_wrapped(f.parameters): number for number, f in formats.items() if f.name == "red" and kind == "audio"}
    spoken = _feedback(media)
    codecs = []
    for number, offered in formats.items():
        if offered.name not in names or offered.clock_rate != CLOCK_RATES[kind]:
            continue
        known = spoken.get("*", set()) | spoken.get(str(number), set())
        codec = Codec(
            kind, names[offered.name], offered.clock_rate, number, offered.channels if kind == "audio" else 0,
            offered.parameters, tuple(f for f in FEEDBACK if f in known), repeats.get(str(number)),
            wraps.get(str(number)),
        )  # fmt: skip
        if codec.name != "H264" or codec.packetization in ("0", "1"):
            codecs.append(codec)
    # Where each frame has to fit into one packet, encoders make many slices or fail: prefer anything else.
    return sorted(codecs, key=lambda codec: codec.name == "H264" and codec.packetization == "0")


def _feedback(media: Media) -> dict[str, set[str]]:
    """What feedback is spoken, by payload type or `*`."""
    found: dict[str, set[str]] = {}
    for value in media.values("rtcp-fb"):
        number, rest = split_word(value)
        found.setdefault(number, set()).add(" ".join(rest.lower().split()))
    return found


def _wrapped(given: Mapping[str, str | None]) -> str:
    """The payload type inside redundant audio (RFC 2198, 5): "111" for "111/111"; empty if there are several."""
    types = {kind for parameter in given for kind in parameter.split("/")}
    return types.pop() if len(types) == 1 else ""


def choose_sent(offer: Offer, preferred: Mapping[Kind, Codec]) -> dict[int, Codec]:
    """For a publisher: the codec to receive, by section. `preferred`: the codecs of the source's tracks, if it has any.

    Raises NoCommonCodec, TooManyTracks, BadSdp.
    """
    chosen: dict[int, Codec] = {}
    for kind in KINDS:
        sending = _all(offer, kind, lambda section: section.sends)
        if len(sending) > 1:
            raise TooManyTracks(f"The offer sends {len(sending)} {kind} tracks.")
        for at in sending:
            section = offer.sections[at]
            if not section.codecs:
                raise NoCommonCodec
            wanted = preferred.get(kind)
            same = [c for c in section.codecs if wanted is not None and c.same_stream(wanted)]
            codec = (same or list(section.codecs))[0]
            # We do not rewrite the payload type inside redundant audio: a new publisher uses the same one, or plain
            # audio.
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
        for section in _all(offer, kind, lambda section: section.receives)[:1]:
            playable = [codec for codec in offer.sections[section].codecs if codec.decodes(track)]
            if not playable:
                raise NoCommonCodec(f"The {kind} codec of this room is {track.name}.")
            # Decoders also play H264 profiles that they do not list, and senders rely on it.
            codec = next((codec for codec in playable if codec.same_stream(track)), playable[0])
            redundant = track.redundancy is not None and codec.payload_type == track.payload_type
            chosen[section] = codec if redundant else replace(codec, redundancy=None)
    if not chosen:
        raise NoCommonCodec("The room has none of the requested media.")
    return chosen


def _all(offer: Offer, kind: Kind, wanted: Callable[[Section], bool]) -> list[int]:
    return [i for i, s in enumerate(offer.sections) if s.usable and s.kind == kind and wanted(s)]
