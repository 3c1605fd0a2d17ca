"""SDP offers and answers (RFC 8866, RFC 9429) for sessions with one relay on one port.

Offers are parsed by aiortc and reduced to what we decide on; answers are written as text. Candidates in an offer are
not looked at: being ICE-lite, we send only to where a peer has proved to be.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aiortc.sdp import MediaDescription, SessionDescription, parameters_to_sdp

from live.codec import KINDS, Codec, Kind
from live.peer import Remote
from live.transport_feedback import URI as TRANSPORT_WIDE_URI
from signaling.errors import BadSdp, NoCommonCodec

OFFER_BYTES_MAX = 64 * 1024
SECTIONS_MAX = 16
ICE_CHARS_MAX = 256  # RFC 8839, 5.4
FINGERPRINT_ALGORITHMS = ("sha-256", "sha-384", "sha-512")
START_BITRATE_KBPS = 2500  # Chrome begins at 300 and takes a while to find out that there is more
CODEC_NAMES = {
    "video": {"vp8": "VP8", "h264": "H264", "vp9": "VP9", "av1": "AV1"},
    "audio": {"opus": "opus"},
}
FEEDBACK = ("nack", "nack pli", "ccm fir")


@dataclass(frozen=True, slots=True)
class Section:
    """One m= section of an offer."""

    kind: str
    mid: str
    formats: Sequence[str]
    protocol: str
    sends: bool
    receives: bool
    codecs: Sequence[Codec]  # those we know, in the order of the offer
    transport_wide: int | None  # id of that header extension


@dataclass(frozen=True, slots=True)
class Offer:
    sections: Sequence[Section]
    bundle: Sequence[str]
    remote: Remote


@dataclass(frozen=True, slots=True)
class Local:
    """Our end of a session, as its answer describes it."""

    ufrag: str
    password: str
    fingerprint: str
    addresses: Sequence[tuple[str, int]]


def parse_offer(text: str) -> Offer:
    """Raises BadSdp for whatever is broken or cannot lead to a session here."""
    try:
        parsed = SessionDescription.parse(text)
        sections = [_section(media) for media in parsed.media]
        bundle = next((list(map(str, g.items)) for g in parsed.group if g.semantic == "BUNDLE"), [])
    except Exception:  # aiortc's parser fails in whatever way the text leads it to
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
        raise BadSdp("The offer must let the other side be the DTLS server.")
    fingerprints = [
        (f.algorithm.lower(), f.value) for f in first.dtls.fingerprints if f.algorithm.lower() in FINGERPRINT_ALGORITHMS
    ]
    if not fingerprints:
        raise BadSdp("There is no fingerprint to know the certificate by.")
    remote = Remote(first.ice.usernameFragment, first.ice.password, fingerprints)
    return Offer(sections, bundle or [first.rtp.muxId], remote)


def _section(media: MediaDescription) -> Section:
    codecs = _codecs(media)
    transport_wide = next((e.id for e in media.rtp.headerExtensions if e.uri == TRANSPORT_WIDE_URI), None)
    direction = media.direction or "sendrecv"
    mid = media.rtp.muxId
    if any(c.isspace() for c in mid + media.kind + media.profile):
        raise ValueError("a token with a space in it")
    return Section(
        media.kind, mid, [str(f) for f in media.fmt], media.profile, direction in ("sendonly", "sendrecv"),
        direction in ("recvonly", "sendrecv"), codecs, transport_wide,
    )  # fmt: skip


def _codecs(media: MediaDescription) -> list[Codec]:
    if media.kind not in KINDS:
        return []
    kind: Kind = "video" if media.kind == "video" else "audio"
    names = CODEC_NAMES[kind]
    repeats = {c.parameters.get("apt"): c.payloadType for c in media.rtp.codecs if c.name.lower() == "rtx"}
    codecs = []
    for number in media.fmt:
        offered = next((c for c in media.rtp.codecs if c.payloadType == number), None)
        if offered is None or offered.name.lower() not in names or not 0 <= number < 128:
            continue
        spoken = {f"{f.type} {f.parameter}" if f.parameter else f.type for f in offered.rtcpFeedback}
        codec = Codec(
            kind, names[offered.name.lower()], offered.clockRate, number, offered.channels or 0, offered.parameters,
            tuple(f for f in (*FEEDBACK, "transport-cc") if f in spoken), repeats.get(number),
        )  # fmt: skip
        # Other packetization modes are for ever smaller packets, and no sender chooses them.
        if codec.name != "H264" or str(codec.parameters.get("packetization-mode")) == "1":
            codecs.append(codec)
    return codecs


def choose_sent(offer: Offer, preferred: Mapping[Kind, Codec]) -> dict[int, Codec]:
    """For a publisher: which codec to take in which section. What the room has already is `preferred`.

    Raises NoCommonCodec.
    """
    chosen: dict[int, Codec] = {}
    for kind in KINDS:
        section = _first(offer, kind, lambda s: s.sends)
        if section is None:
            continue
        codecs = offer.sections[section].codecs
        if not codecs:
            raise NoCommonCodec
        wanted = preferred.get(kind)
        same = [c for c in codecs if wanted is not None and c.same_stream(wanted)]
        chosen[section] = (same or list(codecs))[0]
    if not chosen:
        raise BadSdp("The offer sends nothing.")
    return chosen


def choose_received(offer: Offer, tracks: Mapping[Kind, Codec]) -> dict[int, Codec]:
    """For a viewer: the track's codec as the viewer numbers it, by section. Raises NoCommonCodec."""
    chosen: dict[int, Codec] = {}
    for kind, track in tracks.items():
        section = _first(offer, kind, lambda s: s.receives)
        if section is None:
            continue
        codecs = offer.sections[section].codecs
        # Decoders play profiles of H264 they do not list, which senders make use of.
        playable = [c for c in codecs if c.same_stream(track)] or [c for c in codecs if c.name == track.name == "H264"]
        if not playable:
            raise NoCommonCodec(f"This room's {kind} is {track.name}.")
        chosen[section] = playable[0]
    if not chosen:
        raise NoCommonCodec("The room has nothing of what is asked for.")
    return chosen


def _first(offer: Offer, kind: Kind, wanted: object) -> int | None:
    assert callable(wanted)
    return next((i for i, s in enumerate(offer.sections) if s.kind == kind and wanted(s)), None)


def answer_publisher(offer: Offer, chosen: Mapping[int, Codec], local: Local) -> str:
    return _answer(offer, local, {i: _receiving(offer.sections[i], codec) for i, codec in chosen.items()})


def answer_viewer(offer: Offer, chosen: Mapping[int, Codec], ssrcs: Mapping[Kind, int], local: Local) -> str:
    return _answer(offer, local, {i: _sending(codec, ssrcs[codec.kind]) for i, codec in chosen.items()})


def _answer(offer: Offer, local: Local, accepted: Mapping[int, tuple[list[int], list[str]]]) -> str:
    """`accepted`: by section, the payload types and the lines that go with them."""
    bundled = [s.mid for s in offer.sections if s.kind in KINDS and s.mid in offer.bundle]
    lines = [
        "v=0", f"o=- {secrets.randbits(62)} 1 IN IP4 0.0.0.0", "s=-", "t=0 0", "a=ice-lite", "a=msid-semantic:WMS *",
    ]  # fmt: skip
    if any(bundled):
        lines.append("a=group:BUNDLE " + " ".join(bundled))
    for i, section in enumerate(offer.sections):
        if section.kind not in KINDS:
            lines += [f"m={section.kind} 0 {section.protocol} {' '.join(section.formats)}", "c=IN IP4 0.0.0.0"]
            lines += [f"a=mid:{section.mid}"] if section.mid else []
            continue
        types, own = accepted.get(i) or _inactive(section)
        host, port = local.addresses[0]
        lines.append(f"m={section.kind} {port} {section.protocol} {' '.join(map(str, types))}")
        lines.append(f"c=IN {'IP6' if ':' in host else 'IP4'} {host}")
        lines += [f"a=mid:{section.mid}"] if section.mid else []
        lines += own + _transport(local)
    return "\r\n".join(lines) + "\r\n"


def _transport(local: Local) -> list[str]:
    candidates = [
        f"a=candidate:{i} 1 udp {126 << 24 | (65535 - i) << 8 | 255} {host} {port} typ host"
        for i, (host, port) in enumerate(local.addresses, 1)
    ]
    return [
        "a=rtcp-mux", "a=rtcp-rsize", f"a=ice-ufrag:{local.ufrag}", f"a=ice-pwd:{local.password}",
        f"a=fingerprint:{local.fingerprint}", "a=setup:passive", *candidates, "a=end-of-candidates",
    ]  # fmt: skip


def _receiving(section: Section, codec: Codec) -> tuple[list[int], list[str]]:
    lines = ["a=recvonly"]
    if section.transport_wide is not None:
        lines.append(f"a=extmap:{section.transport_wide} {TRANSPORT_WIDE_URI}")
    bitrate = {"x-google-start-bitrate": START_BITRATE_KBPS} if codec.kind == "video" else {}
    lines += _codec_lines(codec, codec.feedback, bitrate)
    if codec.retransmission is None:
        return [codec.payload_type], lines
    lines.append(f"a=rtpmap:{codec.retransmission} rtx/{codec.clock_rate}")
    lines.append(f"a=fmtp:{codec.retransmission} apt={codec.payload_type}")
    return [codec.payload_type, codec.retransmission], lines


def _sending(codec: Codec, ssrc: int) -> tuple[list[int], list[str]]:
    feedback = [f for f in codec.feedback if f in FEEDBACK]
    lines = ["a=sendonly", *_codec_lines(codec, feedback, {})]
    return [codec.payload_type], [*lines, f"a=msid:cadeau {codec.kind}", f"a=ssrc:{ssrc} cname:cadeau"]


def _inactive(section: Section) -> tuple[list[int], list[str]]:
    if not section.codecs:
        return [int(section.formats[0])], ["a=inactive"]
    codec = section.codecs[0]
    return [codec.payload_type], ["a=inactive", *_codec_lines(codec, (), {})]


def _codec_lines(codec: Codec, feedback: Sequence[str], more: Mapping[str, int]) -> list[str]:
    channels = f"/{codec.channels}" if codec.channels > 1 else ""
    lines = [f"a=rtpmap:{codec.payload_type} {codec.name}/{codec.clock_rate}{channels}"]
    parameters = parameters_to_sdp({**codec.parameters, **more})
    if parameters:
        lines.append(f"a=fmtp:{codec.payload_type} {parameters}")
    return lines + [f"a=rtcp-fb:{codec.payload_type} {f}" for f in feedback]
