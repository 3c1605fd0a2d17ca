"""Finds where the links of a line lead, also in spellings that only people follow: `example dot com`."""

from __future__ import annotations

import re
import unicodedata

HOSTS_MAX = 20  # that are looked at in one line: 300 characters have no more in earnest
DOMAIN_CHARS_MAX = 253  # RFC 1035, 2.3.4

# Of what has no scheme, no `www.` and no path, only these endings make a link: others are words after a full stop.
_COMMON = """
app au biz br ch cc click club cn co com cz de dev dk ee eu fi fm fr gg gl gr hr hu icu ie info io jp kr lu ly mx net nl
nz online org pl pt ro ru sh shop site sk store tech tk tv ua uk vip wiki ws xxx xyz
"""
_ENDINGS = frozenset(_COMMON.split())
_DOTS = str.maketrans("\u3002\uff0e\uff61\u2024", "....")
_SPELLED = re.compile(r"\s*[\[({<]\s*(?:dot|point|\.)\s*[\])}>]\s*|(?<=\w)\s+dot\s+(?=\w)")
_APART = re.compile(r"(?<=\w)\s+\.\s*(?=\w)|(?<=\w)\.\s+(?=(?:com|net|org)\b)")
_ADDRESS = re.compile(r"(?:https?|hxxps?|ftp|wss?)\s*:\s*[/\\]{2}\s*([^\s/\\?#]+)")
_NAME = re.compile(
    r"(?<![\w@.-])((?:[\w-]{1,63}\.){1,8}(?:[^\W\d_]{2,24}|xn--[\w-]{1,59})|\d{1,3}(?:\.\d{1,3}){3})(?![\w-])([/:\\?#]?)"
)


def hosts_in(text: str) -> list[str]:
    """The hosts that a line links to, in the form of `domain_of`."""
    line = unicodedata.normalize("NFKC", text.translate(_DOTS)).casefold()
    line = "".join(one for one in line if unicodedata.category(one) != "Cf")
    line = _APART.sub(".", _SPELLED.sub(".", line))
    found = [_of_authority(match[1]) for match in _ADDRESS.finditer(line)]
    for match in _NAME.finditer(_ADDRESS.sub(" ", line)):
        name, after = match[1], match[2]
        numbers = name.replace(".", "").isdecimal()
        if after in ("/", ":") or name.startswith("www.") or (name.rpartition(".")[2] in _ENDINGS and not numbers):
            found.append(_plain(name))
    return found[:HOSTS_MAX]


def domain_of(text: str) -> str | None:
    """A domain that somebody typed, as it is compared: small letters, without `www.`; None if it is none."""
    line = unicodedata.normalize("NFKC", text.strip().translate(_DOTS)).casefold()
    address = _ADDRESS.match(line)
    plain = _of_authority(address[1]) if address else _plain(line.partition("/")[0])
    good = "." in plain and len(plain) <= DOMAIN_CHARS_MAX and re.fullmatch(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+", plain)
    return plain if good else None


def is_listed(host: str, domains: frozenset[str]) -> bool:
    """Whether a host is one of these domains, or below one."""
    while host:
        if host in domains:
            return True
        host = host.partition(".")[2]
    return False


def _of_authority(authority: str) -> str:
    """RFC 3986, 3.2: what a browser connects to is behind the last `@`."""
    host = authority.rpartition("@")[2]
    return _plain(host if host.startswith("[") else host.partition(":")[0])


def _plain(host: str) -> str:
    host = host.strip(".,;!'\"()<>").removeprefix("www.")
    try:
        return host if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        return host
