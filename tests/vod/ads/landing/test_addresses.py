"""Where an ad may lead."""

from __future__ import annotations

import pytest

from vod.ads.landing.addresses import URL_CHARS_MAX, landing_page
from vod.errors import InvalidLandingPage


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("https://bakery.example", "https://bakery.example/"),
        ("  https://Bakery.Example/Menu?day=1#top ", "https://bakery.example/Menu?day=1#top"),
        ("https://bakery.example:443/x", "https://bakery.example/x"),
        ("https://bäckerei.example/brot", "https://xn--bckerei-5wa.example/brot"),
        ("https://xn--bckerei-5wa.example/", "https://xn--bckerei-5wa.example/"),
        ("https://a.b.c.example/" + "x" * 800, "https://a.b.c.example/" + "x" * 800),
    ],
)
def test_public_addresses_are_stored_as_they_are_opened(text: str, stored: str) -> None:
    assert landing_page(text) == stored


@pytest.mark.parametrize(
    "text",
    [
        "", "bakery.example", "//bakery.example", "http://bakery.example/", "javascript:alert(1)",
        "JavaScript:alert(1)",
        "data:text/html,x", "file:///etc/passwd", "ftp://bakery.example/", "https:bakery.example", "https:///x",
        "https://", "https://localhost/", "https://127.0.0.1/", "https://127.1/", "https://0x7f000001/",
        "https://2130706433/", "https://[::1]/", "https://[::ffff:10.0.0.1]/", "https://10.0.0.1/",
        "https://169.254.169.254/latest/meta-data", "https://router.local/", "https://db.internal/", "https://intranet/",
        "https://user@bakery.example/", "https://bank.example@evil.example/", "https://user:pw@bakery.example/",
        "https://bakery.example:8443/", "https://bakery.example:/", "https://bakery.example:99999/",
        "https://bakery.example\\@evil.example/", "https://bakery.example/\u202efdp.exe", "https://bakery\u200b.example/",
        "https://bakery.example/a b", "https://bakery.example/\n", "https://bak\tery.example/", "https://-bad.example/",
        "https://bad-.example/", "https://a..example/", "https://.example/", "https://example./", "https://exa_mple.com/",
        "https://" + "a" * 64 + ".example/", "https://" + ".".join(["a" * 60] * 5) + ".example/",
        "https://bakery.example/" + "x" * URL_CHARS_MAX, "https://\uff11\uff12\uff17.0.0.1/", "https://１２７.1/",
        "https://bakery.example%2fevil.example/", "https://[bakery.example/", "https://x.onion/",
        "https://" + "\u00fc" * 300 + ".example/",
    ],
)  # fmt: skip
def test_other_addresses_are_refused(text: str) -> None:
    with pytest.raises(InvalidLandingPage):
        landing_page(text)
