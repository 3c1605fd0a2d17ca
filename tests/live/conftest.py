"""Properties are promises, not races: hypothesis does not hold examples to a deadline here."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
