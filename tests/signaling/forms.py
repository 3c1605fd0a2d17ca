"""Forms that the grammars of session descriptions allow, each as a variant of one offer: RFC 8866, RFC 3264, RFC 8285,
RFC 9143, RFC 9429, RFC 8858, RFC 6184 and RFC 7587."""

from __future__ import annotations

import re

from tests.signaling.corpus import PUBLISHERS

BASE = PUBLISHERS["OBS"]
_MID = "a=mid:1\r\n"


def _replaced(*pairs: tuple[str, str]) -> str:
    text = BASE
    for before, after in pairs:
        assert before in text
        text = text.replace(before, after)
    return text


def _with(*lines: str) -> str:
    """More lines in the video section."""
    return _replaced((_MID, "".join(f"{line}\r\n" for line in lines) + _MID))


def _session_with(*lines: str) -> str:
    return _replaced(("t=0 0\r\n", "t=0 0\r\n" + "".join(f"{line}\r\n" for line in lines)))


def _in_session(name: str) -> str:
    """The sections' attribute of this name moved to the session."""
    line = next(line for line in BASE.splitlines() if line.startswith(f"a={name}:"))
    return _session_with(line).replace(f"\r\n{line}\r\n", "\r\n").replace("t=0 0\r\n", f"t=0 0\r\n{line}\r\n")


ODD_MID = "!#$%&'*+-.^_`{|}~0"
DIGEST = BASE.split("sha-256 ")[1].splitlines()[0]
FORMS = {
    "LF alone": BASE.replace("\r\n", "\n"),
    "CR alone": BASE.replace("\r\n", "\r"),
    "no end of the last line": BASE.rstrip(),
    "empty lines": BASE.replace("m=video", "\r\nm=video") + "\r\n\r\n",
    "a byte order mark": "\ufeff" + BASE,
    "white space at the ends of lines": BASE.replace("\r\n", " \t\r\n"),
    "lines of every type in the session": _replaced(
        (
            "s=-\r\nt=0 0\r\n",
            "s= \r\ni=A show\r\nu=https://example.com/\r\ne=a@example.com\r\np=+1 617 555-6011\r\nc=IN IP6 ::1\r\n"
            "b=AS:128\r\nt=3034423619 3042462419\r\nr=7d 1h 0 25h\r\nz=2882844526 -1h\r\nk=prompt\r\n",
        )
    ),
    "lines of every type in a section": _with("i=The picture", "b=TIAS:2500000", "k=clear:x"),
    "unknown attributes": _with("a=x-flag", "a=x-value:1:2:3", "a=", "a=:"),
    "an unknown type of line": _with("y=1"),
    "names in capitals": _replaced(
        ("a=rtpmap", "a=RTPMAP"),
        ("opus/48000", "OPUS/48000"),
        ("H264/", "h264/"),
        ("a=setup:actpass", "a=setup:ACTPASS"),
        ("sha-256", "SHA-256"),
        ("packetization-mode", "Packetization-Mode"),
        ("BUNDLE", "bundle"),
        ("nack pli", "NACK PLI"),
        ("sendonly", "SENDONLY"),
    ),
    "spaces in parameters": _replaced(
        ("packetization-mode=1;", " packetization-mode = 1 ; "), ("apt=96", "apt=96; rtx-time=200;")
    ),
    "spaces between words": _replaced(
        ("m=video 9 UDP/TLS/RTP/SAVPF 96 97", "m=video  9  UDP/TLS/RTP/SAVPF  96\t97 "),
        ("a=rtpmap:96 ", "a=rtpmap:96   "),
        ("BUNDLE 0 1", "BUNDLE  0   1"),
        ("nack pli", "nack  pli"),
        ("sha-256 ", "sha-256  "),
    ),
    "a space behind the colon": _replaced(
        ("a=mid:", "a=mid: "), ("a=ice-ufrag:", "a=ice-ufrag: "), ("a=rtpmap:", "a=rtpmap: ")
    ),
    "a number of ports": _replaced(("m=video 9 ", "m=video 9/2 ")),
    "the protocol of TCP": _replaced(("UDP/TLS/RTP/SAVPF", "TCP/DTLS/RTP/SAVPF")),
    "the protocol of old browsers": _replaced(("UDP/TLS/RTP/SAVPF", "RTP/SAVPF")),
    "static payload types without a map": _replaced(("SAVPF 111", "SAVPF 0 8 111")),
    "a format mapped twice": _with("a=rtpmap:96 H264/90000"),
    "maps of formats that are not listed": _with("a=rtpmap:33 VP8/90000", "a=fmtp:44 x=y", "a=rtcp-fb:55 nack"),
    "malformed attributes": _with(
        "a=rtpmap:x", "a=rtpmap:95", "a=fmtp:", "a=extmap:y z", "a=rtcp-fb", "a=ssrc:", "a=candidate:"
    ),
    "feedback for all formats": _replaced(("a=rtcp-fb:96 ", "a=rtcp-fb:* ")),
    "H264 without a profile": _replaced(("profile-level-id=42e01f;", "")),
    "H264 without parameters": re.sub(r"a=fmtp:96 .*\r\n", "", BASE),
    "H264 in single packets": _replaced(("packetization-mode=1", "packetization-mode=0")),
    "opus without parameters": re.sub(r"a=fmtp:111 .*\r\n", "", BASE),
    "odd mids": _replaced(("a=mid:0", f"a=mid:{ODD_MID}"), ("BUNDLE 0", f"BUNDLE {ODD_MID}"), ("LS 0", "LS x")),
    "several groups": _replaced(
        ("a=group:BUNDLE 0 1", "a=group:\r\na=group:FID 0\r\na=group:BUNDLE 0 1\r\na=group:BUNDLE 7")
    ),
    "a bundle in another order": _replaced(("BUNDLE 0 1", "BUNDLE 1 0")),
    "no setup": _replaced(("a=setup:actpass\r\n", "")),
    "setup active": _replaced(("a=setup:actpass", "a=setup:active")),
    "fingerprints of other kinds": _replaced(
        ("a=fingerprint:", "a=fingerprint:sha-1 AA:BB\r\na=fingerprint:md2 x\r\na=fingerprint:")
    ),
    "a fingerprint in lower case": BASE.replace(DIGEST, DIGEST.lower()),
    "the session's fingerprint": _in_session("fingerprint"),
    "the session's ufrag": _in_session("ice-ufrag"),
    "the session's password": _in_session("ice-pwd"),
    "the session's setup": _in_session("setup"),
    "the session's direction": _session_with("a=sendonly").replace("\r\na=sendonly\r\na=ssrc", "\r\na=ssrc"),
    "no direction": _replaced(("a=sendonly\r\n", "")),
    "rtcp-mux-only": _replaced(("a=rtcp-mux\r\n", "a=rtcp-mux-only\r\n")),
    "extensions with directions and attributes": _with(
        "a=extmap:1/sendonly urn:ietf:params:rtp-hdrext:sdes:mid",
        "a=extmap:2/SendOnly urn:x:y par=1 z",
        "a=extmap:3/inactive urn:a:b",
        "a=extmap:4096/sendrecv urn:c:d",
    ),
    "a disabled section": BASE + "m=video 0 UDP/TLS/RTP/SAVPF 98\r\nc=IN IP4 0.0.0.0\r\na=mid:2\r\na=sendonly\r\n",
    "an inactive section": _replaced(("BUNDLE 0 1", "BUNDLE 0 1 2"))
    + "m=video 9 UDP/TLS/RTP/SAVPF 98\r\na=mid:2\r\na=inactive\r\na=rtpmap:98 VP8/90000\r\n",
    "a section of text": BASE + "m=text 9 UDP/TLS/RTP/SAVPF 98\r\na=mid:2\r\na=rtpmap:98 t140/1000\r\n",
    "a section of another protocol": BASE + "m=video 9 RTSP/FLUTE 98\r\na=mid:2\r\n",
    "a bare bundle-only section": re.sub(
        r"m=video 9 (.*?)a=mid:1",
        r"m=video 0 UDP/TLS/RTP/SAVPF 96 97\r\na=bundle-only\r\na=mid:1",
        BASE,
        flags=re.DOTALL,
    ),
}
