"""SDP answers (RFC 8866, RFC 9429), written as text: what we accept of an offer, and our addresses."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from live.media.rtp.codec import Codec, Kind, SsrcPair
from live.media.rtp.header_extensions import DEPENDENCY, MID, REPAIRED_RID, RID, SEND_TIME, TRANSPORT_WIDE
from signaling.description import written
from signaling.sdp import EXTENSION_ID_MAX, Offer, Section

START_BITRATE_KBPS = 2500  # Chrome would start at 300 and take a while to reach this
PUBLISHER_FEEDBACK = ("nack", "nack pli", "ccm fir", "transport-cc")  # REMB would limit Chrome
VIEWER_FEEDBACK: Mapping[Kind, tuple[str, ...]] = {
    "video": ("nack", "nack pli", "ccm fir", "goog-remb"),
    "audio": ("nack",),
}
CNAME = "cadeau"
_HOST_UDP, _HOST_TCP = 126, 90  # ICE type preferences: UDP before TCP
_OTHER_WAY = {"sendonly": "/recvonly", "recvonly": "/sendonly", "sendrecv": "", None: ""}
_TCP_PASSIVE = 4  # RFC 6544, 4.2


@dataclass(frozen=True, slots=True)
class Local:
    """Our end of a session, as its answer describes it."""

    ufrag: str
    password: str
    fingerprint: str
    addresses: Sequence[tuple[str, int]]
    tcp_addresses: Sequence[tuple[str, int]] = ()


@dataclass(frozen=True, slots=True)
class _Part:
    """The answer to one section: its payload types and its lines."""

    types: Sequence[int | str]
    lines: Sequence[str]


def answer_publisher(offer: Offer, chosen: Mapping[int, Codec], local: Local) -> str:
    return _answer(offer, local, {i: _receiving(offer.sections[i], codec) for i, codec in chosen.items()})


def answer_viewer(
    offer: Offer, chosen: Mapping[int, Codec], sources: Mapping[Kind, SsrcPair], local: Local, send_time: int = 0,
    dependency: int = 0,
) -> str:  # fmt: skip
    """`send_time`: the id of abs-send-time, without which the viewer estimates no bandwidth; `dependency`: that of the
    dependency descriptor. 0: not negotiated."""
    extensions = {uri: number for uri, number in ((SEND_TIME, send_time), (DEPENDENCY, dependency)) if number}
    parts = {i: _sending(offer.sections[i], codec, sources[codec.kind], extensions) for i, codec in chosen.items()}
    return _answer(offer, local, parts)


def received_extensions(offer: Offer, chosen: Mapping[int, Codec]) -> dict[str, int]:
    """The ids of the header extensions we accept from a publisher. Sections of a bundle share them."""
    found: dict[str, int] = {}
    for i, codec in chosen.items():
        found |= _received(offer.sections[i], codec)
    return found


def send_time_id(offer: Offer, chosen: Mapping[int, Codec]) -> int:
    """The id of abs-send-time, from which a viewer estimates its bandwidth; 0 if it did not offer it. We write only
    one-byte headers, so a larger id is of no use."""
    ids = (offer.sections[i].extensions.get(SEND_TIME, 0) for i, codec in chosen.items() if codec.kind == "video")
    return next((number for number in ids if 1 <= number <= EXTENSION_ID_MAX), 0)


def dependency_id(offer: Offer, chosen: Mapping[int, Codec]) -> int:
    """The id of dependency descriptors for a viewer of AV1; 0 if it did not offer them.

    Also 0 if it does not accept mixed one-byte and two-byte headers: a keyframe's descriptor needs the latter."""
    sections = (offer.sections[i] for i, codec in chosen.items() if codec.name == "AV1")
    return next((s.extensions.get(DEPENDENCY, 0) for s in sections if s.mixed_extensions), 0)


def _received(section: Section, codec: Codec) -> dict[str, int]:
    """Never abs-send-time: publishers that send it expect REMB."""
    wanted = [TRANSPORT_WIDE]
    if section.rids:
        wanted += [MID, RID, REPAIRED_RID]
    if codec.name == "AV1":
        wanted.append(DEPENDENCY)
    return {uri: section.extensions[uri] for uri in wanted if uri in section.extensions}


def _answer(offer: Offer, local: Local, accepted: Mapping[int, _Part]) -> str:
    bundled = [s.mid for s in offer.sections if s.usable and s.mid in offer.bundle]
    lines = [
        "v=0", f"o=- {secrets.randbits(62)} 1 IN IP4 0.0.0.0", "s=-", "t=0 0", "a=ice-lite", "a=msid-semantic:WMS *",
    ]  # fmt: skip
    if any(bundled):
        lines.append("a=group:BUNDLE " + " ".join(bundled))
    for i, section in enumerate(offer.sections):
        if not section.usable:
            lines += [f"m={section.kind} 0 {section.protocol} {' '.join(section.formats)}", "c=IN IP4 0.0.0.0"]
            lines += [f"a=mid:{section.mid}"] if section.mid else []
            continue
        part = accepted.get(i) or _inactive(section)
        host, port = local.addresses[0]
        lines.append(f"m={section.kind} {port} {section.protocol} {' '.join(map(str, part.types))}")
        lines.append(f"c=IN {'IP6' if ':' in host else 'IP4'} {host}")
        lines += [f"a=mid:{section.mid}"] if section.mid else []
        lines += [*part.lines, *_transport(offer, local)]
    return "\r\n".join(lines) + "\r\n"


def _transport(offer: Offer, local: Local) -> list[str]:
    mux = ["a=rtcp-mux", "a=rtcp-mux-only"] if offer.mux_only else ["a=rtcp-mux"]
    setup = "active" if offer.remote.dtls_server else "passive"
    candidates = [
        f"a=candidate:{i} 1 udp {_HOST_UDP << 24 | (65535 - i) << 8 | 255} {host} {port} typ host"
        for i, (host, port) in enumerate(local.addresses, 1)
    ]
    candidates += [
        f"a=candidate:{i} 1 tcp {_HOST_TCP << 24 | (_TCP_PASSIVE << 13 | 8191 - i) << 8 | 255} {host} {port} typ host"
        " tcptype passive"
        for i, (host, port) in enumerate(local.tcp_addresses, 1 + len(local.addresses))
    ]
    return [
        *mux, "a=rtcp-rsize", f"a=ice-ufrag:{local.ufrag}", f"a=ice-pwd:{local.password}",
        f"a=fingerprint:{local.fingerprint}", f"a=setup:{setup}", *candidates, "a=end-of-candidates",
    ]  # fmt: skip


def _receiving(section: Section, codec: Codec) -> _Part:
    lines = ["a=recvonly", *_extension_lines(_received(section, codec), section)]
    types = _types(codec, codec.retransmission)
    bitrate = {"x-google-start-bitrate": START_BITRATE_KBPS} if codec.kind == "video" else {}
    lines += _codec_lines(codec, codec.retransmission, PUBLISHER_FEEDBACK, bitrate)
    if section.rids:
        lines += [f"a=rid:{rid} recv" for rid in section.rids]
        lines.append("a=simulcast:recv " + ";".join(section.rids))
    return _Part(types, lines)


def _sending(section: Section, codec: Codec, source: SsrcPair, extensions: Mapping[str, int]) -> _Part:
    repair = source.repair if codec.retransmission is not None else None
    retransmission = codec.retransmission if repair is not None else None
    agreed = extensions if codec.kind == "video" else {}
    estimates = SEND_TIME in agreed
    lines = ["a=sendonly", *_extension_lines(agreed, section)]
    feedback = [f for f in VIEWER_FEEDBACK[codec.kind] if estimates or f != "goog-remb"]
    # A receiver that plays two channels is told to expect them (RFC 7587, 6.1).
    stereo = {"sprop-stereo": 1} if str(codec.parameters.get("stereo")) == "1" else {}
    lines += _codec_lines(codec, retransmission, feedback, stereo)
    lines.append(f"a=msid:{CNAME} {codec.kind}")
    if repair is not None:
        lines.append(f"a=ssrc-group:FID {source.ssrc} {repair}")
    lines.append(f"a=ssrc:{source.ssrc} cname:{CNAME}")
    if repair is not None:
        lines.append(f"a=ssrc:{repair} cname:{CNAME}")
    return _Part(_types(codec, retransmission), lines)


def _inactive(section: Section) -> _Part:
    if not section.codecs:
        return _Part(section.formats[:1], ["a=inactive"])
    codec = section.codecs[0]
    return _Part(
        [codec.payload_type], ["a=inactive", _rtpmap(codec, codec.name, codec.payload_type), *_fmtp(codec, {})]
    )


def _types(codec: Codec, retransmission: int | None) -> list[int]:
    """Redundant audio first: a sender uses the first one."""
    return [t for t in (codec.redundancy, codec.payload_type, retransmission) if t is not None]


def _extension_lines(ids: Mapping[str, int], section: Section) -> list[str]:
    lines = [f"a=extmap:{number}{_OTHER_WAY[section.one_way_extensions.get(uri)]} {uri}" for uri, number in ids.items()]
    # A keyframe's dependency descriptor does not fit a one-byte header.
    return ["a=extmap-allow-mixed", *lines] if DEPENDENCY in ids and section.mixed_extensions else lines


def _codec_lines(
    codec: Codec, retransmission: int | None, feedback: Sequence[str], more: Mapping[str, int]
) -> list[str]:
    lines = [_rtpmap(codec, codec.name, codec.payload_type), *_fmtp(codec, more)]
    lines += [f"a=rtcp-fb:{codec.payload_type} {f}" for f in feedback if f in codec.feedback]
    if codec.redundancy is not None:
        lines.append(_rtpmap(codec, "red", codec.redundancy))
        lines.append(f"a=fmtp:{codec.redundancy} {codec.payload_type}/{codec.payload_type}")
    if retransmission is not None:
        lines.append(_rtpmap(codec, "rtx", retransmission))
        lines.append(f"a=fmtp:{retransmission} apt={codec.payload_type}")
    return lines


def _rtpmap(codec: Codec, name: str, payload_type: int) -> str:
    channels = f"/{codec.channels}" if codec.channels > 1 else ""
    return f"a=rtpmap:{payload_type} {name}/{codec.clock_rate}{channels}"


def _fmtp(codec: Codec, more: Mapping[str, int]) -> list[str]:
    parameters = written({**codec.parameters, **more})
    return [f"a=fmtp:{codec.payload_type} {parameters}"] if parameters else []
