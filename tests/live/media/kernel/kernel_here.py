"""Whether the C kernel can be built here, and whether it is built."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import live.media.kernel.build as building
from live.media.kernel import unavailable

ROOT = Path(__file__).resolve().parents[4]
DEBIAN = shutil.which("apt-get") is not None  # where tests/install-services installs everything needed


def why_not() -> str:
    try:
        building.check()
    except building.CannotBuildError as reason:
        return str(reason)
    return ""


buildable = pytest.mark.skipif(why_not() != "" and not DEBIAN, reason=f"the kernel cannot be built here: {why_not()}")
built = pytest.mark.skipif(why_not() != "" and not DEBIAN and unavailable() != "", reason="there is no kernel here")
