"""Offers of all kinds of clients, from `clients/` and `offers.py`."""

from __future__ import annotations

from pathlib import Path

from tests.signaling.offers import FIREFOX_SIMULCAST, OBS_SIMULCAST, chrome_publisher, chrome_viewer

FOLDER = Path(__file__).parent / "clients"


def _read(name: str, direction: str = "sendonly") -> str:
    """With lines ended as RFC 8866 demands."""
    text = (FOLDER / f"{name}.sdp").read_text().replace("{direction}", direction)
    return text.replace("\n", "\r\n")


PUBLISHERS = {
    "Chromium": chrome_publisher(simulcast=False),
    "Chromium, simulcast": chrome_publisher(),
    "Firefox, simulcast": FIREFOX_SIMULCAST,
    "Safari": _read("safari"),
    "OBS": _read("obs"),
    "OBS, simulcast": OBS_SIMULCAST,
    "GStreamer": _read("gstreamer"),
    "ffmpeg": _read("ffmpeg"),
    "ffmpeg, dtls_active": _read("ffmpeg").replace("a=setup:passive", "a=setup:active"),
    "aiortc": _read("aiortc"),
    "medooze": _read("medooze"),
    "simple-whip-client": _read("simple-whip-client"),
}
VIEWERS = {
    "Chromium": chrome_viewer(),
    "Firefox": _read("firefox-viewer"),
    "Safari": _read("safari", "recvonly"),
    "GStreamer": _read("gstreamer", "recvonly"),
    "aiortc": _read("aiortc", "recvonly"),
}
