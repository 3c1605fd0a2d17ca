"""Objects that exist when the server starts are not scanned again."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import gc
import cadeau.server
from core.garbage import freeze_gc

before = len(gc.get_objects())
freeze_gc()
after = len(gc.get_objects())

class Knot:
    def __init__(self):
        self.me = self

gone = []
import weakref
knot = Knot()
weakref.finalize(knot, gone.append, 1)
del knot
gc.collect()
print(before, after, gone)
"""


def test_only_objects_created_after_the_freeze_are_collected() -> None:
    """In a child process, because freezing cannot be undone."""
    output = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True).stdout
    before, after, gone = output.split(maxsplit=2)
    assert int(before) > 50_000
    assert int(after) < 1000
    assert gone.strip() == "[1]"
