"""Handles that nobody may take: words of this site's own, and what looks like the handle of one of its staff."""

from __future__ import annotations

from sqlalchemy import Connection, select

from people.errors import HandleReserved
from people.tables import people

_WORDS = """
abuse account accounts admin administrator administration ads advertising api assistance billing cadeau cadeauofficial
cadeauteam contact customerservice everyone feedback finance help helpdesk info legal login mail me mod moderation
moderator moderators noreply notifications null official officiel operator owner payments payouts postmaster press
privacy root safety sales security server service settings shop signin signup staff status support sysadmin system team
teamcadeau trust undefined verified webmaster
aide administrateur administratrice equipe moderateur moderatrice paiement paiements securite serviceclient
"""
RESERVED = frozenset(_WORDS.split())
_LOOKS = str.maketrans(
    {"0": "o", "1": "l", "i": "l", "j": "l", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "9": "g", "q": "g",
     "_": "", ".": ""}
)  # fmt: skip
_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"), ("uu", "w"), ("nn", "m"))


def skeleton(handle: str) -> str:
    """What the eye reads: two handles with the same one are taken for each other."""
    text = handle.translate(_LOOKS)
    for pair, one in _PAIRS:
        text = text.replace(pair, one)
    return text


_RESERVED_LOOKS = frozenset(map(skeleton, RESERVED))


def check_reserved(connection: Connection, handle: str, person: str = "") -> None:
    """For everybody but `person`, who may have such a handle already. Raises HandleReserved."""
    looks = skeleton(handle)
    if looks in _RESERVED_LOOKS:
        raise HandleReserved
    staff = select(people.c.handle).where(people.c.role.in_(("moderator", "admin")), people.c.id != person)
    if any(skeleton(theirs) == looks for theirs in connection.execute(staff).scalars()):
        raise HandleReserved
