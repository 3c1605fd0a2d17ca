"""The ledger: double entry in integers, with pure rules and a thin SQL shell."""

from money.ledger.ledger import PROOFS, Finding, Ledger, verify

__all__ = ["PROOFS", "Finding", "Ledger", "verify"]
