"""`cadeau doctor`: checks everything the server needs, one line per check. Also works while the server runs.

It changes nothing, and creates nothing that the first start would create.
"""

from __future__ import annotations

from cadeau.doctor.examination import examine
from cadeau.doctor.finding import Finding, Verdict

__all__ = ["Finding", "Verdict", "examine"]
