"""Offers as Chrome, OBS and Firefox write them, shortened to what an answer may depend on."""

from __future__ import annotations

_SESSION = """v=0
o=- 4611731400430051336 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0 1
{more}"""

_TRANSPORT = """c=IN IP4 0.0.0.0
a=ice-ufrag:F7gI
a=ice-pwd:x9cml/YzichV2+XlhiMu8g
a=fingerprint:sha-256 D2:FA:0E:C3:22:59:5E:14:95:69:92:3D:13:B4:84:24:2C:C2:A2:C0:3E:FD:34:8E:5E:EA:6F:AF:52:CE:E6:0F
a=setup:actpass
a=rtcp-mux
"""

_FEEDBACK = ("goog-remb", "transport-cc", "ccm fir", "nack", "nack pli")


def _codec(number: int, name: str, fmtp: str = "", rtx: int = 0, feedback: tuple[str, ...] = _FEEDBACK) -> str:
    lines = [f"a=rtpmap:{number} {name}"]
    lines += [f"a=rtcp-fb:{number} {word}" for word in feedback]
    lines += [f"a=fmtp:{number} {fmtp}"] if fmtp else []
    lines += [f"a=rtpmap:{rtx} rtx/90000", f"a=fmtp:{rtx} apt={number}"] if rtx else []
    return "\n".join(lines) + "\n"


_CHROME_AUDIO = (
    "m=audio 9 UDP/TLS/RTP/SAVPF {types}\n"
    + _TRANSPORT
    + """a=mid:0
a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
a={direction}
a=rtcp-rsize
"""
    + _codec(111, "opus/48000/2", "minptime=10;useinbandfec=1", feedback=("transport-cc", "nack"))
    + _codec(63, "red/48000/2", "111/111", feedback=())
    + _codec(9, "G722/8000", feedback=())
)

_CHROME_VIDEO = (
    "m=video 9 UDP/TLS/RTP/SAVPF 96 97 102 103 45 46 98 99 118\n"
    + _TRANSPORT
    + """a=mid:1
a=extmap:14 urn:ietf:params:rtp-hdrext:toffset
a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
a=extmap:13 urn:3gpp:video-orientation
a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id
a=extmap:11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id
a=extmap:12 https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension
a={direction}
a=rtcp-rsize
"""
    + _codec(96, "VP8/90000", rtx=97)
    + _codec(102, "H264/90000", "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f", 103)
    + _codec(45, "AV1/90000", "level-idx=5;profile=0;tier=0", 46)
    + _codec(98, "VP9/90000", "profile-id=0", 99)
    + _codec(118, "red/90000", feedback=())
)

_CHROME_SIMULCAST = "a=rid:l send\na=rid:m send\na=rid:h send\na=simulcast:send l;m;h\n"


def chrome_publisher(types: str = "111 63 9", *, simulcast: bool = True) -> str:
    session = _SESSION.format(more="a=extmap-allow-mixed\na=msid-semantic: WMS d1a2\n")
    text = session + _CHROME_AUDIO.replace("{types}", types) + _CHROME_VIDEO
    return text.replace("{direction}", "sendonly") + (_CHROME_SIMULCAST if simulcast else "")


def chrome_viewer(types: str = "111 63 9") -> str:
    session = _SESSION.format(more="a=extmap-allow-mixed\na=msid-semantic: WMS\n")
    return (session + _CHROME_AUDIO.replace("{types}", types) + _CHROME_VIDEO).replace("{direction}", "recvonly")


OBS_SIMULCAST = (
    _SESSION.format(more="a=group:LS 0 1\na=msid-semantic:WMS *\na=ice-options:ice2,trickle\n")
    + "m=audio 9 UDP/TLS/RTP/SAVPF 111\n"
    + _TRANSPORT
    + "a=mid:0\na=sendonly\na=ssrc:2124085007 cname:MX4TMkQEzrMYXoJ0\n"
    + _codec(111, "opus/48000/2", "minptime=10;maxaveragebitrate=96000;stereo=1;sprop-stereo=1;useinbandfec=1", 0, ())
    + "m=video 9 UDP/TLS/RTP/SAVPF 96 97\n"
    + _TRANSPORT
    + "a=mid:1\na=sendonly\n"
    + "a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid\na=extmap:2 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\n"
    + "a=rid:0 send\na=rid:1 send\na=rid:2 send\na=simulcast:send 0;1;2\n"
    + _codec(
        96,
        "H264/90000",
        "profile-level-id=42e01f;packetization-mode=1;level-asymmetry-allowed=1",
        97,
        ("nack", "nack pli", "goog-remb"),
    )
)

FIREFOX_SIMULCAST = (
    "v=0\no=mozilla...THIS_IS_SDPARTA-99.0 6210373562317843 0 IN IP4 0.0.0.0\ns=-\nt=0 0\n"
    "a=fingerprint:sha-256 "
    "14:95:69:92:3D:13:B4:84:24:2C:C2:A2:C0:3E:FD:34:8E:5E:EA:6F:AF:52:CE:E6:0F:D2:FA:0E:C3:22:59:5E\n"
    "a=group:BUNDLE 0 1\na=ice-options:trickle\na=msid-semantic:WMS *\n"
    "m=audio 9 UDP/TLS/RTP/SAVPF 109 9 101\nc=IN IP4 0.0.0.0\na=sendonly\n"
    "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\n"
    "a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid\n"
    "a=fmtp:109 maxplaybackrate=48000;stereo=1;useinbandfec=1\na=fmtp:101 0-15\n"
    "a=ice-pwd:ac9a8a2d6d8c49d5b6ecb28e0a3d9a6f\na=ice-ufrag:1a2b3c4d\na=mid:0\na=msid:- {0d9c4a53}\na=rtcp-mux\n"
    "a=rtpmap:109 opus/48000/2\na=rtpmap:9 G722/8000/1\na=rtpmap:101 telephone-event/8000/1\na=setup:actpass\n"
    "m=video 9 UDP/TLS/RTP/SAVPF 120 124 126 127\nc=IN IP4 0.0.0.0\na=sendonly\n"
    "a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid\n"
    "a=extmap:4 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time\n"
    "a=extmap:6/recvonly http://www.webrtc.org/experiments/rtp-hdrext/playout-delay\n"
    "a=extmap:7 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\n"
    "a=extmap:8/sendonly urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\n"
    "a=extmap:9/sendonly urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id\n"
    "a=fmtp:126 profile-level-id=42e01f;level-asymmetry-allowed=1;packetization-mode=1\n"
    "a=fmtp:120 max-fs=12288;max-fr=60\na=fmtp:124 apt=120\na=fmtp:127 apt=126\n"
    "a=ice-pwd:ac9a8a2d6d8c49d5b6ecb28e0a3d9a6f\na=ice-ufrag:1a2b3c4d\na=mid:1\na=msid:- {c1f7b6a0}\n"
    "a=rid:f send\na=rid:h send\na=rid:q send\n"
    "a=rtcp-fb:120 nack\na=rtcp-fb:120 nack pli\na=rtcp-fb:120 ccm fir\n"
    "a=rtcp-fb:120 goog-remb\na=rtcp-fb:120 transport-cc\n"
    "a=rtcp-fb:126 nack\na=rtcp-fb:126 nack pli\na=rtcp-fb:126 ccm fir\n"
    "a=rtcp-fb:126 goog-remb\na=rtcp-fb:126 transport-cc\n"
    "a=rtcp-mux\na=rtcp-rsize\n"
    "a=rtpmap:120 VP8/90000\na=rtpmap:124 rtx/90000\na=rtpmap:126 H264/90000\na=rtpmap:127 rtx/90000\n"
    "a=setup:actpass\na=simulcast:send f;h;q\na=ssrc:1183456077 cname:{5a1f}\n"
)
