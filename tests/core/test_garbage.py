"""What is there when the server starts is not looked through again."""

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


def test_what_a_server_is_made_of_is_not_looked_through_again_and_what_comes_later_is() -> None:
    """In a process of its own: what is settled stays so."""
    said = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True).stdout
    before, after, gone = said.split(maxsplit=2)
    assert int(before) > 50_000
    assert int(after) < 1000
    assert gone.strip() == "[1]"
