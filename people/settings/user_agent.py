"""A browser and a system, in words that people know their devices by. Nothing else of the User-Agent is kept."""

from __future__ import annotations

USER_AGENT_CHARS_MAX = 500

_BROWSERS = (  # the first that is found: most of them also claim to be the ones below them
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Vivaldi", "Vivaldi"),
    ("Firefox/", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def described(user_agent: str) -> tuple[str, str]:
    """The browser and the system; each is empty if it is none of those we know."""
    text = user_agent[:USER_AGENT_CHARS_MAX]
    return _first(_BROWSERS, text), _first(_SYSTEMS, text)


def _first(names: tuple[tuple[str, str], ...], text: str) -> str:
    return next((name for mark, name in names if mark in text), "")
