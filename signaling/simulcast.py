"""Simulcast in an offer (RFC 8853, RFC 8851): which encodings of its video a publisher would send."""

from __future__ import annotations

import re

from signaling.description import Attributes

RIDS_MAX = 4  # we accept the first ones
ENCODINGS_MAX = 64  # with more, it counts as malformed
_RID = re.compile(r"[A-Za-z0-9_-]{1,16}")


def sent_rids(attributes: Attributes) -> list[str]:
    """The rids that a section's `a=simulcast` sends, in its order; none if any of it is malformed.

    The first of several alternatives counts. A paused one (`~`) may be sent later, so it counts too.
    """
    words = [value.split() for name, value in attributes if name == "rid"]
    offered = {rid[0] for rid in words if [word.lower() for word in rid[1:2]] == ["send"]}
    for name, value in attributes:
        if name == "simulcast":
            given = value.split()
            directions = [word.lower() for word in given[:-1]]
            if "send" not in directions:
                return []
            encodings = given[directions.index("send") + 1].split(";", ENCODINGS_MAX)
            rids = [encoding.split(",")[0].removeprefix("~") for encoding in encodings]
            if len(set(rids)) < len(rids) or not all(_RID.fullmatch(rid) and rid in offered for rid in rids):
                return []
            return rids[:RIDS_MAX]
    return []
