"""Who may approve payouts: admins. Moderators see rooms and reports, not money."""

from __future__ import annotations

from core.errors import NotAllowed
from core.http import Call


def admin_of(call: Call) -> str:
    """The id of the admin behind a request. Raises NotAllowed."""
    if call.identity.role != "admin":
        raise NotAllowed("Only admins may do this.")
    return call.identity.id
