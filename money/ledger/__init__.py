"""The ledger: double entry in integers, with pure rules and a thin SQL shell."""

from core.database.proofs import Finding
from money.ledger.ledger import Ledger

__all__ = ["Finding", "Ledger"]
