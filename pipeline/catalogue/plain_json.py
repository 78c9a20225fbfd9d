"""Values of a session as plain JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from pathlib import PurePath

import numpy as np

from pipeline.errors import StoreError

MAX_DEPTH = 32


def to_plain(value: object, where: str, depth: int = 0) -> object:
    """Turn a value into what JSON can hold.

    NumPy numbers and arrays become numbers and lists, numbers that are not finite become None (not
    known), paths and times become text, keys become text.

    Args:
        value: the value.
        where: what it belongs to, for the error.
        depth: levels above this one.

    Raises:
        StoreError: a value of a kind that has no plain form, or nested too deeply.
    """
    if depth > MAX_DEPTH:
        raise StoreError(f"values are nested more than {MAX_DEPTH} levels deep", where=where)
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else None
        case np.generic():
            return to_plain(value.item(), where, depth + 1)
        case np.ndarray():
            return to_plain(value.tolist(), where, depth + 1)
        case date():  # and datetime
            return value.isoformat()
        case PurePath():
            return str(value)
        case Mapping():
            return {str(key): to_plain(item, where, depth + 1) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            items = sorted(value, key=str) if isinstance(value, set | frozenset) else value
            return [to_plain(item, where, depth + 1) for item in items]
    raise StoreError(
        f"a value of type {type(value).__name__} cannot be stored",
        where=where,
        remedy="Use numbers, texts, lists and mappings",
    )
