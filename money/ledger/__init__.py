"""The ledger: double entry in integers, with pure rules and a thin SQL shell."""

from money.ledger.ledger import PROOFS, Finding, Guard, Ledger, verify

__all__ = ["PROOFS", "Finding", "Guard", "Ledger", "verify"]
