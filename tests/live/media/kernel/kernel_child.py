"""Runs tests in a child process with a kernel built elsewhere: `python -m
tests.live.media.kernel.kernel_child KERNEL WHAT ...`, where WHAT is `suite`, `fuzz SEED SECONDS` or `faults`."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import os
import sys
from pathlib import Path

FIXTURES = "tests.live.media.fanout.conftest"  # loaded by name, because other conftest files import too much


def use(kernel: Path) -> None:
    """Make `live.media.kernel` use this kernel."""
    import live.media.kernel

    loader = importlib.machinery.ExtensionFileLoader("live.media.kernel._kernel", str(kernel))
    spec = importlib.util.spec_from_loader(loader.name, loader, origin=str(kernel))
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    sys.modules[loader.name] = live.media.kernel._kernel = module


def main(kernel: str, what: str, *arguments: str) -> int:
    use(Path(kernel))
    if what == "suite":
        import pytest

        # Without the other tests' plugins, which take longer to load here than these tests take to run.
        os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
        options = ["-c", os.devnull, "--rootdir=.", "--noconftest", "-p", "no:cacheprovider", "-p", FIXTURES]
        chosen = "C/ and not (C/VAES/singly or C/AES-NI/singly or rollovers)"  # the rest covers the same paths again
        suites = ("test_feedback_filter", "test_rtp_reader", "test_opener")
        files = ["tests/live/media/fanout", *(f"tests/live/media/transport/{suite}.py" for suite in suites)]
        return pytest.main([*options, "-q", "-x", "-k", chosen, *arguments, *files])
    from tests.live.media.kernel.kernel_fuzz import faults, fuzz

    if what == "fuzz":
        fuzz(int(arguments[0]), float(arguments[1]))
    else:
        faults()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
