"""The web client's forms use the server's limits."""

from __future__ import annotations

import re

import pytest

from chat.kinds.say import CHAT_TEXT_CHARS_MAX
from live.rooms import TITLE_CHARS_MAX
from money.payouts.people import identities
from money.payouts.rails import hand, sepa
from money.purchases.routes import REFUND_NOTE_CHARS_MAX
from money.signals.signals import SIGNAL_NOTE_CHARS_MAX
from people.accounts import BIO_CHARS_MAX, HANDLE, NAME_CHARS_MAX, Password
from tests.served import ROOT
from trust.reports import REPORT_TEXT_CHARS_MAX
from vod.catalogue.comments import COMMENT_CHARS_MAX
from vod.catalogue.videos import CAPTION_CHARS_MAX
from vod.library.collections import COLLECTION_NAME_CHARS_MAX
from vod.search.query import QUERY_CHARS_MAX
from vod.sounds.sounds import SOUND_TITLE_CHARS_MAX
from vod.uploads.tus import UPLOAD_BYTES_MAX

API = ROOT / "static" / "src" / "api"
LIMITS = {
    name: int(value) for name, value in re.findall(r"const (\w+) = (\d+)$", (API / "limits.ts").read_text(), re.M)
}


@pytest.mark.parametrize(
    ("name", "limit"),
    [
        ("NAME_CHARS_MAX", NAME_CHARS_MAX), ("BIO_CHARS_MAX", BIO_CHARS_MAX), ("TITLE_CHARS_MAX", TITLE_CHARS_MAX),
        ("CAPTION_CHARS_MAX", CAPTION_CHARS_MAX), ("COMMENT_CHARS_MAX", COMMENT_CHARS_MAX),
        ("COLLECTION_NAME_CHARS_MAX", COLLECTION_NAME_CHARS_MAX), ("REPORT_TEXT_CHARS_MAX", REPORT_TEXT_CHARS_MAX),
        ("CHAT_TEXT_CHARS_MAX", CHAT_TEXT_CHARS_MAX), ("SOUND_TITLE_CHARS_MAX", SOUND_TITLE_CHARS_MAX),
        ("SIGNAL_NOTE_CHARS_MAX", SIGNAL_NOTE_CHARS_MAX), ("REFUND_NOTE_CHARS_MAX", REFUND_NOTE_CHARS_MAX),
        ("QUERY_CHARS_MAX", QUERY_CHARS_MAX), ("LEGAL_NAME_CHARS_MAX", identities.NAME_CHARS_MAX),
        ("HOLDER_CHARS_MAX", sepa.NAME_CHARS_MAX), ("DETAILS_CHARS_MAX", hand.DETAILS_CHARS_MAX),
        ("REASON_CHARS_MAX", identities.REASON_CHARS_MAX),
        ("PASSWORD_CHARS_MIN", Password.__metadata__[0].min_length),  # type: ignore[attr-defined]
        ("PASSWORD_CHARS_MAX", Password.__metadata__[0].max_length),  # type: ignore[attr-defined]
    ],
)  # fmt: skip
def test_the_client_has_the_servers_limit(name: str, limit: int) -> None:
    assert LIMITS[name] == limit


def test_the_client_accepts_exactly_the_lengths_of_handles_that_the_server_accepts() -> None:
    for length in range(1, 40):
        fits = LIMITS["HANDLE_CHARS_MIN"] <= length <= LIMITS["HANDLE_CHARS_MAX"]
        assert bool(HANDLE.match("a" * length)) == fits


def test_the_client_knows_the_largest_upload() -> None:
    assert f"UPLOAD_BYTES_MAX = {UPLOAD_BYTES_MAX // 2**20} * 1024 * 1024" in (API / "uploads.ts").read_text()


def test_no_limit_on_text_is_named_anywhere_else_in_the_client() -> None:
    sources = [
        path for path in (API.parent).rglob("*") if path.suffix in (".ts", ".svelte") and path.name != "limits.ts"
    ]
    assert len(sources) > 100
    assert [path.name for path in sources if re.search(r"CHARS_MAX = |maxlength=\"", path.read_text())] == []
