"""Landing pages: only addresses of the public web that a viewer can judge before opening them.

The server never opens one, so what is refused here protects viewers: other schemes, addresses inside their networks,
sign-in data that looks like another site's name.
"""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit, urlunsplit

from vod.errors import InvalidLandingPage

URL_CHARS_MAX = 1_000
HOST_CHARS_MAX = 253

_UNSEEN = re.compile(r"[\x00-\x20\x7f-\xa0\u00ad\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\\]")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\Z")
_TOP = re.compile(r"(?:[a-z]{2,63}|xn--[a-z0-9-]{1,59})\Z")  # never a number: so no IP address in any notation
_PRIVATE = ("localhost", "local", "internal", "intranet", "lan", "home", "corp", "onion", "test", "invalid", "arpa")


def landing_page(text: str) -> str:
    """The address as it is stored and shown: its host in lower case and in ASCII. Raises InvalidLandingPage."""
    if len(text) > URL_CHARS_MAX:
        raise InvalidLandingPage(f"An address has at most {URL_CHARS_MAX} characters.")
    if _UNSEEN.search(text.strip(" ")):
        raise InvalidLandingPage("The address contains characters that cannot be seen.")
    try:
        parts = urlsplit(text.strip(" "))
        port = parts.port
    except ValueError:
        raise InvalidLandingPage("This is not an address of a web page.") from None
    if parts.scheme != "https":
        raise InvalidLandingPage("The address must begin with https://.")
    if "@" in parts.netloc:
        raise InvalidLandingPage("The address must not contain a user name or a password.")
    if port not in (None, 443) or parts.netloc.endswith(":"):
        raise InvalidLandingPage("The address must not name a port.")
    made = urlunsplit(SplitResult("https", _host(parts.hostname or ""), parts.path or "/", parts.query, parts.fragment))
    if len(made) > URL_CHARS_MAX:
        raise InvalidLandingPage(f"An address has at most {URL_CHARS_MAX} characters.")
    return made


def _host(name: str) -> str:
    try:
        host = name.encode("idna").decode().lower() if not name.isascii() else name.lower()
    except UnicodeError:
        raise InvalidLandingPage("The name of the site is not valid.") from None
    labels = host.split(".")
    if len(host) > HOST_CHARS_MAX or len(labels) < 2 or not all(map(_LABEL.match, labels)):
        raise InvalidLandingPage("The name of the site is not valid.")
    if not _TOP.match(labels[-1]) or labels[-1] in _PRIVATE:
        raise InvalidLandingPage("The address must lead to a site on the public web.")
    return host
