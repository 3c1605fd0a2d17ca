"""A desk, with a machine, whose history is told."""

from tests.trust.cases.conftest import desk  # noqa: F401
from tests.vod.conftest import house, other_film, small_film  # noqa: F401
