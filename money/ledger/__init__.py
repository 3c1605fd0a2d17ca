"""The ledger: double entry in integers, with pure rules and a thin SQL shell."""

from core.database.proofs import Finding
from money.ledger.ledger import Ledger
from money.ledger.proofs import PROOFS, verify

__all__ = ["PROOFS", "Finding", "Ledger", "verify"]
