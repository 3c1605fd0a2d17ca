"""What a request's User-Agent says: a class of device, or a program that no ad is billed for."""

from __future__ import annotations

import re
from functools import lru_cache

from vod.ads.campaigns.campaign import Device

AGENT_CHARS_MAX = 500
AGENTS_REMEMBERED_MAX = 4_096

_PROGRAMS = re.compile(
    r"bot\b|bot/|spider|crawl|slurp|headless|phantom|selenium|puppeteer|playwright|preview|fetcher|monitor|scrap"
    r"|curl/|wget/|python|httpx|aiohttp|java/|go-http|okhttp|libwww|facebookexternalhit|lighthouse",
    re.IGNORECASE,
)
_TABLETS = re.compile(r"iPad|Tablet|PlayBook|Silk(?!.*Mobile)|Android(?!.*Mobile)")
_PHONES = re.compile(r"iPhone|iPod|Android.*Mobile|Windows Phone|Mobile")


@lru_cache(maxsize=AGENTS_REMEMBERED_MAX)
def device_of(agent: str) -> Device:
    text = agent[:AGENT_CHARS_MAX]
    if _TABLETS.search(text):
        return "tablet"
    return "phone" if _PHONES.search(text) else "desktop"


@lru_cache(maxsize=AGENTS_REMEMBERED_MAX)
def is_program(agent: str) -> bool:
    """Crawlers, link previews, and browsers without a screen; also whoever does not say what it is."""
    text = agent[:AGENT_CHARS_MAX]
    return not text.strip() or _PROGRAMS.search(text) is not None
