"""What people may spend on gifts, and what they have spent."""

from money.spending.guard import SpendingGuard
from money.spending.limits import Limits, SpendingLimits
from money.spending.rules import Caps

__all__ = ["Caps", "Limits", "SpendingGuard", "SpendingLimits"]
