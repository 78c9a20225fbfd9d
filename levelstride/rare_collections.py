"""The garbage collector seldom, where nearly nothing is in circles and much is made."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

OBJECTS = 100_000
"""Objects by which there must be more before the collector looks; by default it is 700."""


@contextmanager
def rare_collections() -> Iterator[None]:
    """Let Python look for objects in circles a hundred times less often than it does by itself.

    An analysis of an hour makes hundreds of thousands of objects, none of them in circles; looking
    for some takes 2 % of its time and finds nothing. Of the time that modules take to load, it takes
    about a twentieth.
    """
    before = gc.get_threshold()
    gc.set_threshold(OBJECTS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
