"""How much memory an object holds."""

from __future__ import annotations

import sys
from collections.abc import Iterable

import numpy as np


def size_of(thing: object, seen: set[int] | None = None) -> int:
    """Memory of an object and all that it holds, bytes; roughly."""
    seen = set() if seen is None else seen
    if id(thing) in seen or isinstance(thing, type) or callable(thing):
        return 0
    seen.add(id(thing))
    total = sys.getsizeof(thing)
    if isinstance(thing, np.ndarray):
        return total + (size_of(thing.base, seen) if thing.base is not None else 0)
    if isinstance(thing, dict):
        return total + sum(size_of(k, seen) + size_of(v, seen) for k, v in thing.items())
    if isinstance(thing, (str, bytes, bytearray, int, float, complex)):
        return total
    if isinstance(thing, Iterable) and hasattr(thing, "__len__"):
        total += sum(size_of(each, seen) for each in thing)
    for name in getattr(thing, "__dict__", {}):
        total += size_of(getattr(thing, name), seen)
    for cls in type(thing).__mro__:
        for name in getattr(cls, "__slots__", ()):
            if hasattr(thing, name):
                total += size_of(getattr(thing, name), seen)
    return total
