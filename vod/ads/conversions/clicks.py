"""The click id in the address of a landing page."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

CLICK_PARAMETER = "cadeau_click"


def with_click(url: str, click: str) -> str:
    """The address with the click id, as the last of its parameters."""
    parts = urlsplit(url)
    query = f"{parts.query}&" if parts.query else ""
    return urlunsplit(parts._replace(query=f"{query}{CLICK_PARAMETER}={click}"))
