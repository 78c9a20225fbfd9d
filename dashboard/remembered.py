"""Numbers out of a stride table that several parts of a page, and all languages, have in common."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

import pandas as pd

Value = TypeVar("Value")
_KNOWN: dict[int, tuple[weakref.ref[pd.DataFrame], dict[Hashable, tuple[object, Any]]]] = {}
_LOCK = threading.Lock()


def remember(table: pd.DataFrame) -> None:
    """From now on keep, for as long as this table lives, what is computed of it.

    Args:
        table: stride table that nobody changes any more.
    """

    def gone(_: object, which: int = id(table)) -> None:
        _KNOWN.pop(which, None)

    with _LOCK:
        _KNOWN[id(table)] = (weakref.ref(table, gone), {})


def remembered(
    table: pd.DataFrame, name: Hashable, compute: Callable[[], Value], of: object = None
) -> Value:
    """A value that was computed of a table before; computed now for one that is not kept.

    Args:
        table: stride table.
        name: of the value, with everything but the table and ``of`` that it depends on.
        compute: makes it; it is not to be changed afterwards.
        of: something else that it is computed of; another object computes it anew.
    """
    known = _KNOWN.get(id(table))
    if known is None or known[0]() is not table:
        return compute()
    found = known[1].get(name)
    if found is None or found[0] is not of:
        found = known[1][name] = (of, compute())
    value: Value = found[1]
    return value
