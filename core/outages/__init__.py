"""Outages: which errors pass by themselves, and what a long-running task does meanwhile."""

from core.outages.errors import is_outage
from core.outages.outage import Outage
from core.outages.resume import run_through_outages

__all__ = ["Outage", "is_outage", "run_through_outages"]
