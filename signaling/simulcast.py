"""Simulcast in an offer (RFC 8853, RFC 8851): which encodings of its video a publisher would send."""

from __future__ import annotations

import re
from collections.abc import Sequence

RIDS_MAX = 4  # we accept the first ones
_RID = re.compile(r"[A-Za-z0-9_-]{1,16}")


def sent_rids(lines: Sequence[str]) -> list[str]:
    """The rids that a section's `a=simulcast` sends, in its order; none if any of it is malformed.

    The first of several alternatives counts. A paused one (`~`) may be sent later, so it counts too.
    """
    offered = {line[len("a=rid:") :].split()[0] for line in lines if _sends(line)}
    for line in lines:
        if line.startswith("a=simulcast:"):
            words = line[len("a=simulcast:") :].split()
            if "send" not in words[:-1]:
                return []
            encodings = words[words.index("send") + 1].split(";")
            rids = [encoding.split(",")[0].removeprefix("~") for encoding in encodings]
            if len(set(rids)) < len(rids) or not all(_RID.fullmatch(rid) and rid in offered for rid in rids):
                return []
            return rids[:RIDS_MAX]
    return []


def _sends(line: str) -> bool:
    return line.startswith("a=rid:") and line[len("a=rid:") :].split()[1:2] == ["send"]
